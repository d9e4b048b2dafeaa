//go:build linux

package samba

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/cli/frame"
	"tlsready/internal/host"
)

// reader is an account of the server that may log in and read, and not write.
const reader = "daemon"

func (s *server) needReader(t *testing.T) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "smbpasswd", "-c", filepath.Join(s.dir, "smb.conf"), "-a", "-s", reader)
	cmd.Stdin = strings.NewReader(password + "\n" + password + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("smbpasswd: %v\n%s", err, out)
	}
	// Samba opens its files as the account; what it may write there is decided by
	// the access lists of the keys.
	must(t, os.Chmod(s.dir, 0o755))
	must(t, os.Chmod(filepath.Join(s.dir, "state", "registry.tdb"), 0o666))
}

// Proves that an account that may only read is told the right that it lacks and on
// which key, that nothing is changed, and that no undo file is left, whether the
// first change is a key or a value.
func TestReadOnlyAccount(t *testing.T) {
	s := needServer(t)
	s.needReader(t)
	url := fmt.Sprintf("smb://%s@127.0.0.1:%d", reader, s.port)
	for _, c := range []struct{ system, want string }{
		{"Windows Server 2012 R2", `daemon lacks the right "Set Value" on HKLM\SOFTWARE\`},
		{"Windows Server 2008 R2", `daemon lacks the right "Create Subkey" on HKLM\SYSTEM\`},
	} {
		before, dir := s.broken(t), t.TempDir()
		if strings.Contains(c.want, "Create") {
			clean(t, s.open(t), protocols)
			before = s.whole(t)
		}
		r := tlsready(t.Context(), append([]string{"fix", url}, job(dir, c.system)...)...)
		if r.code != frame.ExitIncomplete || !strings.Contains(r.err, c.want) || !strings.Contains(r.err, "everything is as before") || !strings.Contains(r.err, "hint: ") || !strings.Contains(r.err, "Administrators") {
			t.Errorf("want %s: %s", c.want, r)
		}
		if after := s.whole(t); after != before || len(undoFiles(t, dir)) > 0 {
			t.Errorf("undo files %q\n%s", undoFiles(t, dir), difference(before, after))
		}
	}
}

// Proves that a value that somebody changes between plan and change is left to
// them: nothing is changed, and the value is named.
func TestChangedMeanwhile(t *testing.T) {
	s := needServer(t)
	s.broken(t)
	c := s.open(t)
	p := s.newProxy(t, "127.0.0.1", account)
	var since string
	p.take = func(connection int) bool {
		if connection == 1 { // the one for the change
			put(t, c, dotnet32, "SystemDefaultTlsVersions", host.String("mine"))
			since = s.whole(t)
		}
		return true
	}
	dir := t.TempDir()
	r := tlsready(t.Context(), append([]string{"fix", p.url}, job(dir, "Windows Server 2012 R2")...)...)
	if r.code != frame.ExitIncomplete || !strings.Contains(r.err, dotnet32+" SystemDefaultTlsVersions was changed since it was read; nothing was changed") {
		t.Error(r)
	}
	if after := s.whole(t); after != since || len(undoFiles(t, dir)) > 0 {
		t.Errorf("undo files %q\n%s", undoFiles(t, dir), difference(since, after))
	}
}

// Proves that if a group policy keeps the list of suites, the fix says that the policy
// will write it again, and that the undo brings its list back.
func TestPolicyOwned(t *testing.T) {
	s := needServer(t)
	s.fill(t, 1)
	c := s.open(t)
	put(t, c, suiteList, "Functions", host.String("TLS_RSA_WITH_AES_128_CBC_SHA,TLS_RSA_WITH_3DES_EDE_CBC_SHA"))
	before, dir := s.whole(t), t.TempDir()
	service := filepath.Join(t.TempDir(), "suites.yaml")
	must(t, os.WriteFile(service, []byte(`schema: tlsready.service/v1
id: suites
name: {en: Suites, ja: スイート}
asOf: 2026-11-20
callers: [schannel]
phases:
  - {from: 2021-01-01, accepts: {versions: [TLS 1.2], suites: [TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256]}}
citations: [{url: "https://example.com/suites", says: "one suite"}]
`), 0o600))
	r := tlsready(t.Context(), "fix", s.Target().String(), "--os", "Windows Server 2012 R2", "--service", service, "--caller", "schannel:tls1.2", "--apply", "--yes", "--dir", dir)
	files := undoFiles(t, dir)
	if len(files) != 1 || !strings.Contains(r.err, "A group policy sets this value") || !strings.Contains(r.err, "judged again: connects") {
		t.Fatalf("%s\n%s", r.out, r)
	}
	if back := tlsready(t.Context(), "fix", s.Target().String(), "--undo", files[0], "--yes"); back.code != 0 || s.whole(t) != before {
		t.Errorf("%s\n%s", back, difference(before, s.whole(t)))
	}
}

// Proves that several machines are shown first and changed one by one: one that
// cannot be reached and one that refuses the change do not stop the others, each
// has its line at the end, and the status is that of incomplete work.
func TestSeveralHosts(t *testing.T) {
	s := needServer(t)
	s.needReader(t)
	before, dir := s.broken(t), t.TempDir()
	right, denied := s.newProxy(t, "127.0.0.4", account), s.newProxy(t, "127.0.0.3", reader)
	gone := "smb://root@127.0.0.2:9"
	r := tlsready(t.Context(), append([]string{"fix", gone, denied.url, right.url}, job(dir, "Windows Server 2012 R2")...)...)
	files := undoFiles(t, dir)
	if r.code != frame.ExitIncomplete || len(files) != 1 {
		t.Fatalf("undo files %q: %s", files, r)
	}
	_, summary, _ := strings.Cut(r.err, "What became of each machine:\n")
	lines := strings.Split(strings.TrimSpace(summary), "\n")
	if len(lines) != 3 || !strings.Contains(lines[0], "127.0.0.2:9  not read") || !strings.Contains(lines[1], "127.0.0.3:") || !strings.Contains(lines[1], "as before") ||
		!strings.Contains(lines[2], "127.0.0.4:") || !strings.Contains(lines[2], "changed, connects  "+files[0]) {
		t.Errorf("summary %q of %s", lines, r)
	}
	for _, want := range []string{"no connection", "daemon lacks the right", "judged again: connects"} {
		if !strings.Contains(r.err, want) {
			t.Errorf("%q is not said: %s", want, r)
		}
	}
	if !strings.Contains(strings.Join(strings.Fields(r.out), " "), "check that the machine is on") {
		t.Errorf("the report does not say what to try: %s", r.out)
	}
	if shown, asked := strings.Index(r.err, "127.0.0.4"), strings.Index(r.err, "lacks the right"); shown > asked {
		t.Errorf("the second plan is shown after the first change: %s", r)
	}
	if back := tlsready(t.Context(), "fix", right.url, "--undo", files[0], "--yes"); back.code != 0 || s.whole(t) != before {
		t.Errorf("%s\n%s", back, difference(before, s.whole(t)))
	}

	text := tlsready(t.Context(), append([]string{"fix", gone, denied.url, right.url, "-f", "json"}, job(t.TempDir(), "Windows Server 2012 R2")...)...)
	outcomes := map[string]string{}
	for line := range strings.Lines(text.err) {
		var one struct{ Host, Outcome, Undo, Error, Hint string }
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Errorf("%q is no JSON: %v", line, err)
		}
		if one.Outcome != "" {
			address, _, _ := strings.Cut(one.Host, ":")
			outcomes[address] = one.Outcome
			if (one.Undo != "") != (one.Outcome == "changed") || (one.Error != "") != (one.Outcome != "changed") {
				t.Errorf("line %s", line)
			}
		}
	}
	if fmt.Sprint(outcomes) != "map[127.0.0.2:unreadable 127.0.0.3:untouched 127.0.0.4:changed]" || !json.Valid([]byte(text.out)) {
		t.Errorf("%v of %s", outcomes, text)
	}
}

// Proves that Ctrl-C, wherever it comes in a change of two machines, leaves each
// changed with its undo file or as before, and says which.
func TestCtrlC(t *testing.T) {
	s := needServer(t)
	for at := 0; at < 36000; at += 6000 {
		before, dir := s.broken(t), t.TempDir()
		first, second := s.newProxy(t, "127.0.0.3", account), s.newProxy(t, "127.0.0.4", account)
		ctx, cancel := context.WithCancel(t.Context())
		first.sent = func(connection, sent int) bool {
			if connection == 1 && sent >= at || connection == 2 {
				cancel()
			}
			return true
		}
		r := tlsready(ctx, append([]string{"fix", first.url, second.url}, job(dir, "Windows Server 2012 R2", "--documented")...)...)
		cancel()
		files, after := undoFiles(t, dir), s.whole(t)
		_, summary, _ := strings.Cut(r.err, "What became of each machine:\n")
		lines := strings.Split(summary, "\n")
		if r.code != frame.ExitInterrupted || len(lines) < 2 || !strings.Contains(lines[1], "not begun, as before") {
			t.Fatalf("at %d: %s", at, r)
		}
		switch {
		case len(files) == 0 && after == before && strings.Contains(lines[0], "  as before"):
		case len(files) == 1 && after != before && strings.Contains(lines[0], "  changed") && strings.Contains(lines[0], files[0]):
			must(t, s.undo(t, files))
		default:
			t.Errorf("at %d: undo files %q, %s\n%s", at, files, r, difference(before, after))
		}
	}
}

// Proves that the password appears nowhere when a machine is changed and restored: not in
// what the program prints, in whatever format and after a failure, not in the undo file,
// and not among the arguments or files of its process.
func TestApplyShowsNoPassword(t *testing.T) {
	s := needServer(t)
	s.needReader(t)
	s.broken(t)
	secret := filepath.Join(t.TempDir(), "password")
	must(t, os.WriteFile(secret, []byte(password+"\n"), 0o600))
	exe := filepath.Join(t.TempDir(), "tlsready")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", exe, "tlsready/cmd/tlsready").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := s.newProxy(t, "127.0.0.1", account)
	var seen strings.Builder
	var running *exec.Cmd
	p.take = func(connection int) bool {
		if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", running.Process.Pid)); err == nil {
			seen.WriteString("argv " + string(text) + "\n")
		}
		return true
	}
	run := func(args ...string) {
		t.Helper()
		running = exec.CommandContext(t.Context(), exe, append(args, "--lang", "en", "--password-file", secret)...)
		running.Env = append(os.Environ(), "LC_ALL=C")
		running.Stdout, running.Stderr = &seen, &seen
		err := running.Run()
		if running.ProcessState == nil || running.ProcessState.ExitCode() < 0 {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	run(append([]string{"fix", p.url}, job(dir, "Windows Server 2012 R2", "-f", "json", "-o", "html="+filepath.Join(dir, "report.html"))...)...)
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	must(t, err)
	if len(files) != 1 {
		t.Fatalf("undo files %q\n%s", files, seen.String())
	}
	for _, file := range []string{files[0], filepath.Join(dir, "report.html")} {
		text, err := os.ReadFile(file)
		must(t, err)
		seen.Write(text)
	}
	run("fix", p.url, "--undo", files[0], "--yes")
	run(append([]string{"fix", fmt.Sprintf("smb://%s@127.0.0.1:%d", reader, s.port)}, job(t.TempDir(), "Windows Server 2012 R2")...)...)
	run(append([]string{"fix", "smb://root:" + password + "@fs01"}, job(t.TempDir(), "Windows Server 2012 R2")...)...)
	for _, want := range []string{"argv ", "tlsready.undo/v1", "<html", "lacks the right", "put back"} {
		if !strings.Contains(seen.String(), want) {
			t.Errorf("%q was not seen", want)
		}
	}
	all := seen.String()
	for _, form := range []string{password, "Correct-Horse", "Correct\\u002dHorse", "%E8%A1%A8%207"} {
		if at := strings.Index(all, form); at >= 0 {
			t.Errorf("%q stands in …%s…", form, all[max(0, at-80):min(len(all), at+80)])
		}
	}
}

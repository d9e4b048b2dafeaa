//go:build linux

package sshd

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/cli"
	"tlsready/internal/cli/frame"
	"tlsready/internal/host"
)

// secret is a password that is given, but that the server takes from nobody.
const secret = "Never-Sent-Battery-42"

// home is a home folder whose keys log in to the server.
func (s *server) home(t *testing.T, shell string) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, ".ssh"), 0o700))
	for from, to := range map[string]string{s.path(shell): "id_ed25519", s.known(t, "host"): "known_hosts"} {
		text, err := os.ReadFile(from)
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, ".ssh", to), text, 0o600))
	}
	return dir
}

// ran is what a run of the program gave.
type ran struct {
	code     int
	out, err string
}

func (r ran) String() string { return fmt.Sprintf("exit status %d\n%s", r.code, r.err) }

// tlsready runs the program within this process.
func tlsready(ctx context.Context, home string, args ...string) ran {
	var out, err strings.Builder
	args = append(args, "--lang", "en", "--host-timeout", limit.String())
	code := cli.Run(ctx, args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &err}, []string{"HOME=" + home, "TLSREADY_PASSWORD=" + secret})
	return ran{code, out.String(), err.String()}
}

func job(dir string) []string {
	return []string{"--os", "Windows Server 2012 R2", "--service", "azure-backup", "--on", "2021-09-01", "--caller", "mars", "--apply", "--yes", "--documented", "--dir", dir}
}

// roots are the keys below which the fix writes.
func roots() []string {
	return []string{strings.TrimSuffix(protocols, `\Protocols`), framework, `HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework`}
}

// draw brings the keys to a state that is drawn from a seed: present, absent, or
// of a type that does not count, as reg.exe can write it.
func (s *server) draw(t *testing.T, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 11))
	v4 := framework + `\v4.0.30319`
	values := []host.Value{
		{Key: v4, Data: host.String("the default")},
		{Key: v4, Name: "empty", Data: host.String("")},
		{Key: v4, Name: "list", Data: host.Multi("a", "two words")},
		{Key: roots()[0], Name: "EventLogging", Data: host.Dword(1)},
		{Key: roots()[2], Name: "InstallRoot", Data: host.String(`C:\dir\`)},
		{Key: `HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full`, Name: "Release", Data: host.Dword(379893)},
	}
	for _, key := range []string{v4, roots()[2] + `\v4.0.30319`} {
		for _, name := range []string{"SchUseStrongCrypto", "SYSTEMDEFAULTTLSVERSIONS"} {
			kinds := []host.Data{
				host.Dword(0), host.Dword(7), host.String("1"), host.String("it's & one"), host.Multi("a", "b"),
				{Type: host.Binary, Bytes: []byte{0, 255, 0}},
			}
			if at := r.IntN(len(kinds) + 3); at < len(kinds) {
				values = append(values, host.Value{Key: key, Name: name, Data: kinds[at]})
			}
		}
	}
	if r.IntN(2) == 0 {
		values = append(values, host.Value{Key: protocols + `\TLS 1.2\Client`, Name: "Enabled", Data: host.Dword(0)})
	}
	s.load(t, roots(), values)
}

// whole is what Wine's reg exports of these keys, in sorted lines with their keys.
func (s *server) whole(t *testing.T) string {
	t.Helper()
	var lines []string
	for i, key := range roots() {
		file := s.path(fmt.Sprintf("whole%d.reg", i))
		s.wine.Run(t, "reg", "export", key, s.wine.Path(t, file), "/y")
		text, err := os.ReadFile(file)
		must(t, err)
		at := ""
		for line := range strings.Lines(strings.ReplaceAll(string(text), "\x00", "")) {
			if strings.HasPrefix(line, "[") {
				at = strings.TrimSpace(line)
			}
			lines = append(lines, at+" "+strings.TrimSpace(line))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// Proves the law of fix and undo over SSH, through the program: values that are
// absent, or there in a form that does not count, are changed and put back so that
// Wine's own export is as before; the undo file puts the machine back that is named again; the
// machine is judged anew after the change; and nothing but ver and reg is run.
func TestApplyAndUndo(t *testing.T) {
	s := start(t)
	seed := rand.Uint64()
	s.draw(t, seed)
	home, dir, before := s.home(t, "cmd"), t.TempDir(), s.whole(t)
	done := tlsready(t.Context(), home, append([]string{"fix", s.target().String()}, job(dir)...)...)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	must(t, err)
	if len(files) != 1 || !strings.Contains(done.err, "judged again: ") || s.whole(t) == before {
		t.Fatalf("seed %d: undo files %q: %s", seed, files, done)
	}
	undone := tlsready(t.Context(), home, "fix", s.target().String(), "--undo", files[0], "--yes")
	if after := s.whole(t); undone.code != 0 || after != before {
		t.Errorf("seed %d: %s\n%s\nbefore\n%s\nafter\n%s", seed, done, undone, before, after)
	}
	text, err := os.ReadFile(files[0])
	must(t, err)
	if all := done.out + done.err + undone.out + undone.err + string(text); strings.Contains(all, secret) {
		t.Errorf("the password can be read: %s", all)
	}
	t.Logf("seed %d, %d commands", seed, len(s.commands(t)))
	for _, line := range s.commands(t) {
		known := slices.ContainsFunc([]string{"ver", "reg query ", "reg add ", "reg delete "}, func(p string) bool { return strings.HasPrefix(line, p) })
		if !known || strings.Contains(line, secret) {
			t.Errorf("it ran %q", line)
		}
	}
}

// Proves that the password is neither in the arguments of the program's process nor in
// what it prints when the log-in fails.
func TestApplyShowsNoPassword(t *testing.T) {
	s := start(t)
	exe := filepath.Join(t.TempDir(), "tlsready")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", exe, "tlsready/cmd/tlsready").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	home := s.home(t, "cmd")
	must(t, os.Remove(filepath.Join(home, ".ssh", "id_ed25519")))
	args := append([]string{"fix", s.target().String(), "-f", "json", "--lang", "en"}, job(t.TempDir())...)
	cmd := exec.CommandContext(t.Context(), exe, args...)
	cmd.Env = []string{"HOME=" + home, "TLSREADY_PASSWORD=" + secret, "PATH=" + os.Getenv("PATH")}
	var seen strings.Builder
	cmd.Stdout, cmd.Stderr = &seen, &seen
	must(t, cmd.Start())
	argv, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", cmd.Process.Pid))
	must(t, err)
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != frame.ExitIncomplete {
		t.Errorf("%v\n%s", err, seen.String())
	}
	log, err := os.ReadFile(s.path("log"))
	must(t, err)
	all := seen.String() + string(argv) + string(log)
	if !strings.Contains(all, "none of the keys") || !strings.Contains(string(argv), "--apply") || strings.Contains(all, secret) {
		t.Errorf("said %s, arguments %q", seen.String(), argv)
	}
}

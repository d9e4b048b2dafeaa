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
	"time"

	"tlsready/internal/cli"
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
	for _, key := range roots() {
		s.wine.Status(t, "reg", "delete", key, "/f") // may be missing
		s.wine.Run(t, "reg", "add", key, "/f")
	}
	s.wine.Run(t, "reg", "add", framework+`\v4.0.30319`, "/ve", "/d", "the default", "/f")
	s.wine.Run(t, "reg", "add", framework+`\v4.0.30319`, "/v", "empty", "/t", "REG_SZ", "/f")
	s.wine.Run(t, "reg", "add", framework+`\v4.0.30319`, "/v", "list", "/t", "REG_MULTI_SZ", "/d", `a\0two words`, "/f")
	for _, key := range []string{framework + `\v4.0.30319`, roots()[2] + `\v4.0.30319`} {
		for _, name := range []string{"SchUseStrongCrypto", "SYSTEMDEFAULTTLSVERSIONS"} {
			kinds := [][]string{
				{"REG_DWORD", "0"}, {"REG_DWORD", "7"}, {"REG_SZ", "1"}, {"REG_SZ", "it's & one"}, {"REG_MULTI_SZ", `a\0b`}, {"REG_BINARY", "00ff00"},
			}
			if at := r.IntN(len(kinds) + 3); at < len(kinds) {
				s.wine.Run(t, "reg", "add", key, "/v", name, "/t", kinds[at][0], "/d", kinds[at][1], "/f")
			}
		}
	}
	if r.IntN(2) == 0 {
		s.wine.Run(t, "reg", "add", protocols+`\TLS 1.2\Client`, "/v", "Enabled", "/t", "REG_DWORD", "/d", "0", "/f")
	}
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

// room is what has to be left of the test run's time, the package's other tests
// included: two readings, the changes and the undo are some two hundred commands,
// each of several processes under Wine, of which a busy machine takes two seconds.
const room = 20 * time.Minute

// Proves the law of fix and undo over SSH, through the program: values that are
// absent, or there in a form that does not count, are changed and put back so that
// Wine's own export is as before; the undo file alone finds the machine again; the
// machine is judged anew after the change; and nothing but ver and reg is run.
func TestApplyAndUndo(t *testing.T) {
	if end, ok := t.Deadline(); testing.Short() || ok && time.Until(end) < room {
		t.Skipf("fix and undo over SSH are not run, they need %s of the test run: go test -timeout 30m ./test/sshd", room)
	}
	s := start(t)
	s.wine.Run(t, "reg", "add", `HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full`, "/v", "Release", "/t", "REG_DWORD", "/d", "379893", "/f")
	seed := rand.Uint64()
	s.draw(t, seed)
	home, dir, before := s.home(t, "cmd"), t.TempDir(), s.whole(t)
	done := tlsready(t.Context(), home, append([]string{"fix", s.target().String()}, job(dir)...)...)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	must(t, err)
	if len(files) != 1 || !strings.Contains(done.err, "judged again: ") || s.whole(t) == before {
		t.Fatalf("seed %d: undo files %q: %s", seed, files, done)
	}
	undone := tlsready(t.Context(), home, "fix", "--undo", files[0], "--yes")
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

// Proves that neither the arguments of the program's process nor what it prints
// where the log-in fails hold the password.
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
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != cli.ExitIncomplete {
		t.Errorf("%v\n%s", err, seen.String())
	}
	log, err := os.ReadFile(s.path("log"))
	must(t, err)
	all := seen.String() + string(argv) + string(log)
	if !strings.Contains(all, "none of the keys") || !strings.Contains(string(argv), "--apply") || strings.Contains(all, secret) {
		t.Errorf("said %s, arguments %q", seen.String(), argv)
	}
}

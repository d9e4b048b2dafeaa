// Package winekit runs Windows programs under Wine for tests, in a prefix of its
// own that is made once per test binary.
package winekit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tlsready/internal/testkit/parts"
)

// deadline bounds one command: making a prefix takes 5 to 15 seconds on an idle machine, a
// collector script 40 beside other tests; a hung program must not hold up the test run.
const deadline = 10 * time.Minute

// Install says how to get the part that a test lacks.
const Install = "wine is not installed: apt-get install --no-install-recommends wine wine64"

// Wine is a Wine prefix with its server.
type Wine struct {
	Dir string // WINEPREFIX
	env []string
	pin []string // what keeps a program on the processor of the prefix; empty for any
}

// linger keeps Wine's server for so many seconds after the last program: Debian's
// ends at once, and each command would then start the whole of Windows anew. The
// bound ends a server that nobody ended, such as that of a test that was killed.
const linger = "-p120"

// dirVariable hands the folder for the prefix from [Main] to [Prefix].
const dirVariable = "WINEKIT_DIR"

// made makes the prefix of this test binary at the first call: it takes too long
// to be done for each test.
var made = sync.OnceValues(newPrefix)

// Main runs the tests of a package, then ends the prefix's own wineserver, if one
// was started, and removes the prefix. Call it from TestMain:
// os.Exit(winekit.Main(m)).
func Main(m *testing.M) int {
	dir, err := os.MkdirTemp("", "winekit-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "winekit:", err)
		return 1
	}
	if err := os.Setenv(dirVariable, dir); err != nil {
		fmt.Fprintln(os.Stderr, "winekit:", err)
		return 1
	}
	code := m.Run()
	if w := wineIn(dir); exists(w.DriveC()) {
		_, _, _ = w.run("wineserver", "-k")
		_, _, _ = w.run("wineserver", "-w")
	}
	_ = os.RemoveAll(dir)
	return code
}

// Prefix returns the prefix of this test binary, which the first call makes. It skips the
// test if Wine is not installed, and fails it if Wine does not start.
func Prefix(t testing.TB) *Wine {
	t.Helper()
	for _, program := range []string{"wine", "wineboot", "wineserver"} {
		parts.Need(t, program, "wine wine64")
	}
	parts.Need(t, "taskset", "util-linux")
	w, err := made()
	if err != nil {
		t.Fatalf("make a wine prefix: %v", err)
	}
	return w
}

func newPrefix() (*Wine, error) {
	dir := os.Getenv(dirVariable)
	if dir == "" {
		return nil, errors.New("TestMain must call winekit.Main")
	}
	w := wineIn(dir)
	if cpu := processor(); cpu != "" {
		w.pin = []string{"taskset", "--cpu-list", cpu}
	}
	if err := os.Mkdir(w.Dir, 0o700); err != nil {
		return nil, err
	}
	for _, step := range [][]string{{"wineserver", linger}, {"wineboot", "-i"}} {
		line := append(slices.Clone(w.pin), step...)
		code, out, err := w.run(line[0], line[1:]...)
		if err == nil && code != 0 {
			err = fmt.Errorf("%s: exit status %d", step[0], code)
		}
		if err != nil {
			return nil, fmt.Errorf("%w\n%s", err, out)
		}
	}
	return w, nil
}

func wineIn(dir string) *Wine {
	prefix := filepath.Join(dir, "prefix")
	return &Wine{Dir: prefix, env: environment(prefix)}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// environment is the caller's, with nothing that would reach another prefix, a
// screen, or the downloads that Wine offers for .NET and HTML, and without the files
// that a shell reads at its start: Wine's programs are started by scripts.
func environment(dir string) []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, "WINE") && !slices.Contains([]string{"DISPLAY", "WAYLAND_DISPLAY", "ENV", "BASH_ENV"}, name) {
			env = append(env, kv)
		}
	}
	return append(env, "WINEPREFIX="+dir, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=", "LC_ALL=C.UTF-8")
}

// Environ is the environment in which programs of the prefix run.
func (w *Wine) Environ() []string { return slices.Clone(w.env) }

// Run runs "wine args…" and gives what it printed on both outputs. It fails the
// test unless the exit status is 0.
func (w *Wine) Run(t testing.TB, args ...string) string {
	t.Helper()
	code, out := w.Status(t, args...)
	if code != 0 {
		t.Fatalf("wine %s: exit status %d\n%s", strings.Join(args, " "), code, out)
	}
	return out
}

// Status runs "wine args…" and gives the exit status and what it printed.
func (w *Wine) Status(t testing.TB, args ...string) (int, string) {
	t.Helper()
	line := w.Command(args...)
	code, out, err := w.run(line[0], line[1:]...)
	if err != nil {
		t.Fatalf("wine %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return code, string(out)
}

// Command is "wine args…" as it is best run. A Windows program asks Wine's server some
// thousand times and waits for each answer: on one processor the two need two thirds of the
// processor time and a third of the time. By its path a program is begun at once; by its
// name alone it is begun by another one, start.exe, which takes as long as reg.exe itself.
func (w *Wine) Command(args ...string) []string {
	line := append(slices.Clone(w.pin), "wine")
	if len(args) > 0 && exists(filepath.Join(w.DriveC(), "windows", "system32", args[0]+".exe")) {
		args = append([]string{`C:\windows\system32\` + args[0] + ".exe"}, args[1:]...)
	}
	return append(line, args...)
}

// run runs a program of the Wine package; a status other than 0 is no error.
func (w *Wine) run(program string, args ...string) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.Dir = w.env, filepath.Dir(w.Dir)
	// Wine leaves servers behind that would hold a pipe open; files do not wait.
	out, err := os.CreateTemp("", "winekit-out-")
	if err != nil {
		return -1, nil, err
	}
	defer func() { _ = out.Close(); _ = os.Remove(out.Name()) }()
	cmd.Stdout, cmd.Stderr = out, out
	err = cmd.Run()
	printed, readErr := os.ReadFile(out.Name())
	if ctx.Err() != nil {
		return -1, printed, ctx.Err()
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = nil
	}
	return cmd.ProcessState.ExitCode(), bytes.TrimSpace(printed), errors.Join(err, readErr)
}

// DriveC is the folder that Windows programs see as C:\.
func (w *Wine) DriveC() string { return filepath.Join(w.Dir, "drive_c") }

// Path spells a path of this system for Windows programs: Z:\… . Every prefix
// maps Z: to the root folder, so winepath need not be run.
func (w *Wine) Path(t testing.TB, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return "Z:" + strings.ReplaceAll(abs, "/", `\`)
}

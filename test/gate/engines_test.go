//go:build linux

package gate

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsready/internal/gate/export"
	"tlsready/internal/gate/export/haproxy"
	"tlsready/internal/gate/export/nginx"
	"tlsready/internal/message"
	"tlsready/internal/testkit/parts"
	"tlsready/test/lab/labkit"
)

// engine is a real proxy that runs plans.
type engine struct {
	export.Engine
	program, debian string
	check           func(file string) []string // arguments that have it check a file
	run             func(dir, file string) []string
}

// engines are those that the tests run. Envoy is not run: it is in no package that they could
// install, and what is written for it is held against golden files alone.
func engines() []engine {
	return []engine{
		{
			haproxy.Engine{},
			"haproxy", "haproxy",
			func(file string) []string { return []string{"-c", "-f", file} },
			func(_, file string) []string { return []string{"-db", "-f", file} },
		},
		{
			nginx.Engine{},
			"nginx", "nginx-light",
			func(file string) []string { return []string{"-t", "-e", "stderr", "-c", file} },
			func(dir, file string) []string {
				return []string{"-e", "stderr", "-c", file, "-g", "daemon off; master_process off; pid " + dir + "/nginx.pid; env LD_PRELOAD; env FAKETIME_TIMESTAMP_FILE; env FAKETIME_NO_CACHE; env FAKETIME_DONT_FAKE_MONOTONIC;"}
			},
		},
	}
}

// need asks for what the tests run.
func need(t *testing.T) {
	t.Helper()
	for program, debian := range map[string]string{"haproxy": "haproxy", "nginx": "nginx-light", "faketime": "faketime", "openssl": "openssl"} {
		parts.Need(t, program, debian)
	}
	if modules, err := filepath.Glob("/usr/*/nginx/modules/ngx_stream_module.so"); err != nil || len(modules) == 0 {
		t.Fatal("nginx's stream module is missing, which make test installs: apt-get install --no-install-recommends libnginx-mod-stream")
	}
}

// clock is the time that a proxy believes it is: libfaketime reads it from a file each time
// that the proxy asks.
type clock struct {
	file string
	put  time.Time // when it was set last
}

func newClock(t *testing.T, dir string) *clock {
	c := &clock{file: filepath.Join(dir, "now")}
	c.set(t, time.Now())
	return c
}

// set puts the clock; it goes on from there. (A clock that stands still would be no test:
// HAProxy's own timers would stand still with it.)
func (c *clock) set(t *testing.T, now time.Time) {
	t.Helper()
	offset := fmt.Sprintf("%+.3f\n", time.Until(now.Add(100*time.Millisecond)).Seconds())
	if err := os.WriteFile(c.file+".new", []byte(offset), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(c.file+".new", c.file); err != nil {
		t.Fatal(err)
	}
	c.put = time.Now()
}

// keep puts the clock again if it has gone on for some while: on a busy machine the clients
// of one moment take their time.
func (c *clock) keep(t *testing.T, now time.Time) {
	t.Helper()
	if time.Since(c.put) > shortly/3 {
		c.set(t, now)
	}
}

// environ makes a program believe in the clock. Times that only pass are left as they are.
func (c *clock) environ(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
	if err != nil || len(found) == 0 {
		t.Fatal("libfaketime is missing, which make test installs: apt-get install --no-install-recommends libfaketime")
	}
	return append(os.Environ(), "LD_PRELOAD="+found[0], "FAKETIME_TIMESTAMP_FILE="+c.file, "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", "TZ=UTC")
}

// proxy is an engine that runs a plan.
type proxy struct {
	*labkit.Process
	clock *clock
}

// start exports a plan to an engine and starts it.
func (e engine) start(t *testing.T, l *lab) *proxy {
	t.Helper()
	plan, err := export.New(l.config, "gate.yaml", export.Local{Host: "127.0.0.1", Port: l.refuse})
	if err != nil {
		t.Fatal(err)
	}
	files, err := e.Files(plan, message.For("en"))
	if err != nil {
		t.Fatal(err)
	}
	dir := labkit.Dir(t)
	for _, f := range files {
		labkit.Write(t, filepath.Join(dir, f.Name), f.Text)
	}
	return e.serve(t, dir, files[0].Name, l.listen)
}

// serve starts an engine with the files of a folder, which it checks first.
func (e engine) serve(t *testing.T, dir, name, listen string) *proxy {
	t.Helper()
	file := filepath.Join(dir, name)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	// libfaketime keeps one time for all threads and guards it with no lock.
	labkit.Write(t, file, strings.Replace(string(text), "\nglobal\n", "\nglobal\n    nbthread 1\n", 1))
	out, err := exec.Command(e.program, e.check(file)...).CombinedOutput()
	if err != nil || strings.Contains(strings.ToLower(string(out)), "[warn") {
		t.Fatalf("%s %s: %v\n%s", e.program, file, err, out)
	}
	p := &proxy{clock: newClock(t, dir)}
	cmd := exec.Command(e.program, e.run(dir, file)...)
	cmd.Env = p.clock.environ(t)
	p.Process = labkit.Start(t, cmd, listen)
	return p
}

// fields fills $NAME of a text.
func fields(text string, values map[string]any) string {
	return os.Expand(text, func(name string) string { return fmt.Sprint(values[name]) })
}

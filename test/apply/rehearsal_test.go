package apply_test

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsready/internal/cli"
	"tlsready/internal/document"
	"tlsready/internal/testkit/heard"
	"tlsready/internal/testkit/parts"
	"tlsready/internal/testkit/winekit"
)

// nativeClient builds the small program on WinHTTP that stands for a program of the
// user's.
func nativeClient(t *testing.T) string {
	t.Helper()
	const compiler = "x86_64-w64-mingw32-gcc"
	parts.Need(t, compiler, "gcc-mingw-w64-x86-64")
	exe := filepath.Join(t.TempDir(), "client.exe")
	if out, err := exec.CommandContext(t.Context(), compiler, "-municode", "-O2", "-o", exe, filepath.Join("testdata", "client.c"), "-lwinhttp").CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", compiler, err, out)
	}
	return exe
}

// rehearse runs the command on this system and gives its address, and what ends it.
func rehearse(t *testing.T, args ...string) (host, port string, end func()) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	errs := &heard.Text{}
	ended := make(chan int, 1)
	go func() {
		ended <- cli.Run(ctx, append([]string{"rehearse", "--listen", "127.0.0.1:0"}, args...), cli.Streams{In: strings.NewReader(""), Out: io.Discard, Err: errs}, []string{"LANG=C"})
	}()
	end = func() {
		stop()
		<-ended
	}
	t.Cleanup(stop)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if at := errs.Find(`127\.0\.0\.1:\d+`); at != "" {
			host, port, _ = net.SplitHostPort(at)
			return host, port, end
		}
	}
	t.Fatal("no rehearsal server")
	return "", "", nil
}

// Proves the whole way before a cut-over, with the Windows build and a native program on
// WinHTTP and Schannel, as Wine has them: the program is shut out by a rehearsal that
// behaves as the service will; check finds why, fix --apply mends it, and the same program
// connects; the undo brings the failure back. The log of the server holds the proof.
func TestRehearsalOfAFix(t *testing.T) {
	w := winekit.Prefix(t)
	m := machine{Wine: w, dir: t.TempDir()}
	m.clean(t)
	exe, client := w.Program(t, "tlsready/cmd/tlsready"), nativeClient(t)
	m.Run(t, "winecfg", "-v", "win81")
	m.Run(t, "reg", "add", tls12, "/v", "Enabled", "/t", "REG_DWORD", "/d", "0", "/f")
	visits := m.file("visits.jsonl")
	host, port, end := rehearse(t, "--service", "tls12", "--strict", "-o", visits)
	ask := func() (bool, string) {
		status, out := m.Status(t, client, host, port, "/line")
		return status == 0, out
	}
	tlsready := func(want int, args ...string) string {
		t.Helper()
		code, out := m.Status(t, append(append([]string{exe}, args...), "--lang", "en")...)
		if code != want {
			t.Fatalf("%q: exit status %d, want %d\n%s", args, code, want, out)
		}
		return out
	}
	judge := []string{"local:", "--service", "tls12", "--caller", "winhttp-x64", "--caller", "schannel"}

	if connects, out := ask(); connects {
		t.Fatalf("before the fix: %s", out)
	}
	if out := tlsready(1, append([]string{"check"}, judge...)...); !strings.Contains(out, "TLS 1.2 is switched off in Schannel") {
		t.Errorf("check does not name the cause:\n%s", out)
	}
	tlsready(0, append([]string{"fix", "--apply", "--yes", "--dir", m.Path(t, m.file("undo"))}, judge...)...)
	if connects, out := ask(); !connects || !strings.HasPrefix(out, "TLSREADY survives=yes version=TLS1.2 ") {
		t.Errorf("after the fix: %s", out)
	}
	files, err := filepath.Glob(m.file("undo/*.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("undo files %q, %v", files, err)
	}
	tlsready(0, "fix", "--undo", m.Path(t, files[0]), "--yes")
	if connects, out := ask(); connects {
		t.Errorf("after the undo: %s", out)
	}
	end()
	text, err := os.ReadFile(visits)
	if err != nil {
		t.Fatal(err)
	}
	var outcomes []string
	for line := range strings.Lines(string(text)) {
		c, err := document.ReadConnection([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		outcomes = append(outcomes, c.Offered.Max.String()+" "+c.Rehearsal.Outcome)
	}
	const want = "TLS 1.1 refused, TLS 1.2 completed, TLS 1.1 refused"
	if got := strings.Join(outcomes, ", "); got != want {
		t.Errorf("the log says %s; want %s", got, want)
	}
}

package frame

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"tlsready/internal/message"
	"tlsready/internal/survey"
)

// testApp is an App with English words whose standard error is returned.
func testApp(environ ...string) (*App, *bytes.Buffer) {
	stderr := new(bytes.Buffer)
	app := New(Streams{In: strings.NewReader(""), Out: new(bytes.Buffer), Err: stderr}, environ)
	app.SetLanguage("en")
	return app, stderr
}

// Proves the exit status and the output of each way that a command can end.
func TestFinish(t *testing.T) {
	for _, c := range []struct {
		name        string
		err         error
		interrupted bool
		status      int
		stderr      string
	}{
		{"done", nil, false, 0, ""},
		{"verdict", Exit(1), false, 1, ""},
		{"wrapped verdict", fmt.Errorf("x: %w", Exit(3)), false, 3, ""},
		{"mistake", Usage(&message.Problem{What: message.Literal("no\nsuch file"), Hint: message.Literal("look")}), false, 2, "tlsready: no such file\nhint: look\n"},
		{"problem", &message.Problem{What: message.Literal("half")}, false, 3, "tlsready: half\n"},
		{"other error", errors.New("disk full"), false, 3, "tlsready: disk full\n"},
		{"interrupted", context.Canceled, true, 130, "tlsready: interrupted\n"},
		{"done before the interrupt was seen", nil, true, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			app, stderr := testApp()
			if got := app.finish(c.err, c.interrupted); got != c.status || stderr.String() != c.stderr {
				t.Errorf("status %d, %q; want %d, %q", got, stderr, c.status, c.stderr)
			}
		})
	}
}

// Proves that what fails wins over what is unknown, and that --exit-zero wins
// over both.
func TestVerdictStatus(t *testing.T) {
	app, _ := testApp()
	for _, c := range []struct {
		fails, unknown int
		want           error
	}{{0, 0, nil}, {0, 2, Exit(3)}, {1, 0, Exit(1)}, {1, 5, Exit(1)}} {
		if got := app.Verdict(c.fails, c.unknown); got != c.want {
			t.Errorf("%d fail, %d unknown: %v, want %v", c.fails, c.unknown, got, c.want)
		}
	}
	app.ExitZero = true
	if got := app.Verdict(1, 1); got != nil {
		t.Errorf("with --exit-zero: %v", got)
	}
}

// Proves that a defect is told as one, with what to do and the trace, and never
// ends as "connects".
func TestPanicIsReported(t *testing.T) {
	app, stderr := testApp()
	if got := app.reportPanic("index out of range", debug.Stack()); got != ExitIncomplete {
		t.Errorf("status %d", got)
	}
	for _, want := range []string{"tlsready: defect in the program: index out of range\n", "hint: please report", "goroutine "} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("no %q in %s", want, stderr)
		}
	}
}

// Proves that a panic in the work of a run comes out as the same report, with the
// stack of the place.
func TestPanicInWorkIsReported(t *testing.T) {
	var stderr bytes.Buffer
	app := New(Streams{Err: &stderr}, nil)
	status := app.finish(fmt.Errorf("judging: %w", &survey.PanicError{Value: "no paper", Stack: []byte("goroutine 7")}), false)
	if status != ExitIncomplete || !strings.Contains(stderr.String(), "no paper") || !strings.Contains(stderr.String(), "goroutine 7") {
		t.Errorf("exit status %d: %s", status, stderr.String())
	}
}

// Proves when colour is used.
func TestWantsColor(t *testing.T) {
	for _, c := range []struct {
		name, flag string
		environ    []string
		terminal   bool
		want       bool
	}{
		{"terminal", "auto", nil, true, true},
		{"pipe", "auto", nil, false, false},
		{"NO_COLOR", "auto", []string{"NO_COLOR=1"}, true, false},
		{"empty NO_COLOR", "auto", []string{"NO_COLOR="}, true, true},
		{"dumb terminal", "auto", []string{"TERM=dumb"}, true, false},
		{"always", "always", []string{"NO_COLOR=1"}, false, true},
		{"never", "never", nil, true, false},
	} {
		app, _ := testApp(c.environ...)
		app.OutTerminal, app.Colour = c.terminal, c.terminal
		if got := app.WantsColor(c.flag, app.Getenv); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// Proves that the system's language counts if the environment says nothing, and only
// then.
func TestSystemLanguage(t *testing.T) {
	for _, c := range []struct {
		system, lang, want string
	}{{"ja-JP", "", "ja"}, {"ja-JP", "en_US.UTF-8", "en"}, {"fr-FR", "", "en"}, {"", "ja_JP.eucJP", "ja"}} {
		app := New(Streams{Language: c.system}, []string{"LANG=" + c.lang})
		app.SetLanguage("")
		if app.Lang != c.want {
			t.Errorf("system %q, LANG %q: %s", c.system, c.lang, app.Lang)
		}
	}
}

// Proves that progress shows on a terminal alone, counts, estimates, and leaves
// a clean line.
func TestProgress(t *testing.T) {
	app, stderr := testApp()
	now := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	app.Clock = func() time.Time { return now }
	app.Progress("reading hosts", 4).Add(1)
	if stderr.Len() != 0 {
		t.Errorf("no terminal, but %q", stderr)
	}
	app.ErrTerminal = true
	p := app.Progress("reading hosts", 4)
	p.Add(1)
	now = now.Add(10 * time.Second)
	p.Add(1)
	p.Add(1) // too soon to be drawn
	app.Warn("odd file")
	now = now.Add(time.Second)
	p.Add(1)
	p.Done()
	p.Add(1) // after the end nothing is drawn
	const line = "\r\x1b[K"
	want := line + "reading hosts: 1 of 4" + line + "reading hosts: 2 of 4, about 10s left" + line +
		"tlsready: warning: odd file\n" + line + "reading hosts: 4 of 4" + line
	if stderr.String() != want {
		t.Errorf("got  %q\nwant %q", stderr, want)
	}
	stderr.Reset()
	app.Quiet = true
	app.Progress("reading hosts", 0).Add(1)
	app.Warn("odd file")
	if stderr.Len() != 0 {
		t.Errorf("quiet, but %q", stderr)
	}
}

// Proves that a file keeps its permissions, that a link is written through, and
// that a failed write leaves the old content and no litter.
func TestOutputFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("not run: Windows has neither these permissions nor links for everyone")
		return
	}
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target.json"), filepath.Join(dir, "link.json")
	if err := os.WriteFile(target, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	app, _ := testApp()
	app.flags.output = []string{link}
	failing := func(out *Output) error { _, _ = out.Write([]byte("half")); return errors.New("no more") }
	if err := app.WriteOutputs(failing, FormatJSON); err == nil {
		t.Error("the failure is lost")
	}
	if got, _ := os.ReadFile(target); string(got) != "old" {
		t.Errorf("after a failure: %q", got)
	}
	writing := func(out *Output) error { _, err := out.Write([]byte("new")); return err }
	if err := app.WriteOutputs(writing, FormatJSON); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(target)
	if err != nil || info.Mode() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if got, _ := os.ReadFile(link); string(got) != "new" {
		t.Errorf("after success: %q", got)
	}
	if list, _ := os.ReadDir(dir); len(list) != 2 {
		t.Errorf("left behind: %v", list)
	}
}

// Proves that COLUMNS sets the width of a page if the output is no terminal, that the
// terminal's own width wins, and that a value that is not a width is ignored.
func TestColumns(t *testing.T) {
	for value, want := range map[string]int{"": 0, "120": 120, "39": 0, "-5": 0, "wide": 0, "1e3": 0, "99999999999999999999": 0} {
		app := New(Streams{}, []string{"COLUMNS=" + value})
		if got := app.ColumnsOf(&Output{Path: "-"}); got != want {
			t.Errorf("COLUMNS=%s: %d columns, want %d", value, got, want)
		}
		if got := app.ColumnsOf(&Output{Path: "report.txt"}); got != want {
			t.Errorf("COLUMNS=%s, a file: %d columns, want %d", value, got, want)
		}
		app.Width = 77
		if got := app.ColumnsOf(&Output{Path: "-"}); got != 77 {
			t.Errorf("COLUMNS=%s, a terminal: %d columns", value, got)
		}
	}
}

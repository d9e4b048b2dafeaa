package batch_test

import (
	"strconv"
	"strings"
	"testing"

	"tlsready/internal/script"
	"tlsready/internal/script/batch"
)

// record is a world that writes down what runs: "line:command", with "-" before what
// does not run, "!" before what runs only after an error, "?" before what may do
// anything.
type record struct {
	lines  []string
	status int
	known  bool
}

type nothing struct{}

func (nothing) Clone() batch.State                       { return nothing{} }
func (nothing) Join(batch.State, script.Pos) batch.State { return nothing{} }
func (nothing) Same(batch.State) bool                    { return true }

func (w *record) add(r *batch.Run, mark string, at script.Pos, text string) {
	switch r.Mode() {
	case batch.Unreached:
		mark = "-" + mark
	case batch.OnError:
		mark = "!" + mark
	}
	line := mark + strconv.Itoa(at.Line) + ":" + strings.ReplaceAll(text, batch.Unknown, "…")
	for _, have := range w.lines {
		if have == line {
			return
		}
	}
	w.lines = append(w.lines, line)
}

func (w *record) Unclear(r *batch.Run, at script.Pos, what string) { w.add(r, "?", at, what) }

func (w *record) Command(r *batch.Run, c *batch.Command) (int, bool) {
	w.add(r, "", c.Pos, strings.Join(c.Words, " "))
	return w.status, w.known
}

func follow(text string, w *record) string {
	batch.Follow(text, w, nothing{})
	return strings.Join(w.lines, " | ")
}

// Proves, kind by kind, which commands of a batch file run and with which words.
func TestFollow(t *testing.T) {
	for text, want := range map[string]string{
		"a b \"c d\"":                   "1:a b c d",
		"@echo off\n@a":                 "2:a",
		"rem a\n:: a\nb":                "3:b",
		"a & b && c || d":               "1:a | 1:b | 1:c | !1:d",
		"a ^\n b":                       "1:a b",
		"a ^& b":                        "1:a & b",
		"a > x 2>&1 < y":                "1:a",
		"(a\nb) & c":                    "1:a | 2:b | 2:c",
		"set X=1\na %X% %x%":            "2:a 1 1",
		"set \"X=1 2\"\na %X%":          "2:a 1 2",
		"set X=abc\na %X:~1,1% %X:b=z%": "2:a b azc",
		"a %NONE%":                      "1:a …",
		"a %%b":                         "1:a %b",
		"setlocal enabledelayedexpansion\nset X=1\na !X!": "3:a 1",
		"set X=1\na !X!": "2:a !X!",
		"set X=1\nsetlocal\nset X=2\nendlocal\na %X%": "5:a 1",
		"set /a N=1+2\na %N%":                         "2:a 3",
		"goto x\na\n:x\nb":                            "4:b | -2:a",
		"goto :eof\na":                                "-2:a",
		"exit /b 1\na":                                "-2:a",
		"a\ngoto nowhere\nb":                          "1:a | -3:b",
		"if 1==1 a":                                   "1:a",
		"if 1==2 (a) else b":                          "-1:a | 1:b",
		"if /i A==a a":                                "1:a",
		"if not 1==2 a":                               "1:a",
		"if 2 gtr 1 a":                                "1:a",
		"if exist x a":                                "1:a",
		"if exist x (a) else (b)":                     "1:a | 1:b",
		"for %%i in (1 2) do a %%i":                   "1:a 1 | 1:a 2",
		"for %%i in (\"x y\") do a %%~i":              "1:a x y",
		"for /l %%i in (1,1,3) do a %%i":              "1:a 1 | 1:a 2 | 1:a 3",
		"for /f %%i in (x.txt) do a %%i":              "1:a …",
		"call :f 1\nexit /b\n:f\na %1 %~1":            "4:a 1 1",
		"call a b":                                    "1:a b",
		"call x.cmd":                                  "?1:call x.cmd",
		"start \"\" /wait a b":                        "1:a b",
		"(a":                                          "?1:(",
	} {
		if got := follow(text, &record{known: true}); got != want {
			t.Errorf("%q\n got %s\nwant %s", text, got, want)
		}
	}
}

// Proves that the exit status decides what runs, if it is known.
func TestStatus(t *testing.T) {
	const text = "a && b || c\nif errorlevel 1 d"
	for _, c := range []struct {
		world record
		want  string
	}{
		{record{status: 0, known: true}, "1:a | 1:b | !1:c | -2:d"},
		{record{status: 1, known: true}, "1:a | -1:b | 1:c | 2:d"},
		{record{}, "1:a | 1:b | 1:c | 2:d"},
	} {
		if got := follow(text, &c.world); got != c.want {
			t.Errorf("%d, known %t: %s, want %s", c.world.status, c.world.known, got, c.want)
		}
	}
}

// Proves that a line inside another script has the place of that script.
func TestLine(t *testing.T) {
	w := &record{}
	batch.Line("a & b", script.Pos{Line: 7, Column: 3}, w, nothing{})
	if got := strings.Join(w.lines, " | "); got != "7:a | 7:b" {
		t.Error(got)
	}
}

// FuzzFollow: no text makes the reader panic or run for long, and what it says has
// its place.
func FuzzFollow(f *testing.F) {
	for _, seed := range []string{
		"if exist x (a ^& b) else for %%i in (1 2) do call :f %%i\n:f\nset /a N+=1\nif %N% lss 3 goto f",
		"setlocal enabledelayedexpansion\nset X=!Y:a=b!\nfor /f \"tokens=1,2 delims=,\" %%a in ('x') do echo %%b && exit /b %errorlevel%",
		"@a > %TEMP%\\x 2>&1 || (goto :eof)",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w := &record{}
		batch.Follow(text, w, nothing{})
		for _, line := range w.lines {
			if n, _, _ := strings.Cut(strings.TrimLeft(line, "-!?"), ":"); n == "0" || n == "" {
				t.Errorf("%q has no place", line)
			}
		}
	})
}

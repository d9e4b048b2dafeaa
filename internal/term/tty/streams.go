package tty

import (
	"context"
	"io"
	"os"
	"strconv"

	xterm "golang.org/x/term"

	"tlsready/internal/term"
)

// Streams is what the program reads and writes, and what is known of the other
// end.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer

	InTerminal  bool // a person can answer at In
	OutTerminal bool // Out is a terminal that a person looks at
	ErrTerminal bool // Err is one
	Width       int  // columns of the terminal at Out; 0 if unknown
	Colour      bool // the terminal at Out understands ANSI colours

	// OwnConsole says that the console window is the program's own, made by a
	// double-click: it closes with the program.
	OwnConsole bool
	// OpenFile shows a file in the program that the user has for its kind.
	OpenFile func(path string) error

	// Language is the language of the system's user interface as a BCP 47 tag,
	// for systems that do not say it in the environment; "" if unknown.
	Language string
}

// System are the streams of this process.
func System() Streams {
	s := Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	out, err := int(os.Stdout.Fd()), int(os.Stderr.Fd())
	s.InTerminal = xterm.IsTerminal(int(os.Stdin.Fd()))
	s.OutTerminal, s.ErrTerminal = xterm.IsTerminal(out), xterm.IsTerminal(err)
	if s.OutTerminal {
		s.Colour = enableColour(os.Stdout)
		if width, _, err := xterm.GetSize(out); err == nil {
			s.Width = width
		}
	}
	s.Language = systemLanguage()
	s.OwnConsole = s.InTerminal && ownConsole()
	s.OpenFile = openFile
	return s
}

// The values of --color.
const (
	ColorAuto   = "auto"
	ColorAlways = "always"
	ColorNever  = "never"
)

// WantsColor decides on colour for standard output: what was asked for, else what
// the terminal can do and the environment wishes (https://no-color.org, and
// TERM=dumb).
func (s Streams) WantsColor(asked string, getenv func(string) string) bool {
	switch asked {
	case ColorAlways:
		return true
	case ColorNever:
		return false
	}
	return s.OutTerminal && s.Colour && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
}

// maxColumns is wider than any terminal; a line of a table is filled up to it.
const maxColumns = 1000

// Columns reads the variable COLUMNS (POSIX, Environment Variables), which says how
// wide a page is if no terminal does; 0 if it is not a usable width.
func Columns(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < term.MinWidth || n > maxColumns {
		return 0
	}
	return n
}

// Interruptible reads from In until ctx ends. Reading from a terminal or a pipe
// cannot be cancelled, so the read goes on in the background, into a buffer of its
// own, and what it may yet bring is lost.
func (s *Streams) Interruptible(ctx context.Context) { s.In = interruptible{ctx, s.In} }

type interruptible struct {
	ctx context.Context
	in  io.Reader
}

// Read reads as the stream does, or returns the context's error.
func (r interruptible) Read(p []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	buffer := make([]byte, len(p))
	go func() {
		n, err := r.in.Read(buffer)
		done <- result{n, err}
	}()
	select {
	case <-r.ctx.Done():
		return 0, context.Cause(r.ctx)
	case got := <-done:
		copy(p, buffer[:got.n])
		return got.n, got.err
	}
}

// inFile is the file at In, a terminal or not; nil if it is not a file.
func (s *Streams) inFile() *os.File {
	in := s.In
	if wrapped, ok := in.(interruptible); ok {
		in = wrapped.in
	}
	file, _ := in.(*os.File)
	return file
}

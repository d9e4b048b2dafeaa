package cli

import (
	"context"
	"io"
	"os"

	"golang.org/x/term"
)

// Streams is what the program reads and writes, and what is known of the other
// end.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer

	OutTerminal bool // Out is a terminal that a person looks at
	ErrTerminal bool // Err is one
	Width       int  // columns of the terminal at Out; 0 where unknown
	Colour      bool // the terminal at Out understands ANSI colours

	// Language is the language of the system's user interface as a BCP 47 tag,
	// for systems that do not say it in the environment; "" where unknown.
	Language string
}

// SystemStreams are the streams of this process.
func SystemStreams() Streams {
	s := Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	out, err := int(os.Stdout.Fd()), int(os.Stderr.Fd())
	s.OutTerminal, s.ErrTerminal = term.IsTerminal(out), term.IsTerminal(err)
	if s.OutTerminal {
		s.Colour = enableColour(os.Stdout)
		if width, _, err := term.GetSize(out); err == nil {
			s.Width = width
		}
	}
	s.Language = systemLanguage()
	return s
}

// interruptible reads from a stream until the context ends. Reading from a
// terminal or a pipe cannot be cancelled, so the read goes on in the background,
// into a buffer of its own, and what it may yet bring is lost.
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

package tty

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/term"
)

// Console is one run's way to the person at the terminal. Standard output carries
// the result and nothing else; errors, warnings, questions and progress go to
// standard error, and nothing that a terminal would obey goes with them.
type Console struct {
	Streams

	Words *message.Catalog // the words of the run's language
	Quiet bool             // no progress and no warnings
	JSON  bool             // errors and warnings are JSON
	Clock func() time.Time // for progress

	progress *Progress     // the one on the screen, or nil
	lines    *bufio.Reader // answers: it may hold lines that came with the one that was read
}

// Error writes an error and what to do about it: two lines, or one JSON object
// (tlsready.error/v1) if the result would have been JSON.
func (c *Console) Error(what, hint string, status int) {
	c.Clear()
	if c.JSON {
		c.JSONLine(document.Error{Error: what, Hint: hint, ExitStatus: status})
		return
	}
	text := "tlsready: " + term.OneLine(what)
	if hint != "" {
		text += "\nhint: " + term.OneLine(hint)
	}
	c.write(text + "\n")
}

// Warn writes a warning, unless --quiet.
func (c *Console) Warn(text string) {
	if c.Quiet {
		return
	}
	c.Clear()
	if c.JSON {
		c.JSONLine(document.Warning{Warning: text})
		return
	}
	c.write("tlsready: " + c.Words.Text("cli.warning", message.Str("text", term.OneLine(text))) + "\n")
}

// Say writes what was done, but apart from the result: standard output keeps the result
// alone. With --quiet, or if errors are JSON, it says nothing.
func (c *Console) Say(text string) {
	if !c.Quiet && !c.JSON {
		c.Tell(text)
	}
}

// Tell writes what the person who decides has to see, even with --quiet.
func (c *Console) Tell(text string) {
	c.Clear()
	c.write(term.SafeLines(text) + "\n")
}

// Trace writes what a report on a defect needs.
func (c *Console) Trace(stack []byte) {
	if !c.JSON {
		c.write("\n" + string(stack))
	}
}

// CanAsk says whether a person can answer on standard input.
func (c *Console) CanAsk() bool { return c.InTerminal }

// Confirm asks, and takes only a yes for a yes.
func (c *Console) Confirm(ctx context.Context, question string) (bool, error) {
	answer, err := c.Ask(ctx, question)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	switch strings.ToLower(answer) {
	case "y", "yes", "はい":
		return true, nil
	}
	return false, nil
}

// Ask asks and gives the line that comes back, without the space around it. At the end
// of the input it also gives [io.EOF], with what came before it.
func (c *Console) Ask(ctx context.Context, question string) (string, error) {
	c.Clear()
	c.write(term.Safe(question) + " ")
	if c.lines == nil {
		c.lines = bufio.NewReader(c.In)
	}
	answer, err := c.lines.ReadString('\n')
	if ctx.Err() != nil {
		c.write("\n")
		return "", ctx.Err()
	}
	return strings.TrimSpace(answer), err
}

// AskPassword gives a function that asks for a password with hidden input; nil if there
// is nobody to ask.
func (c *Console) AskPassword(question func(account string) string) func(ctx context.Context, account string) (string, error) {
	file := c.inFile()
	if file == nil || !c.InTerminal || !c.ErrTerminal {
		return nil
	}
	return passwordAt(file, c.safe(), func(account string) string {
		c.Clear()
		return question(account)
	})
}

func (c *Console) safe() io.Writer { return &term.Filter{W: c.Err} }

// write writes text to standard error through the last gate. What fails there has
// nowhere left to be reported.
func (c *Console) write(text string) { _, _ = io.WriteString(c.safe(), text) }

// JSONLine writes a value as one line of JSON.
func (c *Console) JSONLine(v any) {
	out := &term.Filter{W: c.Err, JSON: true}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
}

package tty

import (
	"context"
	"fmt"
	"io"
	"os"

	xterm "golang.org/x/term"
)

// passwordAt asks for passwords at a terminal, with hidden input. Question makes
// the text that is written to out before the input, in the user's language.
func passwordAt(tty *os.File, out io.Writer, question func(account string) string) func(ctx context.Context, account string) (string, error) {
	fd := int(tty.Fd())
	return func(ctx context.Context, account string) (string, error) {
		// Ctrl-C ends the run while the terminal still hides what is typed.
		before, err := xterm.GetState(fd)
		if err != nil {
			return "", fmt.Errorf("the terminal: %w", err)
		}
		_, _ = io.WriteString(out, question(account))
		typed := make(chan string, 1)
		failed := make(chan error, 1)
		go func() {
			text, err := xterm.ReadPassword(fd)
			if err != nil {
				failed <- err
				return
			}
			typed <- string(text)
		}()
		defer func() { _, _ = io.WriteString(out, "\n") }()
		select {
		case text := <-typed:
			return text, nil
		case err := <-failed:
			return "", fmt.Errorf("the password could not be read: %w", err)
		case <-ctx.Done():
			_ = xterm.Restore(fd, before)
			return "", ctx.Err()
		}
	}
}

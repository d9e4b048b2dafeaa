package cli

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

// Proves that an interrupt while a question is open ends "services new" as an interrupt
// and leaves no file behind.
func TestServicesNewInterrupted(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	in, answers := io.Pipe()
	defer answers.Close()
	go func() {
		_, _ = io.WriteString(answers, "Our API\n2027-03-01\n") // the third question stays open
		cancel()
	}()
	var out, errs strings.Builder
	status := Run(ctx, []string{"services", "new"}, Streams{In: in, Out: &out, Err: &errs, InTerminal: true}, []string{"LANG=C"})
	left, err := filepath.Glob("*")
	if err != nil {
		t.Fatal(err)
	}
	if status != 130 || len(left) > 0 {
		t.Errorf("status %d, files %v, %q", status, left, errs.String())
	}
}

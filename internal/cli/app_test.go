package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/cli/frame"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Proves that a panic anywhere below Run comes out as a report.
func TestRunRecovers(t *testing.T) {
	var stderr bytes.Buffer
	status := Run(t.Context(), []string{"version"}, Streams{Out: panicWriter{}, Err: &stderr}, nil)
	if status != frame.ExitIncomplete || !strings.Contains(stderr.String(), "defect in the program: no paper") {
		t.Errorf("status %d, %s", status, &stderr)
	}
}

type panicWriter struct{}

func (panicWriter) Write([]byte) (int, error) { panic("no paper") }

// Proves that an interrupt ends a command that waits for its input, with 130.
func TestInterruptWhileReading(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	var stdout, stderr bytes.Buffer
	streams := Streams{In: interruptingReader(interrupt), Out: &stdout, Err: &stderr}
	status := Run(ctx, []string{"check", "-", "--lang", "en"}, streams, nil)
	if status != frame.ExitInterrupted || stderr.String() != "tlsready: interrupted\n" || stdout.Len() != 0 {
		t.Errorf("status %d, stdout %q, stderr %q", status, &stdout, &stderr)
	}
}

// interruptingReader interrupts when it is first read and never returns.
type interruptingReader func()

func (interrupt interruptingReader) Read([]byte) (int, error) {
	interrupt()
	select {}
}

// Proves that the first Ctrl-C cancels the context.
func TestInterruptible(t *testing.T) {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "windows" {
		t.Log("not run: Windows cannot send Ctrl-C to one process")
		return
	}
	ctx := Interruptible(t.Context())
	if err := self.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Error(ctx.Err())
	}
}

// twinValue is a value that a flag takes, by its name and type.
func twinValue(t *testing.T, flag *pflag.Flag) string {
	t.Helper()
	byName := map[string]string{"format": "jsonl", "lang": "ja", "color": "never"}
	byType := map[string]string{"bool": "true", "int": "7", "uint16": "7", "duration": "7s"}
	if flag.Name == "config" {
		path := filepath.Join(t.TempDir(), "word.yaml")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return cmp.Or(byName[flag.Name], byType[flag.Value.Type()], "word")
}

// onCommandLineAlone are the flags that no environment may set: what changes machines
// or takes files away, and what asks for help.
func onCommandLineAlone() []string {
	return []string{"help", "version", "apply", "undo", "yes", "force", "replace"}
}

// Proves that every flag takes its environment twin, of every command, and that those
// which must not do not.
func TestEveryFlagHasATwin(t *testing.T) {
	everyCommand("en", func(_ *App, cmd *cobra.Command) {
		if cmd.HasSubCommands() || cmd.Name() == "help" {
			return
		}
		_ = cmd.ParseFlags(nil) // merges the common flags in
		cmd.Flags().VisitAll(func(flag *pflag.Flag) {
			value := twinValue(t, flag)
			app := newApp(Streams{Err: io.Discard}, []string{"TLSREADY_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_")) + "=" + value})
			root := newRoot(app)
			cmd, _, err := root.Find(strings.Fields(cmd.CommandPath())[1:])
			if err != nil {
				t.Fatal(err)
			}
			_ = cmd.ParseFlags(nil)
			if err := root.PersistentPreRunE(cmd, nil); err != nil {
				t.Errorf("%s --%s: %v", cmd.CommandPath(), flag.Name, err)
			}
			set := strings.Trim(cmd.Flags().Lookup(flag.Name).Value.String(), "[]") == value
			if want := !slices.Contains(onCommandLineAlone(), flag.Name); set != want || app.Given(flag.Name) != want {
				t.Errorf("%s --%s is %q with %q in its variable, and counts as given: %v", cmd.CommandPath(), flag.Name, cmd.Flags().Lookup(flag.Name).Value, value, app.Given(flag.Name))
			}
		})
	})
}

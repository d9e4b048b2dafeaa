package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/source/live"
	"tlsready/internal/term"
	"tlsready/internal/userfile"
)

// newStartCommand is what a double-click on the program does: it asks which service
// counts, judges this machine, and shows the report. It changes nothing.
func newStartCommand(app *App) *cobra.Command {
	dir := ""
	cmd := &cobra.Command{
		Use:     "start",
		Example: "tlsready start\ntlsready start --dir reports",
		Args:    app.ExactArgs(0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return app.start(cmd.Context(), dir) },
	}
	cmd.Flags().StringVar(&dir, "dir", "", "")
	return cmd
}

// doubleClicked says whether the program was started without a word by somebody who
// has no shell behind the window: it would close before anything could be read.
func (app *App) doubleClicked(args []string) bool { return len(args) == 0 && app.OwnConsole }

func (app *App) start(ctx context.Context, dir string) error {
	app.Tell(app.Text("cli.start.hello"))
	id, err := app.chooseService(ctx)
	if err != nil {
		return err
	}
	path, err := reportPath(dir)
	if err != nil {
		return frame.CannotWrite(dir, err)
	}
	args := []string{"check", live.URL, "-o", "-", "-o", "html=" + path, "--lang", app.Lang}
	if id != "" {
		args = append(args, "--service", id)
	}
	app.Tell("\n> tlsready " + strings.Join(args, " ") + "\n")
	root := newRoot(app)
	root.SetArgs(args)
	err = root.ExecuteContext(ctx)
	if _, there := os.Stat(path); there != nil {
		return err
	}
	app.Tell(app.Text("cli.start.report", message.Str("path", path)))
	if app.OutTerminal {
		app.showFile(path)
	}
	return err
}

// showFile opens the report in the browser; if that fails, the user has already been told
// its name.
func (app *App) showFile(path string) {
	if err := app.OpenFile(path); err != nil {
		app.Warn(app.Text("cli.start.not-opened", message.Str("why", app.Why(err))))
	}
}

// waitToClose keeps a window that would close open until it was read.
func (app *App) waitToClose(ctx context.Context) {
	_, _ = app.Ask(ctx, app.Text("cli.start.close"))
}

// reportPath names the report after this machine. It goes next to the program, in the
// folder that was named, or into the folder for temporary files if the program's folder
// is read-only.
func reportPath(dir string) (string, error) {
	name, err := os.Hostname()
	if err != nil {
		name = "local"
	}
	file := "tlsready-" + name + ".html"
	if dir != "" {
		return filepath.Join(dir, file), os.MkdirAll(dir, 0o777)
	}
	exe, err := os.Executable()
	if err == nil && userfile.Writable(filepath.Dir(exe)) {
		return filepath.Join(filepath.Dir(exe), file), nil
	}
	return filepath.Join(os.TempDir(), file), nil
}

// maxOffered is how many services are listed for a choice: more are no choice.
const maxOffered = 20

// chooseService asks for a service until the answer is clear; "" means the services whose
// program is on this machine.
func (app *App) chooseService(ctx context.Context) (string, error) {
	for {
		app.Tell(app.Text("cli.start.which"))
		answer, err := app.Ask(ctx, ">")
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		if answer == "" {
			return "", nil
		}
		found, oops := service.Like(strings.TrimPrefix(answer, "?"), app.Lang)
		switch {
		case oops != nil:
			return "", oops
		case len(found) == 1 && answer != "?":
			return found[0].ID, nil
		case len(found) == 0:
			app.Tell(app.Text("cli.start.none", message.Quote("text", answer)))
		case len(found) > maxOffered && answer != "?":
			app.Tell(app.Text("cli.start.many", message.Int("n", len(found)), message.Quote("text", answer)))
		default:
			id, err := app.chooseOf(ctx, found)
			if id != "" || err != nil {
				return id, err
			}
		}
		if err != nil { // the end of the input
			return "", nil
		}
	}
}

// chooseOf lists services and asks for the number of one; "" means none of them.
func (app *App) chooseOf(ctx context.Context, list []*service.Profile) (string, error) {
	for i, p := range list {
		app.Tell(term.Pad(strconv.Itoa(i+1), 4) + term.Pad(p.ID, 32) + app.InLang(p.Name))
	}
	answer, err := app.Ask(ctx, app.Text("cli.start.number", message.Int("n", len(list))))
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	n, bad := strconv.Atoi(answer)
	if bad != nil || n < 1 || n > len(list) {
		return "", nil
	}
	return list[n-1].ID, nil
}

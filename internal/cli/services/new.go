package services

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/message"
	"tlsready/internal/survey"
	"tlsready/internal/survey/draft"
)

func newNewCommand(app *command) *cobra.Command {
	d, today := &draft.Profile{}, ""
	cmd := &cobra.Command{
		Use: "new",
		Example: `tlsready services new
tlsready services new --name "Our API" --from 2027-03-01 --endpoint api.example.com:443 --probe -o our-api.yaml`,
		Args: app.ExactArgs(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return app.newService(cmd.Context(), d, today) },
	}
	flags := cmd.Flags()
	flags.StringVar(&d.Draft.Name, "name", "", "")
	flags.StringVar(&d.Draft.ID, "id", "", "")
	flags.StringVar(&d.From, "from", "", "")
	flags.StringVar(&d.Accepts, "accepts", "", "")
	flags.StringVar(&d.Draft.Endpoint, "endpoint", "", "")
	flags.BoolVar(&d.Probe, "probe", false, "")
	flags.StringArrayVar(&d.Draft.Callers, "caller", nil, "")
	flags.StringVar(&d.Draft.Source, "source", "", "")
	flags.StringVar(&d.Draft.Contact, "contact", "", "")
	flags.StringVar(&d.Draft.Test, "test-endpoint", "", "")
	flags.StringVar(&today, "today", "", "")
	return cmd
}

// newService asks what the flags left open, and writes once everything is answered: an
// interrupt before leaves nothing behind.
func (app *command) newService(ctx context.Context, d *draft.Profile, today string) (err error) {
	if d.Draft.AsOf, err = app.Today(today); err != nil {
		return err
	}
	d.Warn = func(err error) { app.Warn(app.Why(err)) }
	d.Note = func(text message.Text) { app.Say(app.Words.Render(text)) }
	d.Named = func(id string) error {
		_, err := app.newFile(id)
		return err
	}
	if app.CanAsk() {
		d.Ask = func(ctx context.Context, question message.Text) (string, error) {
			return app.Ask(ctx, app.Words.Render(question))
		}
		d.Confirm = func(ctx context.Context, question message.Text) (bool, error) {
			return app.Confirm(ctx, app.Words.Render(question))
		}
	}
	if err := d.Complete(ctx); err != nil {
		return err
	}
	text, err := d.Draft.YAML(app.Words)
	if err != nil {
		return &survey.Mistake{Err: err}
	}
	return app.writeNew(d.Draft.ID, text)
}

// newFile is the file that is to be written, "-" for standard output. One that is there
// is refused: it may be somebody's profile.
func (app *command) newFile(id string) (string, error) {
	path := id + ".yaml"
	switch asked := app.OutputFlags(); {
	case len(asked) > 1:
		return "", app.UsageError("new-one-file")
	case len(asked) == 1:
		path = asked[0]
	}
	if _, err := os.Lstat(path); err == nil && path != "-" {
		return "", app.UsageError("new-exists", message.Str("path", path))
	}
	return path, nil
}

func (app *command) writeNew(id string, text []byte) error {
	path, err := app.newFile(id)
	if err != nil {
		return err
	}
	if path == "-" {
		_, err := app.Out.Write(text)
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) // less the umask, as every new file
	if errors.Is(err, fs.ErrExist) {
		return app.UsageError("new-exists", message.Str("path", path))
	}
	if err != nil {
		return frame.CannotWrite(path, err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(path)
		return frame.CannotWrite(path, err)
	}
	app.Say(app.Text("services.new.written", message.Str("path", path)))
	return nil
}

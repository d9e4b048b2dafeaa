// Package gates is the command "gate": plans by which old TLS is switched off in stages.
package gates

import (
	"context"

	"tlsready/internal/survey/watch"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/gate"
	"tlsready/internal/gate/replay"
	"tlsready/internal/message"
	"tlsready/internal/report/gatepage"
	"tlsready/internal/survey/judge"
	"tlsready/internal/term"
	"tlsready/internal/userfile"
)

// command is what the subcommands share.
type command struct{ *frame.App }

// New makes "gate" with its subcommands.
func New(app *frame.App) *cobra.Command {
	c := &command{app}
	return c.onConfig(app.NewGroup("gate", c.newPlan(), c.newCheck()))
}

// checkFlags are those of "gate check".
type checkFlags struct {
	today, holidays string
	replay          []string
}

func (app *command) newCheck() *cobra.Command {
	f := &checkFlags{}
	cmd := &cobra.Command{
		Use:     "check CONFIG",
		Example: "tlsready gate check gate.yaml\ntlsready gate check gate.yaml --holidays syukujitsu.csv --replay watch.jsonl",
		Args:    app.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return app.check(cmd.Context(), args[0], f) },
	}
	cmd.Flags().StringVar(&f.today, "today", "", "")
	cmd.Flags().StringVar(&f.holidays, "holidays", "", "")
	cmd.Flags().StringArrayVar(&f.replay, "replay", nil, "")
	return cmd
}

// check says what a plan would do day by day. Warnings do not change the exit status: a
// plan may begin on a Friday if its owner wants it so.
func (app *command) check(ctx context.Context, path string, f *checkFlags) error {
	config, err := watch.ReadPlan(path)
	if err != nil {
		return err
	}
	k := gate.Checking{Name: path}
	if k.Today, err = app.TodayIn(config.Location, f.today); err != nil {
		return err
	}
	if k.Holidays, err = holidays(f.holidays); err != nil {
		return err
	}
	doc := k.Check(config)
	if len(f.replay) > 0 {
		tried, err := app.tried(ctx, config, path, f.replay)
		if err != nil {
			return err
		}
		replay.Warn(doc, tried)
	}
	return app.WriteDocument(doc, func(h *term.Page) { gatepage.New(h, app.Catalog()).Check(doc) })
}

// holidays reads a file of holidays; none without a name.
func holidays(path string) ([]gate.Holiday, error) {
	if path == "" {
		return nil, nil
	}
	data, err := userfile.Read(path, gate.MaxHolidays)
	if err != nil {
		return nil, frame.CannotRead(path, err)
	}
	list, err := gate.ParseHolidays(data)
	if err != nil {
		return nil, &judge.Mistake{Err: message.At(path, err)}
	}
	return list, nil
}

// Package fleets is the command "report": what the runs of many nights say together, as
// pages or in short.
package fleets

import (
	"context"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/document"
	"tlsready/internal/fleet"
	"tlsready/internal/message"
	"tlsready/internal/report/site"
	"tlsready/internal/survey/runs"
	"tlsready/internal/term"
)

// command is what the parts of the command share.
type command struct{ *frame.App }

// newReport makes "report".
func newReport(app *frame.App) *cobra.Command {
	c := &command{app}
	today := ""
	cmd := &cobra.Command{
		Use: "report RUNS...",
		Example: `tlsready report runs -o site/
tlsready report runs
tlsready report 'runs/check-*.jsonl.gz' probe-2026-11-28.jsonl -o /srv/www/tls
tlsready report runs -o fleet.json`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.report(cmd.Context(), today, args) },
	}
	cmd.Flags().StringVar(&today, "today", "", "")
	return cmd
}

func (app *command) report(ctx context.Context, flag string, words []string) error {
	today := fleet.DayOf(app.Now)
	if flag != "" {
		if today = fleet.ParseDay(flag); today == fleet.NoDay {
			return app.UsageError("date", message.Str("flag", "--today"), message.Str("value", flag))
		}
	}
	if len(words) == 0 {
		return frame.Usage(message.Error("watch.error.none").Hinted("runs.hint.none"))
	}
	folders := app.TakeFolders()
	if len(folders) > 1 {
		return frame.Usage(message.Error("cli.report.several", message.Str("path", folders[1])))
	}
	var folder *folder
	if len(folders) == 1 {
		var err error
		if folder, err = openFolder(folders[0]); err != nil {
			return err
		}
		defer folder.close()
	}
	doc, err := app.read(ctx, today, words)
	if err != nil {
		return err
	}
	if folder != nil {
		if err := app.write(ctx, folder, doc); err != nil {
			return err
		}
	}
	if folder == nil || len(app.OutputFlags()) > 0 {
		if err := app.WriteDocument(doc, func(p *term.Page) { site.Summary(p, doc, app.Catalog(), frame.JoinArgs(words)) }); err != nil {
			return err
		}
	}
	return app.losses(&doc.Sources)
}

func (app *command) read(ctx context.Context, today fleet.Day, words []string) (*document.Fleet, error) {
	progress := app.Progress(app.Text("cli.report.progress"), 0)
	defer progress.Done()
	r := runs.Reading{Words: words, Stdin: app.In, Today: today, Tell: func(done, total int) { progress.Set(done, total, 0, 0) }}
	return r.Read(ctx)
}

// maxTold is how many troubles are told one by one.
const maxTold = 5

// losses warns of what was left out. Then the pages are not the whole truth, which is a
// status of its own.
func (app *command) losses(s *document.FleetSources) error {
	for i, l := range s.Losses {
		if i == maxTold {
			app.Warn(app.Text("cli.report.left-more", message.Int("n", max(s.Damaged, len(s.Losses))-i)))
			break
		}
		app.Warn(app.Text("cli.report.left", message.Str("where", l.Where()), message.Str("what", app.Catalog().Render(l.What))))
	}
	return app.Verdict(0, len(s.Losses))
}

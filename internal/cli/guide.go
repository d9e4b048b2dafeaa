package cli

import (
	"github.com/spf13/cobra"

	"tlsready/internal/assess"
	"tlsready/internal/cli/frame"
	"tlsready/internal/report"
	"tlsready/internal/survey/judge"
)

// newGuideCommand makes "services guide": the announcement page of a service.
func newGuideCommand(app *App) *cobra.Command {
	f := &judgeFlags{}
	cmd := &cobra.Command{
		Use: "guide ID|FILE",
		Example: `tlsready services guide azure-backup --lang ja > announcement.md
tlsready services guide my-api.yaml -o guide.md -o guide.html`,
		Args: app.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.services = args
			return app.guide(cmd, f)
		},
	}
	cmd.Flags().StringVar(&f.on, "on", "", "")
	cmd.Flags().StringVar(&f.today, "today", "", "")
	return cmd
}

// guide writes the page as Markdown, which is the text for people too, as one
// HTML file, or as JSON.
func (app *App) guide(cmd *cobra.Command, f *judgeFlags) error {
	j, err := app.judging(cmd.Context(), f)
	if err != nil {
		return err
	}
	d := j.Assessor.Services[0]
	if d.Profile == nil {
		return judge.Unknown("service", f.services[0], nil)
	}
	return app.WriteOutputs(func(out *frame.Output) error {
		lang := app.Lang
		if out.Format == frame.FormatJSON {
			lang = "en"
		}
		w := j.Writer(app.CatalogOf(lang))
		g := j.Assessor.Guide(d, assess.ServiceOf(d.Profile, d.Demand, j.On, j.Today), w)
		if out.Format == frame.FormatJSON {
			return report.WriteJSON(out, g)
		}
		if out.Format == frame.FormatHTML {
			return report.GuideHTML(out, &g, w.Words)
		}
		return report.Guide(out, &g, w.Words)
	}, frame.FormatMarkdown, frame.FormatTable, frame.FormatHTML, frame.FormatJSON)
}

package cli

import (
	"time"

	"github.com/spf13/cobra"

	"tlsready/internal/assess"
	"tlsready/internal/cli/frame"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report"
	"tlsready/internal/service"
	"tlsready/internal/strictyaml"
	"tlsready/internal/survey/judge"
	"tlsready/internal/term"
	"tlsready/internal/userfile"
)

func newServicesCommand(app *App) *cobra.Command {
	today, all := "", false
	list := &cobra.Command{
		Use:     "list",
		Example: "tlsready services list\ntlsready services list --all\ntlsready services list --today 2021-06-15 --json",
		Args:    app.ExactArgs(0),
		RunE:    func(*cobra.Command, []string) error { return app.listServices(today, all) },
	}
	list.Flags().StringVar(&today, "today", "", "")
	list.Flags().BoolVar(&all, "all", false, "")
	show := &cobra.Command{
		Use:               "show ID|FILE",
		Example:           "tlsready services show azure-backup\ntlsready services show azure-backup --json > mine.json",
		Args:              app.ExactArgs(1),
		ValidArgsFunction: cobra.FixedCompletions(service.IDs(), cobra.ShellCompDirectiveDefault),
		RunE:              func(_ *cobra.Command, args []string) error { return app.showService(args[0]) },
	}
	lint := &cobra.Command{
		Use:     "lint FILE...",
		Example: "tlsready services lint our-api.yaml",
		Args:    cobra.ArbitraryArgs,
		RunE:    func(cmd *cobra.Command, args []string) error { return app.lintServices(cmd, args) },
	}
	return app.NewGroup("services", list, show, lint, newGuideCommand(app), newFeedCommand(app), newNewCommand(app))
}

func (app *App) listServices(today string, all bool) error {
	from, err := app.today(today)
	if err != nil {
		return err
	}
	rows := make([]document.ListedService, 0, len(service.IDs()))
	for _, id := range service.IDs() {
		p, _, err := service.ByID(id)
		if err != nil {
			return err
		}
		rows = append(rows, assess.ListService(p, from))
	}
	return app.WriteDocument(document.Services{Schema: document.ServicesSchema, Today: from.String(), Services: rows}, func(h *term.Page) {
		app.PageOn(h).Services(rows, from, all)
	})
}

// today is the day of --today, else the clock's.
func (app *App) today(flag string) (service.Date, error) {
	if flag == "" {
		y, m, d := app.Now.Date()
		return service.Date{Time: time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}, nil
	}
	day, err := service.ParseDate(flag)
	if err != nil {
		return day, app.UsageError("date", message.Str("flag", "--today"), message.Str("value", flag))
	}
	return day, nil
}

func (app *App) showService(arg string) error {
	p, err := judge.Service(arg)
	if err != nil {
		return err
	}
	return app.WriteOutputs(func(out *frame.Output) error {
		if out.Format == frame.FormatJSON {
			return writeSource(out, arg, service.Data)
		}
		h := app.NewPage(out)
		app.PageOn(h).Service(p)
		return h.Flush(out)
	}, frame.FormatTable, frame.FormatJSON)
}

// writeSource writes the file of a built-in thing, or the user's own, as JSON.
func writeSource(out *frame.Output, arg string, builtin func(string) ([]byte, bool)) error {
	data, ok := builtin(arg)
	if !ok {
		var err error
		if data, err = userfile.Read(arg, strictyaml.MaxSize); err != nil {
			return err
		}
	}
	text, err := strictyaml.JSON(data)
	if err != nil {
		return err
	}
	return report.WriteJSON(out, text)
}

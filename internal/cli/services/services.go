// Package services is the command "services": the built-in services and profiles of the
// user's own, listed, checked, begun and written as a calendar.
package services

import (
	"github.com/spf13/cobra"

	"tlsready/internal/assess"
	"tlsready/internal/cli/frame"
	"tlsready/internal/document"
	"tlsready/internal/report"
	"tlsready/internal/service"
	"tlsready/internal/strictyaml"
	"tlsready/internal/survey/judge"
	"tlsready/internal/term"
	"tlsready/internal/userfile"
)

// command is what the subcommands share.
type command struct{ *frame.App }

// New makes "services" with its subcommands; guide, which judges, is made where judging is.
func New(shared *frame.App, guide *cobra.Command) *cobra.Command {
	app := &command{shared}
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
		RunE:              func(_ *cobra.Command, args []string) error { return Show(app.App, args[0]) },
	}
	lint := &cobra.Command{
		Use:     "lint FILE...",
		Example: "tlsready services lint our-api.yaml",
		Args:    cobra.ArbitraryArgs,
		RunE:    func(cmd *cobra.Command, args []string) error { return LintFiles(app.App, cmd, args, app.lintProfile) },
	}
	return app.NewGroup("services", list, show, lint, guide, newFeedCommand(app), newNewCommand(app))
}

func (app *command) listServices(today string, all bool) error {
	from, err := app.Today(today)
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

// Show shows one service: by its id, or a profile of the user's own.
func Show(app *frame.App, arg string) error {
	p, err := judge.Service(arg)
	if err != nil {
		return err
	}
	return app.WriteOutputs(func(out *frame.Output) error {
		if out.Format == frame.FormatJSON {
			return WriteSource(out, arg, service.Data)
		}
		h := app.NewPage(out)
		app.PageOn(h).Service(p)
		return h.Flush(out)
	}, frame.FormatTable, frame.FormatJSON)
}

// WriteSource writes the file of a built-in thing, or the user's own, as JSON.
func WriteSource(out *frame.Output, arg string, builtin func(string) ([]byte, bool)) error {
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

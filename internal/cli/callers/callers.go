// Package callers is the command "callers": which programs are known, and which a program
// is.
package callers

import (
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/assess"
	"tlsready/internal/caller"
	"tlsready/internal/cli/frame"
	"tlsready/internal/cli/services"
	"tlsready/internal/document"
	"tlsready/internal/report"
	"tlsready/internal/report/knowledge"
	"tlsready/internal/stack"
	"tlsready/internal/strictyaml"
	"tlsready/internal/survey/judge"
	"tlsready/internal/term"
	"tlsready/internal/userfile"
)

// command is what the subcommands share.
type command struct{ *frame.App }

// New makes "callers" with its subcommands.
func New(shared *frame.App) *cobra.Command {
	app := &command{shared}
	list := &cobra.Command{
		Use:     "list",
		Example: "tlsready callers list",
		Args:    app.ExactArgs(0),
		RunE:    func(*cobra.Command, []string) error { return app.listCallers() },
	}
	show := &cobra.Command{
		Use:               "show ID|FILE",
		Example:           "tlsready callers show mars",
		Args:              app.ExactArgs(1),
		ValidArgsFunction: cobra.FixedCompletions(append(caller.Programs(), stack.Generic()...), cobra.ShellCompDirectiveDefault),
		RunE:              func(_ *cobra.Command, args []string) error { return Show(app.App, args[0]) },
	}
	lint := &cobra.Command{
		Use:     "lint FILE...",
		Example: "tlsready callers lint our-agent.yaml",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return services.LintFiles(app.App, cmd, args, app.lintCaller)
		},
	}
	return app.NewGroup("callers", list, show, lint, newCallersOfCommand(app))
}

func (app *command) listCallers() error {
	rows, err := assess.ListCallers()
	if err != nil {
		return err
	}
	return app.WriteDocument(document.Callers{Schema: document.CallersSchema, Callers: rows}, func(h *term.Page) {
		app.PageOn(h).Callers(rows)
	})
}

// Show shows one caller: by its id, spelled out, or from a file of the user's own.
func Show(app *frame.App, arg string) error {
	c, err := judge.Caller(arg)
	if err != nil {
		return err
	}
	return app.WriteOutputs(func(out *frame.Output) error {
		if out.Format == frame.FormatJSON {
			return writeCaller(out, arg, c)
		}
		h := app.NewPage(out)
		app.PageOn(h).Caller(c)
		return h.Flush(out)
	}, frame.FormatTable, frame.FormatJSON)
}

// writeCaller writes the caller as a file of the caller format, whatever it
// came from. A caller that is spelled out gets an id that such a file may have.
func writeCaller(out *frame.Output, arg string, c *caller.Caller) error {
	if _, ok := caller.Data(arg); ok || judge.IsFile(arg) {
		return services.WriteSource(out, arg, caller.Data)
	}
	generic := document.GenericCaller{Schema: caller.Schema, ID: strings.NewReplacer(":", "-", ",", "-").Replace(c.ID), OutOfScope: c.OutOfScope}
	for _, u := range c.Stacks {
		generic.Stacks = append(generic.Stacks, document.CallerUse{Stack: u.Stack})
	}
	return report.WriteJSON(out, generic)
}

// lintCaller checks a caller file.
func (app *command) lintCaller(file string) ([]document.Finding, error) {
	data, err := userfile.Read(file, strictyaml.MaxSize)
	if err != nil {
		return nil, frame.CannotRead(file, err)
	}
	return knowledge.LintCaller(file, data, app.Catalog()), nil
}

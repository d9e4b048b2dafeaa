package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/assess"
	"tlsready/internal/caller"
	"tlsready/internal/cli/frame"
	"tlsready/internal/document"
	"tlsready/internal/report"
	"tlsready/internal/stack"
	"tlsready/internal/survey/judge"
	"tlsready/internal/term"
)

func newCallersCommand(app *App) *cobra.Command {
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
		RunE:              func(_ *cobra.Command, args []string) error { return app.showCaller(args[0]) },
	}
	lint := &cobra.Command{
		Use:     "lint FILE...",
		Example: "tlsready callers lint our-agent.yaml",
		Args:    cobra.ArbitraryArgs,
		RunE:    func(cmd *cobra.Command, args []string) error { return app.lintFiles(cmd, args, app.lintCaller) },
	}
	return app.NewGroup("callers", list, show, lint, newCallersOfCommand(app))
}

func (app *App) listCallers() error {
	rows, err := assess.ListCallers()
	if err != nil {
		return err
	}
	return app.WriteDocument(document.Callers{Schema: document.CallersSchema, Callers: rows}, func(h *term.Page) {
		app.PageOn(h).Callers(rows)
	})
}

func (app *App) showCaller(arg string) error {
	c, err := judge.Caller(arg)
	if err != nil {
		return err
	}
	return app.WriteOutputs(func(out *frame.Output) error {
		if out.Format == frame.FormatJSON {
			return app.writeCaller(out, arg, c)
		}
		h := app.NewPage(out)
		app.PageOn(h).Caller(c)
		return h.Flush(out)
	}, frame.FormatTable, frame.FormatJSON)
}

// writeCaller writes the caller as a file of the caller format, whatever it
// came from. A caller that is spelled out gets an id that such a file may have.
func (app *App) writeCaller(out *frame.Output, arg string, c *caller.Caller) error {
	if _, ok := caller.Data(arg); ok || judge.IsFile(arg) {
		return writeSource(out, arg, caller.Data)
	}
	generic := document.GenericCaller{Schema: caller.Schema, ID: strings.NewReplacer(":", "-", ",", "-").Replace(c.ID), OutOfScope: c.OutOfScope}
	for _, u := range c.Stacks {
		generic.Stacks = append(generic.Stacks, document.CallerUse{Stack: u.Stack})
	}
	return report.WriteJSON(out, generic)
}

package cli

import (
	"cmp"
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/term"
)

// The width that help is wrapped to: the terminal's within these bounds, or helpWidth if
// there is no terminal.
const (
	helpWidth    = 80
	minHelpWidth = 50
	maxHelpWidth = 100
)

// help writes the help of cmd to standard output.
func (app *App) help(cmd *cobra.Command, _ []string) {
	w := helpWidth
	if known := cmp.Or(app.Width, app.columns); known > 0 {
		w = min(max(known, minHelpWidth), maxHelpWidth)
	}
	h := &term.Page{Width: w}
	p := app.pageOf(cmd)
	h.Paragraphs(p.long)
	h.Section(app.text("cli.head.usage"))
	h.Line("  " + p.usage)
	h.Entries(app.text("cli.head.commands"), p.commands)
	if p.example != "" {
		h.Section(app.text("cli.head.examples"))
		for line := range strings.Lines(p.example) {
			h.Line("  " + strings.TrimRight(line, "\n"))
		}
	}
	h.Entries(app.text("cli.head.flags"), p.flags)
	h.Entries(app.text("cli.head.common"), p.common)
	h.Blank()
	h.Text(term.Plain, "  ", app.text("cli.head.twins"))
	h.Entries(app.text("cli.head.exit"), p.exits)
	_ = h.Flush(app.Out) // help has no exit status of its own
}

// newHelpCommand makes "tlsready help [COMMAND...]".
func newHelpCommand(app *App) *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND...]",
		Example: "tlsready help config show",
		RunE: func(cmd *cobra.Command, args []string) error {
			target, err := app.find(cmd.Root(), args)
			if err != nil {
				return err
			}
			app.help(target, nil)
			return nil
		},
	}
}

// find is the command of that name; an error with the nearest one if there is
// none.
func (app *App) find(root *cobra.Command, path []string) (*cobra.Command, error) {
	cmd := root
	for _, name := range path {
		next := subcommand(cmd, name)
		if next == nil {
			return nil, app.noSuchCommand(cmd, []string{name})
		}
		cmd = next
	}
	return cmd, nil
}

func subcommand(cmd *cobra.Command, name string) *cobra.Command {
	for _, sub := range cmd.Commands() {
		if sub.Name() == name {
			return sub
		}
	}
	return nil
}

package frame

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
	p := app.PageOf(cmd)
	h.Paragraphs(p.Long)
	h.Section(app.Text("cli.head.usage"))
	h.Line("  " + p.Usage)
	h.Entries(app.Text("cli.head.commands"), p.Commands)
	if p.Example != "" {
		h.Section(app.Text("cli.head.examples"))
		for line := range strings.Lines(p.Example) {
			h.Line("  " + strings.TrimRight(line, "\n"))
		}
	}
	h.Entries(app.Text("cli.head.flags"), p.Flags)
	h.Entries(app.Text("cli.head.common"), p.Common)
	h.Blank()
	h.Text(term.Plain, "  ", app.Text("cli.head.twins"))
	h.Entries(app.Text("cli.head.exit"), p.Exits)
	_ = h.Flush(app.Out) // help has no exit status of its own
}

// newHelpCommand makes "tlsready help [COMMAND...]".
func newHelpCommand(app *App) *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND...]",
		Example: "tlsready help config show",
		RunE: func(cmd *cobra.Command, args []string) error {
			target, err := app.Find(cmd.Root(), args)
			if err != nil {
				return err
			}
			app.help(target, nil)
			return nil
		},
	}
}

// Find is the command of that name; an error with the nearest one if there is
// none.
func (app *App) Find(root *cobra.Command, path []string) (*cobra.Command, error) {
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

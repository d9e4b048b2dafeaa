package cli

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/term"
)

func newManCommand(app *App) *cobra.Command {
	return &cobra.Command{
		Use:     "man [COMMAND...]",
		Example: "tlsready man | man -l -\ntlsready man config show -o tlsready-config-show.1",
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			target, err := app.Find(cmd.Root(), args)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return frame.Subcommands(target), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			target, err := app.Find(cmd.Root(), args)
			if err != nil {
				return err
			}
			return app.WriteOutputs(func(out *frame.Output) error {
				_, err := io.WriteString(out, app.manual(target))
				return err
			}, frame.FormatTable)
		},
	}
}

// manual is the manual page of cmd in the macros of man(7).
func (app *App) manual(cmd *cobra.Command) string {
	p := app.PageOf(cmd)
	title := strings.ReplaceAll(p.Name, " ", "-")
	m := term.NewManual(title, "tlsready "+frame.Build().Version)
	m.Section(app.Text("cli.head.name"))
	m.Text(title + " - " + p.Short)
	m.Section(app.Text("cli.head.usage"))
	m.Block(p.Usage)
	m.Section(app.Text("cli.head.description"))
	for i, paragraph := range strings.Split(p.Long, "\n\n") {
		if i > 0 {
			m.Paragraph()
		}
		m.Text(paragraph)
	}
	m.Entries(app.Text("cli.head.commands"), p.Commands)
	m.Entries(app.Text("cli.head.flags"), p.Flags)
	m.Entries(app.Text("cli.head.common"), p.Common)
	m.Paragraph()
	m.Text(app.Text("cli.head.twins"))
	if p.Example != "" {
		m.Section(app.Text("cli.head.examples"))
		m.Block(p.Example)
	}
	m.Entries(app.Text("cli.head.exit"), p.Exits)
	if also := related(cmd); len(also) > 0 {
		m.Section(app.Text("cli.head.see-also"))
		m.Text(strings.Join(also, ", "))
	}
	return m.String()
}

// related names the other manual pages that this one refers to.
func related(cmd *cobra.Command) []string {
	var list []string
	add := func(c *cobra.Command) {
		list = append(list, strings.ReplaceAll(c.CommandPath(), " ", "-")+"(1)")
	}
	if cmd.HasParent() {
		add(cmd.Parent())
	}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			add(sub)
		}
	}
	return list
}

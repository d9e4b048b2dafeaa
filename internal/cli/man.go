package cli

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/term"
)

func newManCommand(app *App) *cobra.Command {
	return &cobra.Command{
		Use:     "man [COMMAND...]",
		Example: "tlsready man | man -l -\ntlsready man config show -o tlsready-config-show.1",
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			target, err := app.find(cmd.Root(), args)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return subcommands(target), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			target, err := app.find(cmd.Root(), args)
			if err != nil {
				return err
			}
			return app.WriteOutputs(func(out *Output) error {
				_, err := io.WriteString(out, app.manual(target))
				return err
			}, FormatTable)
		},
	}
}

// manual is the manual page of cmd in the macros of man(7).
func (app *App) manual(cmd *cobra.Command) string {
	p := app.pageOf(cmd)
	title := strings.ReplaceAll(p.name, " ", "-")
	m := term.NewManual(title, "tlsready "+readBuildInfo().Version)
	m.Section(app.text("cli.head.name"))
	m.Text(title + " - " + p.short)
	m.Section(app.text("cli.head.usage"))
	m.Block(p.usage)
	m.Section(app.text("cli.head.description"))
	for i, paragraph := range strings.Split(p.long, "\n\n") {
		if i > 0 {
			m.Paragraph()
		}
		m.Text(paragraph)
	}
	m.Entries(app.text("cli.head.commands"), p.commands)
	m.Entries(app.text("cli.head.flags"), p.flags)
	m.Entries(app.text("cli.head.common"), p.common)
	m.Paragraph()
	m.Text(app.text("cli.head.twins"))
	if p.example != "" {
		m.Section(app.text("cli.head.examples"))
		m.Block(p.example)
	}
	m.Entries(app.text("cli.head.exit"), p.exits)
	if also := related(cmd); len(also) > 0 {
		m.Section(app.text("cli.head.see-also"))
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

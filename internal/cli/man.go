package cli

import (
	"fmt"
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
	m := new(manText)
	title := strings.ReplaceAll(p.name, " ", "-")
	fmt.Fprintf(m, ".TH %s 1 \"\" \"%s\" \"\"\n", roff(strings.ToUpper(title)), roff("tlsready "+readBuildInfo().Version))
	m.section(app.text("cli.head.name"))
	m.text(title + " - " + p.short)
	m.section(app.text("cli.head.usage"))
	m.block(p.usage)
	m.section(app.text("cli.head.description"))
	for i, paragraph := range strings.Split(p.long, "\n\n") {
		if i > 0 {
			m.WriteString(".PP\n")
		}
		m.text(paragraph)
	}
	m.entries(app.text("cli.head.commands"), p.commands)
	m.entries(app.text("cli.head.flags"), p.flags)
	m.entries(app.text("cli.head.common"), p.common)
	m.WriteString(".PP\n")
	m.text(app.text("cli.head.twins"))
	if p.example != "" {
		m.section(app.text("cli.head.examples"))
		m.block(p.example)
	}
	m.entries(app.text("cli.head.exit"), p.exits)
	if also := related(cmd); len(also) > 0 {
		m.section(app.text("cli.head.see-also"))
		m.text(strings.Join(also, ", "))
	}
	return m.String()
}

// related names the manual pages beside this one.
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

// manText builds a manual page.
type manText struct{ strings.Builder }

func (m *manText) section(title string) { fmt.Fprintf(m, ".SH \"%s\"\n", roff(title)) }

func (m *manText) text(s string) { m.WriteString(roff(s) + "\n") }

// block writes lines as they are.
func (m *manText) block(s string) {
	m.WriteString(".nf\n")
	m.text(s)
	m.WriteString(".fi\n")
}

func (m *manText) entries(title string, list []term.Entry) {
	if len(list) == 0 {
		return
	}
	m.section(title)
	for _, e := range list {
		fmt.Fprintf(m, ".TP\n\\fB%s\\fR\n", roff(e.Term))
		m.text(e.Text)
	}
}

// roff escapes text: the escape character, hyphens that must stay ASCII so that
// options can be copied, and control characters at the beginning of a line.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, `"`, `\(dq`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}

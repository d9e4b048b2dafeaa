package cli

import (
	"io"
	"strings"

	"github.com/rivo/uniseg"
	"github.com/spf13/cobra"
)

// The width that help is wrapped to: the terminal's within these bounds, and
// helpWidth where there is none.
const (
	helpWidth    = 80
	minHelpWidth = 50
	maxHelpWidth = 100
)

// help writes the help of cmd to standard output.
func (app *App) help(cmd *cobra.Command, _ []string) {
	w := helpWidth
	if app.Width > 0 {
		w = min(max(app.Width, minHelpWidth), maxHelpWidth)
	}
	h := &helpText{width: w}
	p := app.pageOf(cmd)
	h.paragraphs(p.long)
	h.section(app.text("cli.head.usage"))
	h.line("  " + p.usage)
	h.entries(app.text("cli.head.commands"), p.commands)
	if p.example != "" {
		h.section(app.text("cli.head.examples"))
		for line := range strings.Lines(p.example) {
			h.line("  " + strings.TrimRight(line, "\n"))
		}
	}
	h.entries(app.text("cli.head.flags"), p.flags)
	h.entries(app.text("cli.head.common"), p.common)
	h.line("")
	h.wrapped("  ", "  ", app.text("cli.head.twins"))
	h.entries(app.text("cli.head.exit"), p.exits)
	_, _ = io.WriteString(app.Out, h.String()) // help has no exit status of its own
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

// helpText builds a help page; every section begins with an empty line.
type helpText struct {
	strings.Builder
	width int
}

func (h *helpText) line(s string) { h.WriteString(strings.TrimRight(s, " ") + "\n") }

func (h *helpText) section(title string) { h.line(""); h.line(title) }

// paragraphs writes text whose paragraphs are separated by empty lines.
func (h *helpText) paragraphs(text string) {
	for i, p := range strings.Split(text, "\n\n") {
		if i > 0 {
			h.line("")
		}
		h.wrapped("", "", p)
	}
}

// entries writes terms with their texts in a second column.
func (h *helpText) entries(title string, list []entry) {
	if len(list) == 0 {
		return
	}
	h.section(title)
	column := 0
	for _, e := range list {
		column = max(column, uniseg.StringWidth(e.term)+4)
	}
	column = min(column, h.width*2/5)
	indent := strings.Repeat(" ", column)
	for _, e := range list {
		first := "  " + e.term
		if gap := column - uniseg.StringWidth(first); gap >= 2 {
			h.wrapped(first+strings.Repeat(" ", gap), indent, e.text)
			continue
		}
		h.line(first)
		h.wrapped(indent, indent, e.text)
	}
}

// wrapped writes text in lines of the page's width: the first after first, the
// others after rest.
func (h *helpText) wrapped(first, rest, text string) {
	for _, piece := range wrap(text, h.width-uniseg.StringWidth(rest)) {
		h.line(first + piece)
		first = rest
	}
}

// wrap breaks text into lines of at most width columns, where Unicode allows a
// break (UAX #14), so that Japanese wraps too and no line begins with 。.
func wrap(text string, width int) []string {
	var lines []string
	var line strings.Builder
	used, state := 0, -1
	for text != "" {
		var piece string
		var must bool
		piece, text, must, state = uniseg.FirstLineSegmentInString(text, state)
		for strings.HasSuffix(piece, "-") && text != "" && !must { // --flag and azure-backup stay whole
			var more string
			more, text, must, state = uniseg.FirstLineSegmentInString(text, state)
			piece += more
		}
		bare := strings.TrimRight(piece, " \n")
		if used > 0 && used+uniseg.StringWidth(bare) > width {
			lines, used = append(lines, strings.TrimRight(line.String(), " ")), 0
			line.Reset()
		}
		line.WriteString(strings.TrimRight(piece, "\n"))
		used += uniseg.StringWidth(strings.TrimRight(piece, "\n"))
		if must {
			lines, used = append(lines, strings.TrimRight(line.String(), " ")), 0
			line.Reset()
		}
	}
	return lines
}

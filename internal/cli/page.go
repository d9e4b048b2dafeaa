package cli

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tlsready/internal/message"
	"tlsready/internal/starttls"
	"tlsready/internal/term"
)

// page is everything that the help and the manual say about one command, in the
// running language. Both are written from it, so they cannot differ.
type page struct {
	name     string // "tlsready config show"
	short    string
	long     string
	usage    string
	example  string
	commands []term.Entry
	flags    []term.Entry
	common   []term.Entry
	exits    []term.Entry
}

// describe gives cmd and all below it their words from the catalog.
func (app *App) describe(cmd *cobra.Command) {
	id := wordID(cmd)
	cmd.Short = app.text(id + ".short")
	cmd.Long = app.Words.Or(id+".long", cmd.Short)
	lists := []message.Arg{
		message.Str("list", strings.Join(formatNames(), app.text("cli.comma"))), message.Str("default", formatNames()[0]),
		message.Str("protocols", strings.Join(starttls.Protocols(), app.text("cli.comma"))),
	}
	words := func(flag *pflag.Flag) {
		own := id + ".flag." + flag.Name
		switch {
		case flag.Usage != "":
		case app.Words.Has(own):
			flag.Usage = app.text(own, lists...)
		default:
			flag.Usage = app.text("cli.flag."+flag.Name, lists...)
		}
	}
	cmd.InitDefaultHelpFlag()
	cmd.Flags().Lookup("help").Usage = app.text("cli.flag.help")
	cmd.PersistentFlags().VisitAll(words)
	cmd.LocalNonPersistentFlags().VisitAll(words)
	for _, sub := range cmd.Commands() {
		app.describe(sub)
	}
}

// wordID is where the words of a command begin: "cli.config.show"; "cli.root"
// for the program.
func wordID(cmd *cobra.Command) string {
	_, below, _ := strings.Cut(cmd.CommandPath(), " ")
	if below == "" {
		return "cli.root"
	}
	return "cli." + strings.ReplaceAll(below, " ", ".")
}

// pageOf gathers the page of a command.
func (app *App) pageOf(cmd *cobra.Command) page {
	p := page{
		name: cmd.CommandPath(), short: cmd.Short, long: cmd.Long,
		usage: usageLine(cmd), example: examples(cmd),
	}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() || sub.Name() == "help" {
			p.commands = append(p.commands, term.Entry{Term: sub.Name(), Text: sub.Short})
		}
	}
	common := cmd.Root().PersistentFlags()
	cmd.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) {
		if common.Lookup(flag.Name) == nil && !flag.Hidden {
			p.flags = append(p.flags, flagEntry(flag))
		}
	})
	common.VisitAll(func(flag *pflag.Flag) { p.common = append(p.common, flagEntry(flag)) })
	for _, status := range exitStatuses() {
		p.exits = append(p.exits, term.Entry{Term: strconv.Itoa(status), Text: app.text("cli.exit." + strconv.Itoa(status))})
	}
	return p
}

// usageLine is "tlsready config show [flags]".
func usageLine(cmd *cobra.Command) string {
	line := cmd.CommandPath()
	if _, arguments, ok := strings.Cut(cmd.Use, " "); ok {
		line += " " + arguments
	}
	if slices.ContainsFunc(cmd.Commands(), (*cobra.Command).IsAvailableCommand) {
		line += " COMMAND"
	}
	return line + " [FLAG...]"
}

// examples are the examples of cmd; a group has those of its commands.
func examples(cmd *cobra.Command) string {
	if cmd.Example != "" {
		return cmd.Example
	}
	var list []string
	for _, sub := range cmd.Commands() {
		list = append(list, examples(sub))
	}
	return strings.Join(list, "\n")
}

// flagEntry is "-f, --format FORMAT" and its usage with the default.
func flagEntry(flag *pflag.Flag) term.Entry {
	value, usage := pflag.UnquoteUsage(flag)
	if flag.Value.Type() == "bool" {
		value = ""
	}
	name := "--" + flag.Name
	if flag.Shorthand != "" {
		name = "-" + flag.Shorthand + ", " + name
	}
	if value != "" {
		name += " " + value
	}
	return term.Entry{Term: name, Text: usage}
}

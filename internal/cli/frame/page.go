package frame

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

// Page is everything that the help and the manual say about one command, in the
// running language. Both are written from it, so they cannot differ.
type Page struct {
	Name     string // "tlsready config show"
	Short    string
	Long     string
	Usage    string
	Example  string
	Commands []term.Entry
	Flags    []term.Entry
	Common   []term.Entry
	Exits    []term.Entry
}

// describe gives cmd and all below it their words from the catalog.
func (app *App) describe(cmd *cobra.Command) {
	formats := FormatNames()
	app.describeWith(cmd, message.List("list", formats), message.Str("default", formats[0]), message.List("protocols", starttls.Protocols()))
}

// describeWith is describe with the lists that the words of flags may name.
func (app *App) describeWith(cmd *cobra.Command, lists ...message.Arg) {
	id := wordID(cmd)
	cmd.Short = app.Text(id + ".short")
	cmd.Long = app.Words.Or(id+".long", cmd.Short)
	words := func(flag *pflag.Flag) {
		own := id + ".flag." + flag.Name
		switch {
		case flag.Usage != "":
		case app.Words.Has(own):
			flag.Usage = app.Text(own, lists...)
		default:
			flag.Usage = app.Text("cli.flag."+flag.Name, lists...)
		}
	}
	cmd.InitDefaultHelpFlag()
	cmd.Flags().Lookup("help").Usage = app.Text("cli.flag.help")
	cmd.PersistentFlags().VisitAll(words)
	cmd.LocalNonPersistentFlags().VisitAll(words)
	for _, sub := range cmd.Commands() {
		app.describeWith(sub, lists...)
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

// PageOf gathers the page of a command.
func (app *App) PageOf(cmd *cobra.Command) Page {
	p := Page{
		Name: cmd.CommandPath(), Short: cmd.Short, Long: cmd.Long,
		Usage: UsageLine(cmd), Example: Examples(cmd),
	}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() || sub.Name() == "help" {
			p.Commands = append(p.Commands, term.Entry{Term: sub.Name(), Text: sub.Short})
		}
	}
	common := cmd.Root().PersistentFlags()
	cmd.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) {
		if common.Lookup(flag.Name) == nil && !flag.Hidden {
			p.Flags = append(p.Flags, flagEntry(flag))
		}
	})
	common.VisitAll(func(flag *pflag.Flag) { p.Common = append(p.Common, flagEntry(flag)) })
	for _, status := range exitStatuses() {
		p.Exits = append(p.Exits, term.Entry{Term: strconv.Itoa(status), Text: app.Text("cli.exit." + strconv.Itoa(status))})
	}
	return p
}

// UsageLine is "tlsready config show [flags]".
func UsageLine(cmd *cobra.Command) string {
	line := cmd.CommandPath()
	_, arguments, takes := strings.Cut(cmd.Use, " ")
	if takes {
		line += " " + arguments
	}
	switch group := slices.ContainsFunc(cmd.Commands(), (*cobra.Command).IsAvailableCommand); {
	case group && takes: // "tlsready gate CONFIG|COMMAND"
		line += "|COMMAND"
	case group:
		line += " COMMAND"
	}
	return line + " [FLAG...]"
}

// Examples are the examples of cmd; a group has those of its commands.
func Examples(cmd *cobra.Command) string {
	if cmd.Example != "" {
		return cmd.Example
	}
	var list []string
	for _, sub := range cmd.Commands() {
		list = append(list, Examples(sub))
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

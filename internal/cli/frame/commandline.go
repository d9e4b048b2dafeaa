package frame

import (
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/message"
	"tlsready/internal/term"
)

// CatalogOf are the words of a language.
func (app *App) CatalogOf(lang string) *message.Catalog {
	if lang == app.Catalog().Lang() {
		return app.Catalog()
	}
	return message.For(lang)
}

// repeated are the flags that decide what is read and judged, in the order in which
// people type them. A command that is printed has all of those that were given, from
// wherever their values came, so that it finds the same hosts.
func repeated() []string {
	return []string{
		"hosts", "via", "password-file", "os", "covered", "service", "endpoint", "caller", "callers-from",
		"with", "assume", "on", "today", "by", "only", "documented", "store", "tenant", "config", "lang",
	}
}

// CommandLine is the command as it could be typed again, for the hints in a report.
func (app *App) CommandLine(cmd *cobra.Command, name string, args []string) string {
	parts := []string{"tlsready", name}
	if len(args) > 0 {
		parts = append(parts, JoinArgs(args))
	}
	for _, flag := range repeated() {
		f := cmd.Flags().Lookup(flag)
		switch {
		case f == nil || !app.Given(flag) || flag == "documented" && !strings.HasPrefix(name, "fix"):
		case (flag == "config" || flag == "lang") && !app.OnCommandLine(flag): // still in force next time
		case f.Value.Type() == "bool":
			if f.Value.String() == "true" {
				parts = append(parts, "--"+flag)
			}
		default:
			for _, value := range flagValues(f) {
				parts = append(parts, "--"+flag, QuoteArg(value))
			}
		}
	}
	return strings.Join(parts, " ")
}

// CommonFlags are the flags of every command that a command for later needs as they
// were given on the command line: what is in force by itself is not repeated.
func (app *App) CommonFlags() []string {
	var words []string
	for _, flag := range [...][2]string{{"config", app.flags.config}, {"lang", app.flags.lang}} {
		if app.OnCommandLine(flag[0]) {
			words = append(words, "--"+flag[0], QuoteArg(flag[1]))
		}
	}
	return words
}

// JoinArgs writes arguments as they could be typed again.
func JoinArgs(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = QuoteArg(a)
	}
	return strings.Join(quoted, " ")
}

// ColumnsOf is how many columns an output has: the terminal's, else what COLUMNS says; 0 if
// neither says anything.
func (app *App) ColumnsOf(out *Output) int {
	if out.Path == "-" && app.Width > 0 {
		return app.Width
	}
	return app.columns
}

// QuoteArg writes an argument for the shell at hand.
func QuoteArg(s string) string { return term.QuoteArg(s, runtime.GOOS == "windows") }

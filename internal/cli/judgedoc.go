package cli

import (
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/message"
	"tlsready/internal/term"
)

// wordsOf are the words of a language.
func (app *App) wordsOf(lang string) *message.Catalog {
	if lang == app.words().Lang() {
		return app.words()
	}
	return message.For(lang)
}

// repeated are the flags that decide what is read and judged, in the order in which
// people type them. A command that is printed has all of those that were given, from
// wherever their values came, so that it finds the same hosts.
func repeated() []string {
	return []string{
		"hosts", "via", "password-file", "os", "covered", "service", "endpoint", "caller", "callers-from",
		"with", "assume", "on", "today", "by", "only", "documented", "config", "lang",
	}
}

// commandLine is the command as it could be typed again, for the hints in a report.
func (app *App) commandLine(cmd *cobra.Command, name string, args []string) string {
	parts := []string{"tlsready", name}
	if len(args) > 0 {
		parts = append(parts, joinArgs(args))
	}
	for _, flag := range repeated() {
		f := cmd.Flags().Lookup(flag)
		switch {
		case f == nil || !app.Given(flag) || flag == "documented" && !strings.HasPrefix(name, "fix"):
		case (flag == "config" || flag == "lang") && app.origins[flag].kind != fromFlag: // still in force next time
		case f.Value.Type() == "bool":
			if f.Value.String() == "true" {
				parts = append(parts, "--"+flag)
			}
		default:
			for _, value := range flagValues(f) {
				parts = append(parts, "--"+flag, quoteArg(value))
			}
		}
	}
	return strings.Join(parts, " ")
}

func joinArgs(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = quoteArg(a)
	}
	return strings.Join(quoted, " ")
}

// width is how many columns an output has: the terminal's, else what COLUMNS says; 0 if
// neither says anything.
func (app *App) width(out *Output) int {
	if out.Path == "-" && app.Width > 0 {
		return app.Width
	}
	return app.columns
}

// quoteArg writes an argument for the shell at hand.
func quoteArg(s string) string { return term.QuoteArg(s, runtime.GOOS == "windows") }

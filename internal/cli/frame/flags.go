package frame

import (
	"encoding/csv"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tlsready/internal/message"
	"tlsready/internal/term/tty"
)

func colors() []string { return []string{tty.ColorAuto, tty.ColorAlways, tty.ColorNever} }

// origin says where the value of a flag came from.
type origin struct {
	kind  originKind
	where string // the variable, or FILE:LINE
}

type originKind string

const (
	fromDefault     originKind = "default"
	fromFlag        originKind = "flag"
	fromEnvironment originKind = "environment"
	fromFile        originKind = "file"
)

// newCommonFlags makes the flags of every command. Their usage texts come from
// the catalog, see describe.
func newCommonFlags(f *commonFlags) *pflag.FlagSet {
	set := pflag.NewFlagSet("tlsready", pflag.ContinueOnError)
	set.Usage = func() {}
	set.StringVarP(&f.format, "format", "f", "", "")
	set.BoolVar(&f.json, "json", false, "")
	set.StringArrayVarP(&f.output, "output", "o", nil, "")
	set.StringVar(&f.lang, "lang", "", "")
	set.StringVar(&f.color, "color", tty.ColorAuto, "")
	set.BoolVarP(&f.quiet, "quiet", "q", false, "")
	set.StringVar(&f.config, "config", "", "")
	set.BoolVar(&f.exitZero, "exit-zero", false, "")
	return set
}

// envName is the environment twin of a flag: exit-zero is TLSREADY_EXIT_ZERO.
func envName(flag string) string {
	return "TLSREADY_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// twin is the value of a flag in the environment, else in the configuration
// file.
func (app *App) twin(name string) ([]string, origin, bool) {
	if !hasTwin(name) {
		return nil, origin{}, false
	}
	if text := app.Getenv(envName(name)); text != "" {
		return []string{text}, origin{fromEnvironment, envName(name)}, true
	}
	if app.file != nil {
		if v, ok := app.file.Values[name]; ok {
			return v.List, origin{fromFile, app.file.Position(v.Line)}, true
		}
	}
	return nil, origin{}, false
}

// Given says whether a flag of the running command was set anywhere: on the
// command line, in the environment or in the configuration file.
func (app *App) Given(flag string) bool {
	kind := app.origins[flag].kind
	return kind != "" && kind != fromDefault
}

// OnCommandLine says whether a flag of the running command was given there: a
// configuration may have set it for other runs.
func (app *App) OnCommandLine(flag string) bool { return app.origins[flag].kind == fromFlag }

// hasTwin says whether a flag can be set elsewhere; asking for help cannot, nor
// can what changes machines or takes files away.
func hasTwin(name string) bool {
	return name != "help" && name != "version" && !commandLineOnly(name)
}

// commandLineOnly says whether a flag counts on the command line alone: a file
// that lies in the working folder, or a variable that somebody set months ago,
// must not change a machine or lose an undo.
func commandLineOnly(name string) bool {
	switch name {
	case "apply", "undo", "yes", "force", "replace":
		return true
	}
	return false
}

// applyTwins gives every flag of cmd that was not on the command line the value
// of its twin, and notes where all values came from.
func (app *App) applyTwins(cmd *cobra.Command) error {
	var failed error
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		if commandLineOnly(flag.Name) && app.Getenv(envName(flag.Name)) != "" {
			app.Warn(app.Text("cli.warn.variable-command-line", message.Str("name", envName(flag.Name)), message.Str("flag", flag.Name)))
		}
		switch values, from, ok := app.twin(flag.Name); {
		case failed != nil:
		case flag.Changed:
			app.origins[flag.Name] = origin{kind: fromFlag}
		case !ok:
			app.origins[flag.Name] = origin{kind: fromDefault}
		default:
			app.origins[flag.Name] = from
			if err := setFlag(flag, values, from); err != nil {
				failed = app.badTwin(flag, values, from)
			}
		}
	})
	return failed
}

// setFlag sets flag to the values of its twin. A list in the environment is one line of
// comma-separated values; a value that contains a comma is quoted as in CSV.
func setFlag(flag *pflag.Flag, values []string, from origin) error {
	list, isList := flag.Value.(pflag.SliceValue)
	if !isList {
		if len(values) != 1 {
			return errNotOne
		}
		return flag.Value.Set(values[0])
	}
	if from.kind == fromEnvironment {
		reader := csv.NewReader(strings.NewReader(values[0]))
		reader.LazyQuotes = true
		row, err := reader.Read()
		if err != nil {
			return err
		}
		values = row
	}
	return list.Replace(values)
}

func (app *App) badTwin(flag *pflag.Flag, values []string, from origin) error {
	return app.UsageError("twin", message.Str("where", from.where), message.Str("flag", "--"+flag.Name),
		message.List("value", values), message.Str("type", app.typeName(flag)))
}

// typeName names what a flag takes, for people.
func (app *App) typeName(flag *pflag.Flag) string {
	return app.Words.Or("cli.type."+flag.Value.Type(), flag.Value.Type())
}

// checkCommonFlags refuses values that a common flag does not have.
func (app *App) checkCommonFlags() error {
	f := &app.flags
	if f.json {
		if f.format != "" && f.format != string(FormatJSON) && app.OnCommandLine("format") && app.OnCommandLine("json") {
			return app.UsageError("json-and-format", message.Str("format", f.format))
		}
		if !app.OnCommandLine("format") {
			f.format, app.origins["format"] = string(FormatJSON), app.origins["json"]
		}
	}
	for _, check := range []struct {
		name, value string
		known       []string
	}{
		{"format", f.format, FormatNames()},
		{"lang", f.lang, message.Languages()},
		{"color", f.color, colors()},
	} {
		if check.value != "" && !slices.Contains(check.known, check.value) {
			return app.unknownValue(check.name, check.value, check.known)
		}
	}
	return nil
}

// unknownValue says that a flag has no such value, and which it has.
func (app *App) unknownValue(flag, value string, known []string) error {
	where := "--" + flag
	if from := app.origins[flag]; from.where != "" {
		where = from.where
	}
	return app.UsageError("value", message.Str("where", where), message.Str("value", value),
		message.List("known", known))
}

// KnownWord refuses every value of a flag but one of the words and none.
func (app *App) KnownWord(flag, value string, words ...string) error {
	for _, w := range append(words, "") {
		if value == w {
			return nil
		}
	}
	return app.UsageError("word", message.Str("flag", "--"+flag), message.Str("value", value), message.List("known", words))
}

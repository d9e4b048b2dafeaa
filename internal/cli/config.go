package cli

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tlsready/internal/message"
)

func newConfigCommand(app *App) *cobra.Command {
	show := &cobra.Command{
		Use:     "show",
		Example: "tlsready config show\ntlsready config show --json",
		Args:    app.exactArgs(0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return app.showConfig(cmd) },
	}
	return newGroup(app, "config", show)
}

// setting is one flag, its value, and where that came from.
type setting struct {
	Name     string   `json:"name"`
	Values   []string `json:"values"`
	Origin   string   `json:"origin"` // default, flag, environment, file
	Where    string   `json:"where,omitempty"`
	Variable string   `json:"variable"` // its environment twin
}

// showConfig prints every setting that has a value, or with JSON all of them.
func (app *App) showConfig(cmd *cobra.Command) error {
	list, err := app.settings(cmd)
	if err != nil {
		return err
	}
	return app.WriteOutputs(func(out *Output) error {
		if out.Format == FormatJSON {
			return writeJSON(out, struct {
				Settings []setting `json:"settings"`
			}{list})
		}
		return app.writeSettings(out, list)
	}, FormatTable, FormatJSON)
}

// settings resolves the flags of all commands, sorted by name. Those of the
// running command are resolved already.
func (app *App) settings(cmd *cobra.Command) ([]setting, error) {
	var list []setting
	for _, flag := range allFlags(cmd.Root()) {
		from, known := app.origins[flag.Name]
		if !known {
			from = origin{kind: fromDefault}
			if values, twin, ok := app.twin(flag.Name); ok {
				if err := setFlag(flag, values, twin); err != nil {
					return nil, app.badTwin(flag, values, twin)
				}
				from = twin
			}
		}
		list = append(list, setting{flag.Name, flagValues(flag), string(from.kind), from.where, envName(flag.Name)})
	}
	slices.SortFunc(list, func(a, b setting) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

func flagValues(flag *pflag.Flag) []string {
	if list, ok := flag.Value.(pflag.SliceValue); ok {
		return append([]string{}, list.GetSlice()...)
	}
	if flag.Value.String() == "" {
		return []string{}
	}
	return []string{flag.Value.String()}
}

func (app *App) writeSettings(out *Output, list []setting) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, s := range list {
		value := fmt.Sprintf("%q", s.Values)
		switch len(s.Values) {
		case 0:
			value = "-"
		case 1:
			value = s.Values[0]
		}
		where := app.text("cli.origin."+s.Origin, message.Str("where", s.Where))
		if _, err := fmt.Fprintf(table, "%s\t%s\t%s\n", s.Name, value, where); err != nil {
			return err
		}
	}
	return table.Flush()
}

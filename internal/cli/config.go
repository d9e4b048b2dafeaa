package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/term"
)

func newConfigCommand(app *App) *cobra.Command {
	show := &cobra.Command{
		Use:     "show",
		Example: "tlsready config show\ntlsready config show --json",
		Args:    app.exactArgs(0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return app.showConfig(cmd) },
	}
	group := newGroup(app, "config", show)
	other := group.RunE
	group.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return app.showConfig(cmd)
		}
		return other(cmd, args)
	}
	return group
}

// showConfig prints every setting that has a value, or with JSON all of them.
func (app *App) showConfig(cmd *cobra.Command) error {
	list, err := app.settings(cmd)
	if err != nil {
		return err
	}
	return app.writeDocument(document.Settings{Schema: document.SettingsSchema, Settings: list}, func(h *term.Page) {
		app.settingsTable(h, list)
	})
}

// settings resolves the flags of all commands, sorted by name. Those of the
// running command are resolved already.
func (app *App) settings(cmd *cobra.Command) ([]document.Setting, error) {
	var list []document.Setting
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
		values := flagValues(flag)
		for i, value := range values {
			values[i] = peer.WithoutPassword(value)
		}
		list = append(list, document.Setting{
			Name: flag.Name, Values: values, Origin: string(from.kind), Where: from.where, Variable: envName(flag.Name),
		})
	}
	slices.SortFunc(list, func(a, b document.Setting) int { return strings.Compare(a.Name, b.Name) })
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

func (app *App) settingsTable(h *term.Page, list []document.Setting) {
	var rows [][]string
	for _, s := range list {
		value := fmt.Sprintf("%q", s.Values)
		switch len(s.Values) {
		case 0:
			value = "-"
		case 1:
			value = s.Values[0]
		}
		rows = append(rows, []string{s.Name, value, app.text("cli.origin."+s.Origin, message.Str("where", s.Where))})
	}
	h.Columns(rows)
}

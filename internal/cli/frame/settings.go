package frame

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tlsready/internal/document"
	"tlsready/internal/source/remote/peer"
)

// Settings resolves the flags of all commands, sorted by name. Those of the
// running command are resolved already.
func (app *App) Settings(cmd *cobra.Command) ([]document.Setting, error) {
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

package assess

import (
	"maps"
	"slices"

	"tlsready/internal/message"
)

// ReasonText says why a program is a caller.
func ReasonText(code string, args map[string]string) message.Text {
	list := make([]message.Arg, 0, len(args))
	for _, name := range slices.Sorted(maps.Keys(args)) {
		list = append(list, message.Str(name, args[name]))
	}
	return message.New("program."+code, list...)
}

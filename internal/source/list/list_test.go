package list

import (
	"slices"
	"testing"

	"tlsready/internal/source"
	"tlsready/internal/source/list/pure"
)

// Proves that the list without files and network is the whole one, in its order,
// without the kinds that read by themselves.
func TestPure(t *testing.T) {
	names := func(kinds []source.Kind) (list []string) {
		for _, k := range kinds {
			list = append(list, k.Name)
		}
		return list
	}
	whole := slices.DeleteFunc(Kinds(), func(k source.Kind) bool { return k.ReadPath != nil })
	if got, want := names(pure.Kinds()), names(whole); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if len(whole) == len(Kinds()) {
		t.Error("no kind reads by itself")
	}
}

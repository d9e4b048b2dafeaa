package survey

import (
	"context"
	"errors"
	"iter"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/source"
)

// keptHosts are hosts of a store, of which the reading ends with an error.
func keptHosts(end error, ids ...string) *Kept {
	return &Kept{Total: len(ids), Each: func(context.Context) iter.Seq2[source.Host, error] {
		return func(yield func(source.Host, error) bool) {
			for _, id := range ids {
				if !yield(source.Host{ID: id, Snapshot: &host.Snapshot{}}, nil) {
					return
				}
			}
			if end != nil {
				yield(source.Host{}, end)
			}
		}
	}}
}

// Proves that hosts of a store take the place of sources, that --only chooses among them
// and is told when it finds none, how far the run is, and that an error comes last as it is.
func TestKeptHosts(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		only  string
		end   error
		want  int
		fails bool
	}{
		"all": {want: 3}, "one": {only: "b/FS01", want: 1}, "none": {only: "nowhere", fails: true}, "broken": {end: broken, want: 3, fails: true},
	} {
		h := &Hosts{Kept: keptHosts(c.end, "a/DC01", "a/FS01", "b/FS01")}
		if c.only != "" {
			h.Only = OnlyHosts([]string{c.only})
		}
		far := Progress{}
		h.Tell = func(p Progress) { far = p }
		n, failed := 0, error(nil)
		for one, err := range h.Read(t.Context()) {
			if err != nil {
				failed = err
				continue
			}
			if one.Snapshot != nil {
				n++
			}
		}
		if n != c.want || (failed != nil) != c.fails || c.end != nil && !errors.Is(failed, broken) || n > 0 && (far.Done != n || far.Total != 3) {
			t.Errorf("%s: %d hosts, %v, %+v", name, n, failed, far)
		}
	}
}

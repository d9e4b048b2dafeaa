package sourcetest

import (
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/join"
	"tlsready/internal/source/list/pure"
)

// Read reads sources and gives the hosts by id, the ids in their order, and the
// warnings. If opt has no kinds, they are those of source/list/pure.
func Read(t testing.TB, opt source.Options, args ...string) (hosts map[string]source.Host, ids, warnings []string) {
	t.Helper()
	opt = withKinds(opt)
	opt.Warn = func(t message.Text) { warnings = append(warnings, message.English(t)) }
	hosts = map[string]source.Host{}
	for h, err := range source.Read(t.Context(), args, opt) {
		if err != nil {
			t.Fatal(err)
		}
		if (h.Err == nil) == (h.Snapshot == nil) {
			t.Fatalf("%s has both or neither of snapshot and error", h.ID)
		}
		hosts[h.ID] = h
		ids = append(ids, h.ID)
	}
	return hosts, ids, warnings
}

// ReadOne reads a source that has to be one host.
func ReadOne(t testing.TB, path string, opt source.Options) (*host.Snapshot, error) {
	return source.ReadOne(t.Context(), path, withKinds(opt))
}

func withKinds(opt source.Options) source.Options {
	if opt.Kinds == nil {
		opt.Kinds = pure.Kinds()
	}
	if opt.Join == nil {
		opt.Join = join.Hosts
	}
	return opt
}

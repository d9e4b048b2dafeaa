package source

import (
	"strings"

	"tlsready/internal/host"
)

// snapshotKind reads tlsready.host/v1.
func snapshotKind() Kind {
	return Kind{Name: "snapshot", Sniff: sniffSnapshot, Limit: host.MaxSnapshot, Read: readSnapshot}
}

func sniffSnapshot(head []byte, _ string) bool {
	return strings.Contains(headText(head), `"tlsready.host/`)
}

// brokenSnapshotKind takes every .json file that no other kind knows, but for
// other documents of this program, so that a broken snapshot is a host that could
// not be read, not a file that is passed over.
func brokenSnapshotKind() Kind {
	k := snapshotKind()
	k.Sniff = func(head []byte, name string) bool {
		return hasSuffixFold(name, ".json") && !strings.Contains(headText(head), `"tlsready.`)
	}
	return k
}

func readSnapshot(in Input, _ Options) ([]Host, error) {
	s, err := host.Decode(in.Files[0].Data)
	if err != nil {
		return nil, problem(in.Path, err, "")
	}
	if s.Name == "" {
		s.Name = in.ID
	}
	return one(in, s), nil
}

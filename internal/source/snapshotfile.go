package source

import (
	"strings"

	"tlsready/internal/host"
)

// snapshotKind reads tlsready.host/v1.
func snapshotKind() Kind {
	return Kind{Name: "snapshot", Sniff: sniffSnapshot, Limit: host.MaxSnapshot, Read: readSnapshot}
}

// sniffSnapshot takes every .json file but other documents of this program, so
// that a broken snapshot is a host that could not be read, not a file that is
// passed over.
func sniffSnapshot(head []byte, name string) bool {
	text := headText(head)
	if strings.Contains(text, `"tlsready.host/`) {
		return true
	}
	return hasSuffixFold(name, ".json") && !strings.Contains(text, `"tlsready.`)
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

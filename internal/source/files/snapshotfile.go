package files

import (
	"bytes"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/winver"
)

// Snapshot reads tlsready.host/v1.
func Snapshot() source.Kind {
	return source.Kind{Name: source.Snapshot, Sniff: sniffSnapshot, Limit: host.MaxSnapshot, Read: readSnapshot, Extensions: []string{".json"}}
}

func sniffSnapshot(head []byte, _ string) bool {
	return bytes.Contains(head, []byte(`"tlsready.host/`)) || strings.Contains(source.HeadText(head), `"tlsready.host/`)
}

// BrokenSnapshot takes every .json file that no other kind knows, except other
// documents of this program. A broken snapshot is thus a host that could not be
// read, not a file that is skipped.
func BrokenSnapshot() source.Kind {
	k := Snapshot()
	k.Sniff = func(head []byte, name string) bool {
		return source.HasSuffixFold(name, ".json") && !strings.Contains(source.HeadText(head), `"tlsready.`)
	}
	return k
}

func readSnapshot(in source.Input, _ source.Options) ([]source.Host, error) {
	s, err := host.Decode(in.Files[0].Data, func(os host.OS) error { return winver.Contradict(os.Version, os.Build) })
	if err != nil {
		return nil, message.At(in.Path, err)
	}
	if s.Name == "" {
		s.Name = in.ID
	}
	return source.One(in, s), nil
}

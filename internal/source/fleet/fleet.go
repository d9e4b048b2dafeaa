// Package fleet reads what tools for many machines export (osquery and Fleet,
// Velociraptor, PowerShell, Ansible, Configuration Manager, Intune, Azure) as
// snapshots of hosts.
package fleet

import (
	"strings"

	"tlsready/internal/source"
	"tlsready/internal/winver"
)

// maxExport bounds an export: a thousand machines with all keys that matter stay
// far below it.
const maxExport = 256 << 20

// export is one form of export.
type export struct {
	name  string
	sniff func(head []byte) bool // 4 kB, or the whole file, are enough
	// read makes hosts of an export. path goes into Snapshot.Source and into
	// messages. An error costs the whole file.
	read func(path string, data []byte, opt source.Options) ([]source.Host, error)
}

// Kinds lists the exports in the order in which they are to be asked.
func Kinds() []source.Kind {
	exports := []export{
		{"entra", sniffEntra, readEntra},
		{"listing", sniffListing, readListing},
		{"healthchecker", sniffHealthChecker, readHealthChecker},
		{"clixml", sniffClixml, readClixml},
		{"velociraptor", sniffVelociraptor, readVelociraptor},
		{"powershell", sniffPowerShell, readPowerShell},
		{"ansible", sniffAnsible, readAnsible},
		{"azure", sniffAzure, readAzure},
		{"osquery", sniffOsquery, readOsquery},
		{"cmpivot", sniffCMPivot, readCMPivot},
		{"intune", sniffIntune, readIntune},
	}
	kinds := make([]source.Kind, len(exports))
	for i, e := range exports {
		kinds[i] = source.Kind{
			Name: e.name, Limit: maxExport, Many: true,
			Sniff: func(head []byte, _ string) bool { return e.sniff(head) },
			Read:  e.hosts,
		}
	}
	return kinds
}

// hosts reads one export. The only machine of a file is named after the file, as
// that of any other file is.
func (e export) hosts(in source.Input, opt source.Options) ([]source.Host, error) {
	if opt.OS != "" {
		if _, err := winver.ParseOS(opt.OS); err != nil {
			return nil, err
		}
	}
	f := in.Files[0]
	found, err := e.read(f.Path, f.Data, opt)
	if len(found) == 1 {
		found[0].ID = ""
		if s := found[0].Snapshot; s != nil && s.Name == "" {
			s.Name = in.ID
		}
	}
	return found, err
}

// headText is the beginning of a file, good enough to look for ASCII words: byte
// order marks and the zeros of UTF-16 are dropped.
func headText(head []byte) string {
	text := strings.ReplaceAll(string(head[:min(len(head), 4096)]), "\x00", "")
	for _, mark := range []string{"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"} {
		text = strings.TrimPrefix(text, mark)
	}
	return strings.TrimSpace(text)
}

// holdsAll says whether a text holds all words.
func holdsAll(text string, words ...string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

func isJSON(text string) bool { return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") }

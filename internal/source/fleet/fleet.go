// Package fleet reads what tools for many machines export (osquery and Fleet,
// Velociraptor, PowerShell, Ansible, Configuration Manager, Intune, Azure) as
// snapshots of hosts.
package fleet

import (
	"fmt"
	"strings"

	"tlsready/internal/host"
)

// maxExport bounds an export: a thousand machines with all keys that matter stay
// far below it.
const maxExport = 256 << 20

// Host is one machine of an export. Exactly one of Snapshot and Err is set.
type Host struct {
	ID       string // the machine's name in the export; "" where the export is of one machine and names none
	Snapshot *host.Snapshot
	Err      error // names the machine's place in the file
}

// Options is what the command line adds to an export.
type Options struct {
	OS      host.OS  // the system of machines of which the export does not say it; no Build: none
	Covered []string // keys that were asked for on every machine of the export
}

// Kind is one form of export.
type Kind struct {
	Name string
	// Sniff says whether a file is of this kind, by its first bytes: 4 kB or the
	// whole file are enough.
	Sniff func(head []byte) bool
	// Limit is the largest file, in bytes, that is read.
	Limit int64
	// Read makes hosts of an export. path goes into Snapshot.Source and into
	// messages. An error costs the whole file.
	Read func(path string, data []byte, opt Options) ([]Host, error)
}

// Kinds lists the kinds in the order in which they are to be asked.
func Kinds() []Kind {
	return []Kind{
		{"clixml", sniffClixml, maxExport, readClixml},
		{"velociraptor", sniffVelociraptor, maxExport, readVelociraptor},
		{"powershell", sniffPowerShell, maxExport, readPowerShell},
		{"ansible", sniffAnsible, maxExport, readAnsible},
		{"azure", sniffAzure, maxExport, readAzure},
		{"osquery", sniffOsquery, maxExport, readOsquery},
		{"cmpivot", sniffCMPivot, maxExport, readCMPivot},
		{"intune", sniffIntune, maxExport, readIntune},
	}
}

// Notes of a snapshot: what an export could not say.
const (
	noteNotAsked = "the export does not say which keys were asked for, so a value that is missing counts as not asked; use the query in docs/sources/%s.md, or name the keys with --covered"
	notePartly   = "%s was asked for without the keys below it that matter, so values missing there count as not asked"
	noteTypes    = "the export has text alone; values whose type is known from their names were read as that type"
	noteClipped  = "the export says that it was cut off, so a value that is missing counts as not asked"
)

// errorAt is an error with a place in a file.
func errorAt(path, place, format string, args ...any) error {
	return fmt.Errorf("%s: %s: %s", path, place, fmt.Sprintf(format, args...))
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

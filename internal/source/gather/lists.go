package gather

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/winver"
)

// Lookup finds one registry value up by key and name.
type Lookup map[string]host.Data

// NewValues makes a Lookup of a list.
func NewValues(list []host.Value) Lookup {
	m := make(Lookup, len(list))
	for _, v := range list {
		m[host.ValueID(v.Key, v.Name)] = v.Data
	}
	return m
}

// Text is a text value, "" if it is absent or not a text.
func (m Lookup) Text(key, name string) string {
	return strings.TrimSpace(m[host.ValueID(key, name)].Text)
}

// Number is a DWORD, or a number written as text.
func (m Lookup) Number(key, name string) (int, bool) {
	d, ok := m[host.ValueID(key, name)]
	if !ok {
		return 0, false
	}
	if d.Type == host.DWORD {
		return int(d.Number), true
	}
	n, err := strconv.Atoi(strings.TrimSpace(d.Text))
	return n, err == nil && n >= 0
}

// Entry is one subkey with its values, names in lower case.
type Entry struct {
	name   string
	values map[string]host.Data
}

func (e Entry) text(name string) string { return strings.TrimSpace(e.values[name].Text) }

func (e Entry) number(name string) (uint32, bool) {
	d, ok := e.values[name]
	if !ok {
		return 0, false
	}
	if d.Type == host.DWORD {
		return uint32(d.Number), true
	}
	n, err := strconv.ParseUint(strings.TrimSpace(d.Text), 0, 32)
	return uint32(n), err == nil
}

// EntriesBelow are the direct subkeys of prefix among keys, with their values.
func EntriesBelow(prefix string, keys []string, list []host.Value) []Entry {
	at := map[string]int{}
	var found []Entry
	add := func(key string) (int, bool) {
		if len(key) <= len(prefix)+1 || !Under(key, prefix) {
			return 0, false
		}
		name, rest, _ := strings.Cut(key[len(prefix)+1:], `\`)
		i, ok := at[host.Fold(name)]
		if !ok {
			i = len(found)
			at[host.Fold(name)] = i
			found = append(found, Entry{name: name, values: map[string]host.Data{}})
		}
		return i, rest == ""
	}
	for _, key := range keys {
		add(key)
	}
	for _, v := range list {
		if i, own := add(v.Key); own {
			found[i].values[strings.ToLower(v.Name)] = v.Data
		}
	}
	return found
}

// programs makes the list of installed programs as Windows shows it: an entry
// with SystemComponent is hidden, one with ParentKeyName is an update of another
// program. The same program may stand in both views.
func programs(entries []Entry) []host.Program {
	seen := map[host.Program]bool{}
	list := []host.Program{}
	for _, e := range entries {
		p := host.Program{Name: e.text("displayname"), Version: e.text("displayversion")}
		hidden, _ := e.number("systemcomponent")
		if p.Name == "" || hidden == 1 || e.text("parentkeyname") != "" || seen[p] {
			continue
		}
		seen[p] = true
		list = append(list, p)
	}
	SortPrograms(list)
	return list
}

// SortPrograms puts programs in the order of snapshots.
func SortPrograms(list []host.Program) {
	slices.SortFunc(list, func(a, b host.Program) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version))
	})
}

// States of a servicing package (Microsoft's chart of CBS states, 2015-10-12).
const (
	stateSuperseded = 0x50 // its function is in a newer package
	stateInstalled  = 0x70
	statePermanent  = 0x80
)

// packagePattern reads a package's KB number and rollupPattern build and
// revision of a cumulative update, which names no KB.
type packagePatterns struct{ kb, rollup *regexp.Regexp }

func newPackagePatterns() packagePatterns {
	return packagePatterns{
		kb:     regexp.MustCompile(`(?i)^Package_(?:\d+_)?for_(KB\d{6,})`),
		rollup: regexp.MustCompile(`(?i)^Package_(?:\d+_)?for_RollupFix[^~]*~[^~]*~[^~]*~[^~]*~(\d+)\.(\d+)\.`),
	}
}

// rollupKB is the KB number that a rollup names in InstallLocation, if it does.
func (p packagePatterns) rollupKB(e Entry) string {
	at := strings.Index(strings.ToUpper(e.text("installlocation")), "KB")
	if at < 0 {
		return ""
	}
	text := strings.ToUpper(e.text("installlocation")[at:])
	end := 2
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	if end < len("KB000000") {
		return ""
	}
	return text[:end]
}

// servicing reads the packages: the updates that count as present, and the
// revision of the newest cumulative update for this build. A damaged package
// (a negative state) does not count.
func servicing(entries []Entry, build int) (updates *host.Updates, revision int) {
	patterns := newPackagePatterns()
	ids := map[string]bool{}
	for _, e := range entries {
		state, ok := e.number("currentstate")
		if !ok || (state != stateSuperseded && state != stateInstalled && state != statePermanent) {
			continue
		}
		if m := patterns.kb.FindStringSubmatch(e.name); m != nil {
			ids[strings.ToUpper(m[1])] = true
			continue
		}
		m := patterns.rollup.FindStringSubmatch(e.name)
		if m == nil {
			continue
		}
		if kb := patterns.rollupKB(e); kb != "" {
			ids[kb] = true
		}
		if state != stateSuperseded && winver.SameServicing(winver.LeadingNumber(m[1]), build) {
			revision = max(revision, winver.LeadingNumber(m[2]))
		}
	}
	updates = &host.Updates{Complete: true, IDs: []string{}}
	for id := range ids {
		updates.IDs = append(updates.IDs, id)
	}
	slices.Sort(updates.IDs)
	return updates, revision
}

// HasRollup says whether a cumulative update is among the packages.
func HasRollup(entries []Entry) bool {
	patterns := newPackagePatterns()
	return slices.ContainsFunc(entries, func(e Entry) bool { return patterns.rollup.MatchString(e.name) })
}

// thumbprints are subkey names that are SHA-1 thumbprints, lower-case, sorted.
func thumbprints(names []string) []string {
	list := []string{}
	for _, name := range names {
		low := strings.ToLower(name)
		if len(low) == 40 && strings.Trim(low, "0123456789abcdef") == "" {
			list = append(list, low)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

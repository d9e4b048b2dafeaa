package gather

import (
	"slices"
	"strconv"

	"tlsready/internal/host"
)

// ControlSet is which of the control sets that a source shows Windows runs on.
// HKLM\SYSTEM\Select names it; CurrentControlSet is a link to it, which hives do
// not have and which exports may hold in addition to the numbered ones.
type ControlSet struct {
	number int // 0: numbered sets are ignored
	First  string
	Second string // keys of two sets, if one cannot tell which is in use; else ""
}

// ControlSetOf finds it out from everything that a source shows. A single numbered
// set is the one in use; of several without Select none is.
func ControlSetOf(keys []string, values []host.Value) ControlSet {
	for _, v := range values {
		if host.SameName(v.Key, `HKLM\SYSTEM\Select`) && host.SameName(v.Name, "Current") {
			if v.Type == host.DWORD && v.Number <= 999 {
				return ControlSet{number: int(v.Number)}
			}
			return ControlSet{}
		}
	}
	var c ControlSet
	for _, key := range keys {
		switch n := controlSetNumber(key); {
		case Under(key, `HKLM\SYSTEM\CurrentControlSet`):
			return ControlSet{}
		case n == 0 || n == c.number:
		case c.First == "":
			c.number, c.First = n, key
		case c.Second == "":
			c.Second = key
		}
	}
	if c.Second != "" {
		c.number = 0
	}
	return c
}

// Key spells a key of the set in use as CurrentControlSet; false: it belongs to
// another set.
func (c ControlSet) Key(key string) (string, bool) {
	n := controlSetNumber(key)
	if n != 0 && n != c.number {
		return key, false
	}
	return host.CurrentControlSet(key), true
}

// Keys spells keys so, without those of other sets.
func (c ControlSet) Keys(keys []string) []string {
	kept := make([]string, 0, len(keys))
	for _, key := range keys {
		if key, ok := c.Key(key); ok {
			kept = append(kept, key)
		}
	}
	return kept
}

// Values spells the keys of values so, without those of other sets. If the set and
// CurrentControlSet disagree on a value, it is left out, and its key is in split:
// the source was not written at one moment.
func (c ControlSet) Values(values []host.Value) (kept []host.Value, split []string) {
	type first struct {
		at       int
		numbered bool
	}
	seen := make(map[string]first, len(values))
	for _, v := range values {
		numbered := controlSetNumber(v.Key) != 0
		key, ok := c.Key(v.Key)
		if !ok {
			continue
		}
		v.Key = key
		id := host.ValueID(v.Key, v.Name)
		had, twice := seen[id]
		if twice && had.numbered != numbered && !kept[had.at].Data.Equal(v.Data) {
			split = append(split, v.Key)
		}
		if !twice {
			seen[id] = first{len(kept), numbered}
		}
		kept = append(kept, v)
	}
	if len(split) == 0 {
		return kept, nil
	}
	slices.SortFunc(split, compareKeys)
	split = slices.CompactFunc(split, host.SameName)
	kept = slices.DeleteFunc(kept, func(v host.Value) bool {
		return slices.ContainsFunc(split, func(key string) bool { return host.SameName(key, v.Key) })
	})
	return kept, split
}

// controlSetNumber is the number in HKLM\SYSTEM\ControlSet00x\…, 0 for other keys.
func controlSetNumber(key string) int {
	const prefix = `HKLM\SYSTEM\ControlSet`
	if len(key) < len(prefix)+3 || host.CurrentControlSet(key) == key || Under(key, `HKLM\SYSTEM\CurrentControlSet`) {
		return 0
	}
	n, _ := strconv.Atoi(key[len(prefix) : len(prefix)+3])
	return n
}

package host

import "strings"

// roots are the long and short spellings of the registry's roots.
var roots = [...][2]string{
	{"HKEY_LOCAL_MACHINE", "HKLM"},
	{"HKEY_CURRENT_USER", "HKCU"},
	{"HKEY_USERS", "HKU"},
	{"HKEY_CLASSES_ROOT", "HKCR"},
	{"HKEY_CURRENT_CONFIG", "HKCC"},
}

// NormalKey spells a key as snapshots do: HKLM\…, single backslashes, none at
// the end.
func NormalKey(key string) string {
	key = strings.TrimRight(key, `\`)
	for _, r := range roots {
		if len(key) >= len(r[0]) && strings.EqualFold(key[:len(r[0])], r[0]) && (len(key) == len(r[0]) || key[len(r[0])] == '\\') {
			return r[1] + key[len(r[0]):]
		}
	}
	for _, r := range roots {
		if len(key) > len(r[1]) && strings.EqualFold(key[:len(r[1])], r[1]) && key[len(r[1])] == '\\' {
			return r[1] + key[len(r[1]):]
		}
	}
	return key
}

// Ref names one registry value for look-ups; its spelling is folded once, since
// keys and names compare without case. Make it with [NewRef].
type Ref struct {
	Key, Name string
	folded    string // lower-case key, NUL, lower-case name
	keyLen    int
}

// NewRef makes a Ref. An empty name is the key's default value.
func NewRef(key, name string) Ref {
	low := strings.ToLower(key)
	return Ref{Key: key, Name: name, folded: low + "\x00" + strings.ToLower(name), keyLen: len(low)}
}

// Folded is key and name as they are compared: the same for two spellings of one value.
func (r Ref) Folded() string { return r.folded }

func (r Ref) foldedKey() string { return r.folded[:r.keyLen] }

// Under says whether the lower-case key lies at or below the lower-case prefix.
func under(key, prefix string) bool {
	return strings.HasPrefix(key, prefix) && (len(key) == len(prefix) || key[len(prefix)] == '\\')
}

package host

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// roots are the long and short spellings of the registry's roots.
var roots = [...][2]string{
	{"HKEY_LOCAL_MACHINE", "HKLM"},
	{"HKEY_CURRENT_USER", "HKCU"},
	{"HKEY_USERS", "HKU"},
	{"HKEY_CLASSES_ROOT", "HKCR"},
	{"HKEY_CURRENT_CONFIG", "HKCC"},
}

// Fold makes names of keys and values comparable: two names are the same for
// Windows where their folds are equal. Windows compares by the capital letter of
// each character, and no character outside of ASCII has a capital within it: the
// dotted capital I (U+0130) is no i, the long s (U+017F) no s, the Kelvin sign no k.
func Fold(name string) string {
	capital := false
	for i := range len(name) {
		c := name[i]
		if c >= utf8.RuneSelf {
			return strings.Map(foldRune, name)
		}
		capital = capital || 'A' <= c && c <= 'Z'
	}
	if !capital {
		return name
	}
	return foldASCII(name)
}

// foldASCII is Fold for what has no character beyond ASCII: nearly every key, and a
// run over many hosts folds millions.
func foldASCII(name string) string {
	folded := make([]byte, len(name))
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		folded[i] = c
	}
	return string(folded)
}

func foldRune(r rune) rune {
	switch {
	case 'A' <= r && r <= 'Z':
		return r - 'A' + 'a'
	case r < utf8.RuneSelf:
		return r
	}
	if capital := unicode.ToUpper(r); capital >= utf8.RuneSelf {
		return capital
	}
	return r
}

// SameName says whether two names of keys or values are the same for Windows.
func SameName(a, b string) bool { return a == b || Fold(a) == Fold(b) }

// ValueID is the same for every spelling of a value's key and name.
func ValueID(key, name string) string { return Fold(key) + "\x00" + Fold(name) }

// Under says whether key is prefix or lies below it, whatever their spelling.
func Under(key, prefix string) bool { return under(Fold(key), Fold(prefix)) }

// NormalKey spells a key as snapshots do: HKLM\…, single backslashes, none at
// the end.
func NormalKey(key string) string {
	key = strings.TrimRight(key, `\`)
	root, _, below := strings.Cut(key, `\`)
	for _, r := range roots {
		if SameName(root, r[0]) || below && SameName(root, r[1]) {
			return r[1] + key[len(root):]
		}
	}
	return key
}

// Ref names one registry value for look-ups; its spelling is folded once, since
// keys and names compare without case. Make it with [NewRef].
type Ref struct {
	Key, Name string
	folded    string // as ValueID gives it
	keyLen    int
}

// NewRef makes a Ref. An empty name is the key's default value.
func NewRef(key, name string) Ref {
	folded := Fold(key)
	return Ref{Key: key, Name: name, folded: folded + "\x00" + Fold(name), keyLen: len(folded)}
}

// Folded is key and name as they are compared: the same for two spellings of one value.
func (r Ref) Folded() string { return r.folded }

func (r Ref) foldedKey() string { return r.folded[:r.keyLen] }

// under is Under for what is folded already.
func under(key, prefix string) bool {
	return strings.HasPrefix(key, prefix) && (len(key) == len(prefix) || key[len(prefix)] == '\\')
}

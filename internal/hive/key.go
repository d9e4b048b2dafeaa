package hive

import (
	"encoding/binary"
	"strings"
	"time"
	"unicode/utf8"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/regdata"
)

// Offsets in a key record (nk), counted from its signature, and its flag for a
// name in Latin-1 instead of UTF-16.
const (
	keyFlags      = 2
	keyModified   = 4
	keyParent     = 16
	keySubkeys    = 20
	keySubkeyList = 28
	keyValues     = 36
	keyValueList  = 40
	keyNameLength = 72
	keyName       = 76
	keyLatinName  = 0x20
	keyLink       = 0x10
)

// Key is one key of a hive.
type Key struct {
	hive  *Hive
	at    uint32
	cell  []byte
	depth int
}

// rootKey reads the key that the base block names.
func (h *Hive) rootKey() (Key, error) { return h.key(h.root, nil) }

// key reads a key record. Below a parent it must name that parent, as Windows
// itself demands: so no key is met on two ways, and no walk runs in a circle.
func (h *Hive) key(at uint32, parent *Key) (Key, error) {
	c, err := h.cell(at, keyName)
	if err != nil {
		return Key{}, err
	}
	k := Key{hive: h, at: at, cell: c}
	switch {
	case c[0] != 'n' || c[1] != 'k':
		return Key{}, damage(at, "hive.no-key")
	case keyName+int(k.u16(keyNameLength)) > len(c):
		return Key{}, damage(at, "hive.key-name")
	case parent == nil:
		return k, nil
	case at == h.root || k.u32(keyParent) != parent.at:
		return Key{}, damage(at, "hive.key-parent")
	}
	if k.depth = parent.depth + 1; k.depth > maxDepth {
		return Key{}, damage(at, "hive.key-depth", message.Int("limit", maxDepth))
	}
	return k, nil
}

func (k *Key) u16(at int) uint16 { return binary.LittleEndian.Uint16(k.cell[at:]) }
func (k *Key) u32(at int) uint32 { return binary.LittleEndian.Uint32(k.cell[at:]) }

// Key finds a key by its path below the root, without regard to case; an empty
// path is the root. False means that the key is absent: every list on the way was
// read whole.
func (h *Hive) Key(path string) (*Key, bool, error) {
	root, err := h.rootKey()
	if err != nil {
		return nil, false, err
	}
	k := &root
	for part := range strings.SplitSeq(path, `\`) {
		if part == "" {
			continue
		}
		var ok bool
		if k, ok, err = k.Subkey(part); err != nil || !ok {
			return nil, false, err
		}
	}
	return k, true, nil
}

// Name is the name of the key alone.
func (k *Key) Name() string {
	return text(k.rawName(), k.latin())
}

// Modified is the time of the last write to the key, in UTC.
func (k *Key) Modified() time.Time { return fileTime(k.cell[keyModified:]) }

// Link says that the key is a symbolic link: it stands for another key, which its
// value SymbolicLinkValue names, and what is in it is not what a program reads.
func (k *Key) Link() bool { return k.u16(keyFlags)&keyLink != 0 }

func (k *Key) latin() bool { return k.u16(keyFlags)&keyLatinName != 0 }

func (k *Key) rawName() []byte { return k.cell[keyName : keyName+int(k.u16(keyNameLength))] }

// text reads a name.
func text(raw []byte, latin bool) string {
	if !latin {
		return regdata.Text(raw)
	}
	var b strings.Builder
	b.Grow(len(raw))
	for _, c := range raw {
		b.WriteRune(rune(c))
	}
	return b.String()
}

// sameName compares a stored name with one that is asked for, without regard to
// case; the common case of two ASCII names allocates nothing.
func sameName(raw []byte, latin bool, want string) bool {
	if !latin {
		return host.SameName(regdata.Text(raw), want)
	}
	if len(raw) != utf8.RuneCountInString(want) {
		return false
	}
	i := 0
	for _, r := range want {
		if c := rune(raw[i]); c != r && fold(c) != fold(r) {
			return false
		}
		i++
	}
	return true
}

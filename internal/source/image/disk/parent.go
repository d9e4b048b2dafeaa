package disk

import (
	"encoding/binary"
	"unicode/utf16"

	"tlsready/internal/message"
)

// missing says that a parent was not found.
func missing(path, name string) *message.Problem {
	return message.Because(ErrParent, "disk.parent-missing", message.Quote("name", name)).At(path).Hinted("disk.hint.parent")
}

// stranger says that the file found as parent is another disk, or was changed
// after this image was made: what they give together never was on the disk.
func stranger(path, parent, id string, args ...message.Arg) *message.Problem {
	return message.Because(ErrParent, "disk.not-parent", message.Str("parent", parent), message.Sub("why", message.New(id, args...))).
		At(path).Hinted("disk.hint.other-parent")
}

// utf16Text decodes UTF-16 up to the first NUL.
func utf16Text(raw []byte, order binary.ByteOrder) string {
	var units []uint16
	for ; len(raw) >= 2; raw = raw[2:] {
		u := order.Uint16(raw)
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units))
}

package disk

import (
	"encoding/binary"
	"fmt"
	"unicode/utf16"
)

const hintParent = "put the parent beside it under its name, or merge the chain first (Hyper-V: Merge-VHD; qemu: qemu-img convert)"

// missing says that a parent was not found.
func missing(path, name string) *Error {
	err := fmt.Errorf("%w: its parent %q is not there", ErrParent, name)
	return &Error{Path: path, Msg: err.Error(), Hint: hintParent, Err: err}
}

// stranger says that the file found as parent is another disk, or was changed
// after this image was made: what they give together never was on the disk.
func stranger(path, parent, format string, args ...any) *Error {
	err := fmt.Errorf("%w: %s is not the parent of this image: %s", ErrParent, parent, fmt.Sprintf(format, args...))
	return &Error{Path: path, Msg: err.Error(), Hint: "find the parent as it was when this image was made", Err: err}
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

package userfile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxName bounds a file name in bytes. File systems take 255 bytes or UTF-16 units;
// the rest is for the ending and for what a file is called while it is written.
const maxName = 160

// SafeName spells a name of somebody else's as a file name that Windows, macOS and
// Linux take, different for different names: bytes that no file name of Windows may
// have, dots and blanks at an end and the first letter of a device's name are written
// as %XX. A name too long is cut, and ends in a digest of the whole; cut says so.
//
// https://learn.microsoft.com/windows/win32/fileio/naming-a-file
func SafeName(name string) (safe string, cut bool) {
	device := isDevice(name)
	var b strings.Builder
	for i := range len(name) {
		c, edge := name[i], i == 0 || i == len(name)-1
		if c < 0x20 || c == 0x7f || strings.IndexByte(`<>:"|?*\/%`, c) >= 0 || edge && (c == '.' || c == ' ') || device && i == 0 || !plainAt(name, i) {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	if b.Len() == 0 {
		return "%", false
	}
	if b.Len() <= maxName {
		return b.String(), false
	}
	sum := sha256.Sum256([]byte(name))
	mark := "~" + hex.EncodeToString(sum[:8])
	return strings.TrimRight(head(b.String(), maxName-len(mark)), ". ") + mark, true
}

// plainAt says whether the byte belongs to valid UTF-8: others are no character of
// any file name of Windows or macOS.
func plainAt(s string, i int) bool {
	if s[i] < utf8.RuneSelf {
		return true
	}
	start := i
	for start > 0 && i-start < utf8.UTFMax-1 && !utf8.RuneStart(s[start]) {
		start--
	}
	r, size := utf8.DecodeRuneInString(s[start:])
	return start+size > i && (r != utf8.RuneError || size > 1)
}

// head is the longest beginning of s of at most n bytes that ends between two
// characters.
func head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// isDevice says whether Windows takes a file name for a device, with any ending.
func isDevice(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	stem = strings.ToUpper(strings.TrimRight(stem, " "))
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	port, digit := strings.CutPrefix(stem, "COM")
	if !digit {
		port, digit = strings.CutPrefix(stem, "LPT")
	}
	return digit && utf8.RuneCountInString(port) == 1 && strings.ContainsAny(port, "0123456789¹²³")
}

// FoldName is the same for names that some file system takes for one: those that
// differ in case, or in how an accented letter is composed.
func FoldName(name string) string {
	return strings.ToLower(strings.ToUpper(norm.NFC.String(name)))
}

// Names gives file names of which no two are one to any file system. The zero
// value has given none yet.
type Names struct{ given map[string]string }

// Give is a file name for id: name and an ending such as ".json", or, if another id
// already has that one, the same with the first free number.
func (n *Names) Give(id, name, ending string) string {
	given := name + ending
	for i := 2; !n.Take(id, given); i++ {
		given = name + "-" + strconv.Itoa(i) + ending
	}
	return given
}

// Take notes that a file name belongs to id; false if another id has it.
func (n *Names) Take(id, name string) bool {
	if n.given == nil {
		n.given = map[string]string{}
	}
	folded := FoldName(name)
	if owner, taken := n.given[folded]; taken && owner != id {
		return false
	}
	n.given[folded] = id
	return true
}

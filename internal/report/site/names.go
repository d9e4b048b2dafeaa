package site

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// slug is a name of somebody else's as a part of a file's name: what of it is plain, and a
// digest that tells it from all others. No file system takes it for a device, a folder
// above or another page, and it is the same in every run.
func slug(name string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(name)))
	const most = 40
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case b.Len() >= most:
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
		b.WriteByte('-')
	}
	return b.String() + hex.EncodeToString(sum[:6])
}

// hostPage is the name of a host's page: in one of 256 folders, since no folder likes a
// hundred thousand files.
func hostPage(id string) string {
	s := slug(id)
	return "hosts/" + s[len(s)-2:] + "/" + s + ".html"
}

func groupPage(id string) string     { return "groups/" + slug(id) + ".html" }
func archiveName(id string) string   { return "fixes/tlsready-fix-" + slug(id) + ".zip" }
func ownerPage(name string) string   { return "owners/" + slug(name) + ".html" }
func deadlinePage(id string) string  { return "deadlines/" + slug(id) + ".html" }
func withoutHTML(name string) string { return strings.TrimSuffix(name, ".html") }

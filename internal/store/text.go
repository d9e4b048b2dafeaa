package store

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// maxKey bounds a text that is part of a key, in bytes: PostgreSQL takes 2,704 bytes for a
// whole entry of an index, and the longest key, that of observations, has six of them and a
// day.
const maxKey = 400

// Text is a text as a database takes it: UTF-8 without U+0000, which PostgreSQL refuses.
func Text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// Key is a text that is part of a key. Of one that is too long the end is replaced by a
// hash of the whole, and one that no database takes as it is gets a hash too, so that two
// of them do not become one.
func Key(s string) string {
	text := Text(s)
	if len(text) <= maxKey && text == s {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	cut := min(len(text), maxKey-1-2*len(sum[:8]))
	for cut < len(text) && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "~" + hex.EncodeToString(sum[:8])
}

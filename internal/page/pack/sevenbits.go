package main

import "strings"

// Characters that may not stand in a script of an HTML page as they are: NUL becomes
// U+FFFD, CR becomes LF, and "<" could end the script (HTML, section 13.2.5).
const forbidden = "\x00\r<"

// aside is added to those; the reader takes the low seven bits of a character alone.
const aside = 0x100

// sevenBits writes bytes as text, seven bits in each character: a quarter less than
// base64 takes. The low bits of the last character that are left over are zero.
func sevenBits(data []byte) string {
	var out strings.Builder
	out.Grow(len(data)*8/7 + len(data)/50)
	held, bits := uint(0), 0
	put := func(c uint) {
		if strings.ContainsRune(forbidden, rune(c)) {
			c += aside
		}
		out.WriteRune(rune(c))
	}
	for _, b := range data {
		held, bits = held<<8|uint(b), bits+8
		for bits >= 7 {
			bits -= 7
			put(held >> bits & 0x7f)
		}
		held &= 1<<bits - 1
	}
	if bits > 0 {
		put(held << (7 - bits) & 0x7f)
	}
	return out.String()
}

package main

import "strings"

// Characters that may not stand in a script of an HTML page as they are: NUL becomes
// U+FFFD, CR becomes LF, and "<" could end the script (HTML, section 13.2.5).
const forbidden = "\x00\r<"

// aside is added to those; the reader takes the low seven bits of a character alone.
const aside = 0x100

// block is how many characters have a key before them, with which they are xored: that
// with which the fewest are forbidden. Nearly every block has one with which none is; the
// key costs less than characters of two bytes would.
const block = 128

// sevenBits writes bytes as text, seven bits in each character: a quarter less than
// base64 takes. The low bits of the last character that are left over are zero.
func sevenBits(data []byte) string {
	groups := sevens(data)
	var out strings.Builder
	out.Grow(len(groups) + len(groups)/50)
	put := func(c byte) {
		r := rune(c)
		if strings.IndexByte(forbidden, c) >= 0 {
			r += aside
		}
		out.WriteRune(r)
	}
	for len(groups) > 0 {
		n := min(block, len(groups))
		key := bestKey(groups[:n])
		put(key)
		for _, group := range groups[:n] {
			put(group ^ key)
		}
		groups = groups[n:]
	}
	return out.String()
}

// sevens cuts bytes into numbers of seven bits.
func sevens(data []byte) []byte {
	var groups []byte
	held, bits := uint(0), 0
	for _, b := range data {
		held, bits = held<<8|uint(b), bits+8
		for bits >= 7 {
			bits -= 7
			groups = append(groups, byte(held>>bits)&0x7f)
		}
		held &= 1<<bits - 1
	}
	if bits > 0 {
		groups = append(groups, byte(held<<(7-bits))&0x7f)
	}
	return groups
}

// bestKey is the number with which the fewest characters of a block are forbidden.
func bestKey(groups []byte) byte {
	var there [128]int
	for _, group := range groups {
		there[group]++
	}
	best, fewest := byte(0), len(groups)+1
	for key := range byte(128) {
		n := 0
		for _, c := range []byte(forbidden) {
			n += there[c^key]
		}
		if n < fewest {
			best, fewest = key, n
		}
	}
	return best
}

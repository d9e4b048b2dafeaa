package wire

// IsGREASE says whether a code is one of those that RFC 8701 section 2 reserves for clients to
// send at random, to teach servers to ignore what they do not know: 0x0a0a, 0x1a1a and so on.
func IsGREASE(code uint16) bool {
	return code&0x0f0f == 0x0a0a && code>>8 == code&0xff
}

// withoutGREASE is list without such codes, in the same order.
func withoutGREASE[T ~uint16](list []T) []T {
	kept := make([]T, 0, len(list))
	for _, code := range list {
		if !IsGREASE(uint16(code)) {
			kept = append(kept, code)
		}
	}
	return kept
}

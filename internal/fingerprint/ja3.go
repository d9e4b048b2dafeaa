package fingerprint

import (
	"crypto/md5" //nolint:gosec // JA3 is defined by it
	"encoding/hex"
	"strconv"

	"tlsready/internal/wire"
)

// JA3 is the MD5 of [JA3Text] in hex, as JA3 is usually written; "" for a hello of SSL
// 2.0, for which JA3 is not defined.
func JA3(h *wire.ClientHello) string {
	if h.SSL2 {
		return ""
	}
	return hashJA3(JA3Text(h))
}

func hashJA3(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// JA3Text is what JA3 is the hash of: legacy_version, suites, extensions, groups and point
// formats by their codes in decimal, in the hello's order, without GREASE
// (https://github.com/salesforce/ja3). The version is not the highest that the client
// speaks: it is 771 from TLS 1.2 on.
func JA3Text(h *wire.ClientHello) string {
	b := strconv.AppendUint(make([]byte, 0, 256), uint64(h.Version), 10)
	b = appendDecimals(append(b, ','), h.Suites)
	b = append(b, ',')
	start := len(b)
	for _, e := range h.Extensions {
		b = appendDecimal(b, start, uint64(e.Type))
	}
	b = appendDecimals(append(b, ','), h.Groups())
	b = append(b, ',')
	start = len(b)
	if formats, ok := h.Extension(wire.ExtECPointFormats); ok && len(formats) > 0 && int(formats[0]) == len(formats)-1 {
		for _, f := range formats[1:] {
			b = appendDashed(b, start, uint64(f))
		}
	}
	return string(b)
}

func appendDecimals[T ~uint16 | ~uint32](b []byte, list []T) []byte {
	start := len(b)
	for _, code := range list {
		b = appendDecimal(b, start, uint64(code))
	}
	return b
}

// appendDecimal adds a code to a list that began at start, but not if it is GREASE.
func appendDecimal(b []byte, start int, code uint64) []byte {
	if code <= 0xffff && wire.IsGREASE(uint16(code)) {
		return b
	}
	return appendDashed(b, start, code)
}

func appendDashed(b []byte, start int, code uint64) []byte {
	if len(b) > start {
		b = append(b, '-')
	}
	return strconv.AppendUint(b, code, 10)
}

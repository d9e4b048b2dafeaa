package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// cutOr is the error of a stream that ends where it should not.
func cutOr(err error) error { return cutIf(true, err) }

func cutIf(inside bool, err error) error {
	if inside && errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// prefixSize is how many bytes tell the formats apart.
const prefixSize = 16

// Is says whether a file that begins so, with 16 bytes or more, is for [Read]: a capture, or a format of
// recordings that Read names together with the command that converts it. Of a packed file
// the inside tells.
func Is(prefix []byte) bool {
	_, _, classic := pcapOrder(prefix)
	return classic || isPcapng(prefix) || foreign(prefix) != ""
}

func isPcapng(b []byte) bool {
	return len(b) >= 12 && binary.LittleEndian.Uint32(b) == blockSection &&
		(binary.LittleEndian.Uint32(b[8:]) == byteOrderMagic || binary.BigEndian.Uint32(b[8:]) == byteOrderMagic)
}

// foreign is the id of the text on a format that others have to convert first; "" for
// anything else.
func foreign(b []byte) string {
	switch {
	case isETL(b):
		return "capture.etl"
	case bytes.HasPrefix(b, []byte("GMBU")):
		return "capture.netmon"
	case bytes.HasPrefix(b, []byte("snoop\x00\x00\x00")):
		return "capture.snoop"
	}
	return ""
}

// isETL recognises a trace of Event Tracing for Windows: a WMI_BUFFER_HEADER whose first
// event is the header of the trace. The buffer's size is a multiple of 1 KiB, the saved
// offset and the current one lie within it.
func isETL(b []byte) bool {
	if len(b) < 16 {
		return false
	}
	size, saved, current := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[8:])
	return size >= 4096 && size <= 16<<20 && size%1024 == 0 && saved > 0 && saved <= size && current <= size
}

package logs

import (
	"bufio"
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// decoded gives a log in UTF-8: from UTF-16 with or without its mark, as PowerShell
// writes files, without the mark of UTF-8, and from code page 932 where the file is JSON
// or XML, in which a byte of a character may look like a backslash. Other logs stay as
// they are: fields are decoded one by one. slow says that what is read comes in small
// pieces.
func decoded(r io.Reader) (text io.Reader, slow bool, err error) {
	b := bufio.NewReaderSize(r, 4096)
	// The first four bytes come alone (see unpack.New), so that the fifth brings the rest.
	if _, err := b.Peek(5); err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, false, err
	}
	head, _ := b.Peek(b.Buffered())
	switch e := encodingOf(head); {
	case e != nil:
		return transform.NewReader(b, e.NewDecoder()), true, nil
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, err = b.Discard(3)
	}
	return passing(b, r), false, err
}

// encodingOf tells the encoding of a log by its beginning; nil: UTF-8, or one of which
// only fields are decoded.
func encodingOf(head []byte) encoding.Encoding {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), everyOther(head, 1):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}), everyOther(head, 0):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	}
	begin := bytes.TrimLeft(head, " \t\r\n")
	if len(begin) > 0 && bytes.IndexByte([]byte("{[<"), begin[0]) >= 0 && !utf8.Valid(whole(head)) {
		if out, err := japanese.ShiftJIS.NewDecoder().Bytes(whole(head)); err == nil && !bytes.ContainsRune(out, utf8.RuneError) {
			return japanese.ShiftJIS
		}
	}
	return nil
}

// everyOther says whether of the first characters each has a zero byte on one side, and
// none on the other, as ASCII has in UTF-16.
func everyOther(head []byte, zero int) bool {
	n := min(len(head)/2, 8)
	for i := range n {
		if head[2*i+zero] != 0 || head[2*i+1-zero] == 0 {
			return false
		}
	}
	return n > 1
}

// whole cuts bytes behind the last line, or else before the last character, so that none
// is cut in two.
func whole(b []byte) []byte {
	if i := bytes.LastIndexByte(b, '\n'); i >= 0 {
		return b[:i+1]
	}
	for n := len(b) - 1; n >= 0 && n > len(b)-utf8.UTFMax; n-- {
		if b[n] < utf8.RuneSelf {
			return b[:n+1]
		}
	}
	return b
}

// passing gives what b has buffered and then reads r itself, in pieces as large as they
// are asked for.
func passing(b *bufio.Reader, r io.Reader) io.Reader {
	buffered, _ := b.Peek(b.Buffered())
	return io.MultiReader(bytes.NewReader(bytes.Clone(buffered)), r)
}

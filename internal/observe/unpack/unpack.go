// Package unpack gives captures and logs as they were before gzip or zstd: both are
// recognised by their first bytes, never by a file's name.
package unpack

import (
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"tlsready/internal/message"
)

const (
	// maxWindow is the most memory that a zstd stream may ask for, the most that the
	// zstd command takes without --long (its ZSTD_WINDOWLOG_LIMIT_DEFAULT).
	maxWindow = 128 << 20
	// bombRatio and bombStart tell a bomb from a log: past bombStart bytes, what is
	// more than bombRatio times as long as it was packed is given up. Logs and captures
	// shrink to a twentieth or so, and deflate cannot do more than 1,032.
	bombRatio = 500
	bombStart = 256 << 20
	// magicLength is how many bytes tell the packings apart.
	magicLength = 4
)

// ErrBomb is a packed file that unpacks to far more than a log or a capture can.
var ErrBomb = errors.New("unpack: more than 500 times as long as it was packed")

// Reader is the content of a file. Close gives its memory back; it does not close what
// is underneath.
type Reader struct {
	src     *counter
	content io.Reader
	given   int64
	close   func()
}

// New looks at the first bytes of r: it waits for four of them, or for the end. What is
// not packed is passed on as it is.
func New(r io.Reader) (*Reader, error) {
	head := make([]byte, magicLength)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	src := &counter{head: head[:n], r: r}
	u := &Reader{src: src, content: src, close: func() {}}
	switch {
	case isGzip(head):
		z, err := gzip.NewReader(src)
		if err != nil {
			return nil, packed(err)
		}
		u.content = z
	case isZstd(head):
		z, err := zstd.NewReader(src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, packed(err)
		}
		u.content, u.close = z, z.Close
	}
	return u, nil
}

// Packed says whether the content had to be unpacked.
func (u *Reader) Packed() bool { return u.content != io.Reader(u.src) }

// Read gives the content. A packed file that ends early gives io.ErrUnexpectedEOF after
// what could be unpacked, a bomb [ErrBomb].
func (u *Reader) Read(p []byte) (int, error) {
	n, err := u.content.Read(p)
	if !u.Packed() {
		return n, err
	}
	u.given += int64(n)
	if u.given > bombStart && u.given/bombRatio > u.src.read {
		return n, message.Because(ErrBomb, "unpack.bomb", message.Int("times", bombRatio))
	}
	return n, packed(err)
}

// Close gives the memory of the unpacking back.
func (u *Reader) Close() error {
	u.close()
	return nil
}

// packed is why a packed file cannot be read, nil and io.EOF as they are.
func packed(err error) error {
	if err == nil || err == io.EOF || err == io.ErrUnexpectedEOF {
		return err
	}
	return message.Because(err, "unpack.broken")
}

// isGzip knows a gzip member that is deflated (RFC 1952 section 2.3.1).
func isGzip(head []byte) bool { return bytes.HasPrefix(head, []byte{0x1f, 0x8b, 8}) }

// isZstd knows a Zstandard frame, and a skippable frame, with which pzstd begins (RFC
// 8878 sections 3.1.1 and 3.1.2).
func isZstd(head []byte) bool {
	return bytes.Equal(head, []byte{0x28, 0xb5, 0x2f, 0xfd}) ||
		head[0]&0xf0 == 0x50 && bytes.Equal(head[1:], []byte{0x2a, 0x4d, 0x18})
}

// counter gives the first bytes back before the others, and counts.
type counter struct {
	head []byte
	r    io.Reader
	read int64
}

func (c *counter) Read(p []byte) (int, error) {
	if len(c.head) > 0 {
		n := copy(p, c.head)
		c.head = c.head[n:]
		c.read += int64(n)
		return n, nil
	}
	n, err := c.r.Read(p)
	c.read += int64(n)
	return n, err
}

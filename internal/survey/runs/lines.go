package runs

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

const (
	// maxLine bounds a line in bytes. The longest of this program is a host with some
	// hundred changes, 200 KB.
	maxLine = 8 << 20
	// buffer is what is read from a file at once.
	buffer = 256 << 10
)

// lines gives the lines of a file one by one.
type lines struct {
	in     *bufio.Reader
	number int
	held   []byte // of a line longer than the buffer
}

// newLines takes the buffer that in is already, if it is one.
func newLines(in io.Reader) *lines { return &lines{in: bufio.NewReaderSize(in, buffer)} }

var errLong = errors.New("runs: line too long")

// next is the next line that is not empty, without its end; whole says that it has one.
// The bytes hold until the next call. A line longer than maxLine is passed over and gives
// errLong.
func (l *lines) next() (line []byte, whole bool, err error) {
	for {
		line, err = l.one()
		if errors.Is(err, errLong) {
			return nil, true, err
		}
		whole = bytes.HasSuffix(line, []byte("\n"))
		if len(line) > 0 {
			l.number++
		}
		if l.number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff")) // as Windows PowerShell writes
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return line, whole, nil
		}
		if err != nil {
			return nil, whole, err
		}
	}
}

// one is the next line as it is.
func (l *lines) one() ([]byte, error) {
	line, err := l.in.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	l.held = l.held[:0]
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(l.held)+len(line) > maxLine {
			return nil, l.skip()
		}
		l.held = append(l.held, line...)
		line, err = l.in.ReadSlice('\n')
	}
	l.held = append(l.held, line...)
	return l.held, err
}

// skip passes over the rest of a line.
func (l *lines) skip() error {
	l.number++
	for {
		_, err := l.in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err == nil, errors.Is(err, io.EOF):
			return errLong
		default:
			return err
		}
	}
}

package formats

import (
	"bytes"

	"tlsready/internal/message"
)

// maxHeadLines is how many lines of a file may come before the first that tells its
// format.
const maxHeadLines = 200

// Detect gives the layout of a log by its beginning; nil if it is none that is read.
func (c *Config) Detect(head []byte) *Layout {
	var l *Layout
	for range maxHeadLines {
		if len(head) == 0 {
			return l
		}
		line := head[:LineEnd(head, ByLine)]
		switch {
		case len(bytes.TrimSpace(line)) == 0:
		case line[0] == '#':
			// Headers say more and more: the last of those that follow each other counts.
			if next := c.Header(bytes.TrimRight(line, "\r\n"), l); next != nil {
				l = next
			}
		case l != nil:
			return l
		default:
			if found := c.detectSample(newSample(head)); found != nil {
				return found
			}
		}
		head = head[len(line):]
	}
	return l
}

// DetectLine gives the layout of a record that stands among others.
func (c *Config) DetectLine(record []byte) *Layout { return c.detectSample(newSample(record)) }

func (c *Config) detectSample(s *sample) *Layout {
	for _, f := range formats() {
		if f.detect == nil || c.Format != "" && f.id != c.Format {
			continue
		}
		if l := f.detect(c, s); l != nil {
			return l
		}
	}
	return nil
}

// Header asks all formats what a header changes; nil if it changes nothing.
func (c *Config) Header(line []byte, was *Layout) *Layout {
	if was != nil && was.Framing == ByCSV {
		return c.DetectLine(line)
	}
	for _, f := range formats() {
		if f.header == nil || c.Format != "" && f.id != c.Format {
			continue
		}
		if l := f.header(c, line, was); l != nil {
			return l
		}
	}
	return nil
}

// LineEnd gives the length of the line with which data begins, its end with it.
func LineEnd(data []byte, f Framing) int {
	for end, quotes := 0, 0; ; {
		i := bytes.IndexByte(data[end:], '\n')
		if i < 0 {
			return len(data)
		}
		if f == ByCSV {
			quotes += bytes.Count(data[end:end+i], []byte{'"'})
		}
		if end += i + 1; quotes%2 == 0 {
			return end
		}
	}
}

// Refusal says what a file is that is no log which can be read: an event file in
// Windows's own form, or none that is known.
func Refusal(name string, head []byte) error {
	if bytes.HasPrefix(head, []byte("ElfFile\x00")) { // [MS-EVEN6], and the libevtx documentation
		return &message.Problem{Where: name, What: message.New("logs.evtx"), Hint: message.New("logs.evtx-hint", message.Quote("file", name))}
	}
	if bytes.HasPrefix(head, []byte("PAR1")) { // https://parquet.apache.org/docs/file-format/
		return &message.Problem{Where: name, What: message.New("logs.parquet")}
	}
	return unknown(name)
}

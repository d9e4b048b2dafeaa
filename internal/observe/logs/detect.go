package logs

import (
	"bytes"

	"tlsready/internal/message"
)

// maxHeadLines is how many lines of a file may come before the first that tells its
// format.
const maxHeadLines = 200

// detect gives the layout of a log by its beginning; nil if it is none that is read.
func (c *config) detect(head []byte) *layout {
	var l *layout
	for range maxHeadLines {
		if len(head) == 0 {
			return l
		}
		line := head[:lineEnd(head, byLine)]
		switch {
		case len(bytes.TrimSpace(line)) == 0:
		case line[0] == '#':
			// Headers say more and more: the last of those that follow each other counts.
			if next := c.header(bytes.TrimRight(line, "\r\n"), l); next != nil {
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

// detectLine gives the layout of a record that stands among others.
func (c *config) detectLine(record []byte) *layout { return c.detectSample(newSample(record)) }

func (c *config) detectSample(s *sample) *layout {
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

// refusal says what a file is that is no log which can be read: an event file in
// Windows's own form, or none that is known.
func refusal(name string, head []byte) error {
	if bytes.HasPrefix(head, []byte("ElfFile\x00")) { // [MS-EVEN6], and the libevtx documentation
		return &message.Problem{Where: name, What: message.New("logs.evtx"), Hint: message.New("logs.evtx-hint", message.Quote("file", name))}
	}
	return unknown(name)
}

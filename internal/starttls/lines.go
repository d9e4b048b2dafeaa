package starttls

import (
	"bytes"
	"fmt"
	"strings"

	"tlsready/internal/message"
)

// verdict is what one line of an answer means.
type verdict int

const (
	more  verdict = iota // the answer goes on
	yes                  // the step is done
	no                   // the server refuses
	wrong                // this is not the protocol
)

// exchange is one step of a dialogue of lines: what to send, and how to read what
// comes back.
type exchange struct {
	send string
	read func(line string) verdict
}

// lineDialogue speaks a protocol of text lines.
type lineDialogue struct {
	steps   []exchange
	at      int
	begun   bool
	replies int
	in      inbox
}

// Next implements [Dialogue].
func (d *lineDialogue) Next(received []byte) ([]byte, bool, error) {
	if err := d.in.add(received); err != nil {
		return nil, false, err
	}
	var send []byte
	if !d.begun {
		d.begun = true
		send = append(send, d.steps[0].send...)
	}
	for {
		end := bytes.IndexByte(d.in.data, '\n')
		if end < 0 {
			return send, false, nil
		}
		raw, _ := d.in.take(end + 1)
		line := strings.TrimRight(string(raw), "\r\n")
		if d.replies++; d.replies > MaxReplies {
			return nil, false, message.Error("starttls.many-lines", message.Int("limit", MaxReplies))
		}
		switch d.steps[d.at].read(line) {
		case no:
			return nil, false, refused(line)
		case wrong:
			return nil, false, message.Error("starttls.not-this-answer", message.Str("answer", fmt.Sprintf("%.100q", line)))
		case yes:
			if d.at++; d.at == len(d.steps) {
				_, done, err := d.in.done()
				return send, done, err
			}
			send = append(send, d.steps[d.at].send...)
		}
	}
}

// reply reads answers that begin with three digits: a hyphen after them says that
// more lines come (RFC 5321 section 4.2.1, RFC 959 section 4.2). good is the digit,
// or the digits, with which the answer must begin.
func reply(good string) func(string) verdict {
	return func(line string) verdict {
		switch {
		case len(line) < 3 || strings.Trim(line[:3], "0123456789") != "":
			return wrong
		case len(line) > 3 && line[3] == '-':
			return more
		case strings.HasPrefix(line, good):
			return yes
		}
		return no
	}
}

// newSMTP: RFC 3207.
func newSMTP() Dialogue { return mail("EHLO") }

// newLMTP: the same with another greeting (RFC 2033 section 4.1).
func newLMTP() Dialogue { return mail("LHLO") }

// mail greets with a name that can belong to nobody (RFC 2606).
func mail(greeting string) Dialogue {
	return &lineDialogue{steps: []exchange{
		{"", reply("220")},
		{greeting + " client.invalid\r\n", reply("250")},
		{"STARTTLS\r\n", reply("220")},
	}}
}

// ftpReply reads like reply, but lines inside a longer answer may hold anything
// (RFC 959 section 4.2).
func ftpReply(good string) func(string) verdict {
	open := ""
	return func(line string) verdict {
		if open != "" && !strings.HasPrefix(line, open+" ") {
			return more
		}
		v := reply(good)(line)
		if open == "" && v == more {
			open = line[:3]
		}
		return v
	}
}

// newFTP: RFC 4217 section 4.
func newFTP() Dialogue {
	return &lineDialogue{steps: []exchange{
		{"", ftpReply("220")},
		{"AUTH TLS\r\n", ftpReply("234")},
	}}
}

// newPOP3: RFC 2595 section 4.
func newPOP3() Dialogue {
	answer := func(line string) verdict {
		switch {
		case strings.HasPrefix(line, "+OK"):
			return yes
		case strings.HasPrefix(line, "-ERR"):
			return no
		}
		return wrong
	}
	return &lineDialogue{steps: []exchange{{"", answer}, {"STLS\r\n", answer}}}
}

// newIMAP: RFC 9051 section 6.2.1. Untagged lines may come at any time.
func newIMAP() Dialogue {
	greeting := func(line string) verdict {
		word, _, _ := strings.Cut(strings.TrimPrefix(line, "* "), " ")
		switch {
		case !strings.HasPrefix(line, "* "):
			return wrong
		case strings.EqualFold(word, "OK"):
			return yes
		}
		return no // BYE, or PREAUTH, after which TLS is not allowed
	}
	const tag = "a1 "
	answer := func(line string) verdict {
		switch {
		case strings.HasPrefix(line, "* "):
			return more
		case len(line) >= len(tag)+2 && strings.EqualFold(line[:len(tag)+2], tag+"OK"):
			return yes
		case strings.HasPrefix(line, tag):
			return no
		}
		return wrong
	}
	return &lineDialogue{steps: []exchange{{"", greeting}, {tag + "STARTTLS\r\n", answer}}}
}

package formats

import "bytes"

// stripped takes off what a logger puts before a line, and keeps its time for lines that
// have none: syslog's header (RFC 3164 section 4.1, RFC 5424 section 6.2, and the one
// with a time of RFC 3339 that rsyslog and journalctl write), and the one of containers'
// logs (https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md).
func (d *draft) stripped(line []byte) []byte {
	rest := line
	if len(rest) > 0 && rest[0] == '<' { // <134>
		if i := bytes.IndexByte(rest, '>'); i > 0 && i < 5 {
			rest = rest[i+1:]
			rest = bytes.TrimPrefix(rest, []byte("1 "))
		}
	}
	at, rest, ok := stampTime(rest, &d.zone, d.config.Now)
	if !ok && len(rest) > 10 && rest[10] == 'T' {
		at, rest, ok = isoTime(rest, &d.zone)
	}
	if !ok || len(rest) == 0 || rest[0] != ' ' {
		return line
	}
	rest = rest[1:]
	for _, stream := range []string{"stdout F ", "stderr F "} {
		if inner, found := bytes.CutPrefix(rest, []byte(stream)); found {
			d.c.Time = at
			return inner
		}
	}
	// HOST TAG[PID]: TEXT, or HOST APP PID MSGID STRUCTURED-DATA TEXT
	host, rest, _ := bytes.Cut(rest, []byte{' '})
	if inner, ok := tagged(rest); ok {
		d.c.Time, d.c.ServerHost = at, d.text(host)
		return inner
	}
	return line
}

// tagged takes the program's name off.
func tagged(rest []byte) ([]byte, bool) {
	tag, inner, found := bytes.Cut(rest, []byte(": "))
	if found && len(tag) < 64 && bytes.IndexByte(tag, ' ') < 0 {
		return inner, true
	}
	for range 3 { // APP PID MSGID
		_, after, found := bytes.Cut(rest, []byte{' '})
		if !found {
			return nil, false
		}
		rest = after
	}
	if inner, found := bytes.CutPrefix(rest, []byte("- ")); found {
		return inner, true
	}
	return nil, false
}

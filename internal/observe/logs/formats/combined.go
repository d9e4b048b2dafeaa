package formats

import (
	"bytes"

	"tlsready/internal/message"
)

// combined is an access log in lines where the position of the version is evident: the
// Common and Combined Log Formats of nginx, Apache and others
// (https://nginx.org/en/docs/http/ngx_http_log_module.html,
// https://httpd.apache.org/docs/2.4/logs.html), to which a site has added fields, and
// Apache's ssl_request_log
// (https://httpd.apache.org/docs/2.4/mod/mod_ssl.html, "Custom Log Formats").
//
// A line is taken apart at its spaces, with quotes and brackets holding together. The
// version is the one place that in each line holds a version or nothing; what a client
// can write, its request, referrer and user agent, is never that place.
func combined() format {
	return format{
		id: "combined", name: "access log in lines (nginx, Apache and others)",
		detect: func(c *Config, s *sample) *Layout {
			p := &places{version: -1, suite: -1, agent: -1, forwarded: -1}
			if !p.learn(s) {
				return nil
			}
			p.learnBeside(c, s)
			l := &Layout{Format: "combined", parse: p.parse}
			if p.version < 0 {
				l.Missing = message.New("logs.missing-combined")
			}
			return l
		},
	}
}

// places are where the fields stand in a line, counted in words; -1: nowhere.
type places struct {
	client, time, version, suite, agent, forwarded int
	// joined says that version and suite are one word, with a slash between them.
	joined bool
}

const (
	maxWords = 64
	// maxLearn is how many lines are looked at to find the places.
	maxLearn = 200
)

// words takes a line apart: what stands in quotes or brackets is one word, with them.
func words(line []byte, list [][]byte) [][]byte {
	for i := 0; i < len(line) && len(list) < maxWords; {
		if line[i] == ' ' || line[i] == '\t' {
			i++
			continue
		}
		end := wordEnd(line, i)
		list = append(list, line[i:end])
		i = end
	}
	return list
}

func wordEnd(line []byte, i int) int {
	switch line[i] {
	case '"':
		for j := i + 1; j < len(line); j++ {
			if line[j] == '\\' {
				j++
			} else if line[j] == '"' {
				return j + 1
			}
		}
		return len(line)
	case '[':
		if n := bytes.IndexByte(line[i:], ']'); n > 0 {
			return i + n + 1
		}
	}
	if n := bytes.IndexAny(line[i:], " \t"); n >= 0 {
		return i + n
	}
	return len(line)
}

// plainWord takes the quotes off.
func plainWord(w []byte) []byte {
	if len(w) > 1 && w[0] == '"' && w[len(w)-1] == '"' {
		return w[1 : len(w)-1]
	}
	return w
}

// learn finds the places; false if the lines are no access log.
func (p *places) learn(s *sample) bool {
	first := words(s.line, make([][]byte, 0, maxWords))
	if !p.frame(first) {
		return false
	}
	votes := make([]int, maxWords)
	possible := make([]bool, maxWords)
	for i := range possible {
		possible[i] = i != p.agent
	}
	head := s.head
	for range maxLearn {
		line := bytes.TrimRight(head[:LineEnd(head, ByLine)], "\r\n")
		head = head[LineEnd(head, ByLine):]
		list := words(line, nil)
		p.exclude(list, possible)
		for i, w := range list {
			v := plainWord(w)
			before, _, _ := bytes.Cut(v, []byte{'/'})
			_, ok := parseVersion(before)
			switch {
			case ok && len(before) > 3: // a plain number is no version here
				votes[i]++
			case !absent(v):
				possible[i] = false
			}
		}
		if len(head) == 0 {
			break
		}
	}
	return p.elect(votes, possible)
}

// frame finds client and time in a line.
func (p *places) frame(list [][]byte) bool {
	p.client, p.time = -1, -1
	for i, w := range list {
		if _, _, ok := address(plainWord(w)); ok && p.client < 0 {
			p.client = i
		}
		if w[0] == '[' && p.time < 0 {
			if _, ok := clfTime(bytes.Trim(w, "[]"), utc()); ok {
				p.time = i
			}
		}
	}
	return p.client >= 0 && p.time >= 0
}

// exclude marks what the client writes: the first word in quotes is the request; after
// status and length follow referrer and user agent.
func (p *places) exclude(list [][]byte, possible []bool) {
	for i, w := range list {
		if w[0] != '"' {
			continue
		}
		possible[i] = false
		if i+4 < len(list) && list[i+3][0] == '"' && list[i+4][0] == '"' {
			possible[i+3], possible[i+4] = false, false
			p.agent = i + 4
		}
		return
	}
}

// elect takes the one place that had a version, if it is one.
func (p *places) elect(votes []int, possible []bool) bool {
	for i, n := range votes {
		if n == 0 || !possible[i] || i == p.client || i == p.time {
			continue
		}
		if p.version >= 0 {
			p.version = -1
			return false // two of them: only the format can tell
		}
		p.version = i
	}
	return true
}

// learnBeside finds the suite, which stands beside the version, and the address of a
// client behind a balancer, which stands behind the user agent as in nginx's own "main".
func (p *places) learnBeside(c *Config, s *sample) {
	if c.ClientField != "" && p.agent >= 0 {
		p.forwarded = p.agent + 1
	}
	if p.version < 0 {
		return
	}
	for line := range bytes.Lines(s.head) {
		list := words(bytes.TrimRight(line, "\r\n"), nil)
		if p.version >= len(list) {
			continue
		}
		if _, rest, joined := bytes.Cut(plainWord(list[p.version]), []byte{'/'}); joined && len(rest) > 0 {
			p.joined = true
			return
		}
		for _, i := range []int{p.version + 1, p.version - 1} {
			if i >= 0 && i < len(list) && c.suites[string(plainWord(list[i]))] != 0 {
				p.suite = i
				return
			}
		}
	}
}

// parse reads a line by its places.
func (p *places) parse(d *draft, line []byte) Outcome {
	d.words = words(line, d.words[:0])
	list := d.words
	if p.client >= len(list) || p.time >= len(list) {
		return Foreign
	}
	a, port, ok := address(plainWord(list[p.client]))
	if !ok || !whenCLFWord(d, list[p.time]) {
		return Foreign
	}
	d.client, d.clientPort = a, port
	if at := p.version; at >= 0 && at < len(list) {
		v := plainWord(list[at])
		if p.joined {
			var s []byte
			v, s, _ = bytes.Cut(v, []byte{'/'})
			d.set(suite, s)
		}
		d.set(version, v)
	} else if bytes.Contains(line, []byte("TLSv1")) || bytes.Contains(line, []byte("SSLv")) {
		return Foreign // it has more than the lines by which the format was told
	}
	d.place(suite, p.suite)
	d.place(userAgent, p.agent)
	d.place(forwarded, p.forwarded)
	return d.finish()
}

// place sets a field from the word at a place.
func (d *draft) place(s setter, at int) {
	if at >= 0 && at < len(d.words) {
		d.set(s, plainWord(d.words[at]))
	}
}

// whenCLFWord takes a time in brackets.
func whenCLFWord(d *draft, w []byte) bool { return w[0] == '[' && whenCLF(d, w) }

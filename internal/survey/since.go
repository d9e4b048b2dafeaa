package survey

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/survey/judge"
	"tlsready/internal/userfile"
	"tlsready/internal/verdict"
)

// Last is an earlier run, to which a later one is compared. It is not for several
// goroutines at once.
type Last struct {
	file     string
	before   map[string]string // the worst verdict of each host, by its id in lower case
	names    map[string]string // the id as it was spelled
	seen     map[string]bool
	since    document.Since
	complete bool
}

// maxLast bounds an earlier result in bytes: 100,000 hosts, each judged for ten
// programs, take some 700 MB.
const maxLast = 1 << 30

// ReadLast reads the JSON Lines of an earlier check, or its JSON. A file that was cut
// is a warning: hosts that it lacks would count as new.
func ReadLast(path string, warn func(message.Text)) (*Last, error) {
	file, err := userfile.OpenAtMost(path, maxLast)
	if err != nil {
		return nil, judge.CannotRead(path, err)
	}
	defer file.Close()
	l := &Last{file: path, before: map[string]string{}, names: map[string]string{}, seen: map[string]bool{}}
	if err := l.read(file); err != nil {
		return nil, err
	}
	if !l.complete {
		warn(message.New("survey.warning.since-cut", message.Str("file", path)))
	}
	return l, nil
}

// lastLine is a line of check, or the whole of it, as far as it counts here.
type lastLine struct {
	Schema  string          `json:"schema"`
	Kind    string          `json:"kind"`
	Host    string          `json:"host"`
	Verdict string          `json:"verdict"`
	Error   string          `json:"error"`
	Hosts   json.RawMessage `json:"hosts"` // in the summary a number
}

func (l *Last) read(in io.Reader) error {
	decoder := json.NewDecoder(bufio.NewReader(in))
	for first := true; ; first = false {
		var line lastLine
		switch err := decoder.Decode(&line); {
		case errors.Is(err, io.EOF) && !first:
			return nil
		case errors.Is(err, io.ErrUnexpectedEOF) && !first: // cut in a line
			l.complete = false
			return nil
		case err != nil, line.Schema != document.CheckSchema:
			return mistake("since", message.Str("file", l.file))
		}
		switch line.Kind {
		case document.HostKind:
			l.add(line)
		case document.SummaryKind:
			l.complete = true
		case "":
			var hosts []lastLine
			if err := json.Unmarshal(line.Hosts, &hosts); err != nil {
				return mistake("since", message.Str("file", l.file))
			}
			for _, h := range hosts {
				l.add(h)
			}
			l.complete = true
		}
	}
}

func (l *Last) add(line lastLine) {
	v := line.Verdict
	if line.Error != "" {
		v = document.Unreadable
	}
	id := strings.ToLower(line.Host)
	if had, ok := l.before[id]; !ok || document.Rank(v) < document.Rank(had) {
		l.before[id], l.names[id] = v, line.Host
	}
}

// Take compares one host.
func (l *Last) Take(j judge.Judged) {
	if l == nil || len(j.Services) == 0 {
		return
	}
	one := document.SinceHost{Host: j.Host.ID, After: worstOf(j)}
	id := strings.ToLower(one.Host)
	l.seen[id] = true
	before, known := l.before[id]
	one.Before = before
	s := &l.since
	switch {
	case !known:
		s.New = append(s.New, one)
	case before == one.After:
	case before == document.Fails && one.After == document.Connects:
		s.Mended = append(s.Mended, one)
	case before == document.Connects && one.After == document.Fails:
		one.Policy = policyValues(j)
		s.FellBack = append(s.FellBack, one)
	case settled(one.After) && !settled(before):
		s.Judged = append(s.Judged, one)
	case settled(before) && !settled(one.After):
		s.Unjudged = append(s.Unjudged, one)
	}
}

func settled(v string) bool { return v == document.Fails || v == document.Connects }

func worstOf(j judge.Judged) string {
	worst := ""
	for _, one := range j.Services {
		v := string(one.Judgement.Verdict)
		if one.Err != nil {
			v = document.Unreadable
		}
		if worst == "" || document.Rank(v) < document.Rank(worst) {
			worst = v
		}
	}
	return worst
}

// policyValues are the values that a group policy writes among those that have to
// change.
func policyValues(j judge.Judged) []string {
	var list []string
	for _, one := range j.Services {
		if one.Judgement.Verdict != verdict.Fails {
			continue
		}
		for _, c := range one.Plan.Changes {
			name := c.Name
			if c.Policy != "" {
				name += " (" + c.Policy + ")"
			}
			if c.Owner == host.GroupPolicy && !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
	}
	return list
}

// Since ends the comparison; nil if there is none.
func (l *Last) Since() *document.Since {
	if l == nil {
		return nil
	}
	s := l.since
	s.File = l.file
	for id, v := range l.before {
		if !l.seen[id] {
			s.Gone = append(s.Gone, document.SinceHost{Host: l.names[id], Before: v})
		}
	}
	slices.SortFunc(s.Gone, func(a, b document.SinceHost) int { return strings.Compare(a.Host, b.Host) })
	for _, list := range []*[]document.SinceHost{&s.Mended, &s.FellBack, &s.Judged, &s.Unjudged, &s.New, &s.Gone} {
		if *list == nil {
			*list = []document.SinceHost{}
		}
	}
	return &s
}

package fleet

import (
	"cmp"
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
)

// answer is what one probe of an endpoint learned.
type answer struct {
	day      Day
	file     string
	versions string // of each version its answer
	problem  string
	notAfter string
	yes, no  int
	unknown  int
}

// Endpoint takes what a probe of a day learned. Of several of one day the one whose file
// comes last says it.
func (l *Ledger) Endpoint(d Day, file string, e *document.Endpoint) {
	a := answer{day: d, file: file}
	var letters strings.Builder
	for _, v := range tlsready.Versions() {
		letters.WriteByte(letter(e.Versions[v]))
	}
	a.versions = letters.String()
	if e.Error != nil {
		a.problem = message.English(*e.Error)
	}
	for i := range e.Certificates {
		if end := e.Certificates[i].NotAfter; !end.IsZero() {
			if day := DayOf(end.UTC()).String(); a.notAfter == "" || day < a.notAfter {
				a.notAfter = day
			}
		}
	}
	for _, c := range e.Clients {
		switch c.Connects {
		case tlsready.Yes:
			a.yes++
		case tlsready.No:
			a.no++
		default:
			a.unknown++
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	name := strings.Clone(e.Name())
	list := l.endpoints[name]
	for i := range list {
		if list[i].day == d {
			if list[i].file <= file {
				list[i] = a
			}
			return
		}
	}
	l.endpoints[name] = append(list, a)
}

func letter(a tlsready.Answer) byte {
	switch a {
	case tlsready.Yes:
		return 'y'
	case tlsready.No:
		return 'n'
	}
	return '?'
}

// versionsOf are the versions that have a letter, the oldest first. Of SSL 2.0 and SSL 3.0
// only "yes" is told: they are not asked unless somebody wants them.
func versionsOf(letters string, want byte) []tlsready.Version {
	list := []tlsready.Version{}
	for i, v := range tlsready.Versions() {
		if letters[i] == want && (want == 'y' || v >= tlsready.TLS10) {
			list = append(list, v)
		}
	}
	slices.SortFunc(list, func(a, b tlsready.Version) int { return a.Rank() - b.Rank() })
	return list
}

func (l *Ledger) endpointList() []document.FleetEndpoint {
	list := make([]document.FleetEndpoint, 0, len(l.endpoints))
	for name, answers := range l.endpoints {
		slices.SortFunc(answers, func(a, b answer) int { return cmp.Compare(a.day, b.day) })
		e := document.FleetEndpoint{Endpoint: name, FirstSeen: answers[0].day.String(), History: []document.FleetEndpointSpan{}}
		for i, a := range answers {
			if i > 0 && answers[i-1].versions == a.versions && answers[i-1].problem == a.problem {
				e.History[len(e.History)-1].To = a.day.String()
				continue
			}
			e.History = append(e.History, document.FleetEndpointSpan{From: a.day.String(), To: a.day.String(), Versions: versionsOf(a.versions, 'y'), Error: a.problem})
		}
		last := answers[len(answers)-1]
		e.LastSeen, e.Since = last.day.String(), e.History[len(e.History)-1].From
		e.Versions, e.Open = versionsOf(last.versions, 'y'), versionsOf(last.versions, '?')
		e.Connect, e.Cannot, e.Undecided, e.Error, e.NotAfter = last.yes, last.no, last.unknown, last.problem, last.notAfter
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b document.FleetEndpoint) int { return strings.Compare(a.Endpoint, b.Endpoint) })
	return list
}

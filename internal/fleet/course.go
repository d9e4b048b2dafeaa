package fleet

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"tlsready/internal/document"
)

// KeepDays is for how many days a host that is not in the lines any more counts with its
// last outcome: two weeks of holidays with the machine switched off. After that it is
// taken for gone.
const KeepDays = 14

// cell is one host with one service, over all days.
type cell struct {
	host, service uint32
	about         uint32
	spans         []span
	day           Day    // of the newest lines
	state         uint32 // that they have: of several runs of a day the last one says it
}

// span is days with the same outcome, one after the other.
type span struct {
	from, to Day
	state    uint32
}

func (c *cell) last() *span { return &c.spans[len(c.spans)-1] }

// settle notes the outcome of the day whose lines have all been gone through.
func (c *cell) settle() {
	if n := len(c.spans); n > 0 && c.spans[n-1].state == c.state {
		c.spans[n-1].to = c.day
		return
	}
	c.spans = append(c.spans, span{c.day, c.day, c.state})
}

// counts says whether a host still counts on a day.
func (c *cell) counts(d Day) bool { return d-c.last().to <= KeepDays }

// fold is the runs, gone through day by day.
type fold struct {
	l        *Ledger
	cells    []*cell
	at       map[[2]uint32]*cell
	of       map[uint32][]*cell // by service
	days     []document.FleetDay
	last     Day
	deadline map[uint32]*asked
	seen     []seen // by their numbers
}

// seen is when a host was in the lines.
type seen struct {
	first, last Day
	worst       string // the worst verdict of the last day
}

// asked is a service, as the runs asked about it.
type asked struct {
	service document.Service
	demand  string // what it accepts, spelled out
	moves   []document.FleetMove
	course  []document.FleetPoint
	points  []at // since the demand is what it is
}

func (l *Ledger) fold() *fold {
	f := &fold{
		l: l, at: map[[2]uint32]*cell{}, of: map[uint32][]*cell{}, last: NoDay, deadline: map[uint32]*asked{},
		days: []document.FleetDay{}, seen: make([]seen, len(l.names)),
	}
	for i := range f.seen {
		f.seen[i] = seen{NoDay, NoDay, ""}
	}
	runs := slices.Clone(l.runs)
	slices.SortStableFunc(runs, func(a, b *Run) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(stem(a.File), stem(b.File)), cmp.Compare(a.File, b.File))
	})
	for len(runs) > 0 {
		n := 1
		for n < len(runs) && runs[n].Day == runs[0].Day {
			n++
		}
		f.day(runs[:n])
		runs = runs[n:]
	}
	return f
}

// stem is a file's name up to the first dot behind its last folder, so that "28-2.jsonl" is
// after "28.jsonl".
func stem(file string) string {
	base := strings.LastIndexAny(file, `/\`) + 1
	name, _, _ := strings.Cut(file[base:], ".")
	return file[:base] + name
}

// day goes through the runs of one day.
func (f *fold) day(runs []*Run) {
	d := runs[0].Day
	cut, covered := false, map[uint32]bool{}
	var today []*cell
	for _, r := range runs {
		cut = cut || r.Cut
		for i := range r.Services {
			n := f.l.services.of(r.Services[i].ID)
			covered[n] = true
			f.ask(n, d, &r.Services[i])
		}
		for _, row := range r.Rows {
			c := f.cell([2]uint32{row.host, row.service})
			if c.day != d {
				today = append(today, c)
			}
			c.day, c.state, c.about = d, row.state, row.about
		}
	}
	for _, c := range today {
		c.settle()
		covered[c.service] = true
		f.seen[c.host].note(d, f.l.states.list[c.state].verdict)
	}
	f.last = d
	f.days = append(f.days, f.summary(d, cut))
	for n := range covered {
		f.point(n, d, cut)
	}
}

// note takes one more verdict of a day.
func (s *seen) note(d Day, verdict string) {
	if s.last != d {
		s.last, s.worst = d, verdict
	}
	if s.first == NoDay {
		s.first = d
	}
	if document.Rank(verdict) < document.Rank(s.worst) {
		s.worst = verdict
	}
}

func (f *fold) cell(key [2]uint32) *cell {
	c := f.at[key]
	if c == nil {
		c = &cell{host: key[0], service: key[1], day: NoDay}
		f.at[key] = c
		f.cells = append(f.cells, c)
		f.of[key[1]] = append(f.of[key[1]], c)
	}
	return c
}

// summary counts the hosts of a day.
func (f *fold) summary(d Day, cut bool) document.FleetDay {
	day := document.FleetDay{Date: d.String(), Cut: cut}
	for _, h := range f.seen {
		switch {
		case h.last == d:
			day.Summary.Add(h.worst)
		case h.last != NoDay && d-h.last <= KeepDays:
			day.Unseen++
		}
	}
	return day
}

// ask notes what a service demands on a day.
func (f *fold) ask(n uint32, d Day, s *document.Service) {
	demand, err := json.Marshal(s.Accepts)
	if err != nil {
		demand = nil // it came out of JSON, so it goes back
	}
	a := f.deadline[n]
	if a == nil {
		f.deadline[n] = &asked{service: *s, demand: string(demand)}
		return
	}
	move := document.FleetMove{Date: d.String(), Demand: a.demand != string(demand)}
	if a.service.From != s.From {
		move.Before, move.After = a.service.From, s.From
	}
	if move.Demand {
		a.points = nil
	}
	if move.Demand || move.Before != move.After {
		a.moves = append(a.moves, move)
	}
	a.service, a.demand = *s, string(demand)
}

// point counts the hosts of a service on a day.
func (f *fold) point(n uint32, d Day, cut bool) {
	a := f.deadline[n]
	if a == nil { // lines without a summary that names it
		a = &asked{service: document.Service{ID: f.l.services.list[n]}, demand: "null"}
		f.deadline[n] = a
	}
	p := document.FleetPoint{Date: d.String(), Cut: cut}
	for _, c := range f.of[n] {
		if !c.counts(d) {
			continue
		}
		v := f.l.states.list[c.last().state].verdict
		if c.last().to != d && v != document.NotInstalled {
			p.Unseen++
		}
		switch v {
		case document.Connects:
			p.Ready++
		case document.Fails:
			p.NotReady++
		case document.Unknown, document.Unreadable:
			p.Unknown++
		}
	}
	a.course = append(a.course, p)
	if !cut {
		a.points = append(a.points, at{d, p.Open()})
	}
}

package table

import (
	"io"
	"strconv"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/digest"
	"tlsready/internal/report/view"
	"tlsready/internal/term"
)

// stream makes the answer out of hosts as they come. Only the first host is kept
// whole: if it stays the only one, it is shown in full.
type stream struct {
	out   io.Writer
	o     view.Options
	whole *digest.Builder
	parts map[string]*digest.Builder // with --by
	first document.Check             // the first host
	one   bool                       // there is no second
	rows  []*document.Verdict        // of the host and service that comes next
}

func newStream(w io.Writer, o view.Options) view.Stream {
	s := &stream{out: w, o: o, whole: digest.NewBuilder(), one: true}
	if view.PartName(o.By) != nil {
		s.parts = map[string]*digest.Builder{}
	}
	return s
}

// Verdict takes one row.
func (s *stream) Verdict(v document.Verdict) error {
	s.rows = append(s.rows, &v)
	return nil
}

// Host takes the outcome of one host and service; its rows came before it.
func (s *stream) Host(h document.Host) error {
	if s.one = s.one && (len(s.first.Hosts) == 0 || s.first.Hosts[0].Host == h.Host); s.one {
		s.first.Hosts = append(s.first.Hosts, h)
		for _, r := range s.rows {
			s.first.Verdicts = append(s.first.Verdicts, *r)
		}
	} else {
		s.first = document.Check{Hosts: []document.Host{h}}
	}
	s.whole.Add(&h, s.rows, s.o.Today)
	if s.parts != nil {
		name := view.PartName(s.o.By)(&h)
		if s.parts[name] == nil {
			s.parts[name] = digest.NewBuilder()
		}
		s.parts[name].Add(&h, s.rows, s.o.Today)
	}
	s.rows = nil
	return nil
}

// End writes the answer.
func (s *stream) End(c *document.Check) error {
	if s.one && len(s.first.Hosts) > 0 {
		whole := *c
		whole.Hosts, whole.Verdicts = s.first.Hosts, s.first.Verdicts
		return details(s.out, &whole, s.o)
	}
	t := newTable(s.o)
	d := s.whole.Digest(c)
	a := newAnswer(t, d, s.o)
	a.head()
	a.since()
	if s.parts != nil {
		s.byPart(a, c)
	} else {
		a.systems()
		a.blocks()
	}
	a.foot()
	return t.Flush(s.out)
}

// Flush has nothing to do: the answer comes with the end.
func (s *stream) Flush() error { return nil }

// maxParts is how many parts are told one by one; the table before them has more.
const maxParts = 20

// byPart begins with a table of parts and verdicts, then describes the parts in which
// something is to be done.
func (s *stream) byPart(a *answer, c *document.Check) {
	var parts []*answer
	for _, name := range view.PartOrder(s.parts) {
		head := *c
		d := s.parts[name].Digest(&head)
		one := newAnswer(a.table, d, s.o)
		one.part = name
		parts = append(parts, one)
	}
	a.Blank()
	a.partTable(parts)
	told := 0
	for _, one := range parts {
		if s := one.d.Summary; s.Fails+s.Unknown+s.Unreadable == 0 {
			continue
		}
		if told++; told > maxParts {
			continue
		}
		a.Blank()
		a.free(term.Bold, "== ", a.w.PartTitle(view.Part{Name: one.part}, s.o.By)+" ==")
		one.sentence()
		one.systems()
		one.blocks()
	}
}

// partTable counts the verdicts of each part.
func (a *answer) partTable(parts []*answer) {
	columns := []term.Column{{Head: a.w.D("part." + a.o.By), Flex: 1}}
	verdicts := []struct {
		verdict string
		count   func(document.Summary) int
	}{
		{document.Fails, func(s document.Summary) int { return s.Fails }},
		{document.Unknown, func(s document.Summary) int { return s.Unknown }},
		{document.Connects, func(s document.Summary) int { return s.Connects }},
		{document.NotInstalled, func(s document.Summary) int { return s.NotInstalled }},
		{document.Unreadable, func(s document.Summary) int { return s.Unreadable }},
	}
	for _, v := range verdicts {
		columns = append(columns, term.Column{Head: a.w.Code("verdict", v.verdict), Right: true})
	}
	columns = append(columns, term.Column{Head: a.w.D("inventory.all"), Right: true})
	var rows [][]term.Cell
	for i, p := range parts {
		if i == maxRows && len(parts) > maxRows+1 {
			break
		}
		row := []term.Cell{{Text: a.w.PartName(p.part, a.o.By)}}
		for _, v := range verdicts {
			cell := term.Cell{Text: "-"}
			if n := v.count(p.d.Summary); n > 0 {
				cell = term.Cell{Text: strconv.Itoa(n), Style: verdictStyle(v.verdict)}
			}
			row = append(row, cell)
		}
		rows = append(rows, append(row, term.Cell{Text: strconv.Itoa(p.d.Summary.Hosts)}))
	}
	a.Table(columns, rows)
	if left := len(parts) - len(rows); left > 0 {
		a.Text(term.Dim, "", a.w.D("part.more", message.Int("n", left)))
	}
}

// maxRows is how many parts the table has: two screens.
const maxRows = 60

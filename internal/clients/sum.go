package clients

import (
	"encoding/binary"
	"strings"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/observe"
)

// The bounds of what a Sum keeps. Together they take some 60 MiB; a client that came with
// too little is kept before one that did not.
const (
	maxRows     = 1 << 17 // clients
	maxCalmRows = maxRows / 2
	maxCells    = 1 << 18 // what clients did at servers
	maxServers  = 1 << 16
	maxVerdicts = 1 << 12 // different things that were said of connections
	maxHours    = 1 << 17 // hours in which anything was seen: fifteen years
)

// Sum sums connections up, within bounds and without an order: the result is the same
// whichever came first, unless there were more than the bounds hold, which it then says.
// It is not safe for concurrent use.
type Sum struct {
	demand Demand
	owners *Owners
	known  *Known

	rows     map[rowKey]int32
	rowList  []row
	cells    map[cellKey]*cell
	servers  map[serverKey]int32
	byServer []serverKey
	verdicts map[string]int32
	said     []said
	sources  map[sourceName]int16
	bySource []sourceName
	hours    map[int32]struct{} // since 1970 in which anything came
	first    time.Time
	last     time.Time
	counts   document.WatchSummary
	lost     overflow
}

// overflow counts what was not kept.
type overflow struct{ connections, old int }

// rowKey is a client: one stack behind one address, of one owner. Where no stack is
// known, the suites of the hello or the user agent tell clients behind one address apart.
type rowKey struct {
	client clientKey
	owner  Owner
	stack  string
	agent  string
}

// row is what is kept of a client besides what it did at servers.
type row struct {
	key     rowKey
	stack   Stack
	name    string
	agent   string
	process string
	ja4     string

	n, old                       int
	first, last                  time.Time
	lastOld, firstEnough, lastOK time.Time
	untimedOld                   bool
	hours                        [3]uint64 // of the week in which it came with too little
	offered                      tlsready.Version
}

// cellKey is what a client did at a server.
type cellKey struct {
	row, server, verdict int32
	source               int16
	negotiated, offered  tlsready.Version
	day                  int32 // only of what the server's other clients bear on
	hello                bool
}

type cell struct {
	n           int
	first, last time.Time
}

// said is one thing that is said of connections.
type said struct {
	survives tlsready.Answer
	old      bool
	open     bool
	refused  bool
	finding  string
	why      message.Text
	remedy   message.Text
}

type sourceName struct{ source, format string }

// NewSum makes an empty sum. Known is asked when the sum is drawn; it has to learn of
// every connection, those of other shards too.
func NewSum(d Demand, owners *Owners, known *Known) *Sum {
	return &Sum{
		demand: d, owners: owners, known: known, rows: map[rowKey]int32{}, cells: map[cellKey]*cell{}, servers: map[serverKey]int32{},
		verdicts: map[string]int32{}, sources: map[sourceName]int16{}, hours: map[int32]struct{}{},
		counts: document.WatchSummary{Negotiated: map[tlsready.Version]int{}, Offered: map[tlsready.Version]int{}},
	}
}

// Saw takes note of when something was seen at all, by whomever.
func (s *Sum) Saw(c *observe.Connection) {
	if c.Time.IsZero() {
		return
	}
	if s.first.IsZero() || c.Time.Before(s.first) {
		s.first = c.Time
	}
	if c.Time.After(s.last) {
		s.last = c.Time
	}
	if len(s.hours) < maxHours {
		s.hours[int32(c.Time.Unix()/3600)] = struct{}{}
	}
}

// Add takes in one connection.
func (s *Sum) Add(j *Judged) {
	s.count(j)
	at, ok := s.row(j)
	if !ok {
		s.lose(j)
		return
	}
	key := cellKey{row: at, source: s.source(j), hello: j.Hello != nil}
	if key.server, ok = s.server(&j.Connection); !ok {
		s.lose(j)
		return
	}
	key.verdict = s.verdict(j)
	if j.Negotiated != nil {
		key.negotiated = j.Negotiated.Version
	}
	if j.Offered != nil {
		key.offered = j.Offered.Max
	}
	if j.Open {
		key.day = dayOf(j.Time)
	}
	c := s.cells[key]
	if c == nil {
		if len(s.cells) >= maxCells {
			s.lose(j)
			return
		}
		c = &cell{}
		s.cells[key] = c
	}
	c.n++
	widen(&c.first, &c.last, j.Time)
	s.rowList[at].add(j)
}

func (s *Sum) count(j *Judged) {
	s.counts.Connections++
	if j.Negotiated != nil {
		s.counts.Negotiated[j.Negotiated.Version]++
	}
	if j.Offered != nil {
		s.counts.Offered[j.Offered.Max]++
	}
	if j.Transport == observe.QUIC {
		s.counts.QUIC++
	}
	if j.Refused || j.Negotiated == nil && j.Alert != nil {
		s.counts.Refused++
	}
}

func (s *Sum) lose(j *Judged) {
	s.lost.connections++
	if j.Old {
		s.lost.old++
	}
}

// row is the number of the connection's client; false if there is no place for it.
func (s *Sum) row(j *Judged) (int32, bool) {
	key := rowKey{client: clientOf(&j.Connection), owner: j.Owner, stack: j.Stack.ID}
	switch {
	case key.stack != "":
	case j.Hello != nil:
		key.agent = "hello " + suitesOf(j.JA4)
	default:
		key.agent = cut(j.Identity.UserAgent, maxAgent)
	}
	if at, ok := s.rows[key]; ok {
		return at, true
	}
	if len(s.rowList) >= maxRows || !j.Old && len(s.rowList) >= maxCalmRows {
		return 0, false
	}
	at := int32(len(s.rowList))
	s.rows[key] = at
	s.rowList = append(s.rowList, row{key: key, stack: j.Stack})
	return at, true
}

// suitesOf is the part of a JA4 that stands for the suites: the same program sends the
// same ones, whatever it asks for besides. "" of a hello of SSL 2.0.
func suitesOf(ja4 string) string {
	_, rest, _ := strings.Cut(ja4, "_")
	suites, _, _ := strings.Cut(rest, "_")
	return suites
}

// maxAgent is how much of a user agent tells clients apart, in bytes.
const maxAgent = 160

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 { // within a character
		n--
	}
	return s[:n]
}

// add takes in what is kept of each client. Of several texts the smallest stays, so that
// no order decides.
func (r *row) add(j *Judged) {
	r.n++
	widen(&r.first, &r.last, j.Time)
	least(&r.name, j.ClientName)
	least(&r.agent, cut(j.Identity.UserAgent, maxAgent))
	least(&r.process, j.Identity.Process)
	least(&r.ja4, j.JA4)
	if j.Offered != nil && (r.offered == 0 || j.Offered.Max.Rank() > r.offered.Rank()) {
		r.offered = j.Offered.Max
	}
	switch {
	case j.Old:
		r.old++
		r.untimedOld = r.untimedOld || j.Time.IsZero()
		widen(new(time.Time), &r.lastOld, j.Time)
		if !j.Time.IsZero() {
			hour := hourOfWeek(j.Time)
			r.hours[hour/64] |= 1 << (hour % 64)
		}
	case j.Survives == tlsready.Yes:
		widen(&r.firstEnough, &r.lastOK, j.Time)
	}
}

// hourOfWeek is the hour from Monday 00:00 UTC.
func hourOfWeek(t time.Time) int {
	t = t.UTC()
	return (int(t.Weekday())+6)%7*24 + t.Hour()
}

// widen makes a span hold a moment; one that is not known changes nothing.
func widen(first, last *time.Time, t time.Time) {
	if t.IsZero() {
		return
	}
	if first.IsZero() || t.Before(*first) {
		*first = t
	}
	if t.After(*last) {
		*last = t
	}
}

func least(have *string, s string) {
	if s != "" && (*have == "" || s < *have) {
		*have = s
	}
}

func (s *Sum) server(c *observe.Connection) (int32, bool) {
	key := serverOf(c)
	at, ok := s.servers[key]
	if !ok {
		if len(s.byServer) >= maxServers {
			return 0, false
		}
		at = int32(len(s.byServer))
		s.servers[key] = at
		s.byServer = append(s.byServer, key)
	}
	return at, true
}

func (s *Sum) source(j *Judged) int16 {
	key := sourceName{j.Source, j.Format}
	at, ok := s.sources[key]
	if !ok {
		if len(s.bySource) > 1<<14 { // more files than a person reads about; the last stands for the rest
			return int16(len(s.bySource) - 1)
		}
		at = int16(len(s.bySource))
		s.sources[key] = at
		s.bySource = append(s.bySource, key)
	}
	return at
}

// verdict is the number of what is said of the connection. Of more than are kept the
// reasons are left out.
func (s *Sum) verdict(j *Judged) int32 {
	one := said{survives: j.Survives, old: j.Old, open: j.Open, refused: j.Negotiated == nil && j.Open, finding: j.Finding, why: j.Why, remedy: j.Remedy}
	if len(s.said) >= maxVerdicts {
		one.why, one.remedy = message.New("clients.why.many"), message.Text{}
	}
	key := string(one.key())
	at, ok := s.verdicts[key]
	if !ok {
		at = int32(len(s.said))
		s.verdicts[key] = at
		s.said = append(s.said, one)
	}
	return at
}

func (v *said) key() []byte {
	b := make([]byte, 0, 256)
	for _, flag := range []bool{v.old, v.open, v.refused} {
		if flag {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
	}
	b = binary.AppendVarint(b, int64(v.survives))
	b = append(append(b, v.finding...), 0)
	return appendText(appendText(b, v.why), v.remedy)
}

// appendText writes what tells texts without a text in them apart.
func appendText(b []byte, t message.Text) []byte {
	b = append(append(b, t.ID...), 0)
	for _, a := range t.Args {
		b = append(append(b, a.Value...), 0)
	}
	return append(b, 0)
}

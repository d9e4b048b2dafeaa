package clients

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/observe"
)

// The bounds of what a Sum keeps. Together they take some 80 MiB; a client that came with
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
	rowList  list[row]
	texts    numbers[string] // of the keys of rows
	stacks   numbers[Stack]
	cells    map[cellKey]int32
	cellList list[cell]
	servers  numbers[serverKey]
	verdicts map[string]int32
	said     []said
	alike    map[*logged]alike
	sources  numbers[sourceName]
	hours    map[int32]struct{} // since 1970 in which anything came
	hour     int32              // the last of them
	memo     serverMemo
	first    time.Time
	last     time.Time
	counts   document.WatchSummary
	lost     overflow
	key      []byte // of a verdict, to be used again
}

// overflow counts what was not kept.
type overflow struct{ connections, old int }

// cellKey is what a client did at a server.
type cellKey struct {
	row, server, verdict int32
	day                  int32 // only of what the server's other clients bear on
	negotiated, offered  tlsready.Version
	source               int16
	hello                bool
}

type cell struct {
	key         cellKey
	n           int
	first, last moment
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
	s := &Sum{
		demand: d, owners: owners, known: known, rows: map[rowKey]int32{}, cells: map[cellKey]int32{},
		verdicts: map[string]int32{}, hours: map[int32]struct{}{},
		counts: document.WatchSummary{Negotiated: map[tlsready.Version]int{}, Offered: map[tlsready.Version]int{}},
		alike:  map[*logged]alike{},
	}
	s.texts.number("") // is 0, which rowKey counts on
	return s
}

// alike is what lines of a log that are alike have in common, in numbers.
type alike struct{ verdict, stack, agent int32 }

// serverMemo is the server of the last connection: most logs have one.
type serverMemo struct {
	address      netip.AddrPort
	host         string
	name, source string
	number       int32
	known        bool
}

func (m *serverMemo) is(c *observe.Connection) bool {
	return m.known && m.name == c.ServerName && m.address == c.Server && m.host == c.ServerHost && m.source == c.Source
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
	if hour := int32(c.Time.Unix() / 3600); hour != s.hour && len(s.hours) < maxHours {
		s.hours[hour], s.hour = struct{}{}, hour
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
	key.verdict = s.verdict(j, &s.rowList.at(at).key)
	if j.Negotiated != nil {
		key.negotiated = j.Negotiated.Version
	}
	if j.Offered != nil {
		key.offered = j.Offered.Max
	}
	if j.Open {
		key.day = dayOf(j.Time)
	}
	i, ok := s.cells[key]
	if !ok {
		if s.cellList.n >= maxCells {
			s.lose(j)
			return
		}
		i = s.cellList.add(cell{key: key})
		s.cells[key] = i
	}
	c, when := s.cellList.at(i), momentOf(j.Time)
	c.n++
	when.widen(&c.first, &c.last)
	s.rowList.at(at).add(j, when)
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
	key, known := s.rowKey(j, false)
	if at, ok := s.rows[key]; ok && known {
		return at, true
	}
	if s.rowList.n >= maxRows || !j.Old && s.rowList.n >= maxCalmRows {
		return 0, false
	}
	key, _ = s.rowKey(j, true)
	at := s.rowList.add(row{key: key, stack: s.stacks.number(j.Stack)})
	s.rows[key] = at
	return at, true
}

// rowKey is the key of the connection's client. Known is false if it has a text that no
// client had before, which then is taken in if add is set.
func (s *Sum) rowKey(j *Judged, add bool) (key rowKey, known bool) {
	client := clientOf(&j.Connection)
	known = true
	number := func(text string) int32 {
		if text == "" {
			return 0
		}
		at, ok := s.texts.find(text)
		if !ok && add {
			return s.texts.number(text)
		}
		known = known && ok
		return at
	}
	key = rowKey{client: packed(client, number(client.text())), owner: number(j.Owner.Name), mail: number(j.Owner.Mail)}
	if a, ok := s.alike[j.same]; ok {
		key.stack, key.agent = a.stack, a.agent
	} else {
		key.stack, key.agent = number(j.Stack.ID), number(agentText(j))
	}
	return key, known
}

// agentText tells clients behind an address apart whose stack is not known.
func agentText(j *Judged) string {
	switch {
	case j.Stack.ID != "":
		return ""
	case j.Hello != nil:
		return "hello " + suitesOf(j.JA4)
	}
	return cut(j.Identity.UserAgent, maxAgent)
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

func (s *Sum) server(c *observe.Connection) (int32, bool) {
	if s.memo.is(c) {
		return s.memo.number, true
	}
	at, ok := s.anyServer(c)
	s.memo = serverMemo{c.Server, c.ServerHost, c.ServerName, c.Source, at, ok}
	return at, ok
}

func (s *Sum) anyServer(c *observe.Connection) (int32, bool) {
	key := serverOf(c)
	if at, ok := s.servers.find(key); ok {
		return at, true
	}
	if len(s.servers.list) >= maxServers {
		return 0, false
	}
	return s.servers.number(key), true
}

// maxSources is more files than a person reads about; the last stands for the rest.
const maxSources = 1 << 14

func (s *Sum) source(j *Judged) int16 {
	key := sourceName{j.Source, j.Format}
	if at, ok := s.sources.find(key); ok {
		return int16(at)
	}
	if len(s.sources.list) > maxSources {
		return int16(len(s.sources.list) - 1)
	}
	return int16(s.sources.number(key))
}

// verdict is the number of what is said of the connection of a client. Of more than are
// kept the reasons are left out.
func (s *Sum) verdict(j *Judged, of *rowKey) int32 {
	if a, ok := s.alike[j.same]; ok {
		return a.verdict
	}
	at := s.anyVerdict(j)
	if j.same != nil {
		if len(s.alike) >= maxVerdicts {
			clear(s.alike)
		}
		s.alike[j.same] = alike{at, of.stack, of.agent}
	}
	return at
}

func (s *Sum) anyVerdict(j *Judged) int32 {
	one := said{survives: j.Survives, old: j.Old, open: j.Open, refused: j.Negotiated == nil && j.Open, finding: j.Finding, why: j.Why, remedy: j.Remedy}
	if len(s.said) >= maxVerdicts {
		one.why, one.remedy = message.New("clients.why.many"), message.Text{}
	}
	s.key = one.appendKey(s.key[:0])
	at, ok := s.verdicts[string(s.key)]
	if !ok {
		at = int32(len(s.said))
		s.verdicts[string(s.key)] = at
		s.said = append(s.said, one)
	}
	return at
}

// appendKey writes what tells one thing that is said from another.
func (v *said) appendKey(b []byte) []byte {
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

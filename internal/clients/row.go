package clients

import (
	"math"
	"net/netip"
	"time"

	"tlsready"
)

// numbers gives things numbers, so that what refers to many of them is small and the
// garbage collector need not look at it.
type numbers[T comparable] struct {
	at   map[T]int32
	list []T
}

// find is the number of a thing; false if it has none.
func (n *numbers[T]) find(t T) (int32, bool) {
	at, ok := n.at[t]
	return at, ok
}

// number is the number of a thing, which it gets if it has none.
func (n *numbers[T]) number(t T) int32 {
	if at, ok := n.at[t]; ok {
		return at
	}
	if n.at == nil {
		n.at = map[T]int32{}
	}
	at := int32(len(n.list))
	n.at[t] = at
	n.list = append(n.list, t)
	return at
}

// list is a long list that grows in parts, so that nothing is copied when it does.
type list[T any] struct {
	parts [][]T
	n     int
}

const partSize = 1 << 10

// add appends and gives the number of what it appended.
func (l *list[T]) add(t T) int32 {
	if l.n%partSize == 0 {
		l.parts = append(l.parts, make([]T, 0, partSize))
	}
	last := &l.parts[len(l.parts)-1]
	*last = append(*last, t)
	l.n++
	return int32(l.n - 1)
}

// at is the one with a number.
func (l *list[T]) at(i int32) *T { return &l.parts[i/partSize][i%partSize] }

// moment is a time to the nanosecond in eight bytes; the zero value is none, and earlier
// than all others. What lies before 1678 or after 2261 is moved to these ends.
type moment uint64

const sign = 1 << 63 // so that moments sort as times do

func momentOf(t time.Time) moment {
	const last = math.MaxInt64 / int64(time.Second)
	switch s := t.Unix(); {
	case t.IsZero():
		return 0
	case s >= last:
		return math.MaxUint64
	case s <= -last:
		return 1
	}
	return moment(uint64(t.UnixNano()) ^ sign)
}

// time is the moment in UTC, zero for none.
func (m moment) time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(uint64(m)^sign)).UTC()
}

// widen makes a span hold the moment; none changes nothing.
func (m moment) widen(first, last *moment) {
	if m == 0 {
		return
	}
	if *first == 0 || m < *first {
		*first = m
	}
	*last = max(*last, m)
}

// client is a clientKey in numbers: the address, and the number of its zone or of the
// machine's name.
type client struct {
	address [16]byte
	text    int32
	named   bool // it has no address
}

func packed(c clientKey, text int32) client {
	if !c.address.IsValid() {
		return client{text: text, named: true}
	}
	return client{address: c.address.As16(), text: text}
}

// text is the part of a client that is no number.
func (c clientKey) text() string {
	if c.address.IsValid() {
		return c.address.Zone()
	}
	return c.name
}

// clientKey is the client itself.
func (s *Sum) clientKey(c client) clientKey {
	text := s.texts.list[c.text]
	if c.named {
		return clientKey{name: text}
	}
	return clientKey{address: netip.AddrFrom16(c.address).Unmap().WithZone(text)}
}

// rowKey is a client: one stack behind one address, of one owner. Where no stack is
// known, the suites of the hello or the user agent tell clients behind one address apart.
// All but the address are numbers of texts.
type rowKey struct {
	client                    client
	owner, mail, stack, agent int32
}

// row is what is kept of a client besides what it did at servers.
type row struct {
	key     rowKey
	name    string
	agent   string
	process string
	ja4     string

	n, old                       int
	first, last                  moment
	lastOld, firstEnough, lastOK moment
	hours                        [3]uint64 // of the week in which it came with too little
	stack                        int32
	offered                      tlsready.Version
	untimedOld                   bool
}

// add takes in what is kept of each client. Of several texts the smallest stays, so that
// no order decides.
func (r *row) add(j *Judged, when moment) {
	r.n++
	when.widen(&r.first, &r.last)
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
		r.untimedOld = r.untimedOld || when == 0
		r.lastOld = max(r.lastOld, when)
		if when != 0 {
			hour := hourOfWeek(j.Time)
			r.hours[hour/64] |= 1 << (hour % 64)
		}
	case j.Survives == tlsready.Yes:
		when.widen(&r.firstEnough, &r.lastOK)
	}
}

// merge takes in another client that is the same one.
func (r *row) merge(o *row) {
	r.n, r.old = r.n+o.n, r.old+o.old
	o.first.widen(&r.first, &r.last)
	o.last.widen(&r.first, &r.last)
	r.lastOld = max(r.lastOld, o.lastOld)
	o.firstEnough.widen(&r.firstEnough, &r.lastOK)
	o.lastOK.widen(&r.firstEnough, &r.lastOK)
	r.untimedOld = r.untimedOld || o.untimedOld
	least(&r.name, o.name)
	least(&r.agent, o.agent)
	least(&r.process, o.process)
	least(&r.ja4, o.ja4)
	for i := range r.hours {
		r.hours[i] |= o.hours[i]
	}
	if o.offered.Rank() > r.offered.Rank() {
		r.offered = o.offered
	}
}

// proven says whether the client came with too little, and since then only with enough:
// one that goes on coming with both is two programs, of which one would be cut off.
func (r *row) proven() bool {
	return r.old > 0 && !r.untimedOld && r.firstEnough > r.lastOld
}

// hourOfWeek is the hour from Monday 00:00 UTC.
func hourOfWeek(t time.Time) int {
	t = t.UTC()
	return (int(t.Weekday())+6)%7*24 + t.Hour()
}

func least(have *string, s string) {
	if s != "" && (*have == "" || s < *have) {
		*have = s
	}
}

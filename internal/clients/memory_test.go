package clients

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/observe"
)

// heap is what is kept, in bytes.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Proves that each client costs little, that more than the bounds hold are counted and cost
// nothing, and that old ones still find a place where calm ones do not: a billion clients
// cost what these do.
func TestManyClients(t *testing.T) {
	const each, most = 600, 64 << 20 // bytes
	d := modern()
	known := NewKnown(d)
	s, judge := NewSum(d, NewOwners("", nil), known), NewJudge(d, nil, nil)
	calm := &observe.Negotiated{Version: tlsready.TLS12}
	add := func(from, n int, negotiated *observe.Negotiated) {
		for i := range n {
			address := [4]byte{}
			binary.BigEndian.PutUint32(address[:], uint32(from+i))
			c := observe.Connection{
				Source: "access.log", Format: "nginx", Time: monday.Add(time.Duration(i) * time.Millisecond), Client: netip.AddrPortFrom(netip.AddrFrom4(address), 0),
				Server: netip.MustParseAddrPort("192.0.2.1:443"), Negotiated: negotiated,
			}
			j := judge.Connection(c)
			known.Learn(&c)
			s.Add(&j)
		}
	}
	before := heap()
	add(1<<24, maxCalmRows, calm)
	if cost := (heap() - before) / maxCalmRows; cost > each {
		t.Errorf("a client costs %d bytes", cost)
	}
	add(2<<24, 200_000, calm)
	add(3<<24, 200_000, &observe.Negotiated{Version: tlsready.TLS10})
	if cost := heap() - before; cost > most {
		t.Errorf("all together cost %d MiB", cost>>20)
	}
	if want := (overflow{connections: 200_000 + 200_000 - maxRows + maxCalmRows, old: 200_000 - maxRows + maxCalmRows}); s.lost != want {
		t.Errorf("lost %+v, want %+v", s.lost, want)
	}
	w := s.Result()
	if w.Summary.Clients != maxRows || w.Summary.Likely != maxRows-maxCalmRows || w.Summary.Connections != maxCalmRows+400_000 || len(w.Coverage.Overflow) != 1 {
		t.Errorf("%+v, %v", w.Summary, w.Coverage.Overflow)
	}
}

// Proves that a moment is a time: to the nanosecond, in the same order, with none before
// all, and with what lies too far away at the ends.
func TestMoment(t *testing.T) {
	order := []time.Time{
		{}, time.Unix(0, 0).AddDate(-1000, 0, 0), time.Unix(-5, 1), time.Unix(0, 0), time.Unix(0, 1), monday.Add(7), monday.Add(8), monday.AddDate(5000, 0, 0),
	}
	for i, at := range order {
		m := momentOf(at)
		if i > 0 && m <= momentOf(order[i-1]) {
			t.Errorf("%v is not after %v", at, order[i-1])
		}
		if far := at.Year() < 1678 || at.Year() > 2261; !far && !m.time().Equal(at) {
			t.Errorf("%v became %v", at, m.time())
		}
	}
	if !momentOf(time.Time{}).time().IsZero() {
		t.Error("no time became one")
	}
}

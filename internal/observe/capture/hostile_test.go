package capture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/observe"
	kit "tlsready/internal/testkit/capturekit"
)

// quiet reads a capture of which nothing is expected but that it ends.
func quiet(data []byte) (observe.Coverage, error) {
	return Read(context.Background(), bytes.NewReader(data), "bad.pcap", func(c observe.Connection) error {
		if c.Hello == nil && c.Negotiated == nil && c.Alert == nil && c.Offered == nil {
			return fmt.Errorf("a connection of which nothing is known: %+v", c)
		}
		return nil
	})
}

// own are the project's own captures and one of pcapng.
func own(t testing.TB) map[string][]byte {
	t.Helper()
	list := map[string][]byte{}
	names, _ := filepath.Glob("testdata/*.pcap")
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		list[filepath.Base(name)] = data
	}
	var ng kit.Ng
	ng.Section(binary.BigEndian, kit.Interface{Link: 1, Resolution: 9})
	for i, p := range kit.Packets(nil, conversation()) {
		switch i % 3 {
		case 0:
			ng.Packet(0, p)
		case 1:
			ng.OldPacket(0, p)
		default:
			ng.SimplePacket(p)
		}
	}
	list["made.pcapng"] = ng.Bytes
	return list
}

// Proves that a capture that is cut short at any byte gives what came before, and says
// that it is cut if it is.
func TestCutShort(t *testing.T) {
	for name, data := range own(t) {
		for n := range data {
			coverage, err := quiet(data[:n])
			if n < 4 && err == nil {
				t.Errorf("%s, %d bytes: taken for a capture", name, n)
			}
			if n >= 28 && err != nil {
				t.Fatalf("%s, %d bytes: %v", name, n, err)
			}
			for _, l := range coverage.Losses {
				if l.What.ID == "capture.loss-broken" {
					t.Fatalf("%s, %d bytes: %s", name, n, message.English(l.What))
				}
			}
		}
	}
}

// Proves that each byte may be anything: lengths that lie, other protocols, other orders.
// Nothing panics, and only a file that is none any more is an error.
func TestLyingBytes(t *testing.T) {
	for name, data := range own(t) {
		for i := range data {
			for _, value := range []byte{0, data[i] ^ 1, 0xff} {
				bad := bytes.Clone(data)
				bad[i] = value
				if _, err := quiet(bad); err != nil && i >= 24 {
					t.Errorf("%s, byte %d: %v", name, i, err)
				}
			}
		}
	}
}

// Proves that lengths that cannot be end the reading with a loss that says where.
func TestLengths(t *testing.T) {
	packets := kit.Packets(nil, conversation())
	data := kit.Style{}.Pcap(packets...)
	second := 24 + 16 + len(packets[0].Data)
	binary.LittleEndian.PutUint32(data[second+8:], 0x7fffffff)
	coverage, err := quiet(data)
	if err != nil || len(coverage.Losses) != 1 || coverage.Losses[0].Where != "bad.pcap:packet 2" || !strings.Contains(message.English(coverage.Losses[0].What), "2147483647") {
		t.Errorf("%v, %+v", err, coverage.Losses)
	}
	var ng kit.Ng
	ng.Section(binary.LittleEndian, kit.Interface{Link: 1})
	ng.Packet(0, packets[0])
	ng.Bytes = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(ng.Bytes, 6), 0xfffffff0)
	ng.Bytes = append(ng.Bytes, make([]byte, 64)...)
	if coverage, err := quiet(ng.Bytes); err != nil || len(coverage.Losses) != 1 {
		t.Errorf("%v, %+v", err, coverage.Losses)
	}
	ng = kit.Ng{}
	ng.Section(binary.LittleEndian, kit.Interface{Link: 1})
	ng.Packet(0, packets[0])
	before := len(ng.Bytes)
	ng.Section(binary.LittleEndian) // without an interface
	if ng.Block(6, make([]byte, 28)); before == len(ng.Bytes) {
		t.Fatal("nothing was added")
	}
	if coverage, err := quiet(ng.Bytes); err != nil || !strings.Contains(lossIDs(coverage), "broken×1") {
		t.Errorf("%v, %+v", err, coverage.Losses)
	}
}

// Proves that times that go backwards change nothing but the span, which has its ends
// where they are.
func TestTimeBackwards(t *testing.T) {
	packets := kit.Packets(nil, conversation())
	for i := range packets {
		packets[i].Time = kit.Start().Add(-time.Duration(i) * time.Hour)
	}
	list, coverage := readBytes(t, "made.pcap", kit.Style{}.Pcap(packets...))
	if len(list) != 1 || !coverage.To.Equal(kit.Start()) || !coverage.From.Equal(packets[len(packets)-1].Time) {
		t.Errorf("%d connections, from %s to %s", len(list), coverage.From, coverage.To)
	}
}

// Proves what is said of files that are no captures: what they are, and what converts
// them.
func TestNoCapture(t *testing.T) {
	etl := make([]byte, 4096)
	binary.LittleEndian.PutUint32(etl, 0x10000)
	binary.LittleEndian.PutUint32(etl[4:], 0x2000)
	binary.LittleEndian.PutUint32(etl[8:], 0x2000)
	for _, c := range []struct {
		name, data, want string
		is               bool
	}{
		{"nothing", "", "not a packet capture", false},
		{"text", "2026-03-01 09:00:00 192.0.2.7 GET / 200\n", "not a packet capture", false},
		{"ETL", string(etl), "pktmon etl2pcap", true},
		{"Network Monitor", "GMBU\x03\x02" + string(make([]byte, 64)), "editcap", true},
		{"snoop", "snoop\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x04", "editcap", true},
		{"EVTX", "ElfFile\x00" + string(make([]byte, 64)), "not a packet capture", false},
	} {
		_, err := quiet([]byte(c.data))
		var p *message.Problem
		if !errors.As(err, &p) || p.Where != "bad.pcap" || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if Is([]byte(c.data)) != c.is {
			t.Errorf("%s: is a capture: %t", c.name, !c.is)
		}
	}
}

// Proves that an error of the stream and one of the sink come back, and that a reading
// that is broken off ends.
func TestErrors(t *testing.T) {
	data := pcapOf(conversation())
	own := errors.New("own")
	_, err := Read(context.Background(), bytes.NewReader(data), "x", func(observe.Connection) error { return own })
	if !errors.Is(err, own) {
		t.Errorf("of the sink: %v", err)
	}
	_, err = Read(context.Background(), io.MultiReader(bytes.NewReader(data[:200]), broken{own}), "x", func(observe.Connection) error { return nil })
	if !errors.Is(err, own) {
		t.Errorf("of the stream: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err = Read(ctx, bytes.NewReader(data), "x", func(observe.Connection) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("broken off: %v", err)
	}
	if _, err := Read(context.Background(), io.MultiReader(bytes.NewReader(data[:200]), stuck{}), "x", func(observe.Connection) error { return nil }); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("stuck: %v", err)
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

// Proves that a connection of a stream that is still being written comes out as soon as
// it is decided, not at the end.
func TestFollowed(t *testing.T) {
	r, w := io.Pipe()
	found := make(chan observe.Connection, 1)
	ended := make(chan error, 1)
	go func() {
		_, err := Read(context.Background(), r, "-", func(c observe.Connection) error {
			found <- c
			return nil
		})
		ended <- err
	}()
	if _, err := w.Write(pcapOf(conversation()[:7])); err != nil {
		t.Fatal(err)
	}
	select {
	case c := <-found:
		if c.Source != "-" || c.Hello == nil || c.Negotiated == nil {
			t.Error(describe(c))
		}
	case <-time.After(time.Minute):
		t.Error("nothing came")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// many makes a capture with a packet in each of n connections, as it is read.
type many struct {
	n, i  int
	data  []byte
	left  []byte
	first bool
}

func (m *many) Read(p []byte) (int, error) {
	if len(m.left) == 0 {
		if m.i == m.n {
			return 0, io.EOF
		}
		m.i++
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(m.i >> 16), byte(m.i >> 8), byte(m.i)}), 50000)
		s := kit.Segment{From: from, To: server(), Seq: 1, Flags: kit.ACK, Data: m.data}
		file := kit.Style{}.Pcap(kit.Packet{Time: kit.Start(), Data: inner(s.IP())})
		if m.first {
			file = file[24:]
		}
		m.left, m.first = file, true
	}
	n := copy(p, m.left)
	m.left = m.left[n:]
	return n, nil
}

// Proves that connections without end, none of them decided, keep no more than the table
// may: the oldest goes, and it is said how many.
func TestManyFlows(t *testing.T) {
	for name, data := range map[string][]byte{
		"the beginning of a hello": hello()[:100], "a dialogue": []byte("EHLO client.example.com\r\n"), "much that says nothing": make([]byte, 1400),
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		top := uint64(0)
		n := 3 * maxFlows
		coverage, err := Options{Progress: func(int64) {
			runtime.GC()
			runtime.ReadMemStats(&after)
			top = max(top, after.HeapAlloc-min(after.HeapAlloc, before.HeapAlloc))
		}}.Read(context.Background(), &many{n: n, data: data}, "many.pcap", func(observe.Connection) error { return nil })
		if err != nil || !strings.Contains(lossIDs(coverage), "evicted") {
			t.Errorf("%s: %v, %q", name, err, lossIDs(coverage))
		}
		for _, l := range coverage.Losses {
			if l.What.ID == "capture.loss-evicted" && l.Count < maxFlows {
				t.Errorf("%s: only %d", name, l.Count)
			}
		}
		t.Logf("%s: %d MiB at most, %s", name, top>>20, lossIDs(coverage))
		if top > 32<<20 { // half of what the process may have, because the collector waits that long
			t.Errorf("%s: %d MiB", name, top>>20)
		}
	}
}

// zeros is a capture with packets of no length, without end.
type zeros struct{ left int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left <= 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), z.left))
	clear(p[:n])
	z.left -= int64(n)
	return n, nil
}

// Proves that a packed capture of nothing ends before it has become large.
func TestBomb(t *testing.T) {
	if testing.Short() {
		t.Log("not run: -short")
		return
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write((kit.Style{}).Pcap()); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, &zeros{1 << 30}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	ratio := (1 << 30) / packed.Len()
	coverage, err := quiet(packed.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d times as long, %q", ratio, lossIDs(coverage))
	if ratio > 500 && lossIDs(coverage) != "broken×1" {
		t.Errorf("losses %q", lossIDs(coverage))
	}
}

// Proves that hellos of the largest size are found, and that what goes on without end is
// given up.
func TestLargest(t *testing.T) {
	h := kit.Hello(random(), tlsready.TLS12, 9)
	h.Extensions = append(h.Extensions, kit.Padding(40<<10))
	if c := one(t, pcapOf(kit.Conversation(client(), server(), 0, kit.Turn{Data: kit.Records(h)}))); c.Hello == nil || c.Hello.Records < 3 {
		t.Error(describe(c))
	}
	endless := bytes.Repeat([]byte("a line of a dialogue that never comes to TLS\r\n"), 3000)
	list, coverage := readBytes(t, "made.pcap", pcapOf(kit.Conversation(client(), server(), 0, kit.Turn{Data: append(endless, hello()...)})))
	if len(list) != 0 || len(coverage.Losses) != 0 {
		t.Errorf("%d connections, %q", len(list), lossIDs(coverage))
	}
}

package capture

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"testing"
	"testing/iotest"

	"tlsready/internal/message"
	"tlsready/internal/observe"
	kit "tlsready/internal/testkit/capturekit"
)

// everything reads a capture and writes down what came of it.
func everything(t *testing.T, data []byte, small bool) string {
	var b bytes.Buffer
	var r interface{ Read([]byte) (int, error) } = bytes.NewReader(data)
	if small {
		r = iotest.HalfReader(iotest.OneByteReader(r))
	}
	coverage, err := Read(context.Background(), r, "fuzz", func(c observe.Connection) error {
		if c.Hello != nil {
			if again, err := c.Hello.Marshal(); err != nil || len(again) > maxStream {
				t.Errorf("a hello that cannot be written again: %v, %d bytes", err, len(again))
			}
		}
		fmt.Fprintln(&b, describe(c), c.Time)
		return nil
	})
	for _, l := range coverage.Losses {
		fmt.Fprintln(&b, message.English(l.What), l.Count, l.Where, l.Example)
	}
	fmt.Fprintln(&b, coverage.Connections, coverage.From, coverage.To, err)
	return b.String()
}

// Proves that no file makes the reading panic or hang, and that it says the same in
// pieces as in one.
func FuzzFile(f *testing.F) {
	for _, data := range own(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		if whole, pieces := everything(t, data, false), everything(t, data, true); whole != pieces {
			t.Errorf("whole:\n%s\nin pieces:\n%s", whole, pieces)
		}
	})
}

// Proves the same of the packets of every link type.
func FuzzPacket(f *testing.F) {
	ip := conversation()[3].IP()
	f.Add(uint32(1), inner(ip), inner(ip))
	f.Add(uint32(101), ip, cut(ip, 64)[0])
	f.Add(uint32(1), tunnel(47, []byte{0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0, 0, 0, 0, 0, 0}, inner)(ip), udp(4789, []byte{8, 0, 0, 0, 0, 0, 42, 0}, inner)(ip))
	from, to := netip.MustParseAddrPort("[2001:db8::7]:49301"), netip.MustParseAddrPort("[2001:db8::9]:443")
	six := kit.Conversation(from, to, 0, handshake()...)[3].IP()
	f.Add(uint32(9), append([]byte{0, 0x57}, six...), append([]byte{0, 0x57}, cut(six, 64)[1]...))
	for _, link := range []uint32{0, 50, 51, 104, 108, 113, 276} {
		f.Add(link, append([]byte{0, 0, 0, 2, 0, 0x21, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0}, ip...), ip)
	}
	f.Fuzz(func(t *testing.T, link uint32, first, second []byte) {
		data := kit.Style{Link: kit.Link(link)}.Pcap(kit.Packet{Data: first}, kit.Packet{Data: second}, kit.Packet{Data: first})
		everything(t, data, false)
	})
}

// Proves the same of what two sides say, and that it does not matter how it is cut into
// segments whether a hello is there that comes first.
func FuzzStream(f *testing.F) {
	add := func(turns []kit.Turn) {
		var sides [2][]byte
		for _, turn := range turns {
			side := 0
			if turn.FromServer {
				side = 1
			}
			sides[side] = append(sides[side], turn.Data...)
		}
		f.Add(sides[0], sides[1], byte(7))
	}
	add(handshake())
	for _, turns := range preambles() {
		add(append(turns, handshake()...))
	}
	f.Fuzz(func(t *testing.T, fromClient, fromServer []byte, mss byte) {
		if len(fromClient)+len(fromServer) > 1<<14 {
			return
		}
		turns := []kit.Turn{{Data: fromClient}, {FromServer: true, Data: fromServer}}
		whole := everything(t, pcapOf(kit.Conversation(client(), server(), 1<<15, turns...)), false)
		pieces := everything(t, pcapOf(kit.Conversation(client(), server(), int(mss)+1, turns...)), false)
		if handshakeHead(fromClient, 1) == whole1(fromClient) && bytes.Contains([]byte(whole), []byte("hello up to")) && !bytes.Contains([]byte(pieces), []byte("hello up to")) {
			t.Errorf("whole:\n%s\nin pieces of %d:\n%s", whole, int(mss)+1, pieces)
		}
	})
}

// whole1 is the status of a stream that begins with a hello which fills its record.
func whole1(b []byte) status {
	if _, s := join(b); s == whole {
		return whole
	}
	return no + 100
}

package capture

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"github.com/gopacket/gopacket/reassembly"

	"tlsready/internal/wire"
)

// oracle reads a capture with another reader, gopacket, and gives the hellos at the
// beginning of its streams by their ends.
type oracle struct{ streams map[string]*stream }

// stream is one direction of a connection as gopacket puts it together.
type stream struct {
	data [2][]byte // by direction
	net  gopacket.Flow
	tcp  gopacket.Flow
}

// New implements [reassembly.StreamFactory].
func (o *oracle) New(net, tcp gopacket.Flow, _ *layers.TCP, _ reassembly.AssemblerContext) reassembly.Stream {
	s := &stream{net: net, tcp: tcp}
	o.streams[fmt.Sprint(net, tcp, len(o.streams))] = s
	return s
}

// Accept implements [reassembly.Stream].
func (s *stream) Accept(_ *layers.TCP, _ gopacket.CaptureInfo, _ reassembly.TCPFlowDirection, _ reassembly.Sequence, start *bool, _ reassembly.AssemblerContext) bool {
	*start = true // captures may begin in the middle
	return true
}

// ReassembledSG implements [reassembly.Stream].
func (s *stream) ReassembledSG(sg reassembly.ScatterGather, _ reassembly.AssemblerContext) {
	dir, _, _, skip := sg.Info()
	n, _ := sg.Lengths()
	i := 0
	if dir == reassembly.TCPDirServerToClient {
		i = 1
	}
	if skip <= 0 && len(s.data[i]) < maxStream {
		s.data[i] = append(s.data[i], sg.Fetch(n)...)
	}
}

// ReassemblyComplete implements [reassembly.Stream].
func (s *stream) ReassemblyComplete(reassembly.AssemblerContext) bool { return false }

// handles are what both formats of captures give.
type handles interface {
	gopacket.PacketDataSource
	LinkType() layers.LinkType
}

func handle(t *testing.T, data []byte) handles {
	if isPcapng(data) {
		h, err := pcapgo.NewNgReader(bytes.NewReader(data), pcapgo.DefaultNgReaderOptions)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	h, err := pcapgo.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// captured is when a packet came.
type captured struct{ info gopacket.CaptureInfo }

func (c captured) GetCaptureInfo() gopacket.CaptureInfo { return c.info }

// hellos reads a capture.
func (o *oracle) hellos(t *testing.T, data []byte) map[string][]string {
	o.streams = map[string]*stream{}
	assembler := reassembly.NewAssembler(reassembly.NewStreamPool(o))
	h := handle(t, data)
	for {
		raw, info, err := h.ReadPacketData()
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err != nil {
			t.Logf("gopacket: %v", err)
			break
		}
		p := gopacket.NewPacket(raw, h.LinkType(), gopacket.DecodeOptions{Lazy: true, NoCopy: true})
		if tcp, ok := p.Layer(layers.LayerTypeTCP).(*layers.TCP); ok && p.NetworkLayer() != nil {
			assembler.AssembleWithContext(p.NetworkLayer().NetworkFlow(), tcp, captured{info})
		}
	}
	assembler.FlushCloseOlderThan(time.Now().Add(time.Hour))
	assembler.FlushAll()
	found := map[string][]string{}
	for _, s := range o.streams {
		for i, data := range s.data {
			if message := firstHello(data); message != nil {
				key := flowEnds(s.net, s.tcp, i == 1)
				found[key] = append(found[key], hex.EncodeToString(message))
			}
		}
	}
	return found
}

// firstHello is the hello with which a stream begins.
func firstHello(data []byte) []byte {
	var r wire.Reader
	r.Write(data)
	m, ok, err := r.Next()
	if err != nil || !ok || m.Content != wire.ContentHandshake || m.Type != wire.TypeClientHello {
		return nil
	}
	if _, err := wire.ParseClientHello(m.Data); err != nil {
		return nil
	}
	return m.Data
}

func flowEnds(net, tcp gopacket.Flow, reverse bool) string {
	if reverse {
		net, tcp = net.Reverse(), tcp.Reverse()
	}
	from, _ := netip.AddrFromSlice(net.Src().Raw())
	to, _ := netip.AddrFromSlice(net.Dst().Raw())
	return fmt.Sprintf("%s %s %s %s", from, tcp.Src(), to, tcp.Dst())
}

// Proves that every hello that another reader of captures, gopacket, finds at the
// beginning of a stream is found, with the same bytes.
func TestOracle(t *testing.T) {
	total, files := 0, 0
	for _, name := range truthFiles(t) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		ours := map[string]map[string]bool{}
		connections, _ := read(t, name)
		for _, c := range connections {
			if c.Hello == nil || c.Hello.SSL2 {
				continue
			}
			message, err := c.Hello.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			key := ends(c.Client, c.Server)
			if ours[key] == nil {
				ours[key] = map[string]bool{}
			}
			ours[key][hex.EncodeToString(message)] = true
		}
		files++
		var o oracle
		for key, list := range o.hellos(t, data) {
			for _, hello := range list {
				if total++; !ours[key][hello] {
					t.Errorf("%s %s: gopacket has %s, we have %v", filepath.Base(name), key, hello, ours[key])
				}
			}
		}
	}
	t.Logf("%d hellos of gopacket in %d captures", total, files)
	if total < 9 {
		t.Errorf("gopacket found only %d hellos", total)
	}
}

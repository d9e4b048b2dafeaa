//go:build linux

package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"github.com/gopacket/gopacket/reassembly"

	"tlsready/internal/wire"
)

// other reads the hellos of a capture with gopacket, in the fastest way that it has: a
// decoder that keeps its layers, and its reassembly.
func other(f *os.File) (int, error) {
	r, err := pcapgo.NewReader(bufio.NewReaderSize(f, 1<<20))
	if err != nil {
		return 0, err
	}
	var eth layers.Ethernet
	var ip layers.IPv4
	var tcp layers.TCP
	var payload gopacket.Payload
	parser := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet, &eth, &ip, &tcp, &payload)
	parser.IgnoreUnsupported = true
	streams := &factory{}
	assembler := reassembly.NewAssembler(reassembly.NewStreamPool(streams))
	var decoded []gopacket.LayerType
	for n := 1; ; n++ {
		data, info, err := r.ZeroCopyReadPacketData()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return streams.found, err
		}
		if err := parser.DecodeLayers(data, &decoded); err != nil || len(decoded) < 3 {
			continue
		}
		assembler.AssembleWithContext(ip.NetworkFlow(), &tcp, when{info})
		if n%100000 == 0 {
			assembler.FlushCloseOlderThan(info.Timestamp.Add(-time.Minute))
		}
	}
	assembler.FlushAll()
	return streams.found, nil
}

type when struct{ info gopacket.CaptureInfo }

// GetCaptureInfo implements [reassembly.AssemblerContext].
func (w when) GetCaptureInfo() gopacket.CaptureInfo { return w.info }

// factory makes streams, and counts the hellos in them.
type factory struct{ found int }

// New implements [reassembly.StreamFactory].
func (f *factory) New(_, _ gopacket.Flow, _ *layers.TCP, _ reassembly.AssemblerContext) reassembly.Stream {
	return &stream{factory: f}
}

// stream looks for a hello in what the client sends first, and for the answer.
type stream struct {
	*factory
	side [2]wire.Reader
	done [2]bool
}

// Accept implements [reassembly.Stream].
func (s *stream) Accept(*layers.TCP, gopacket.CaptureInfo, reassembly.TCPFlowDirection, reassembly.Sequence, *bool, reassembly.AssemblerContext) bool {
	return true
}

// ReassembledSG implements [reassembly.Stream].
func (s *stream) ReassembledSG(sg reassembly.ScatterGather, _ reassembly.AssemblerContext) {
	dir, _, _, _ := sg.Info()
	i := 0
	if dir == reassembly.TCPDirServerToClient {
		i = 1
	}
	if s.done[i] {
		return
	}
	n, _ := sg.Lengths()
	s.side[i].Write(sg.Fetch(n))
	m, ok, err := s.side[i].Next()
	if !ok && err == nil {
		return
	}
	s.done[i] = true
	if m.Type == wire.TypeClientHello {
		if _, err := wire.ParseClientHello(m.Data); err == nil {
			s.found++
		}
	} else if ok {
		_, _ = wire.ParseServerHello(m.Data) // the work is what is measured
	}
	s.side[i] = wire.Reader{}
}

// ReassemblyComplete implements [reassembly.Stream].
func (s *stream) ReassemblyComplete(reassembly.AssemblerContext) bool { return true }

package wire

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/csv"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready"
)

// The tests of this file hold the readers against captures of real clients and
// servers, whose truth another program (tshark) told. The captures recorded for
// this project are always there; those of others only beside a full checkout.

func captureFiles(t *testing.T) []string {
	own, _ := filepath.Glob("testdata/*.tsv")
	if len(own) == 0 {
		t.Fatal("testdata holds no captures")
	}
	for dir := ".."; len(dir) < 30; dir += "/.." {
		if others, _ := filepath.Glob(filepath.Join(dir, "shared/captures/*.tsv")); len(others) > 0 {
			return append(own, others...)
		}
	}
	t.Log("no ../shared/captures: only the project's own captures were read")
	return own
}

// row is one line of the truth.
type row map[string]string

func truth(t *testing.T, file string) []row {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	lines, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for _, line := range lines[1:] {
		m := row{}
		for i, name := range lines[0] {
			if i < len(line) && line[i] != "-" {
				m[name] = line[i]
			}
		}
		rows = append(rows, m)
	}
	return rows
}

// TestCaptures proves that every hello of the captures is read as tshark reads it,
// and written again byte for byte.
func TestCaptures(t *testing.T) {
	hellos, answers := 0, 0
	for _, file := range captureFiles(t) {
		capture := strings.TrimSuffix(file, ".tsv")
		data, err := os.ReadFile(capture)
		if err != nil {
			continue // a table of corrections, not of a capture
		}
		streams := flows(data)
		for _, want := range truth(t, file) {
			if want["proto"] != "tcp" {
				continue
			}
			name := fmt.Sprintf("%s stream %s", filepath.Base(capture), want["stream"])
			client := want["client_ip"] + " " + want["client_port"]
			server := want["server_ip"] + " " + want["server_port"]
			if want["client_hellos"] != "0" {
				hellos += checkClientHello(t, name, streams[client+" "+server], want)
			}
			if want["server_hellos"] != "0" {
				answers += checkServerHello(t, name, streams[server+" "+client], want)
			}
		}
	}
	t.Logf("%d client hellos, %d server hellos", hellos, answers)
	if hellos < 9 || answers < 7 {
		t.Errorf("only %d client and %d server hellos were found", hellos, answers)
	}
}

func checkClientHello(t *testing.T, name string, stream []byte, want row) int {
	m, ok := firstHello(stream, TypeClientHello)
	if !ok {
		t.Logf("%s: no client hello in %d bytes", name, len(stream))
		return 0
	}
	parse := ParseClientHello
	if m.Content == ContentSSL2 {
		parse = ParseSSL2ClientHello
	}
	h, err := parse(m.Data)
	if err != nil {
		t.Logf("%s: %v", name, err)
		return 0
	}
	again, err := h.Marshal()
	if err != nil || !bytes.Equal(again, m.Data) {
		t.Errorf("%s: written again %x, %v; was %x", name, again, err, m.Data)
	}
	if h.SSL2 {
		var kinds []string
		for _, s := range h.Suites {
			kinds = append(kinds, fmt.Sprintf("0x%06x", uint32(s)))
		}
		same(t, name+" suites", "ssl2:"+strings.Join(kinds, ","), want["ch_ciphers"])
		return 1
	}
	same(t, name+" suites", hexList(h.Suites), want["ch_ciphers"])
	same(t, name+" record version", hexList([]tlsready.Version{m.RecordVersion}), want["ch_record_version"])
	same(t, name+" legacy version", hexList([]tlsready.Version{h.Version}), want["ch_legacy_version"])
	same(t, name+" supported versions", hexList(h.SupportedVersions()), want["ch_supported_versions"])
	same(t, name+" groups", hexList(h.Groups()), want["ch_groups"])
	// The truth holds signature_algorithms_cert and delegated_credentials in one list with these.
	if got := hexList(h.SignatureAlgorithms()); !strings.HasPrefix(want["ch_sigalgs"]+",", got+",") && !strings.HasSuffix(want["ch_sigalgs"], ","+got) {
		same(t, name+" signature algorithms", got, want["ch_sigalgs"])
	}
	same(t, name+" server name", h.ServerName(), want["sni"])
	return 1
}

func checkServerHello(t *testing.T, name string, stream []byte, want row) int {
	m, ok := firstHello(stream, TypeServerHello)
	if m.Content == ContentSSL2 {
		if h, err := ParseSSL2ServerHello(m.Data); err != nil || len(h.Suites) == 0 || len(h.Certificate) == 0 {
			t.Errorf("%s: %+v, %v", name, h, err)
		}
		return 1
	}
	if !ok {
		t.Logf("%s: no server hello in %d bytes", name, len(stream))
		return 0
	}
	h, err := ParseServerHello(m.Data)
	if err != nil {
		t.Logf("%s: %v", name, err)
		return 0
	}
	if again, err := h.Marshal(); err != nil || !bytes.Equal(again, m.Data) {
		t.Errorf("%s: server hello written again %x, %v; was %x", name, again, err, m.Data)
	}
	same(t, name+" version", hexList([]tlsready.Version{h.Version}), want["sh_legacy_version"])
	same(t, name+" suite", hexList([]tlsready.Suite{h.Suite}), want["cipher"])
	if want["sh_supported_version"] != "" {
		same(t, name+" selected", hexList([]tlsready.Version{h.Selected()}), want["sh_supported_version"])
	}
	return 1
}

func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %s, want %s", what, got, want)
	}
}

func hexList[T ~uint16 | ~uint32](list []T) string {
	var words []string
	for _, code := range list {
		words = append(words, fmt.Sprintf("0x%04x", uint32(code)))
	}
	return strings.Join(words, ",")
}

// firstHello finds a hello at the start of a stream or, if another protocol speaks first, at
// the first place that reads like one.
func firstHello(stream []byte, kind HandshakeType) (Message, bool) {
	for at := range stream {
		if at > 0 && (stream[at] != byte(ContentHandshake) || at+5 > len(stream) || stream[at+1] != 3) {
			continue
		}
		var r Reader
		r.Write(stream[at:])
		for {
			m, ok, err := r.Next()
			if err != nil || !ok {
				break
			}
			ssl2 := m.Content == ContentSSL2 && (m.Type == ssl2ClientHello) == (kind == TypeClientHello)
			if m.Content == ContentHandshake && m.Type == kind && !m.Encrypted || ssl2 {
				return m, true
			}
		}
	}
	return Message{}, false
}

type segment struct {
	seq  uint32
	data []byte
}

// flows puts the bytes of each direction together, "ip port ip port" to bytes.
func flows(capture []byte) map[string][]byte {
	parts := map[string][]segment{}
	for _, p := range packets(capture) {
		if key, s, ok := tcpSegment(p.link, p.data); ok && len(s.data) > 0 {
			parts[key] = append(parts[key], s)
		}
	}
	joined := map[string][]byte{}
	for key, list := range parts {
		first := list[0].seq
		slices.SortStableFunc(list, func(a, b segment) int { return cmp.Compare(int32(a.seq-first), int32(b.seq-first)) })
		var stream []byte
		start := list[0].seq
		for _, s := range list {
			at := int(int32(s.seq - start))
			if skip := len(stream) - at; at <= len(stream) && skip < len(s.data) {
				stream = append(stream, s.data[skip:]...)
			}
		}
		joined[key] = stream
	}
	return joined
}

type packet struct {
	link int
	data []byte
}

// packets walks a pcap or pcapng file.
func packets(b []byte) (list []packet) {
	if len(b) < 24 {
		return nil
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if binary.LittleEndian.Uint32(b) == 0x0a0d0d0a {
		return blocks(b)
	}
	if m := binary.BigEndian.Uint32(b); m == 0xa1b2c3d4 || m == 0xa1b23c4d {
		order = binary.BigEndian
	}
	link := int(order.Uint32(b[20:]))
	for b = b[24:]; len(b) >= 16; {
		n := int(order.Uint32(b[8:]))
		if n < 0 || 16+n > len(b) {
			break
		}
		list = append(list, packet{link, b[16 : 16+n]})
		b = b[16+n:]
	}
	return list
}

func blocks(b []byte) (list []packet) {
	var links []int
	le := binary.LittleEndian
	for len(b) >= 12 {
		kind, n := le.Uint32(b), int(le.Uint32(b[4:]))
		if n < 12 || n > len(b) {
			break
		}
		switch kind {
		case 1:
			links = append(links, int(le.Uint16(b[8:])))
		case 6:
			link, size := int(le.Uint32(b[8:])), int(le.Uint32(b[20:]))
			if link < len(links) && 28+size <= n {
				list = append(list, packet{links[link], b[28 : 28+size]})
			}
		}
		b = b[n:]
	}
	return list
}

// tcpSegment takes link, network and TCP header off.
func tcpSegment(link int, b []byte) (string, segment, bool) {
	skip := map[int]int{0: 4, 1: 14, 101: 0, 113: 16, 276: 20}
	n, ok := skip[link]
	if !ok || len(b) < n {
		return "", segment{}, false
	}
	for link == 1 && len(b) > n+4 && binary.BigEndian.Uint16(b[n-2:]) == 0x8100 {
		n += 4
	}
	if link == 1 && len(b) > n+8 && binary.BigEndian.Uint16(b[n-2:]) == 0x8909 { // a security group tag
		n += 8
	}
	if b = b[n:]; link == 1 && len(b) > 8 && b[0]>>4 != 4 && b[0]>>4 != 6 && bytes.Equal(b[6:8], []byte{0, 0x21}) {
		b = b[8:]
	}
	if len(b) < 40 {
		return "", segment{}, false
	}
	var src, dst string
	switch b[0] >> 4 {
	case 4:
		head, total := int(b[0]&15)*4, int(binary.BigEndian.Uint16(b[2:]))
		if b[9] != 6 || total > len(b) || head > total {
			return "", segment{}, false
		}
		src, dst = ip(b[12:16]), ip(b[16:20])
		b = b[head:total]
	case 6:
		if b[6] != 6 {
			return "", segment{}, false
		}
		src, dst = ip(b[8:24]), ip(b[24:40])
		b = b[40:min(len(b), 40+int(binary.BigEndian.Uint16(b[4:])))]
	}
	if len(b) < 20 || int(b[12]>>4)*4 > len(b) {
		return "", segment{}, false
	}
	key := fmt.Sprintf("%s %d %s %d", src, binary.BigEndian.Uint16(b), dst, binary.BigEndian.Uint16(b[2:]))
	return key, segment{binary.BigEndian.Uint32(b[4:]), b[int(b[12]>>4)*4:]}, true
}

func ip(b []byte) string {
	a, _ := netip.AddrFromSlice(b)
	return a.String()
}

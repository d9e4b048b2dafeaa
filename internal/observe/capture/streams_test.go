package capture

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"

	"tlsready"
	"tlsready/internal/observe"
	kit "tlsready/internal/testkit/capturekit"
	"tlsready/internal/testkit/certkit"
	"tlsready/internal/wire"
)

// Proves that the connection is found whole in whatever way its segments come.
func TestSegments(t *testing.T) {
	twice := func(list []kit.Segment) []kit.Segment {
		var out []kit.Segment
		for _, s := range list {
			out = append(out, s, s)
		}
		return out
	}
	// overlapping sends each byte in two segments.
	overlapping := func(list []kit.Segment) []kit.Segment {
		var out []kit.Segment
		for _, s := range list {
			out = append(out, s)
			if n := len(s.Data); n > 8 {
				again := s
				again.Seq, again.Data = s.Seq+uint32(n/2), s.Data[n/2:]
				out = append(out, again)
			}
		}
		return out
	}
	without := func(flags byte) func([]kit.Segment) []kit.Segment {
		return func(list []kit.Segment) []kit.Segment {
			return slices.DeleteFunc(slices.Clone(list), func(s kit.Segment) bool { return s.Flags&flags != 0 && len(s.Data) == 0 })
		}
	}
	swapped := func(list []kit.Segment) []kit.Segment {
		out := slices.Clone(list)
		for i := 3; i+1 < len(out); i += 2 {
			out[i], out[i+1] = out[i+1], out[i]
		}
		return out
	}
	fastOpen := func(list []kit.Segment) []kit.Segment {
		out := slices.Clone(list)
		out[0].Data, out[3].Data, out[3].Seq = out[3].Data, nil, out[3].Seq+uint32(len(out[3].Data))
		return out
	}
	severalAnswers := func(list []kit.Segment) []kit.Segment {
		other := list[1]
		other.Seq += 0x41414141
		return append([]kit.Segment{list[0], list[1], other, other}, list[2:]...)
	}
	for name, change := range map[string]func([]kit.Segment) []kit.Segment{
		"as sent": func(l []kit.Segment) []kit.Segment { return l }, "each packet twice": twice, "overlapping": overlapping,
		"without SYN": without(kit.SYN), "without FIN": without(kit.FIN), "without packets that are empty": without(0xff),
		"neighbours swapped": swapped, "data in the SYN": fastOpen, "several SYN-ACK": severalAnswers,
		"the whole again later": func(l []kit.Segment) []kit.Segment { return append(slices.Clone(l), l...) },
	} {
		for _, mss := range []int{0, 100, 7, 1} {
			t.Run(fmt.Sprintf("%s, %d", name, mss), func(t *testing.T) {
				if mss == 1 && name == "neighbours swapped" {
					t.Log("both sides at once")
				}
				usual(t, one(t, pcapOf(change(kit.Conversation(client(), server(), mss, handshake()...)))))
			})
		}
	}
}

// Proves that the connection is found whole however its packets are shuffled, within what
// a network does, and says so where it cannot be.
func TestShuffled(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		list := kit.Conversation(client(), server(), 60, handshake()...)
		for i := range list {
			if j := i + r.IntN(6); j < len(list) && i > 2 {
				list[i], list[j] = list[j], list[i]
			}
		}
		usual(t, one(t, pcapOf(list)))
	}
}

// Proves what is said of a connection of which a part is missing.
func TestLost(t *testing.T) {
	fromServer := func(s kit.Segment) bool { return s.From == server() }
	fromClient := func(s kit.Segment) bool { return s.From == client() }
	for _, c := range []struct {
		name       string
		mss        int
		drop       func(i int, s kit.Segment) bool
		hello, sh  bool
		losses     string
		connection bool
	}{
		{"the client alone", 0, func(_ int, s kit.Segment) bool { return fromServer(s) }, true, false, "", true},
		{"the server alone", 0, func(_ int, s kit.Segment) bool { return fromClient(s) }, false, true, "", true},
		{"a part of the hello", 100, func(i int, _ kit.Segment) bool { return i == 4 }, false, true, "hello-cut×1", true},
		{"a part of the hello of a client alone", 100, func(i int, s kit.Segment) bool { return i == 4 || fromServer(s) }, false, false, "hello-cut×1", false},
		{"the whole hello", 0, func(i int, _ kit.Segment) bool { return i == 3 }, false, true, "", true},
		{"the answer", 0, func(i int, _ kit.Segment) bool { return i == 4 }, true, false, "", true},
		{"all up to the data", 0, func(i int, _ kit.Segment) bool { return i < 5 }, false, false, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var kept []kit.Segment
			for i, s := range kit.Conversation(client(), server(), c.mss, handshake()...) {
				if !c.drop(i, s) {
					kept = append(kept, s)
				}
			}
			list, coverage := readBytes(t, "made.pcap", pcapOf(kept))
			if len(list) > 0 != c.connection || lossIDs(coverage) != c.losses {
				t.Fatalf("%d connections, losses %q", len(list), lossIDs(coverage))
			}
			if c.connection && ((list[0].Hello != nil) != c.hello || (list[0].Negotiated != nil) != c.sh || list[0].Client != client()) {
				t.Error(describe(list[0]))
			}
		})
	}
}

// Proves that a port that is used again is another connection, with a SYN and without.
func TestPortsUsedAgain(t *testing.T) {
	again := conversation()
	for i := range again {
		again[i].Seq += 0x23456789
		again[i].Ack += 0x23456789
	}
	data := func(l []kit.Segment) []kit.Segment {
		return slices.DeleteFunc(slices.Clone(l), func(s kit.Segment) bool { return len(s.Data) == 0 })
	}
	open := conversation()[:5] // neither closed nor encrypted when the next one comes
	for name, segments := range map[string][]kit.Segment{
		"with SYN": append(conversation(), again...), "without": append(data(conversation()), data(again)...),
		"before the first ends": append(slices.Clone(open), again...), "before the first ends, without SYN": append(data(open), data(again)...),
	} {
		list, _ := readBytes(t, "made.pcap", pcapOf(segments))
		if len(list) != 2 {
			t.Errorf("%s: %d connections", name, len(list))
			continue
		}
		usual(t, list[0])
		usual(t, list[1])
	}
}

// Proves that packets of which the capture keeps only the beginning are read as far as
// they go, and that it is said.
func TestShortPackets(t *testing.T) {
	packets := kit.Packets(nil, conversation())
	for i := range packets {
		packets[i].Length = len(packets[i].Data)
	}
	last := len(packets) - 4 // encrypted
	packets[last].Data = packets[last].Data[:80]
	list, coverage := readBytes(t, "made.pcap", kit.Style{}.Pcap(packets...))
	if len(list) != 1 || lossIDs(coverage) != "short×1" {
		t.Fatalf("%d connections, %q", len(list), lossIDs(coverage))
	}
	usual(t, list[0])
	packets[3].Data = packets[3].Data[:80]
	list, coverage = readBytes(t, "made.pcap", kit.Style{}.Pcap(packets...))
	if len(list) != 1 || list[0].Hello != nil || list[0].Negotiated == nil || lossIDs(coverage) != "hello-cut×1 short×2" {
		t.Errorf("%d connections, %q", len(list), lossIDs(coverage))
	}
}

// Proves what is reported of hellos of every form.
func TestHellos(t *testing.T) {
	h := kit.Hello(random(), tlsready.TLS13, 9)
	message, err := h.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	h2 := *kit.Hello(random(), tlsready.TLS10, 9)
	h2.SSL2, h2.Extensions, h2.SessionID = true, nil, nil
	ssl2 := kit.Records(&h2)
	outerHello := *h
	outerHello.Extensions = append(slices.Clone(h.Extensions), wire.Extension{Type: extECH, Data: append([]byte{0, 0, 1, 0, 1, 7, 0, 0}, make([]byte, 100)...)})
	retry := &wire.ServerHello{Version: tlsready.TLS12, Random: retryRandom(), SessionID: make([]byte, 32), Suite: 0x1301, Extensions: []wire.Extension{
		{Type: wire.ExtSupportedVersions, Data: []byte{3, 4}}, {Type: wire.ExtKeyShare, Data: []byte{0, 24}},
	}}
	again, err := retry.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		turns []kit.Turn
		check func(observe.Connection) bool
	}{
		{"in many records", []kit.Turn{{Data: inRecords(22, message, 50)}, {FromServer: true, Data: answerWith(tlsready.TLS13)}}, func(c observe.Connection) bool {
			return c.Hello.Records == (len(message)+49)/50 && c.Negotiated.Version == tlsready.TLS13 && c.Negotiated.Group == tlsready.X25519
		}},
		{"in records of one byte", []kit.Turn{{Data: inRecords(22, message, 1)}}, func(c observe.Connection) bool { return c.Hello.Records == len(message) }},
		{"in the form of SSL 2.0", []kit.Turn{{Data: ssl2}, {FromServer: true, Data: answer()}}, func(c observe.Connection) bool {
			return c.Hello.SSL2 && c.Hello.Records == 0 && c.Hello.Max() == tlsready.TLS10 && c.Negotiated.Version == tlsready.TLS10
		}},
		{"with an encrypted one", []kit.Turn{{Data: kit.Records(&outerHello)}}, func(c observe.Connection) bool { return c.Hello.Outer && c.ServerName == "service.example.com" }},
		{"after a HelloRetryRequest", []kit.Turn{
			{Data: kit.Records(h)},
			{FromServer: true, Data: append(inRecords(22, again, 0), ccs()...)},
			{Data: append(ccs(), kit.Records(h)...)},
			{FromServer: true, Data: append(answerWith(tlsready.TLS13), kit.Data(random(), 99)...)},
			{Data: kit.Data(random(), 50)},
		}, func(c observe.Connection) bool { return c.Hello.Again && c.Negotiated.Version == tlsready.TLS13 }},
		{"with a HelloRetryRequest alone", []kit.Turn{{Data: kit.Records(h)}, {FromServer: true, Data: append(inRecords(22, again, 0), ccs()...)}}, func(c observe.Connection) bool {
			return c.Negotiated == nil && c.Alert == nil && !c.Refused
		}},
		{"refused after a HelloRetryRequest", []kit.Turn{
			{Data: kit.Records(h)},
			{FromServer: true, Data: append(inRecords(22, again, 0), ccs()...)},
			{Data: append(ccs(), kit.Records(h)...)},
			{FromServer: true, Data: []byte{21, 3, 3, 0, 2, 2, 40}},
		}, func(c observe.Connection) bool {
			return c.Negotiated == nil && c.Alert != nil && c.Alert.FromServer && c.Refused
		}},
		{"refused", []kit.Turn{{Data: hello()}, {FromServer: true, Data: []byte{21, 3, 1, 0, 2, 2, 70}}}, func(c observe.Connection) bool {
			return c.Refused && c.Alert.FromServer && c.Alert.Description == wire.ProtocolVersion && c.Negotiated == nil
		}},
		{"refused by the client", []kit.Turn{{Data: hello()}, {FromServer: true, Data: answer()}, {Data: []byte{21, 3, 1, 0, 2, 2, 70}}}, func(c observe.Connection) bool {
			return !c.Refused && !c.Alert.FromServer && c.Negotiated.Version == tlsready.TLS10
		}},
		{"warned first", []kit.Turn{{Data: hello()}, {FromServer: true, Data: append([]byte{21, 3, 1, 0, 2, 1, 112}, answer()...)}}, func(c observe.Connection) bool {
			return c.Alert == nil && c.Negotiated.Version == tlsready.TLS10
		}},
		{"with early data", []kit.Turn{{Data: append(kit.Records(h), kit.Data(random(), 90)...)}, {FromServer: true, Data: answerWith(tlsready.TLS13)}}, func(c observe.Connection) bool {
			return c.Negotiated.Version == tlsready.TLS13
		}},
	} {
		for _, mss := range []int{0, 11} {
			t.Run(fmt.Sprintf("%s, %d", c.name, mss), func(t *testing.T) {
				got := one(t, pcapOf(kit.Conversation(client(), server(), mss, c.turns...)))
				if got.Hello == nil || !c.check(got) {
					t.Error(describe(got))
				}
			})
		}
	}
}

// Proves that a server that ends the connection where its answer is due is seen to
// refuse, and that one whose answer is not in the capture is not.
func TestEnded(t *testing.T) {
	whole := kit.Conversation(client(), server(), 0, kit.Turn{Data: hello()})
	reset := append([]kit.Segment{}, whole[:4]...)
	reset = append(reset, kit.Segment{From: server(), To: client(), Seq: whole[1].Seq + 1, Flags: kit.RST | kit.ACK})
	if c := one(t, pcapOf(reset)); !c.Refused || c.Alert != nil {
		t.Errorf("reset: %+v", c)
	}
	closed := append(reset[:4:4], kit.Segment{From: server(), To: client(), Seq: whole[1].Seq + 1, Flags: kit.FIN | kit.ACK})
	if c := one(t, pcapOf(closed)); !c.Refused {
		t.Errorf("closed: %+v", c)
	}
	lost := append(reset[:4:4], kit.Segment{From: server(), To: client(), Seq: whole[1].Seq + 90, Flags: kit.FIN | kit.ACK})
	if c := one(t, pcapOf(lost)); c.Refused {
		t.Errorf("lost: %+v", c)
	}
	if c := one(t, pcapOf(conversation())); c.Refused {
		t.Errorf("answered: %+v", c)
	}
}

func retryRandom() []byte {
	return []byte("\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c")
}

// packed puts TLS into packets of TDS.
func packed(kind byte, content []byte, size int) []byte {
	var b []byte
	for len(content) > 0 {
		n := min(size, len(content))
		last := byte(0)
		if n == len(content) {
			last = 1
		}
		b = append(b, kind, last, byte((n+8)>>8), byte(n+8), 0, 0, 0, 0)
		b = append(b, content[:n]...)
		content = content[n:]
	}
	return b
}

func say(data string) kit.Turn   { return kit.Turn{Data: []byte(data)} }
func reply(data string) kit.Turn { return kit.Turn{FromServer: true, Data: []byte(data)} }

// preambles are what goes before TLS, by its name.
func preambles() map[string][]kit.Turn {
	prelogin := string(packed(0x12, append([]byte{0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff}, make([]byte, 7)...), 4096))
	preloginAnswer := string(packed(4, append([]byte{0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff}, make([]byte, 7)...), 4096))
	v2 := "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x63\xc6\x33\x64\x09\x30\x39\x01\xbb"
	return map[string][]kit.Turn{
		"smtp":             {reply("220 mail.example.com ESMTP\r\n"), say("EHLO client\r\n"), reply("250-mail.example.com\r\n250 STARTTLS\r\n"), say("STARTTLS\r\n"), reply("220 go\r\n")},
		"lmtp":             {reply("220 mail.example.com LMTP\r\n"), say("LHLO client\r\n"), reply("250 STARTTLS\r\n"), say("STARTTLS\r\n"), reply("220 go\r\n")},
		"imap":             {reply("* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"), say("a001 STARTTLS\r\n"), reply("a001 OK begin\r\n")},
		"pop3":             {reply("+OK ready\r\n"), say("STLS\r\n"), reply("+OK begin\r\n")},
		"ftp":              {reply("220 ready\r\n"), say("AUTH TLS\r\n"), reply("234 begin\r\n")},
		"ldap":             {say("\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"), reply("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00")},
		"xmpp":             {say("<stream:stream>"), reply("<stream:stream><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"), say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"), reply("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")},
		"irc":              {say("STARTTLS\r\n"), reply(":irc.example.com 670 * :STARTTLS successful\r\n")},
		"postgres":         {say("\x00\x00\x00\x08\x04\xd2\x16\x2f"), reply("S")},
		"mysql":            {reply("\x4a\x00\x00\x00\x0a8.0.30\x00" + string(make([]byte, 66))), say("\x20\x00\x00\x01\x00\x8a\x00\x00\x00\x00\x00\x01\x21" + string(make([]byte, 23)))},
		"rdp":              {say("\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x0b\x00\x00\x00"), reply("\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x1f\x08\x00\x02\x00\x00\x00")},
		"mssql":            {say(prelogin), reply(preloginAnswer)},
		"connect":          {say("CONNECT service.example.com:443 HTTP/1.1\r\nHost: service.example.com\r\n\r\n"), reply("HTTP/1.1 200 Connection established\r\n\r\n")},
		"upgrade":          {say("OPTIONS * HTTP/1.1\r\nHost: service.example.com\r\nUpgrade: TLS/1.0\r\nConnection: Upgrade\r\n\r\n"), reply("HTTP/1.1 101 Switching Protocols\r\nUpgrade: TLS/1.0, HTTP/1.1\r\nConnection: Upgrade\r\n\r\n")},
		"socks":            {say("\x05\x01\x00"), reply("\x05\x00"), say("\x05\x01\x00\x03\x13service.example.com\x01\xbb"), reply("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")},
		"socks 4":          {say("\x04\x01\x01\xbb\xc6\x33\x64\x09me\x00"), reply("\x00\x5a\x00\x00\x00\x00\x00\x00")},
		"socks 4a":         {say("\x04\x01\x01\xbb\x00\x00\x00\x01\x00service.example.com\x00"), reply("\x00\x5a\x00\x00\x00\x00\x00\x00")},
		"proxy-protocol":   {say("PROXY TCP4 192.0.2.99 198.51.100.9 12345 443\r\n")},
		"proxy-protocol 2": {say(v2)},
		"proxied smtp":     {say(v2), reply("220 mail.example.com ESMTP\r\n"), say("EHLO client\r\n"), reply("250 STARTTLS\r\n"), say("STARTTLS\r\n"), reply("220 go\r\n")},
		"sieve":            {reply("\"IMPLEMENTATION\" \"x\"\r\n\"STARTTLS\"\r\nOK\r\n"), say("STARTTLS\r\n"), reply("OK\r\n")},
		"nntp":             {reply("200 news.example.com ready\r\n"), say("STARTTLS\r\n"), reply("382 go\r\n")},
		"other":            {say("\x01begin\x00"), reply("\x02yes\x00")},
	}
}

// Proves that TLS is found behind everything that goes before it, on any port and however
// the segments are cut, that it is named, and that the PROXY protocol tells the client.
func TestBeforeTLS(t *testing.T) {
	for name, turns := range preambles() {
		tls := handshake()
		if name == "mssql" {
			for i := range tls {
				tls[i].Data = packed(0x12, tls[i].Data, 100)
			}
		}
		want := map[string]string{"socks 4": "socks", "socks 4a": "socks", "proxy-protocol 2": "proxy-protocol", "proxied smtp": "smtp", "sieve": "other", "nntp": "other"}[name]
		if want == "" {
			want = name
		}
		t.Run(name, func(t *testing.T) {
			c := one(t, pcapOf(kit.Conversation(client(), server(), 0, append(slices.Clone(turns), tls...)...)))
			if c.Before != want {
				t.Errorf("before: %q", c.Before)
			}
			if bytes.HasPrefix([]byte(name), []byte("prox")) {
				if c.Client != netip.MustParseAddrPort("192.0.2.99:12345") || c.Via != client().Addr() {
					t.Errorf("client %s via %s", c.Client, c.Via)
				}
				c.Client = client()
			}
			usual(t, c)
		})
		if name == "other" {
			continue // nothing says where its messages end
		}
		t.Run(name+" in one segment with the hello", func(t *testing.T) {
			joined := append([]kit.Turn{}, turns...)
			last := len(joined) - 1
			for joined[last].FromServer && last > 0 {
				last--
			}
			joined[last].Data = append(slices.Clone(joined[last].Data), tls[0].Data...)
			all := append(joined, tls[1:]...)
			usual2(t, one(t, pcapOf(kit.Conversation(client(), server(), 0, all...))))
		})
		t.Run(name+" byte by byte", func(t *testing.T) {
			usual2(t, one(t, pcapOf(kit.Conversation(client(), server(), 1, append(slices.Clone(turns), tls...)...))))
		})
	}
}

// Proves that what a client says of itself before TLS is kept.
func TestIntroduced(t *testing.T) {
	for _, c := range []struct {
		turns []kit.Turn
		want  observe.Identity
	}{
		{[]kit.Turn{say("CONNECT a.example.com:443 HTTP/1.1\r\nUser-Agent: agent/7.0 (Windows NT 6.1)\r\n\r\n"), reply("HTTP/1.1 200 OK\r\n\r\n")}, observe.Identity{UserAgent: "agent/7.0 (Windows NT 6.1)"}},
		{preambles()["proxied smtp"], observe.Identity{Fields: map[string]string{"ehlo": "client"}}},
		{[]kit.Turn{say("\x03\x00\x00\x2d\x28\xe0\x00\x00\x00\x00\x00Cookie: mstshash=EXAMPLE\\a\r\n\x01\x00\x08\x00\x0b\x00\x00\x00"), reply("\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x1f\x08\x00\x02\x00\x00\x00")}, observe.Identity{Principal: "EXAMPLE\\a"}},
		{nil, observe.Identity{}},
	} {
		got := one(t, pcapOf(kit.Conversation(client(), server(), 0, append(slices.Clone(c.turns), handshake()...)...))).Identity
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%+v, want %+v", got, c.want)
		}
	}
}

// usual2 is usual without the addresses.
func usual2(t *testing.T, c observe.Connection) {
	t.Helper()
	c.Client = client()
	usual(t, c)
}

// Proves that a handshake that two real sides make inside the packets of SQL Server is
// read as they know it.
func TestRealHandshakeInTDS(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS12, tls.VersionTLS13} {
		turns, state := realHandshake(t, version)
		for _, size := range []int{100, 4088} {
			all := slices.Clone(preambles()["mssql"])
			for _, turn := range turns {
				all = append(all, kit.Turn{FromServer: turn.FromServer, Data: packed(0x12, turn.Data, size)})
			}
			c := one(t, pcapOf(kit.Conversation(client(), server(), 0, all...)))
			if c.Before != "mssql" || c.Hello == nil || c.ServerName != "sql.example.com" || c.Negotiated == nil || uint16(c.Negotiated.Version) != state.Version || uint16(c.Negotiated.Suite) != state.CipherSuite {
				t.Errorf("%x in packets of %d: %s", version, size, describe(c))
			}
			if version < tls.VersionTLS13 && c.Identity.ServerCertificate != "CN=sql.example.com" {
				t.Errorf("certificate of %q", c.Identity.ServerCertificate)
			}
		}
	}
}

// realHandshake is what two sides of crypto/tls say to each other up to a version.
func realHandshake(t *testing.T, version uint16) ([]kit.Turn, tls.ConnectionState) {
	t.Helper()
	cert, key := certkit.Issue(t, "sql.example.com", nil, nil)
	near, far := net.Pipe()
	var log turnLog
	sides := [2]net.Conn{recorded{near, &log, false}, recorded{far, &log, true}}
	served := make(chan error, 1)
	go func() {
		s := tls.Server(sides[1], &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}, MinVersion: tls.VersionTLS10})
		err := s.Handshake()
		if err == nil {
			_, err = s.Write([]byte("a"))
		}
		served <- err
	}()
	c := tls.Client(sides[0], &tls.Config{InsecureSkipVerify: true, ServerName: "sql.example.com", MinVersion: tls.VersionTLS10, MaxVersion: version})
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	return log.turns, c.ConnectionState()
}

// turnLog is what was said, by whom, in order.
type turnLog struct {
	sync.Mutex
	turns []kit.Turn
}

// recorded is a connection of which everything written is kept.
type recorded struct {
	net.Conn
	log        *turnLog
	fromServer bool
}

// Write implements [net.Conn].
func (r recorded) Write(p []byte) (int, error) {
	r.log.Lock()
	r.log.turns = append(r.log.turns, kit.Turn{FromServer: r.fromServer, Data: bytes.Clone(p)})
	r.log.Unlock()
	return r.Conn.Write(p)
}

// Proves that nothing is taken for a hello that is none.
func TestNoHello(t *testing.T) {
	h := string(hello())
	upload := say("POST /capture HTTP/1.1\r\nHost: example.com\r\nContent-Length: 2000\r\n\r\n" + h)
	for name, turns := range map[string][]kit.Turn{
		"a hello sent as a file":                 {upload, reply("HTTP/1.1 204 No Content\r\n\r\n")},
		"a hello sent as a file, in segments":    {say("POST /capture HTTP/1.1\r\nHost: example.com\r\n\r\n"), say(h)},
		"a hello in the middle of a message":     {say("a message " + h)},
		"encrypted handshake records":            {say("\x16\x03\x01\x00\x28\x01\x00\x00\x10" + string(make([]byte, 36)))},
		"a record of another length":             {say("\x16\x03\x01\x40\x01" + h[5:])},
		"a version of nobody":                    {say("\x16\x03\x01" + h[3:9] + "\x05" + h[10:])},
		"SSH":                                    {reply("SSH-2.0-OpenSSH_9.2\r\n"), say("SSH-2.0-x\r\n"), say(h)},
		"an alert without a hello":               {reply("\x15\x03\x01\x00\x02\x02\x46")},
		"SSL 2.0 with lengths that do not fit":   {say("\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x11" + string(make([]byte, 40)))},
		"SMB":                                    {say("\x00\x00\x00\x55\xfeSMB" + string(make([]byte, 80))), say(h)},
		"data of TLS that began before":          {say("\x17\x03\x03\x00\x20" + string(make([]byte, 32))), say(h)},
		"a file transfer of random bytes":        {{Data: kit.Data(random(), 16000)[5:]}},
		"a ServerHello and a hello of one side":  {{Data: answer()}},
		"the beginning of a hello, and no more":  {say(h[:60])},
		"a hello that claims suites of 64 KiB":   {say(h[:76] + "\xff\xff" + h[78:])},
		"application data that contains a hello": {say("\x17\x03\x03\x02\x00" + h)},
	} {
		list, _ := readBytes(t, "made.pcap", pcapOf(kit.Conversation(client(), server(), 0, turns...)))
		for _, c := range list {
			if c.Hello != nil {
				t.Errorf("%s: %s", name, describe(c))
			}
		}
	}
}

// Proves that QUIC is counted once for each connection, whoever is seen, and that other
// things over UDP are not.
func TestQUIC(t *testing.T) {
	initial := append([]byte{0xc3, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0}, make([]byte, 1184)...)
	second := append([]byte{0xd3, 0x6b, 0x33, 0x43, 0xcf, 0, 0}, make([]byte, 1193)...)
	packet := func(from, to netip.AddrPort, content []byte) kit.Packet {
		return kit.Packet{Time: kit.Start(), Data: inner(kit.IP(17, from.Addr(), to.Addr(), kit.UDP(from.Port(), to.Port(), content)))}
	}
	answered := kit.Style{}.Pcap(packet(client(), server(), initial), packet(client(), server(), initial), packet(server(), client(), initial), packet(client(), server(), initial))
	c := one(t, answered)
	if c.Transport != observe.QUIC || c.Client != client() || c.Hello != nil || c.Offered.Max != tlsready.TLS13 || c.Negotiated == nil || c.Negotiated.Version != tlsready.TLS13 {
		t.Error(describe(c))
	}
	if c := one(t, kit.Style{}.Pcap(packet(client(), server(), second))); c.Negotiated != nil || c.Client != client() {
		t.Error(describe(c))
	}
	dtls := append([]byte{0xfe, 0xff}, make([]byte, 1300)...)
	other := append([]byte{0xc0, 9, 9, 9, 9}, make([]byte, 1300)...)
	if list, _ := readBytes(t, "made.pcap", kit.Style{}.Pcap(packet(client(), server(), dtls), packet(client(), server(), other))); len(list) > 0 {
		t.Error(describe(list[0]))
	}
}

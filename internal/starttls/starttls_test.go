package starttls

import (
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
)

func unhex(s string) string {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return string(b)
}

// talk runs a dialogue against what a server says after each thing that is sent,
// in pieces of size bytes.
func talk(d Dialogue, server []string, size int) (sent []string, done bool, err error) {
	step := func(received []byte) {
		var out []byte
		if out, done, err = d.Next(received); len(out) > 0 {
			sent = append(sent, string(out))
		}
	}
	step(nil)
	for _, text := range server {
		for len(text) > 0 && !done && err == nil {
			n := min(size, len(text))
			step([]byte(text[:n]))
			text = text[n:]
		}
	}
	return sent, done, err
}

// Server answers of the documents named in each dialogue.
var (
	mysqlGreeting = unhex("4a000000 0a 382e302e333600 0b000000 0102030405060708 00 ffff 21 0200 ffdf 15 00000000000000000000 0102030405060708090a0b0c 00 6d7973716c5f6e61746976655f70617373776f726400")
	ldapYes       = unhex("30 0c 02 01 01 78 07 0a 01 00 04 00 04 00")
	ldapLong      = unhex("30 84 00000010 02 01 01 78 84 00000007 0a 01 00 04 00 04 00")
	ldapNo        = unhex("30 10 02 01 01 78 0b 0a 01 34 04 00 04 04 62757379")
	rdpYes        = unhex("03000013 0e d0 0000 1234 00 02 1f 0800 01000000")
	rdpNo         = unhex("03000013 0e d0 0000 1234 00 03 00 0800 02000000")
	rdpOld        = unhex("0300000b 06 d0 0000 1234 00")
	tdsYes        = unhex("04 01 0019 0000 0100 00 000b 0006 01 0011 0001 ff 0f0007d00000") // the option follows
)

// tdsAnswer is a PRELOGIN answer with that encryption mode.
func tdsAnswer(mode byte) string {
	return tdsYes[:2] + "\x00\x1a" + tdsYes[4:] + string(mode)
}

// TestDialogues proves what is sent, and when TLS begins, against the answers that
// the protocols' documents show, however these are cut.
func TestDialogues(t *testing.T) {
	for _, c := range []struct {
		protocol string
		server   []string
		sent     []string
	}{
		{"smtp", []string{"220-mail.example.com\r\n220 ready\r\n", "250-mail.example.com\r\n250-STARTTLS\r\n250 8BITMIME\r\n", "220 Go ahead\r\n"}, []string{"EHLO client.invalid\r\n", "STARTTLS\r\n"}},
		{"smtp", []string{"220 x\n", "250 x\n", "220\n"}, []string{"EHLO client.invalid\r\n", "STARTTLS\r\n"}},
		{"lmtp", []string{"220 mail.example.com LMTP\r\n", "250-mail.example.com\r\n250 STARTTLS\r\n", "220 Go ahead\r\n"}, []string{"LHLO client.invalid\r\n", "STARTTLS\r\n"}},
		{"ftp", []string{"220-Welcome\r\n  anything 234 may stand here\r\n220 ready\r\n", "234 Enabling TLS\r\n"}, []string{"AUTH TLS\r\n"}},
		{"pop3", []string{"+OK POP3 <1.2@example.com>\r\n", "+OK Begin\r\n"}, []string{"STLS\r\n"}},
		{"imap", []string{"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n", "* CAPABILITY IMAP4rev1\r\na1 ok begin\r\n"}, []string{"a1 STARTTLS\r\n"}},
		{"ldap", []string{ldapYes}, []string{unhex("301d 020101 7718 8016") + "1.3.6.1.4.1.1466.20037"}},
		{"ldap", []string{ldapLong}, []string{unhex("301d 020101 7718 8016") + "1.3.6.1.4.1.1466.20037"}},
		{"postgres", []string{"S"}, []string{unhex("00000008 04d2162f")}},
		{"mysql", []string{mysqlGreeting}, []string{unhex("20000001 008a0000 00000001 21") + strings.Repeat("\x00", 23)}},
		{"rdp", []string{rdpYes}, []string{unhex("03000013 0ee00000000000 0100080003000000")}},
		{"mssql", []string{tdsAnswer(1)}, []string{unhex("12 01 001a 00000000 00000b0006 0100110001 ff 0b0000000000 01")}},
		{"mssql", []string{tdsAnswer(0)}, []string{unhex("12 01 001a 00000000 00000b0006 0100110001 ff 0b0000000000 01")}},
		{"xmpp", []string{
			"<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='x'><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>",
			"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
		}, []string{
			"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='lab.example.com'>",
			"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
		}},
	} {
		for _, size := range []int{1, 2, 5, 1000} {
			d, err := New(c.protocol, "lab.example.com'>")
			if err != nil {
				t.Fatal(err)
			}
			sent, done, err := talk(d, c.server, size)
			if !done || err != nil {
				t.Errorf("%s, pieces of %d: done %v, %v, sent %q", c.protocol, size, done, err, sent)
			}
			if !slices.Equal(sent, c.sent) {
				t.Errorf("%s, pieces of %d: sent\n%q, want\n%q", c.protocol, size, sent, c.sent)
			}
		}
	}
}

// TestRefusals proves that a server that does not go over to TLS, says something
// else, or says too much is an error that says so.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		protocol string
		server   []string
		want     error  // nil: another error
		text     string // in the error
	}{
		{"smtp", []string{"554 no\r\n"}, ErrRefused, "554 no"},
		{"smtp", []string{"220 x\r\n", "250 x\r\n", "454 not now\r\n"}, ErrRefused, "454"},
		{"smtp", []string{"220 x\r\n", "250 x\r\n", "220 x\r\n250 injected\r\n"}, ErrEarly, "clear"},
		{"smtp", []string{"SSH-2.0-OpenSSH\r\n"}, nil, "not an answer"},
		{"smtp", []string{"220-" + strings.Repeat("x", MaxReply)}, nil, "bytes"},
		{"smtp", []string{strings.Repeat("220-x\r\n", MaxReplies+1)}, nil, "lines"},
		{"ftp", []string{"220 x\r\n", "530 no\r\n"}, ErrRefused, "530"},
		{"pop3", []string{"+OK\r\n", "-ERR no\r\n"}, ErrRefused, "-ERR"},
		{"pop3", []string{"hello\r\n"}, nil, "not an answer"},
		{"imap", []string{"* BYE\r\n"}, ErrRefused, "BYE"},
		{"imap", []string{"* OK\r\n", "a1 BAD unknown\r\n"}, ErrRefused, "BAD"},
		{"ldap", []string{ldapNo}, ErrRefused, "result 52 busy"},
		{"ldap", []string{"HTTP/1.1"}, nil, "not an answer"},
		{"ldap", []string{unhex("30 84 7fffffff")}, nil, "bytes"},
		{"postgres", []string{"N"}, ErrRefused, "N"},
		{"postgres", []string{"Sx"}, ErrEarly, "clear"},
		{"postgres", []string{"H"}, nil, "not an answer"},
		{"mysql", []string{unhex("07000000 ff 6a04 686f7374")}, ErrRefused, "host"},
		{"mysql", []string{strings.Replace(mysqlGreeting, "\xff\xff", "\xff\xf7", 1)}, ErrRefused, "CLIENT_SSL"},
		{"mysql", []string{unhex("ffffff00")}, nil, "packet of"},
		{"mysql", []string{"\x03\x00\x00\x00\x0a8\x00"}, nil, "cut off"},
		{"rdp", []string{rdpNo}, ErrRefused, "failure 2"},
		{"rdp", []string{rdpOld}, ErrRefused, "no negotiation"},
		{"rdp", []string{"HTTP/1.1 400"}, nil, "not an answer"},
		{"mssql", []string{tdsAnswer(2)}, ErrRefused, "ENCRYPT_NOT_SUP"},
		{"mssql", []string{"HTTP/1.1 400"}, nil, "not an answer"},
		{"mssql", []string{unhex("04 01 000e 00000000 01 ffff 0001 ff")}, nil, "outside"},
		{"xmpp", []string{"<stream:stream><stream:features><x/></stream:features>"}, ErrRefused, "no starttls"},
		{"xmpp", []string{"<stream:stream><stream:error/>"}, ErrRefused, "error"},
		{"xmpp", []string{"HTTP/1.1 400 Bad Request\r\n"}, nil, "no XML"},
		{"xmpp", []string{"<stream:features>" + xmppTLS + "</stream:features>", "<failure/>"}, ErrRefused, "failure"},
	} {
		d, err := New(c.protocol, "")
		if err != nil {
			t.Fatal(err)
		}
		_, done, err := talk(d, c.server, 100000)
		if done || err == nil || !strings.Contains(err.Error(), c.text) || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s %.60q: done %v, %v, want %q", c.protocol, c.server, done, err, c.text)
		}
	}
	if _, err := New("gopher", ""); err == nil || !strings.Contains(err.Error(), "smtp") {
		t.Errorf("gopher: %v", err)
	}
	for _, p := range Protocols() {
		if DefaultPort(p) == 0 {
			t.Errorf("%s has no port", p)
		}
	}
}

// TestTDSFraming proves that TLS bytes come out of TDS packets as they went in.
func TestTDSFraming(t *testing.T) {
	d, _ := New("mssql", "")
	f := d.(Framing)
	content := strings.Repeat("0123456789", 1000)
	packets := f.Wrap([]byte(content))
	if packets[0] != tdsPrelogin || packets[1] != 0 || packets[4096+1] != 0 || packets[2*4096+1] != tdsLast {
		t.Errorf("headers %x %x %x", packets[:8], packets[4096:4104], packets[8192:8200])
	}
	for _, size := range []int{1, 7, 4096, len(packets)} {
		d, _ := New("mssql", "")
		var got []byte
		for rest := packets; len(rest) > 0; {
			n := min(size, len(rest))
			part, err := d.(Framing).Unwrap(rest[:n])
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, part...)
			rest = rest[n:]
		}
		if string(got) != content {
			t.Errorf("pieces of %d: %d bytes, want %d", size, len(got), len(content))
		}
	}
	if _, err := f.Unwrap([]byte("HTTP/1.1 400")); err == nil {
		t.Error("plain text is taken for a packet")
	}
}

// FuzzDialogues proves that no answer panics a dialogue, keeps it going for ever,
// or makes it keep more than its limit.
func FuzzDialogues(f *testing.F) {
	for i := range Protocols() {
		for _, answer := range []string{"220 x\r\n250 x\r\n220 x\r\n", "* OK\r\na1 OK\r\n", ldapYes, ldapLong, "S", mysqlGreeting, rdpYes, tdsAnswer(1), "<stream:features>" + xmppTLS + "</stream:features><proceed/>"} {
			f.Add(uint8(i), []byte(answer), uint8(3))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, answer []byte, size uint8) {
		d, err := New(Protocols()[int(which)%len(Protocols())], string(answer[:min(len(answer), 8)]))
		if err != nil {
			t.Fatal(err)
		}
		done := false
		if _, done, err = d.Next(nil); done || err != nil {
			t.Fatalf("done %v, %v before anything came", done, err)
		}
		rest := answer
		for len(rest) > 0 && !done && err == nil {
			n := min(int(size)+1, len(rest))
			var out []byte
			if out, done, err = d.Next(rest[:n]); len(out) > 4096 {
				t.Fatalf("%d bytes are sent", len(out))
			}
			rest = rest[n:]
		}
		if framing, ok := d.(Framing); ok && done {
			if out, err := framing.Unwrap(rest); err == nil && len(out) > len(rest) {
				t.Fatalf("%d bytes out of %d", len(out), len(rest))
			}
		}
	})
}

// TestGuess proves which protocol is named for what a server says first, and that none
// is for what may be anything.
func TestGuess(t *testing.T) {
	for _, guess := range [][2]string{
		{"220 mail.example.com ESMTP Postfix\r\n", "smtp ftp lmtp"},
		{"220 mx.example.com\r\n", "smtp ftp lmtp"},
		{"220-FileZilla Server\r\n220 FTP ready", "ftp smtp lmtp"},
		{"220 mail.example.com LMTP ready\r\n", "lmtp smtp ftp"},
		{"* OK [CAPABILITY IMAP4rev1] ready\r\n", "imap"},
		{"+OK POP3 ready\r\n", "pop3"},
		{"<?xml version='1.0'?><stream:stream id='1'>", "xmpp"},
		{mysqlGreeting, "mysql"},
		{"SSH-2.0-OpenSSH_9.2\r\n", ""},
		{"HTTP/1.1 400 Bad Request\r\n\r\n", ""},
		{"2200 is a number", ""},
		{"", ""},
	} {
		said, want := guess[0], guess[1]
		if got := strings.Join(Guess([]byte(said)), " "); got != want {
			t.Errorf("%.30q: %q, want %q", said, got, want)
		}
	}
	if got := OnPort(389); len(got) != 1 || got[0] != "ldap" || OnPort(443) != nil {
		t.Errorf("port 389: %v, port 443: %v", got, OnPort(443))
	}
	for _, p := range []string{"smtp", "ftp", "lmtp", "imap", "pop3", "xmpp", "mysql"} {
		if !slices.Contains(Protocols(), p) {
			t.Errorf("%s is guessed and not spoken", p)
		}
	}
}

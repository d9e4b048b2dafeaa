package winrm

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"tlsready/internal/message"
	"tlsready/internal/registry"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/source/remote/winrm/winrmtest"
)

// broken is a machine or a caller that something is wrong with.
type broken struct {
	name       string
	port       int
	machine    func(m *machine)
	tls        func(c *tls.Config)
	options    func(t *testing.T, m *machine, o *Options)
	want, hint string
	login      peer.Login
}

func wrongPassword(_ *testing.T, _ *machine, o *Options) {
	o.Password = func(context.Context) (peer.Secret, error) { return peer.NewSecret(password + "x"), nil }
}

func faulty(subcode, code, text string) func(m *machine) {
	return func(m *machine) { m.Fault = &winrmtest.Fault{Subcode: subcode, Code: code, Message: text} }
}

func status(n int) func(m *machine) {
	return func(m *machine) {
		m.Answer = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(n); return true }
	}
}

func offers(schemes ...string) func(m *machine) { return func(m *machine) { m.Offers = schemes } }

func withCertificate(t *testing.T, m *machine, o *Options) { *o = m.options(t, true) }

func unknownCA(_ *testing.T, _ *machine, o *Options) { o.CA = "" }

// failures are what can be wrong with log-in and service.
func failures() []broken {
	return []broken{
		{name: "wrong password", port: 5986, options: wrongPassword, want: `did not take user and password of admin`, hint: `HOST\user`, login: peer.LoginRefused},
		{name: "wrong password", port: PlainPort, options: wrongPassword, want: `did not take user and password of admin`, hint: `HOST\user`, login: peer.LoginRefused},
		{name: "wrong password with Basic", port: 5986, machine: offers("Basic"), options: wrongPassword, want: "did not take user and password", hint: "Basic takes local accounts alone", login: peer.LoginRefused},
		{name: "Basic over HTTP", port: PlainPort, machine: offers("Basic"), want: "over HTTP messages must be encrypted, which needs NTLM; it offers Basic", hint: "use HTTPS"},
		{name: "Kerberos alone", port: 5986, machine: offers("Kerberos"), want: "neither NTLM nor Basic; it offers Kerberos", hint: "TLSREADY_WINRM_CERT"},
		{name: "nothing", port: PlainPort, machine: offers(), want: "it offers nothing", hint: "Negotiate"},
		{name: "no sealing", port: PlainPort, machine: func(m *machine) { m.Without = flagSeal }, want: "messages cannot be encrypted over HTTP", hint: "HTTPS", login: peer.LoginTaken},
		{name: "weak sealing", port: PlainPort, machine: func(m *machine) { m.Without = flag128 }, want: "messages cannot be encrypted over HTTP", hint: "HTTPS", login: peer.LoginTaken},
		{name: "certificate not mapped", port: 5986, options: withCertificate, want: "did not take the client certificate", hint: "ClientCertificate"},
		{name: "certificate over HTTP", port: PlainPort, options: withCertificate, want: "port 5985 is HTTP", hint: "leave the port out"},
		{name: "no rights", port: 5986, machine: faulty("w:AccessDenied", "5", "Access is denied."), want: "may not use WinRM here", hint: "Remote Management Users", login: peer.LoginTaken},
		{name: "no rights", port: PlainPort, machine: faulty("w:AccessDenied", "5", "Zugriff verweigert"), want: "may not use WinRM here", hint: "LocalAccountTokenFilterPolicy", login: peer.LoginTaken},
		{name: "too many shells", port: 5986, machine: faulty("w:QuotaLimit", "2150859174", "This user is allowed a maximum number of 5 shells."), want: "maximum number of 5", hint: "MaxShellsPerUser", login: peer.LoginTaken},
		{name: "unencrypted", port: 5986, machine: faulty("w:x", "2150858832", "Unencrypted traffic is currently disabled"), want: "wants encrypted messages", hint: "5986", login: peer.LoginTaken},
		{name: "another fault", port: 5986, machine: faulty("w:x", "77", "odd\r\n\x1b[31m "+strings.Repeat("text ", 1000)), want: "refused: odd", hint: "winrm get winrm/config", login: peer.LoginTaken},
		{name: "no service", port: 5986, machine: status(404), want: "there is no /wsman", hint: "5985"},
		{name: "service stopped", port: 5986, machine: status(503), want: "status 503", hint: "sc start WinRM"},
		{name: "forbidden", port: PlainPort, machine: status(403), want: "status 403", hint: "Administrators"},
		{name: "taken without a log-in", port: 5986, machine: status(200), want: "status 200", hint: "check that a WinRM service"},
		{name: "redirect", port: 5986, machine: status(302), want: "status 302", hint: "check that a WinRM service"},
		{name: "no Windows", port: 5986, machine: func(m *machine) { m.Run = func(string) ([]byte, []byte, int) { return []byte("Linux"), nil, 0 } }, want: "no Windows machine", hint: "Windows", login: peer.LoginTaken},
		{name: "changed on the way", port: PlainPort, machine: func(m *machine) { m.Spoil = func(b []byte) []byte { b[len(b)-30] ^= 1; return b } }, want: "cannot be trusted", hint: "use HTTPS", login: peer.LoginTaken},
		{name: "no such CA file", port: 5986, options: func(_ *testing.T, _ *machine, o *Options) { o.CA = "none.pem" }, want: "none.pem cannot be used", hint: "PEM"},
		{name: "no such key file", port: 5986, options: func(_ *testing.T, _ *machine, o *Options) { o.Certificate, o.Key = "a.pem", "b.pem" }, want: "client certificate cannot be used", hint: "TLSREADY_WINRM_KEY"},
		{name: "no password", port: 5986, options: func(_ *testing.T, _ *machine, o *Options) { o.Password = nil }, want: "no password is given", hint: "TLSREADY_PASSWORD_FILE"},
	}
}

// connections are what can be wrong before somebody logs in.
func connections() []broken {
	return []broken{
		{name: "unknown certificate", port: 5986, options: unknownCA, want: "its certificate is not trusted (thumbprint ", hint: "TLSREADY_WINRM_CA"},
		{name: "TLS 1.0 alone", port: 5986, tls: func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, want: "agree on no TLS version", hint: "winrm://admin@" + winrmtest.Host + ":5985"},
		{name: "a ServerHello of TLS 1.0", port: 5986, options: hello(oldHello()), want: "agree on no TLS version", hint: "2008 R2"},
		{name: "an end in the handshake", port: 5986, options: hello(""), want: "agree on no TLS version", hint: "smb://admin@"},
		{name: "HTTP where HTTPS is expected", port: 5986, options: func(_ *testing.T, m *machine, o *Options) {
			o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) { return m.Dial(ctx, network, "x:5985") }
		}, want: "does not speak TLS", hint: "5985 is HTTP"},
		{name: "HTTPS where HTTP is expected", port: PlainPort, options: func(_ *testing.T, m *machine, o *Options) {
			o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) { return m.Dial(ctx, network, "x:5986") }
		}, want: "status 400", hint: "5986 is HTTPS"},
		{name: "refused", port: 5986, options: func(_ *testing.T, _ *machine, o *Options) {
			o.Dial = func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
			}
		}, want: "no connection: connection refused", hint: "winrm quickconfig -transport:https"},
	}
}

// Proves that each failure says what is wrong and what to do, in one line, says
// whether the log-in counts towards a lock-out, holds no password, and leaves no
// shell behind.
func TestFailures(t *testing.T) {
	for _, b := range append(failures(), connections()...) {
		t.Run(fmt.Sprint(b.name, " ", b.port), func(t *testing.T) {
			m := newMachine("en")
			if b.machine != nil {
				b.machine(m)
			}
			if b.name == "nothing" {
				m.Offers = []string{}
			}
			winrmtest.Start(t, m.Server, b.tls)
			o := m.options(t, false)
			if b.options != nil {
				b.options(t, m, &o)
			}
			c, err := Open(t.Context(), target(b.port), o)
			var e *message.Problem
			if c != nil || !errors.As(err, &e) {
				t.Fatalf("error %v", err)
			}
			hint := message.English(message.HintOf(err))
			if !strings.Contains(e.Error(), b.want) || !strings.Contains(hint, b.hint) || hint == "" || peer.LoginOf(err) != b.login {
				t.Errorf("error %q, hint %q, log-in %d", e, hint, peer.LoginOf(err))
			}
			if shown := fmt.Sprintf("%v %+v %#v", err, err, e); strings.Contains(shown, password) || strings.ContainsAny(e.Error(), "\r\n\x1b") || len(e.Error()) > 600 {
				t.Errorf("shown %q", shown)
			}
			if denied := b.name == "no rights" || b.name == "forbidden"; errors.Is(err, registry.ErrDenied) != denied {
				t.Errorf("denied: %v", err)
			}
			if _, open := m.Shells(); open != 0 && m.Spoil == nil { // its id may be anything
				t.Errorf("%d shells are still open", open)
			}
		})
	}
}

// hello answers a ClientHello with bytes, and ends the connection.
func hello(answer string) func(*testing.T, *machine, *Options) {
	return func(_ *testing.T, _ *machine, o *Options) {
		o.Dial = func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() {
				defer theirs.Close()
				if _, err := theirs.Read(make([]byte, 1<<14)); err == nil {
					_, _ = theirs.Write([]byte(answer))
				}
			}()
			return ours, nil
		}
	}
}

// oldHello is a ServerHello that chooses TLS 1.0, as Schannel sends it if it has
// nothing newer (RFC 5246, 7.4.1.3).
func oldHello() string {
	return "\x16\x03\x01\x00\x2a" + "\x02\x00\x00\x26" + "\x03\x01" + strings.Repeat("r", 32) + "\x00" + "\x00\x2f" + "\x00"
}

// Proves that nonsense and endless data end with an error instead of filling the
// memory or never ending.
func TestNonsense(t *testing.T) {
	envelope := func(body string) string {
		return `<s:Envelope xmlns:s="` + soapSpace + `"><s:Header/><s:Body>` + body + `</s:Body></s:Envelope>`
	}
	for _, c := range []struct{ name, head, piece, tail string }{
		{"no HTTP, long", strings.Repeat("x", 50000) + "\r\n\r\n", "", ""},
		{"no HTTP", "\x16\x03\x01\x02\x00", "", ""},
		{"nothing", "", "", ""},
		{"endless headers", "HTTP/1.1 200 OK\r\n", "A: " + strings.Repeat("b", 1000) + "\r\n", ""},
		{"an endless header", "HTTP/1.1 200 OK\r\nA: ", strings.Repeat("b", 1000), ""},
		{"endless interim answers", "", "HTTP/1.1 100 Continue\r\n\r\n", ""},
		{"an endless body", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "400\r\n" + strings.Repeat("c", 0x400) + "\r\n", ""},
		{"a huge length", "HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n", strings.Repeat("c", 0x400), ""},
		{"a wrong length", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabc", "", ""},
		{"no XML", "", "", "hello"},
		{"an element with a long name", "", "", "<" + strings.Repeat("x", 50000) + "/>"},
		{"HTML", "", "", "<html><body>hello</body></html>"},
		{"an empty envelope", "", "", envelope("")},
		{"another envelope", "", "", strings.ReplaceAll(envelope(""), "2003/05/soap-envelope", "other")},
		{"a document type", "", "", `<!DOCTYPE a [<!ENTITY b "c">]>` + envelope("")},
		{"deep elements", "", "", envelope(strings.Repeat("<a>", 40000) + strings.Repeat("</a>", 40000))},
		{"two envelopes", "", "", envelope("") + envelope("")},
		{"an answer to another", "", "", strings.Replace(envelope(""), "<s:Header/>", "<s:Header><RelatesTo>uuid:0</RelatesTo></s:Header>", 1)},
		{"a long id", "", "", envelope(`<ResourceCreated><ReferenceParameters><SelectorSet><Selector Name="ShellId">` + strings.Repeat("A", 1000) + `</Selector></SelectorSet></ReferenceParameters></ResourceCreated>`)},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := c.head
			if c.tail != "" {
				text = fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(c.tail), c.tail)
			}
			m := newMachine("en")
			m.Answer = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.Header.Get("Content-Type"), "soap") && c.tail != "" {
					return false // the log-in is as it should be
				}
				conn, b, err := w.(http.Hijacker).Hijack()
				if err != nil {
					return true
				}
				defer conn.Close()
				_, _ = b.WriteString(text)
				for c.piece != "" && err == nil {
					_, err = b.WriteString(c.piece)
				}
				_ = b.Flush()
				return true
			}
			winrmtest.Start(t, m.Server, nil)
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			_, err := Open(ctx, target(5986), m.options(t, false))
			var e *message.Problem
			if !errors.As(err, &e) || ctx.Err() != nil || message.HintOf(err).IsZero() || len(e.Error()) > 4*maxQuoted {
				t.Fatalf("error %v", err)
			}
			if c.tail != "" && !strings.Contains(e.Error(), "as a WinRM service does") {
				t.Errorf("error %v", err)
			}
			t.Log(err)
		})
	}
}

// FuzzReadEnvelope proves that no answer breaks the reader, and that what it takes
// from one is in it.
func FuzzReadEnvelope(f *testing.F) {
	head := `<s:Envelope xmlns:s="` + soapSpace + `"><s:Body>`
	f.Add(head + `<ReceiveResponse><Stream Name="stdout">AAAA</Stream><CommandState State="x"><ExitCode>0</ExitCode></CommandState></ReceiveResponse></s:Body></s:Envelope>`)
	f.Add(head + `<s:Fault><s:Code><s:Subcode><s:Value>w:TimedOut</s:Value></s:Subcode></s:Code><s:Reason><s:Text>x</s:Text></s:Reason><s:Detail><WSManFault Code="5"><Message>m</Message></WSManFault></s:Detail></s:Fault></s:Body></s:Envelope>`)
	f.Add(head + `<CommandResponse><CommandId>A</CommandId></CommandResponse></s:Body></s:Envelope>`)
	f.Add(head + strings.Repeat("<a>", 40))
	f.Add(`<?xml version="1.0" encoding="UTF-16"?><a/>`)
	f.Fuzz(func(t *testing.T, text string) {
		e, err := readEnvelope([]byte(text), "uuid:1")
		if err != nil {
			return
		}
		if e.XMLName.Space != soapSpace {
			t.Errorf("took %v", e.XMLName)
		}
		if f := e.Body.Fault; f != nil {
			shown := f.failed(target(5986)).Error()
			if strings.ContainsAny(shown, "\r\n\x1b") || len(shown) > 4*maxQuoted*2+400 {
				t.Errorf("shown %q", shown)
			}
		}
	})
}

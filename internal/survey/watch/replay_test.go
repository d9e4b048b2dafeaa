package watch

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/clients"
	"tlsready/internal/observe"
	"tlsready/internal/observe/capture"
	"tlsready/internal/wire"
)

// hellos are the distinct hellos of the recordings: our own, and those in the shared
// folder where it is there.
func hellos(t *testing.T) map[string]*observe.Hello {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(captures, "*.pcap"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	shared := filepath.Join("..", "..", "..", "..", "shared", "captures")
	if more, _ := filepath.Glob(filepath.Join(shared, "*.pcap*")); len(more) > 0 {
		files = append(files, more...)
	} else {
		t.Logf("not run: the hellos of %s, which is not there", shared)
	}
	found := map[string]*observe.Hello{}
	for _, file := range files {
		in, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		_, err = capture.Read(context.Background(), in, file, func(c observe.Connection) error {
			if c.Hello != nil && c.Transport == observe.TCP && !c.Hello.SSL2 { // no server of today reads the form of SSL 2.0
				if msg, err := c.Hello.Marshal(); err == nil {
					found[string(msg)] = c.Hello
				}
			}
			return nil
		})
		in.Close()
		if err != nil && filepath.Ext(file) != ".tsv" {
			t.Fatalf("%s: %v", file, err)
		}
	}
	return found
}

// answer is what a server said to a hello: that it goes on with a ServerHello, or its alert;
// neither if it hung up.
type answer struct {
	took  bool
	alert wire.AlertDescription
}

// unread says that it did not come as far as negotiating: the hello has a part that this
// server of Go cannot read, such as a key share of a draft, or early data, which it never
// takes.
func (a answer) unread() bool {
	return a.alert == wire.DecodeError || a.alert == wire.UnexpectedMessage || a.alert == unsupportedExtension
}

const unsupportedExtension wire.AlertDescription = 110

// send sends a hello to a server and waits for its answer.
func send(t *testing.T, address string, h *observe.Hello) answer {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	raw, err := h.ClientHello.Records(0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(raw); err != nil {
		return answer{}
	}
	var reader wire.Reader
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		_, _ = reader.Write(buf[:n])
		m, ok, bad := reader.Next()
		switch {
		case bad != nil, !ok && err != nil:
			return answer{}
		case ok && m.Content == wire.ContentAlert && len(m.Data) == 2:
			return answer{alert: wire.AlertDescription(m.Data[1])}
		case ok:
			return answer{took: m.Content == wire.ContentHandshake && m.Type == wire.TypeServerHello}
		}
	}
}

// Proves that what survives foretells is what a real server does: each distinct hello of
// the recordings is sent to a server of crypto/tls that takes TLS 1.2 and later, with what
// that server takes as the demand.
func TestReplay(t *testing.T) {
	certificate := rsaCertificate(t)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				go func() {
					_ = conn.(*tls.Conn).Handshake()
					_ = conn.Close()
				}()
			}
		}
	}()
	demand := clients.Demand{Accepts: goAccepts()}
	judge := clients.NewJudge(demand, nil, nil)
	yes, no, unread := 0, 0, 0
	for _, h := range hellos(t) {
		j := judge.Connection(observe.Connection{Transport: observe.TCP, Hello: h})
		got := send(t, listener.Addr().String(), h)
		switch took := got.took; {
		case got.unread():
			unread++
		case j.Survives == tlsready.Unknown:
			t.Errorf("unknown: max %v, %s", h.Max(), j.Why.ID)
		case took != (j.Survives == tlsready.Yes):
			t.Errorf("survives %v, and the server took it: %v (max %v, %s, suites %v)", j.Survives, took, h.Max(), j.Why.ID, h.Suites)
		case took:
			yes++
		default:
			no++
		}
	}
	t.Logf("%d hellos were taken, %d refused, as foretold; %d did not come to be negotiated", yes, no, unread)
	if yes == 0 || no == 0 || unread > (yes+no)/50 {
		t.Errorf("%d taken, %d refused, %d not negotiated: the recordings do not show enough", yes, no, unread)
	}
}

// rsaCertificate is one that nobody trusts: hellos that are sent again check nothing.
func rsaCertificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"lab.test"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// goAccepts is what such a server takes: the suites that crypto/tls has without its
// insecure ones, and its groups.
func goAccepts() tlsready.Acceptance {
	var suites []tlsready.Suite
	for _, s := range tls.CipherSuites() {
		suites = append(suites, tlsready.Suite(s.ID))
	}
	return tlsready.Acceptance{
		Versions: tlsready.Only(tlsready.TLS12, tlsready.TLS13), Suites: tlsready.Only(suites...),
		Groups:      tlsready.Only(tlsready.Group(tls.CurveP256), tlsready.Group(tls.CurveP384), tlsready.Group(tls.CurveP521), tlsready.Group(tls.X25519), tlsready.Group(tls.X25519MLKEM768)),
		Certificate: tlsready.Certificate{KeyType: "rsa", KeyBits: 2048},
	}
}

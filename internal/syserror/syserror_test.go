package syserror

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tlsready"

	"tlsready/internal/message"
)

// Proves that errors which really come from files, sockets, TLS and Go's readers
// are known by what they mean, and are words in both languages.
func TestText(t *testing.T) {
	for want, err := range map[string]error{
		"not-exist":                fileError(t, "nowhere"),
		"refused":                  refused(t),
		"not-tls":                  talk(t),
		"certificate-authority":    distrust(t),
		"certificate-name":         x509.HostnameError{Certificate: &x509.Certificate{}, Host: "fs01"},
		"certificate-expired":      x509.CertificateInvalidError{Reason: x509.Expired},
		"certificate-invalid":      x509.CertificateInvalidError{Reason: x509.TooManyIntermediates},
		"certificate-roots":        x509.SystemRootsError{},
		"dns-not-found":            &net.OpError{Err: &net.DNSError{Name: "fs01", IsNotFound: true}},
		"dns-timeout":              &net.DNSError{Name: "fs01", IsTimeout: true},
		"dns-failed":               &net.DNSError{Name: "fs01", Err: "server misbehaving"},
		"address":                  second(net.ResolveTCPAddr("tcp", "192.0.2.1")),
		"timeout":                  deadline(t),
		"canceled":                 context.Canceled,
		"closed":                   net.ErrClosed,
		"end":                      io.EOF,
		"unexpected-end":           second(io.ReadFull(strings.NewReader("a"), make([]byte, 2))),
		"json":                     json.Unmarshal([]byte("{"), new(any)),
		"json-type":                json.Unmarshal([]byte(`{"A": "x"}`), new(struct{ A int })),
		"xml":                      xml.Unmarshal([]byte("<a></b>"), new(struct{})),
		"csv":                      second(csv.NewReader(strings.NewReader("a\"b")).Read()),
		"number":                   second(strconv.Atoi("x")),
		"number-range":             second(strconv.ParseUint("70000", 10, 16)),
		"time":                     second(time.Parse(time.DateOnly, "x")),
		"hex":                      second(hex.DecodeString("zz")),
		"unsupported":              errors.ErrUnsupported,
		"name-version":             second(tlsready.ParseVersion("TLS 9")),
		"name-suite":               second(tlsready.ParseSuite("x")),
		"name-group":               second(tlsready.ParseGroup("x")),
		"name-signature-algorithm": second(tlsready.ParseSignatureScheme("x")),
		"name-answer":              new(tlsready.Answer).UnmarshalText([]byte("x")),
	} {
		text := Text(err)
		if text.ID != "syserror."+want {
			t.Errorf("%v is %q, want %q", err, text.ID, want)
			continue
		}
		en, ja := message.For("en").Render(text), message.For("ja").Render(text)
		if en == ja || strings.Contains(en+ja, "{") {
			t.Errorf("%s: %q, %q", want, en, ja)
		}
	}
}

// Proves that an error which nobody knows keeps its own words.
func TestUnknown(t *testing.T) {
	err := errors.New("ERR_PECULIAR 17")
	if text := Text(err); !text.IsZero() {
		t.Errorf("got %v", text)
	}
	if what, _ := message.For("ja").WithCauses(Text).Problem(err); what != err.Error() {
		t.Errorf("got %q", what)
	}
}

// Proves that a cause keeps what a library says around it: in English that alone,
// in another language after its meaning.
func TestWithin(t *testing.T) {
	err := fmt.Errorf("ssh: handshake failed: %w", errors.Join(errors.New("x"), &net.OpError{Op: "read", Net: "tcp", Err: io.EOF}))
	for lang, want := range map[string]string{
		"en": err.Error(),
		"ja": "データの終わりに達しました (" + err.Error() + ")",
	} {
		if what, _ := message.For(lang).WithCauses(Text).Problem(err); what != want {
			t.Errorf("got %q, want %q", what, want)
		}
	}
	odd := &fs.PathError{Op: "write", Path: "a", Err: errors.New("is odd")}
	if what, _ := message.For("ja").WithCauses(Text).Problem(odd); what != "is odd" {
		t.Errorf("got %q", what)
	}
}

// Proves that every error number has its words.
func TestNumbersHaveWords(t *testing.T) {
	words := message.For("en")
	for no, name := range numbers() {
		if !words.Has("syserror." + name) {
			t.Errorf("%d: no text syserror.%s", no, name)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func fileError(t *testing.T, name string) error {
	_, err := os.ReadFile(filepath.Join(t.TempDir(), name))
	return err
}

// refused asks a port that nobody listens on any more.
func refused(t *testing.T) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	_, err = net.Dial("tcp", address)
	return err
}

// deadline reads from a connection whose time is over.
func deadline(t *testing.T) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetReadDeadline(time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	return second(conn.Read(make([]byte, 1)))
}

// talk begins TLS with somebody who speaks something else.
func talk(t *testing.T) error {
	here, there := net.Pipe()
	defer func() { _ = here.Close() }()
	go func() {
		_, _ = there.Read(make([]byte, 4096))
		_, _ = there.Write([]byte("220 mail.example.com ESMTP\r\n"))
		_ = there.Close()
	}()
	return tls.Client(here, &tls.Config{ServerName: "mail.example.com"}).HandshakeContext(t.Context())
}

// distrust asks a server whose certificate nobody signed but itself.
func distrust(t *testing.T) error {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	response, err := (&http.Client{}).Get(server.URL)
	if err == nil {
		_ = response.Body.Close()
	}
	return err
}

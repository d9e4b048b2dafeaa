// Package winrmtest is a WinRM service on loopback, written after MS-WSMV and
// MS-NLMP, that hands commands to a function of the test.
package winrmtest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Host is the name that the server's certificate has.
const Host = "fs01.corp.example"

// Server is a WinRM service with one account. Fields are set before the first
// request.
type Server struct {
	User, Domain, Password string
	// Run runs a command line; the server holds its lock meanwhile.
	Run func(line string) (out, errors []byte, status int)
	// Offers are the schemes of its challenges; nil is Negotiate alone.
	Offers []string
	Fault  *Fault // what every message is answered with
	Waits  int    // how often a command says that there is no output yet
	// Without are NTLM flags that it does not agree to.
	Without uint32
	// Answer, if it is there, may answer a request in its own way; it says whether
	// it did.
	Answer func(w http.ResponseWriter, r *http.Request) bool
	// Spoil changes each encrypted answer.
	Spoil func(body []byte) []byte

	mu      sync.Mutex
	shells  map[string]*openShell
	created int
	lines   []string
	actions []string
	logins  int
	refused int
	seen    bytes.Buffer // all requests as they came

	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	plain, tls  net.Listener
}

// Start starts the service over HTTP and HTTPS.
func Start(t testing.TB, s *Server, configure func(*tls.Config)) *Server {
	t.Helper()
	s.shells = map[string]*openShell{}
	s.certificate, s.key = Certificate(t, Host, "localhost")
	config := &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{s.certificate.Raw}, PrivateKey: s.key}},
		ClientAuth:   tls.RequestClientCert,
	}
	if configure != nil {
		configure(config)
	}
	s.plain, s.tls = listen(t), listen(t)
	for _, l := range []net.Listener{s.plain, tls.NewListener(s.tls, config)} {
		h := &http.Server{Handler: s, ConnContext: withState, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute}
		go func() { _ = h.Serve(l) }()
		t.Cleanup(func() { _ = h.Close() })
	}
	return s
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Certificate makes a certificate that is its own authority, for one or more names.
func Certificate(t testing.TB, names ...string) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c, key
}

// WritePEM writes a certificate, and its key if there is one, and gives the paths.
func WritePEM(t testing.TB, c *x509.Certificate, key *ecdsa.PrivateKey) (certificate, private string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, kind string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	certificate = write("certificate.pem", "CERTIFICATE", c.Raw)
	if key == nil {
		return certificate, ""
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return certificate, write("key.pem", "EC PRIVATE KEY", der)
}

// CA writes the server's certificate into a file.
func (s *Server) CA(t testing.TB) string {
	t.Helper()
	path, _ := WritePEM(t, s.certificate, nil)
	return path
}

// Addresses are where it listens: HTTP and HTTPS.
func (s *Server) Addresses() (plain, secure string) {
	return s.plain.Addr().String(), s.tls.Addr().String()
}

// Dial connects to the listener that a port stands for: 5985 is HTTP, all others
// are HTTPS.
func (s *Server) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	l := s.tls
	if strings.HasSuffix(address, ":5985") {
		l = s.plain
	}
	return new(net.Dialer).DialContext(ctx, network, l.Addr().String())
}

// Lines are the commands that were run.
func (s *Server) Lines() []string { return locked(s, func() []string { return slices.Clone(s.lines) }) }

// Actions are the requests that were made: Create, Command, Receive and so on.
func (s *Server) Actions() []string {
	return locked(s, func() []string { return slices.Clone(s.actions) })
}

// Shells says how many shells were opened, and how many still are.
func (s *Server) Shells() (created, open int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.created, len(s.shells)
}

// Logins says how often somebody logged in with NTLM.
func (s *Server) Logins() int { return locked(s, func() int { return s.logins }) }

// Refused says how often a log-in had a wrong user or password.
func (s *Server) Refused() int { return locked(s, func() int { return s.refused }) }

// Seen is all that came, as bytes of HTTP requests.
func (s *Server) Seen() string { return locked(s, s.seen.String) }

// CloseShells ends all shells, as a machine does after a long silence.
func (s *Server) CloseShells() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shells = map[string]*openShell{}
}

func locked[T any](s *Server, get func() T) T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return get()
}

// state is what the server knows of a connection.
type state struct {
	ntlm    acceptor
	user    bool // somebody is logged in
	session *session
}

type stateKey struct{}

func withState(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, stateKey{}, &state{})
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	s.mu.Lock()
	_ = r.Header.Write(&s.seen)
	_, _ = s.seen.Write(body)
	s.mu.Unlock()
	if s.Answer != nil && s.Answer(w, r) {
		return
	}
	st := r.Context().Value(stateKey{}).(*state)
	switch {
	case r.URL.Path != "/wsman":
		http.NotFound(w, r)
	case !s.isUser(st, w, r):
		w.WriteHeader(http.StatusUnauthorized)
	case len(body) == 0:
		w.WriteHeader(http.StatusOK)
	case st.session == nil || r.TLS != nil && !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/"):
		s.answerPlain(w, r, body)
	default:
		s.answerSealed(st, w, r, body)
	}
}

// isUser checks who asks, and writes challenges.
func (s *Server) isUser(st *state, w http.ResponseWriter, r *http.Request) bool {
	authorization := r.Header.Get("Authorization")
	scheme, rest, _ := strings.Cut(authorization, " ")
	token, _ := base64.StdEncoding.DecodeString(rest)
	offers := s.Offers
	if offers == nil {
		offers = []string{"Negotiate"}
	}
	challenge := func() bool {
		for _, scheme := range offers {
			if scheme == "Basic" {
				scheme = `Basic realm="WSMAN"`
			}
			w.Header().Add("WWW-Authenticate", scheme)
		}
		return false
	}
	switch {
	case st.user && authorization == "":
		return true
	case authorization == "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual":
		return slices.Contains(offers, "Certificate") && r.TLS != nil && len(r.TLS.PeerCertificates) == 1
	case scheme == "Basic" && slices.Contains(offers, "Basic"):
		user, password, _ := strings.Cut(string(token), ":")
		return user == s.User && password == s.Password || s.refuse() || challenge()
	case scheme == "Negotiate" && slices.Contains(offers, "Negotiate") && len(token) > 12 && token[8] == 1:
		answer, err := st.ntlm.answer(token, s.Domain, "FS01", s.Without)
		if err != nil {
			return challenge()
		}
		w.Header().Set("WWW-Authenticate", "Negotiate "+base64.StdEncoding.EncodeToString(answer))
		return false
	case scheme == "Negotiate" && slices.Contains(offers, "Negotiate"):
		return s.login(st, token) == nil || s.refuse() || challenge()
	}
	return challenge()
}

// refuse notes that a log-in was wrong.
func (s *Server) refuse() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused++
	return false
}

func (s *Server) login(st *state, token []byte) error {
	key, flags, err := st.ntlm.check(token, s.User, s.Domain, s.Password)
	if err != nil {
		return err
	}
	st.user = true
	s.mu.Lock()
	s.logins++
	s.mu.Unlock()
	if flags&flagSeal != 0 {
		st.session, err = newSession(key)
	}
	return err
}

// answerPlain answers a message that is not encrypted, over HTTPS alone: that is
// AllowUnencrypted=false.
func (s *Server) answerPlain(w http.ResponseWriter, r *http.Request, body []byte) {
	if r.TLS == nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/soap+xml") {
		w.WriteHeader(http.StatusUnsupportedMediaType)
		return
	}
	status, reply := s.soap(body)
	w.Header().Set("Content-Type", "application/soap+xml;charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(reply)
}

// answerSealed answers an encrypted message.
func (s *Server) answerSealed(st *state, w http.ResponseWriter, r *http.Request, body []byte) {
	text, err := openMessage(st.session, r.Header.Get("Content-Type"), body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	status, reply := s.soap(text)
	signature, sealed := st.session.seal(reply)
	out := fmt.Appendf(nil, "--Encrypted Boundary\r\n\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n"+
		"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=%d\r\n--Encrypted Boundary\r\n\tContent-Type: application/octet-stream\r\n", len(reply))
	out = append(append(append(out, 16, 0, 0, 0), signature...), sealed...)
	out = append(out, "--Encrypted Boundary--\r\n"...)
	if s.Spoil != nil {
		out = s.Spoil(out)
	}
	w.Header().Set("Content-Type", `multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"`)
	w.WriteHeader(status)
	_, _ = w.Write(out)
}

// openMessage takes an encrypted request apart (MS-WSMV 2.2.9.1.1).
func openMessage(session *session, kind string, body []byte) ([]byte, error) {
	if !strings.HasPrefix(kind, `multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted"`) {
		return nil, errors.New("it is not encrypted")
	}
	parts := bytes.SplitN(body, []byte("--Encrypted Boundary\r\n"), 3)
	if len(parts) != 3 {
		return nil, errors.New("it has not two parts")
	}
	_, length, _ := strings.Cut(string(parts[1]), "Length=")
	n, err := strconv.Atoi(strings.TrimSpace(length))
	data, ok := bytes.CutPrefix(parts[2], []byte("\tContent-Type: application/octet-stream\r\n"))
	if err != nil || !ok || len(data) != 20+n+len("--Encrypted Boundary--\r\n") || binary.LittleEndian.Uint32(data) != 16 {
		return nil, errors.New("the parts do not fit")
	}
	return session.unseal(data[4:20], data[20:20+n])
}

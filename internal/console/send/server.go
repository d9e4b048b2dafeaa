// Package send is the other side of the console: what runs found is sent to its server,
// and counts once the server has it on its disk. It needs nothing of the server's own
// packages, see console/api for what is asked of it.
package send

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tlsready/internal/message"
)

// Access is how a server is reached, and as whom.
type Access struct {
	// URL is that of the console: https://console.example.com/. Without TLS only this
	// machine is sent anything.
	URL string
	// Token lets the program in; "" for a server that asks for none.
	Token string
	// CA holds the certificates of authorities, in PEM, that alone are trusted; nil for
	// those of the system.
	CA []byte
	// Cert and Key are a client's certificate and its key, in PEM; nil for none.
	Cert, Key []byte
	// Version is that of the program.
	Version string
}

// Server is a console that is sent something. It may be used by many goroutines at once.
type Server struct {
	// Waiting is told once, in each silence of the server, that it is waited for; may be nil.
	Waiting func(error)
	// Patience is how long a server that is away is waited for.
	Patience time.Duration
	// Pause waits, or ends with the context.
	Pause func(context.Context, time.Duration) error

	base   *url.URL
	access Access
	client *http.Client
}

// DefaultPatience is long enough for a server that is brought up to date.
const DefaultPatience = 5 * time.Minute

// Bounds of a request: a batch may take its time to be judged and written.
const (
	dialTime   = 20 * time.Second
	answerTime = 3 * time.Minute
	maxAnswer  = 1 << 20
)

// New is the server at an address. An error is one of what was asked for.
func New(a Access) (*Server, error) {
	base, err := parse(a.URL)
	if err != nil {
		return nil, err
	}
	trust, err := trusting(a)
	if err != nil {
		return nil, err
	}
	if strings.ContainsFunc(a.Token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, message.Error("send.error.token-characters")
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: trust, ForceAttemptHTTP2: true, IdleConnTimeout: time.Minute,
		DialContext: (&net.Dialer{Timeout: dialTime}).DialContext, TLSHandshakeTimeout: dialTime, ResponseHeaderTimeout: answerTime,
	}
	return &Server{
		Patience: DefaultPatience, Pause: pause, base: base, access: a,
		// A token is for the server that was named, and not for where it sends.
		client: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}, nil
}

// parse reads the address of a server.
func parse(address string) (*url.URL, error) {
	base, err := url.Parse(address)
	switch {
	case err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" || base.RawQuery != "" || base.Fragment != "":
		return nil, message.Error("send.error.url", message.Quote("value", redacted(base, address))).Hinted("send.hint.url")
	case base.User != nil:
		return nil, message.Error("send.error.url-user").Hinted("send.hint.url-user")
	case base.Scheme == "http" && !loopback(base.Hostname()):
		return nil, message.Error("send.error.plain", message.Str("host", base.Host)).Hinted("send.hint.plain", message.Str("host", base.Host))
	}
	return base, nil
}

// redacted is an address without the password that it may have.
func redacted(u *url.URL, address string) string {
	if u != nil {
		return u.Redacted()
	}
	if _, host, ok := strings.Cut(address, "@"); ok {
		return "…@" + host
	}
	return address
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

func trusting(a Access) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if a.CA != nil {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(a.CA) {
			return nil, message.Error("send.error.ca").Hinted("send.hint.ca")
		}
	}
	if a.Cert == nil && a.Key == nil {
		return c, nil
	}
	pair, err := tls.X509KeyPair(a.Cert, a.Key)
	if err != nil {
		return nil, message.Error("send.error.client-cert", message.Cause("why", err)).Hinted("send.hint.client-cert")
	}
	c.Certificates = []tls.Certificate{pair}
	return c, nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// String is the address of the server.
func (s *Server) String() string { return s.base.String() }

// URL is that of something on the server: "api/v1/results".
func (s *Server) URL(path string) string { return s.base.JoinPath(path).String() }

// Do sends one request with what lets it in. The request has to be for a URL of this
// server. Redirections are not followed.
func (s *Server) Do(r *http.Request) (*http.Response, error) {
	r.Header.Set("User-Agent", "tlsready/"+s.access.Version)
	if s.access.Token != "" {
		r.Header.Set("Authorization", "Bearer "+s.access.Token)
	}
	return s.client.Do(r)
}

// AwayError says that a server did not answer, or not yet: what was sent may be sent
// again.
type AwayError struct {
	*message.Problem
	after time.Duration // for which the server asked; zero if it did not
}

// Unwrap gives the problem.
func (e *AwayError) Unwrap() error { return e.Problem }

// Post sends a body and decodes the answer into a value. A server that is away is waited
// for, for as long as Patience; then the error is an [AwayError]. Any other error stays
// what it is however often the same is sent.
func (s *Server) Post(ctx context.Context, path string, header http.Header, body []byte, answer any) error {
	told := false
	var waited time.Duration
	for try := 0; ; try++ {
		err := s.post(ctx, path, header, body, answer)
		var away *AwayError
		if !errors.As(err, &away) {
			return err
		}
		wait := max(backOff(try), away.after)
		if waited+wait > s.Patience || ctx.Err() != nil {
			return err
		}
		if s.Waiting != nil && !told {
			told = true
			s.Waiting(err)
		}
		if s.Pause(ctx, wait) != nil {
			return err
		}
		waited += wait
	}
}

// Between two tries the wait doubles, up to longestWait, each a little different so that
// many machines do not come back at the same moment.
const (
	firstWait   = time.Second
	longestWait = 30 * time.Second
)

func backOff(try int) time.Duration {
	d := longestWait
	if try < 5 {
		d = min(firstWait<<try, longestWait)
	}
	return d/2 + rand.N(d/2)
}

func (s *Server) post(ctx context.Context, path string, header http.Header, body []byte, answer any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL(path), bytes.NewReader(body))
	if err != nil {
		return err
	}
	for name, values := range header {
		r.Header[name] = values
	}
	response, err := s.Do(r)
	if err != nil {
		return s.unreached(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return s.unreached(err)
	}
	if response.StatusCode/100 != 2 {
		return s.refused(response, text)
	}
	if answer != nil && json.Unmarshal(text, answer) != nil {
		return s.stranger()
	}
	return nil
}

// stranger is the error of a server that is something else than a console.
func (s *Server) stranger() error {
	return message.Error("send.error.no-console").At(s.String()).Hinted("send.hint.no-console")
}

// unreached is the error of a connection. A certificate that is not trusted, and a server
// that does not let us in, do not change while one waits.
func (s *Server) unreached(err error) error {
	var bad *tls.CertificateVerificationError
	var alert *net.OpError
	var plain tls.RecordHeaderError
	var one *url.Error
	if errors.As(err, &one) {
		err = one.Err // the address is said anyway
	}
	switch {
	case errors.As(err, &bad):
		return message.Error("send.error.untrusted", message.Cause("why", bad.Err)).At(s.String()).Hinted("send.hint.untrusted")
	case errors.As(err, &alert) && alert.Op == "remote error": // as crypto/tls names an alert that came
		return message.Error("send.error.alert", message.Cause("why", err)).At(s.String()).Hinted("send.hint.alert")
	case errors.As(err, &plain):
		return message.Error("send.error.plain-server").At(s.String()).Hinted("send.hint.plain-server")
	}
	p := message.Error("send.error.away", message.Cause("why", err)).At(s.String()).Hinted("send.hint.away")
	return &AwayError{Problem: p}
}

// refused is the error of an answer that is no success.
func (s *Server) refused(r *http.Response, text []byte) error {
	var said struct{ Error, Hint string }
	_ = json.Unmarshal(text, &said) // of something else than a console the status tells
	says := func(id string) *message.Problem {
		return message.Error("send.error."+id, message.Int("status", r.StatusCode), message.Str("why", said.Error)).At(s.String())
	}
	switch code := r.StatusCode; {
	case code == http.StatusUnauthorized && s.access.Token == "":
		return says("no-token").Hinted("send.hint.no-token")
	case code == http.StatusUnauthorized:
		return says("bad-token").Hinted("send.hint.bad-token")
	case code == http.StatusForbidden:
		return says("right").Hinted("send.hint.right")
	case code == http.StatusNotFound, code == http.StatusMethodNotAllowed:
		return says("no-api").Hinted("send.hint.no-api")
	case code/100 == 3:
		return message.Error("send.error.moved", message.Str("to", r.Header.Get("Location"))).At(s.String()).Hinted("send.hint.moved")
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code >= 500:
		return &AwayError{Problem: says("busy").Hinted("send.hint.away"), after: retryAfter(r.Header.Get("Retry-After"))}
	}
	p := says("refused")
	if said.Error == "" {
		p = says("status")
	}
	if said.Hint != "" {
		p.Hint = message.Literal(said.Hint)
	}
	return p
}

// longestAfter bounds for how long a server may send somebody away at once.
const longestAfter = 10 * time.Minute

// retryAfter reads the wait that a server asks for (RFC 9110, section 10.2.3), in seconds:
// a date would hold the server's clock against ours.
func retryAfter(text string) time.Duration {
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds), longestAfter/time.Second) * time.Second
}

package winrm

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"tlsready/internal/source/remote/peer"
)

// Limits on what a machine may send for one request, in bytes, and on how long a
// connection is trusted to be still there.
const (
	maxAnswer  = 1 << 20  // we ask for envelopes of 150 KB
	maxHeaders = 64 << 10 // NTLM challenges have less than 1 KB
	maxInterim = 5        // answers "100 Continue" before the one that counts
	// maxIdle: http.sys closes connections after 120 seconds (its default), and with
	// the connection goes the log-in.
	maxIdle = 60 * time.Second
)

const path = "/wsman"

// link is the way to one machine. A log-in with NTLM holds for its connection, so
// that there is one, which is made anew where it is gone.
type link struct {
	target peer.Target
	opt    Options
	plain  bool        // HTTP, where messages must be encrypted
	tls    *tls.Config // nil where plain
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
	now    func() time.Time // nil is the clock

	wire  *wire // nil: there is no connection
	taken bool  // user and password have been taken
}

// wire is a connection that somebody is logged in on.
type wire struct {
	conn          net.Conn
	limit         *io.LimitedReader
	in            *bufio.Reader
	sealer        *sealer // nil over HTTPS
	authorization string  // of each request; "" where the connection is logged in
	used          time.Time
}

// answer is an HTTP response with its body.
type answer struct {
	status     int
	header     http.Header
	body       []byte
	closed     bool     // the machine ends the connection
	challenges []string // WWW-Authenticate
}

func (l *link) clock() time.Time {
	if l.now != nil {
		return l.now()
	}
	return time.Now()
}

// drop ends the connection.
func (l *link) drop() {
	if l.wire != nil {
		_ = l.wire.conn.Close()
		l.wire = nil
	}
}

// post sends a SOAP message and gives that of the answer. The connection ends with
// the context.
func (l *link) post(ctx context.Context, message []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, peer.Late(l.target, err)
	}
	if l.wire != nil && l.clock().Sub(l.wire.used) > maxIdle {
		l.drop()
	}
	if l.wire == nil {
		if err := l.connect(ctx); err != nil {
			return nil, l.ended(ctx, err)
		}
	}
	text, err := l.exchange(ctx, message)
	if err != nil {
		l.drop() // what comes next on it would be of this request
		return nil, l.ended(ctx, err)
	}
	return text, nil
}

// ended is the context's error where the context ended the call.
func (l *link) ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return peer.Late(l.target, ctx.Err())
	}
	return err
}

// connect makes a connection and logs in on it.
func (l *link) connect(ctx context.Context) error {
	if l.opt.HasCertificate() {
		if err := l.open(ctx); err != nil {
			return err
		}
		// DSP0226 C.4.3, https://…/secprofile/https/mutual, as Windows spells it.
		l.wire.authorization = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"
		return nil
	}
	if l.opt.Password == nil {
		return failure(l.target, peer.ErrNoPassword.Error(), "run it at a terminal to be asked, or set TLSREADY_PASSWORD_FILE", nil)
	}
	password, err := l.opt.Password(ctx)
	if err != nil {
		return err
	}
	if err := l.open(ctx); err != nil {
		return err
	}
	if err := l.login(ctx, password); err != nil {
		l.drop()
		return err
	}
	return nil
}

// open makes a connection, with TLS unless plain.
func (l *link) open(ctx context.Context) error {
	l.drop()
	conn, err := l.dial(ctx, "tcp", l.target.Address())
	if err != nil {
		var own *peer.Error
		if errors.As(err, &own) {
			return own
		}
		return peer.Unreachable(l.target, err, fmt.Sprintf(hintPort, l.target.Port))
	}
	if !l.plain {
		secure := tls.Client(conn, l.tls)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return handshakeFailed(l.target, err)
		}
		conn = secure
	}
	limit := &io.LimitedReader{R: conn}
	l.wire = &wire{conn: conn, limit: limit, in: bufio.NewReader(limit), used: l.clock()}
	return nil
}

// login logs in with NTLM, or over HTTPS with Basic where the machine offers
// nothing else. The password itself is sent in the second case alone.
func (l *link) login(ctx context.Context, password peer.Secret) error {
	n := newNTLM(l.target, password)
	token, err := n.negotiate()
	if err != nil {
		return failure(l.target, "the log-in failed", hintPassword, err)
	}
	first, err := l.send(ctx, "Negotiate "+base64.StdEncoding.EncodeToString(token), "", nil)
	if err != nil {
		return err
	}
	if first.status != http.StatusUnauthorized {
		return unexpected(l.target, first.status)
	}
	challenge, offers := first.offered("Negotiate")
	if !offers || challenge == nil {
		return l.basic(ctx, first, password)
	}
	if first.closed {
		return failure(l.target, "it ends the connection in the middle of the log-in", "a proxy between here and the machine may not let NTLM through", nil)
	}
	return l.answerNTLM(ctx, n, challenge)
}

// answerNTLM sends the last message of NTLM. Nothing else is in that request, as
// Windows' own client does it.
func (l *link) answerNTLM(ctx context.Context, n *ntlm, challenge []byte) error {
	token, err := n.authenticate(challenge)
	if err != nil {
		return failure(l.target, "the log-in failed", hintWinRM, err)
	}
	last, err := l.send(ctx, "Negotiate "+base64.StdEncoding.EncodeToString(token), "", nil)
	if err != nil {
		return err
	}
	switch {
	case last.status == http.StatusUnauthorized:
		return refused(l.target, "it did not take user and password of "+l.target.Account(), hintPassword)
	case last.status == http.StatusForbidden, last.status == http.StatusNotFound, last.status == http.StatusServiceUnavailable:
		return unexpected(l.target, last.status)
	case last.closed:
		return failure(l.target, "it ends the connection after the log-in", "a proxy between here and the machine may not let NTLM through", nil)
	}
	l.taken = true
	if l.plain {
		if l.wire.sealer, err = n.sealer(token); err != nil {
			return failure(l.target, "messages cannot be encrypted over HTTP", "use HTTPS (without the port), or smb://"+userAt(l.target), err)
		}
	}
	return nil
}

// basic prepares a log-in by name and password, over HTTPS alone.
func (l *link) basic(ctx context.Context, first *answer, password peer.Secret) error {
	_, offers := first.offered("Basic")
	names := shortened(strings.Join(first.schemes(), ", "))
	if names == "" {
		names = "nothing"
	}
	switch {
	case l.plain:
		return failure(l.target, "over HTTP messages must be encrypted, which needs NTLM; it offers "+names,
			"use HTTPS (without the port), or allow Negotiate there: winrm set winrm/config/service/auth @{Negotiate=\"true\"}", nil)
	case !offers:
		return failure(l.target, "it takes neither NTLM nor Basic; it offers "+names,
			"allow one there, winrm set winrm/config/service/auth @{Negotiate=\"true\"}, or use a client certificate (TLSREADY_WINRM_CERT, TLSREADY_WINRM_KEY)", nil)
	case strings.Contains(l.target.Account(), ":"):
		return failure(l.target, "Basic carries no user name with a colon", hintPassword, nil)
	}
	if first.closed {
		if err := l.open(ctx); err != nil {
			return err
		}
	}
	l.wire.authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte(l.target.Account()+":"+password.Reveal()))
	return nil
}

// exchange sends a message on a connection that somebody is logged in on.
func (l *link) exchange(ctx context.Context, message []byte) ([]byte, error) {
	w := l.wire
	kind, body := soapType, message
	if w.sealer != nil {
		kind, body = sealedType, w.sealer.enclose(message)
	}
	a, err := l.send(ctx, w.authorization, kind, body)
	if err != nil {
		return nil, err
	}
	if a.closed {
		defer l.drop()
	}
	l.taken = l.taken || a.status != http.StatusUnauthorized && !l.opt.HasCertificate()
	isMessage := a.status == http.StatusOK || a.status == http.StatusInternalServerError // faults have 500
	switch {
	case a.status == http.StatusUnauthorized:
		return nil, l.unauthorized(a)
	case !isMessage || len(a.body) == 0:
		return nil, unexpected(l.target, a.status)
	case w.sealer == nil:
		return a.body, nil
	}
	text, err := w.sealer.disclose(a.header.Get("Content-Type"), a.body)
	if err != nil {
		return nil, failure(l.target, fmt.Sprintf("its answer (HTTP status %d) cannot be trusted", a.status), "somebody may stand between you and the machine; use HTTPS", err)
	}
	return text, nil
}

// unauthorized is a log-in that the machine did not take, or no longer takes.
func (l *link) unauthorized(a *answer) error {
	switch {
	case l.opt.HasCertificate():
		return failure(l.target, "it did not take the client certificate", "map it to an account there (New-Item WSMan:\\localhost\\ClientCertificate), and allow certificates: "+
			"winrm set winrm/config/service/auth @{Certificate=\"true\"}", nil)
	case l.wire.authorization != "":
		_, offers := a.offered("Negotiate")
		hint := hintPassword + "; Basic takes local accounts alone"
		if !offers {
			hint += ", for others allow Negotiate there"
		}
		return refused(l.target, "it did not take user and password of "+l.target.Account(), hint)
	}
	return failure(l.target, "it has forgotten the log-in", "try again", nil)
}

// send sends one HTTP request and reads the answer.
func (l *link) send(ctx context.Context, authorization, kind string, body []byte) (*answer, error) {
	w := l.wire
	stop := context.AfterFunc(ctx, func() { _ = w.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if until, ok := ctx.Deadline(); ok {
		_ = w.conn.SetDeadline(until)
	} else {
		_ = w.conn.SetDeadline(time.Time{})
	}
	if ctx.Err() != nil {
		return nil, ctx.Err() // its deadline may have been overwritten
	}
	request, err := http.NewRequest(http.MethodPost, "http://"+l.target.Address()+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", "tlsready")
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	var whole bytes.Buffer
	if err := request.Write(&whole); err != nil {
		return nil, err
	}
	if _, err := w.conn.Write(whole.Bytes()); err != nil {
		return nil, lost(l.target, "the connection was lost", err)
	}
	a, err := w.receive(request)
	if err != nil {
		return nil, lost(l.target, "it did not answer as a WinRM service does", &brief{err})
	}
	if !stop() {
		return nil, ctx.Err() // the connection's time is over, or is about to be
	}
	w.used = l.clock()
	return a, nil
}

// receive reads one response within the limits.
func (w *wire) receive(request *http.Request) (*answer, error) {
	w.limit.N = maxHeaders + maxAnswer
	for range maxInterim {
		response, err := http.ReadResponse(w.in, request)
		if err != nil {
			return nil, w.tooMuch(err)
		}
		if response.StatusCode < 200 {
			continue
		}
		body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
		if err != nil {
			return nil, w.tooMuch(err)
		}
		if len(body) > maxAnswer {
			return nil, fmt.Errorf("it sends more than %d bytes", maxAnswer)
		}
		return &answer{
			status: response.StatusCode, header: response.Header, body: body, closed: response.Close,
			challenges: response.Header.Values("WWW-Authenticate"),
		}, nil
	}
	return nil, errors.New("it sends no end of interim answers")
}

// tooMuch names the limit where it was the cause.
func (w *wire) tooMuch(err error) error {
	if w.limit.N <= 0 {
		return fmt.Errorf("it sends more than %d bytes", maxAnswer)
	}
	return err
}

// offered looks for a scheme among the challenges, and gives its token, which is
// nil where there is none or where it is no base64.
func (a *answer) offered(scheme string) (token []byte, found bool) {
	for _, challenge := range a.challenges {
		for one := range strings.SplitSeq(challenge, ",") {
			name, rest, _ := strings.Cut(strings.TrimSpace(one), " ")
			if !strings.EqualFold(name, scheme) {
				continue
			}
			found = true
			if t, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest)); err == nil && len(t) > 0 {
				token = t
			}
		}
	}
	return token, found
}

// schemes are the names of the challenges.
func (a *answer) schemes() []string {
	var list []string
	for _, challenge := range a.challenges {
		name, _, _ := strings.Cut(strings.TrimSpace(challenge), " ")
		list = append(list, strings.TrimSuffix(name, ","))
	}
	return list
}

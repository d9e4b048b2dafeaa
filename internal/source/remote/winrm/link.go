package winrm

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"tlsready/internal/message"
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

// link is the way to one machine. A log-in with NTLM holds only for its connection,
// so there is one connection, which is made anew if it is lost.
type link struct {
	target peer.Target
	opt    Options
	plain  bool        // HTTP, over which messages must be encrypted
	tls    *tls.Config // nil if plain
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
	authorization string  // of each request; "" if the connection is logged in
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
func (l *link) post(ctx context.Context, envelope []byte) ([]byte, error) {
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
	text, err := l.exchange(ctx, envelope)
	if err != nil {
		l.drop() // what comes next on it would be of this request
		return nil, l.ended(ctx, err)
	}
	return text, nil
}

// ended is the context's error if the context ended the call.
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
		return message.At(l.target.String(), peer.ErrNoPassword)
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
		if own := (*message.Problem)(nil); errors.As(err, &own) {
			return err
		}
		return peer.Unreachable(l.target, err, message.New("winrm.hint.reach", message.Int("port", l.target.Port)))
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

// login logs in with NTLM, or over HTTPS with Basic if the machine offers nothing
// else. The password itself is sent only in the second case.
func (l *link) login(ctx context.Context, password peer.Secret) error {
	n := newNTLM(l.target, password)
	token, err := n.negotiate()
	if err != nil {
		return peer.Failure(l.target, "winrm.login").From(err).Hinted("smb.hint.password")
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
		return peer.Failure(l.target, "winrm.ends-in-login").Hinted("winrm.hint.proxy")
	}
	return l.answerNTLM(ctx, n, challenge)
}

// answerNTLM sends the last message of NTLM. Nothing else is in that request, as
// Windows' own client does it.
func (l *link) answerNTLM(ctx context.Context, n *ntlm, challenge []byte) error {
	token, err := n.authenticate(challenge)
	if err != nil {
		return peer.Failure(l.target, "winrm.login").From(err).Hinted(hintWinRM)
	}
	last, err := l.send(ctx, "Negotiate "+base64.StdEncoding.EncodeToString(token), "", nil)
	if err != nil {
		return err
	}
	switch {
	case last.status == http.StatusUnauthorized:
		return refused(l.target, "smb.hint.password")
	case last.status == http.StatusForbidden, last.status == http.StatusNotFound, last.status == http.StatusServiceUnavailable:
		return unexpected(l.target, last.status)
	case last.closed:
		return peer.Failure(l.target, "winrm.ends-after-login").Hinted("winrm.hint.proxy")
	}
	l.taken = true
	if l.plain {
		if l.wire.sealer, err = n.sealer(token); err != nil {
			return peer.Failure(l.target, "winrm.no-seal").From(err).Hinted("winrm.hint.https-or-smb", message.Str("target", userAt(l.target)))
		}
	}
	return nil
}

// basic prepares a log-in by name and password, over HTTPS alone.
func (l *link) basic(ctx context.Context, first *answer, password peer.Secret) error {
	_, offers := first.offered("Basic")
	names := message.Str("schemes", shortened(strings.Join(first.schemes(), ", ")))
	if names.Value == "" {
		names = message.Sub("schemes", message.New("winrm.no-schemes"))
	}
	switch {
	case l.plain:
		return peer.Failure(l.target, "winrm.needs-ntlm", names).Hinted("winrm.hint.https-or-negotiate", message.Str("command", allowNegotiate))
	case !offers:
		return peer.Failure(l.target, "winrm.no-scheme", names).Hinted("winrm.hint.allow-or-certificate", message.Str("command", allowNegotiate))
	case strings.Contains(l.target.Account(), ":"):
		return peer.Failure(l.target, "winrm.colon").Hinted("smb.hint.password")
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
func (l *link) exchange(ctx context.Context, envelope []byte) ([]byte, error) {
	w := l.wire
	kind, body := soapType, envelope
	if w.sealer != nil {
		kind, body = sealedType, w.sealer.enclose(envelope)
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
		return nil, peer.Failure(l.target, "winrm.untrusted-answer", message.Int("status", a.status)).From(err).Hinted("winrm.hint.use-https")
	}
	return text, nil
}

// unauthorized is a log-in that the machine did not take, or no longer takes.
func (l *link) unauthorized(a *answer) error {
	switch {
	case l.opt.HasCertificate():
		return peer.Failure(l.target, "winrm.certificate-refused").
			Hinted("winrm.hint.map-certificate", message.Str("command", `winrm set winrm/config/service/auth @{Certificate="true"}`))
	case l.wire.authorization != "":
		_, offers := a.offered("Negotiate")
		if !offers {
			return refused(l.target, "winrm.hint.basic-alone")
		}
		return refused(l.target, "winrm.hint.basic")
	}
	return peer.Failure(l.target, "winrm.forgotten").Hinted("winrm.hint.again")
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
		return nil, lost(l.target, "winrm.nonsense", &brief{err})
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
			return nil, message.Error("winrm.long-answer", message.Int("limit", maxAnswer))
		}
		return &answer{
			status: response.StatusCode, header: response.Header, body: body, closed: response.Close,
			challenges: response.Header.Values("WWW-Authenticate"),
		}, nil
	}
	return nil, message.Error("winrm.interim")
}

// tooMuch names the limit if it was the cause.
func (w *wire) tooMuch(err error) error {
	if w.limit.N <= 0 {
		return message.Error("winrm.long-answer", message.Int("limit", maxAnswer))
	}
	return err
}

// offered looks for a scheme among the challenges, and gives its token, which is
// nil if there is none or it is not base64.
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

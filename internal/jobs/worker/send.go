package worker

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/jobs/desk"
	"tlsready/internal/jobs/work"
	"tlsready/internal/message"
	"tlsready/internal/source"
)

// refusal is what a server answered in place of what was asked.
type refusal struct {
	*message.Problem
	code int
}

// Unwrap gives the problem.
func (r *refusal) Unwrap() error { return r.Problem }

// again says whether the same request may succeed later.
func (r *refusal) again() bool {
	return r.code >= 500 || r.code == http.StatusRequestTimeout || r.code == http.StatusTooManyRequests || r.code == http.StatusTooEarly
}

// isFinal says whether an error ends a worker: whoever is not let in, or speaks another
// protocol, is not let in the next time either.
func isFinal(err error) bool {
	var r *refusal
	var untrusted *tls.CertificateVerificationError
	if !errors.As(err, &r) {
		return errors.As(err, &untrusted)
	}
	switch r.code {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusUpgradeRequired, http.StatusBadRequest, http.StatusConflict:
		return true
	}
	return r.code >= 300 && r.code < 400
}

// Bounds of answers, in bytes: a batch of 500 long URLs, and a refusal.
const (
	maxLease   = 16 << 20
	maxRefusal = 64 << 10
)

// requestTime is how long a request may take; the question for a batch waits longest.
const requestTime = 2 * time.Minute

// send sends a document to /api/v1/leases… and reads the answer into out, if there is one.
func (r *run) send(ctx context.Context, path string, doc, out any) (code int, err error) {
	body, err := json.Marshal(doc)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.Server.URL("api/v1/leases"+path), bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Language", r.Lang)
	req.Header.Set(desk.HeaderProtocol, desk.Protocol)
	req.Header.Set(desk.HeaderVersion, r.Version)
	answer, err := r.Server.Do(req)
	if err != nil {
		var named *url.Error
		if errors.As(err, &named) {
			err = named.Err
		}
		return 0, message.At(r.Server.String(), err)
	}
	defer answer.Body.Close()
	switch {
	case answer.StatusCode == http.StatusGone:
		return answer.StatusCode, errGone
	case answer.StatusCode >= 300:
		return answer.StatusCode, r.refused(answer)
	case answer.StatusCode == http.StatusOK && out != nil:
		return answer.StatusCode, json.NewDecoder(io.LimitReader(answer.Body, maxLease)).Decode(out)
	}
	return answer.StatusCode, nil
}

// refused reads what a server says that it refuses.
func (r *run) refused(answer *http.Response) error {
	var said struct{ Error, Hint string }
	_ = json.NewDecoder(io.LimitReader(answer.Body, maxRefusal)).Decode(&said) // what is in front of a server answers otherwise
	p := message.Error("worker.error.refused", message.Int("status", answer.StatusCode), message.Str("said", said.Error))
	if said.Error == "" {
		p = message.Error("worker.error.status", message.Int("status", answer.StatusCode))
	}
	switch {
	case said.Hint != "":
		p.Hint = message.Literal(said.Hint)
	case answer.StatusCode == http.StatusUnauthorized, answer.StatusCode == http.StatusForbidden:
		p.Hinted("worker.hint.token")
	}
	return &refusal{p.At(r.Server.String()), answer.StatusCode}
}

// onceWait is how long a worker that works once waits for a batch: the server opens the
// queue of a site when a worker comes, and looks into it within a second.
const onceWait = 5 * time.Second

// ask asks for a batch; nil if there is none.
func (r *run) ask(ctx context.Context) (*desk.Lease, error) {
	var l desk.Lease
	question := desk.Ask{Worker: r.Name, Site: r.Site}
	if r.Once {
		question.Wait = onceWait.Seconds()
	}
	code, err := r.send(ctx, "", question, &l)
	if err != nil || code != http.StatusOK {
		return nil, err
	}
	return &l, nil
}

// A part is sent when it has so many results or bytes, or when one comes and the first has
// waited so long, so that it is seen. Each is a request, and a transaction of the server.
const (
	partEntries = 500
	partBytes   = work.MaxPart / 4
	partTime    = 10 * time.Second
)

// sender implements [doing.Sink].
type sender struct {
	run   *run
	lease *desk.Lease
	part  work.Part
	size  int
	since time.Time
	sent  int
}

// Host takes a machine.
func (s *sender) Host(ctx context.Context, h source.Host) error {
	one, err := work.NewHost(h)
	if err != nil {
		return err
	}
	s.part.Hosts = append(s.part.Hosts, one)
	return s.more(ctx, len(one.Snapshot)+len(one.Error))
}

// Endpoint takes an endpoint.
func (s *sender) Endpoint(ctx context.Context, e *document.Endpoint) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	s.part.Endpoints = append(s.part.Endpoints, line)
	return s.more(ctx, len(line))
}

func (s *sender) more(ctx context.Context, size int) error {
	if s.size += size; s.since.IsZero() {
		s.since = time.Now()
	}
	if len(s.part.Hosts)+len(s.part.Endpoints) < partEntries && s.size < partBytes && time.Since(s.since) < partTime {
		return nil
	}
	return s.flush(ctx)
}

// flush sends the part until the server has taken it, or refuses it.
func (s *sender) flush(ctx context.Context) error {
	n := len(s.part.Hosts) + len(s.part.Endpoints)
	if n == 0 {
		return nil
	}
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		_, err := s.run.send(ctx, "/"+url.PathEscape(s.lease.Lease)+"/results", s.part, nil)
		var refused *refusal
		switch {
		case err == nil:
			s.run.reached()
			s.part, s.size, s.since, s.sent = work.Part{}, 0, time.Time{}, s.sent+n
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errGone), errors.As(err, &refused) && !refused.again():
			return err
		}
		s.run.missed(err)
		pause(ctx, wait)
	}
}

package rehearse

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/observe"
	"tlsready/internal/wire"
)

// web answers requests over connections whose handshake is done.
type web struct {
	server *http.Server
	conns  chan net.Conn
	ended  chan struct{}
	done   chan struct{}
}

// visitKey is under what a request's context holds its visit.
type visitKey struct{}

func newWeb(s *Server) *web {
	w := &web{conns: make(chan net.Conn), ended: make(chan struct{}), done: make(chan struct{})}
	w.server = &http.Server{
		ReadHeaderTimeout: s.times.answer, ReadTimeout: s.times.answer, WriteTimeout: s.times.answer, MaxHeaderBytes: maxHeader,
		ErrorLog: log.New(io.Discard, "", 0), // what a visitor does wrong stands in its line
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, visitKey{}, c.(*served).visit)
		},
		Handler: http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
			v, _ := r.Context().Value(visitKey{}).(*visit)
			v.seen.Identity.UserAgent = r.UserAgent()
			doc := v.finish()
			s.Answer(out, r, &Visitor{Connection: doc, Stack: v.judged.Stack, Service: s.Demand.Service})
		}),
	}
	w.server.SetKeepAlivesEnabled(false) // one request is one line
	go func() {
		defer close(w.done)
		_ = w.server.Serve(w) // ends when there are no more connections
	}()
	return w
}

// serve answers the request of a visit and returns when its connection is closed.
func (w *web) serve(v *visit, conn *tls.Conn) {
	_ = conn.SetDeadline(time.Time{})
	s := &served{Conn: conn, visit: v, closed: make(chan struct{})}
	w.conns <- s
	<-s.closed
}

// close ends the web server once no visit is left.
func (w *web) close() {
	close(w.ended)
	_ = w.server.Close()
	<-w.done
}

// Accept gives the next connection to the web server.
func (w *web) Accept() (net.Conn, error) {
	select {
	case c := <-w.conns:
		return c, nil
	case <-w.ended:
		return nil, net.ErrClosed
	}
}

// Close is what the web server calls when it ends; connections are ended by their visits.
func (w *web) Close() error { return nil }

// Addr stands for no address: there are as many as connections.
func (w *web) Addr() net.Addr { return &net.TCPAddr{} }

// served is a connection whose handshake is done. Until the request was read it listens
// for an alert: some clients look at the certificate only then.
type served struct {
	*tls.Conn
	visit  *visit
	spoke  bool // something came; reads follow each other
	once   sync.Once
	closed chan struct{}
}

// Read reads for the web server.
func (s *served) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	s.spoke = s.spoke || n > 0
	if err != nil && !s.spoke {
		s.visit.silent(err)
	}
	return n, err
}

// silent says how a visit ended whose client sent no request.
func (v *visit) silent(err error) {
	v.proves = message.New("rehearse.proves.no-request")
	alert, told := remoteAlert(err)
	if !told {
		return
	}
	v.seen.Alert = &observe.Alert{Alert: wire.Alert{Level: wire.Fatal, Description: alert}}
	if aboutCertificate(alert) {
		v.outcome, v.proves = document.RehearsalHelloOnly, helloOnly(true, v.seen.Negotiated)
	}
}

// Close ends the connection and the visit.
func (s *served) Close() error {
	err := s.Conn.Close()
	s.once.Do(func() { close(s.closed) })
	return err
}

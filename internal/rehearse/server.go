package rehearse

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"tlsready"
	"tlsready/internal/clients"
	"tlsready/internal/document"
	"tlsready/internal/wire"
)

// Server is a rehearsal. Its fields are set before [Server.Serve].
type Server struct {
	Demand   clients.Demand // what is rehearsed
	Judge    *clients.Judge // of that demand
	Identity *Identity
	// Strict makes the server behave as the service does: it refuses what the service
	// refuses. Without it everybody gets an answer.
	Strict bool
	// Record is given every hello; may be nil. It is called from many goroutines.
	Record func(*wire.ClientHello)
	// Line is given each visit once it is known how it ended, one at a time. An error
	// ends the server.
	Line func(*document.Connection) error
	// Answer answers a request.
	Answer func(http.ResponseWriter, *http.Request, *Visitor)

	times   times
	configs map[tlsready.Version]*tls.Config
	known   *clients.Known
	cancel  context.CancelCauseFunc

	mu        sync.Mutex
	open      map[net.Conn]struct{}
	sum       Summary
	addresses map[netip.Addr]struct{}
}

// Visitor is who sent a request.
type Visitor struct {
	*document.Connection
	Stack   clients.Stack
	Service document.Service
}

// Summary counts visits.
type Summary struct {
	Visits, Addresses       int // with a hello; addresses are counted up to a bound
	Survive, Cannot, Unsure int
	HelloOnly, NotCompleted int
	WithoutHello            int // connections that brought no hello
}

// accepts is what the server takes.
func (s *Server) accepts() tlsready.Acceptance {
	if s.Strict {
		return s.Demand.Accepts
	}
	return anything()
}

// Serve serves until the context ends, and gives what came. An error is that of the
// listener or of Line.
func (s *Server) Serve(ctx context.Context, l net.Listener) (Summary, error) {
	ctx, s.cancel = context.WithCancelCause(ctx)
	defer s.cancel(nil)
	s.configs, s.known = configs(s.accepts(), s.Identity), clients.NewKnown(s.Demand)
	if s.times == (times{}) {
		s.times = times{helloTime, handshakeTime, answerTime}
	}
	s.open, s.addresses = map[net.Conn]struct{}{}, map[netip.Addr]struct{}{}
	web := newWeb(s)
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	var visits sync.WaitGroup
	err := s.accept(ctx, l, &visits, web)
	s.end(&visits, web)
	if cause := context.Cause(ctx); err == nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sum.Addresses = len(s.addresses)
	return s.sum, err
}

// accept takes visitors until the context ends.
func (s *Server) accept(ctx context.Context, l net.Listener, visits *sync.WaitGroup, web *web) error {
	places := make(chan struct{}, MaxVisitors)
	for {
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		conn, err := l.Accept()
		if err != nil {
			<-places
			if ctx.Err() != nil {
				return nil
			}
			if !passing(err) {
				return err
			}
			select { // files have run out: visits that end give some back
			case <-time.After(50 * time.Millisecond):
			case <-ctx.Done():
			}
			continue
		}
		s.keep(conn)
		visits.Go(func() {
			defer func() { s.drop(conn); <-places }()
			s.visit(conn, web)
		})
	}
}

// passing says whether an error of the listener may not come again.
func passing(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && !errors.Is(err, net.ErrClosed)
}

// visit serves one visitor.
func (s *Server) visit(conn net.Conn, web *web) {
	v := newVisit(s, conn)
	defer v.finish()
	defer conn.Close()
	if secured := v.begin(); secured != nil {
		web.serve(v, secured)
	}
}

func (s *Server) keep(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[conn] = struct{}{}
}

func (s *Server) drop(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, conn)
}

// end lets visits end, and ends those that do not.
func (s *Server) end(visits *sync.WaitGroup, web *web) {
	done := make(chan struct{})
	go func() { visits.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(graceTime):
	}
	s.mu.Lock()
	for conn := range s.open {
		_ = conn.Close()
	}
	s.mu.Unlock()
	<-done
	web.close()
}

// finished judges a visit, counts it and gives it out.
func (s *Server) finished(v *visit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v.judged = s.Judge.Connection(v.seen)
	v.document = v.judged.Document(s.known)
	v.document.Rehearsal = &document.Rehearsal{
		Service: s.Demand.Service.ID, On: s.Demand.On, Strict: s.Strict, Outcome: v.outcome, Proves: v.proves,
	}
	s.count(v)
	if v.seen.Hello == nil && v.proves.IsZero() {
		return // a connection without a word: a port that was looked for
	}
	if err := s.Line(v.document); err != nil {
		s.cancel(err)
	}
}

func (s *Server) count(v *visit) {
	if v.seen.Hello == nil {
		s.sum.WithoutHello++
		return
	}
	s.sum.Visits++
	if a := v.seen.Client.Addr(); len(s.addresses) < maxAddresses {
		s.addresses[a] = struct{}{}
	}
	switch v.judged.Survives {
	case tlsready.Yes:
		s.sum.Survive++
	case tlsready.No:
		s.sum.Cannot++
	default:
		s.sum.Unsure++
	}
	switch v.outcome {
	case document.RehearsalHelloOnly:
		s.sum.HelloOnly++
	case document.RehearsalNotCompleted:
		s.sum.NotCompleted++
	}
}

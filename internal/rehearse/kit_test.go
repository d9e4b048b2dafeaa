package rehearse

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/clients"
	"tlsready/internal/document"
	"tlsready/internal/fingerprint"
	"tlsready/internal/message"
	"tlsready/internal/stack"
)

// identity is made once: keys of RSA take a while.
var identity = sync.OnceValues(func() (*Identity, error) {
	return ThrowAway([]string{"lab.example.com", "127.0.0.1"}, time.Now())
})

// patience is how long anything may take on a busy machine. A server has ample time for its
// visitors: to be let go for want of time is a test of its own.
const patience, ample = time.Minute, 5 * time.Minute

// rehearsal is a server that runs for a test.
type rehearsal struct {
	t      testing.TB
	server *Server
	at     string

	mu    sync.Mutex
	lines []*document.Connection
	came  chan struct{}
	stop  context.CancelFunc
	ended chan ending
}

type ending struct {
	sum Summary
	err error
}

// start runs a server; change may set what it likes before.
func start(t testing.TB, accepts tlsready.Acceptance, strict bool, change func(*Server)) *rehearsal {
	t.Helper()
	id, err := identity()
	if err != nil {
		t.Fatal(err)
	}
	d := clients.Demand{Service: document.Service{ID: "lab"}, On: "2027-01-01", Accepts: accepts}
	r := &rehearsal{t: t, came: make(chan struct{}, 1<<14), ended: make(chan ending, 1)}
	r.server = &Server{Demand: d, Judge: clients.NewJudge(d, table(t), nil), Identity: id, Strict: strict, Line: r.line, times: times{ample, ample, ample}}
	r.server.Answer = func(w http.ResponseWriter, _ *http.Request, v *Visitor) {
		_, _ = io.WriteString(w, v.Survives.String())
	}
	if change != nil {
		change(r.server)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.at = l.Addr().String()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	r.stop = stop
	go func() {
		sum, err := r.server.Serve(ctx, l)
		r.ended <- ending{sum, err}
	}()
	t.Cleanup(stop)
	return r
}

var model = sync.OnceValues(func() (*fingerprint.Table, error) {
	m, err := stack.New()
	if err != nil {
		return nil, err
	}
	return fingerprint.NewTable(m)
})

func table(t testing.TB) *fingerprint.Table {
	t.Helper()
	made, err := model()
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func (r *rehearsal) line(c *document.Connection) error {
	r.mu.Lock()
	r.lines = append(r.lines, c)
	r.mu.Unlock()
	r.came <- struct{}{}
	return nil
}

// next waits for a line.
func (r *rehearsal) next() *document.Connection {
	r.t.Helper()
	select {
	case <-r.came:
	case <-time.After(patience):
		r.t.Fatal("no line")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines[len(r.lines)-1]
}

// end stops the server and gives its summary.
func (r *rehearsal) end() ending {
	r.t.Helper()
	r.stop()
	select {
	case e := <-r.ended:
		return e
	case <-time.After(patience):
		r.t.Fatal("the server does not end")
	}
	return ending{}
}

func (r *rehearsal) dial() net.Conn {
	r.t.Helper()
	c, err := net.Dial("tcp", r.at)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = c.Close() })
	return c
}

// trusting is a client that trusts the server and offers one range of versions.
func trusting(t testing.TB, low, high uint16, suites ...uint16) *tls.Config {
	t.Helper()
	id, err := identity()
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(id.RootPEM())
	return &tls.Config{RootCAs: roots, ServerName: "lab.example.com", MinVersion: low, MaxVersion: high, CipherSuites: suites}
}

// get asks over TLS and gives the answer's body.
func (r *rehearsal) get(c *tls.Config) (string, error) {
	conn := tls.Client(r.dial(), c)
	defer conn.Close()
	if err := conn.Handshake(); err != nil {
		return "", err
	}
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: lab.example.com\r\nUser-Agent: kit/1\r\n\r\n"); err != nil {
		return "", err
	}
	answer, err := io.ReadAll(conn)
	if len(answer) == 0 {
		return "", err
	}
	for i := range answer {
		if i >= 4 && string(answer[i-4:i]) == "\r\n\r\n" {
			return string(answer[i:]), nil
		}
	}
	return string(answer), err
}

func only(versions ...tlsready.Version) tlsready.Acceptance {
	return tlsready.Acceptance{Versions: tlsready.Only(versions...)}
}

func english(t message.Text) string { return message.English(t) }

package send

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/store/results"
)

// sink is a console that keeps what it is sent by its content, as a store does.
type sink struct {
	mu      sync.Mutex
	hosts   map[string]bool
	tokens  []string
	answers []func(http.ResponseWriter) bool // the next ones; false if the request is not taken
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = append(s.tokens, r.Header.Get("Authorization"))
	if len(s.answers) > 0 {
		next := s.answers[0]
		s.answers = s.answers[1:]
		if !next(w) {
			return
		}
	}
	unzipped, err := gzip.NewReader(r.Body)
	if err != nil || r.URL.Path != "/api/v1/results" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	text, _ := io.ReadAll(unzipped)
	said := document.Recorded{Schema: document.RecordedSchema, Tenant: "acme"}
	for line := range strings.Lines(string(text)) {
		var b store.Batch
		if err := results.ReadLine([]byte(line), &b); err != nil {
			said.Refused = append(said.Refused, document.RefusedInput{Error: "bad"})
			continue
		}
		said.Lines++
		for _, h := range b.Hosts {
			s.hosts[h.ID] = true
		}
	}
	_ = json.NewEncoder(w).Encode(said)
}

// status answers with a status and an error.
func status(code int, header ...string) func(http.ResponseWriter) bool {
	return func(w http.ResponseWriter) bool {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, `{"error": "it is so", "hint": "do that"}`)
		return false
	}
}

func cutOff(http.ResponseWriter) bool { panic(http.ErrAbortHandler) }

// serving starts a sink, and a client of it whose waits take no time and are noted.
func serving(t *testing.T, answers ...func(http.ResponseWriter) bool) (*sink, *Server, *[]time.Duration) {
	t.Helper()
	s := &sink{hosts: map[string]bool{}, answers: answers}
	listening := httptest.NewServer(s)
	t.Cleanup(listening.Close)
	server, err := New(Access{URL: listening.URL, Token: "secret", Version: "1"})
	if err != nil {
		t.Fatal(err)
	}
	waits := &[]time.Duration{}
	server.Pause = func(_ context.Context, d time.Duration) error { *waits = append(*waits, d); return nil }
	return s, server, waits
}

// batch is one of hosts that could not be read, which are the shortest.
func batch(n int, why string) *store.Batch {
	b := &store.Batch{}
	for i := range n {
		b.Hosts = append(b.Hosts, store.HostResult{ID: "H" + strconv.Itoa(i), At: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Error: why})
	}
	return b
}

// Proves that a batch arrives whole, once in effect, through a server that is away, busy,
// and cut off after it has recorded: with waits that grow, and as long as the server asks.
func TestServerComesBack(t *testing.T) {
	recordedButCut := func(http.ResponseWriter) bool { return true }
	s, server, waits := serving(t, status(503), status(429, "Retry-After", "40"), cutOff, recordedButCut)
	told := 0
	server.Waiting = func(error) { told++ }
	b := server.Batches()
	if err := b.Record(t.Context(), batch(30, "no answer")); err != nil {
		t.Fatal(err)
	}
	if len(s.hosts) != 30 || b.Parts != 1 || b.Left != 0 || told != 1 {
		t.Errorf("%d hosts, %d parts, %d left, told %d times", len(s.hosts), b.Parts, b.Left, told)
	}
	if len(*waits) != 3 || (*waits)[1] != 40*time.Second || (*waits)[2] < 2*time.Second {
		t.Errorf("waits %v", *waits)
	}
}

// Proves that what cannot be sent is kept, that a server that was away for long is asked
// but once for each further batch, and that the next run sends all of it and keeps nothing;
// another tenant's run does not touch it.
func TestKeptForLater(t *testing.T) {
	s, server, waits := serving(t)
	dir := t.TempDir()
	b := server.Batches()
	b.Kept = server.KeptIn(dir, "acme")
	var why error
	b.Later = func(err error) { why = err }
	for range 30 {
		s.answers = append(s.answers, status(502))
	}
	for i := range 2 {
		if err := b.Record(t.Context(), batch(3+i, "no answer")); err != nil {
			t.Fatal(err)
		}
	}
	var away *AwayError
	var waited time.Duration
	for _, d := range *waits {
		waited += d
	}
	if b.Left != 2 || !errors.As(why, &away) || waited > server.Patience || waited < server.Patience/2 || len(s.hosts) != 0 {
		t.Errorf("%d left, %v, waited %v", b.Left, why, waited)
	}
	s.answers = nil
	other := server.Batches()
	other.Kept = server.KeptIn(dir, "globex")
	if sent, left, err := other.Resend(t.Context(), nil); sent != 0 || left != 0 || err != nil {
		t.Errorf("another tenant: %d, %d, %v", sent, left, err)
	}
	next := server.Batches()
	next.Kept = server.KeptIn(dir, "acme")
	damaged := next.Kept.Dir() + "/x" + keptEnding
	if err := os.WriteFile(damaged, []byte("?"), 0o600); err != nil {
		t.Fatal(err)
	}
	var bad []string
	sent, left, err := next.Resend(t.Context(), func(err error) { bad = append(bad, message.English(message.CauseOf(err))) })
	if sent != 2 || left != 1 || err != nil || len(s.hosts) != 4 || len(bad) != 1 || !strings.Contains(bad[0], damaged) {
		t.Errorf("%d sent, %d left, %v, %d hosts, %q", sent, left, err, len(s.hosts), bad)
	}
	if list, _ := os.ReadDir(next.Kept.Dir()); len(list) != 1 {
		t.Errorf("%d files are left", len(list))
	}
}

// Proves that an interrupted run sends the batch that it has.
func TestInterruptedRunSends(t *testing.T) {
	s, server, _ := serving(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := server.Batches().Record(ctx, batch(2, "no answer")); err != nil || len(s.hosts) != 2 {
		t.Errorf("%v, %d hosts", err, len(s.hosts))
	}
}

// Proves that large batches are cut between lines, and that lines which the server does
// not take are told and counted.
func TestParts(t *testing.T) {
	s, server, _ := serving(t)
	b := server.Batches()
	why := strings.Repeat("x", 1<<20)
	if err := b.Record(t.Context(), batch(20, why)); err != nil || b.Parts != 3 || len(s.hosts) != 20 {
		t.Errorf("%v, %d parts, %d hosts", err, b.Parts, len(s.hosts))
	}
	var refused []document.RefusedInput
	b.Refused = func(one document.RefusedInput) { refused = append(refused, one) }
	bad := batch(3, "no answer")
	bad.Hosts[1].At = time.Time{}
	if err := b.Record(t.Context(), bad); err != nil || b.NotTaken != 1 || len(refused) != 1 {
		t.Errorf("%v, %d not taken, %v", err, b.NotTaken, refused)
	}
}

// Proves that every answer that does not change by waiting is an error at once, in words
// that say what helps, and that the token goes nowhere else.
func TestRefusals(t *testing.T) {
	for want, answer := range map[string]func(http.ResponseWriter) bool{
		"send.error.bad-token":  status(401),
		"send.error.right":      status(403),
		"send.error.no-api":     status(404),
		"send.error.refused":    status(400),
		"send.error.moved":      status(302, "Location", "http://192.0.2.1/"),
		"send.error.no-console": func(w http.ResponseWriter) bool { _, _ = io.WriteString(w, "<html>Sign in"); return false },
		"send.error.short": func(w http.ResponseWriter) bool {
			_, _ = io.WriteString(w, `{"schema":"tlsready.recorded/v1","lines":1}`)
			return false
		},
	} {
		s, server, waits := serving(t, answer)
		err := server.Batches().Record(t.Context(), batch(2, "no answer"))
		if p := (*message.Problem)(nil); !errors.As(err, &p) || p.What.ID != want || len(*waits) != 0 || len(s.tokens) != 1 {
			t.Errorf("%s: %v, waits %v, %d requests", want, err, *waits, len(s.tokens))
		}
	}
}

// Proves which addresses and credentials are refused before anything is sent.
func TestAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"https://console.example.com": "", "https://192.0.2.1:8443/fleet/": "", "http://127.0.0.1:8443": "", "http://[::1]:8443/": "", "http://localhost:1/": "",
		"http://console.example.com": "send.error.plain", "http://127.0.0.1.example.com": "send.error.plain", "http://0.0.0.0:1": "send.error.plain",
		"console.example.com": "send.error.url", "ftp://example.com": "send.error.url", "https://": "send.error.url", "https://h/?token=1": "send.error.url", "https://h:%zz": "send.error.url",
		"https://user:pa55@h/": "send.error.url-user",
	} {
		_, err := New(Access{URL: address})
		var p *message.Problem
		if got := errors.As(err, &p); got != (want != "") || got && p.What.ID != want || err != nil && strings.Contains(err.Error(), "pa55") {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
	for _, a := range []Access{{CA: []byte("no PEM")}, {Cert: []byte("x"), Key: []byte("y")}, {Token: "two words"}, {Token: "a\nb"}} {
		a.URL = "https://h/"
		if _, err := New(a); err == nil {
			t.Errorf("%+v is taken", a)
		}
	}
}

// Proves that a certificate that is not trusted is said at once, and that the authority's
// own certificate mends it.
func TestTrust(t *testing.T) {
	s := &sink{hosts: map[string]bool{}}
	listening := httptest.NewUnstartedServer(s)
	listening.Config.ErrorLog = log.New(io.Discard, "", 0)
	listening.StartTLS()
	defer listening.Close()
	try := func(ca []byte) error {
		server, err := New(Access{URL: listening.URL, CA: ca})
		if err != nil {
			t.Fatal(err)
		}
		_, err = server.Batches().Hello(t.Context())
		return err
	}
	err := try(nil)
	if p := (*message.Problem)(nil); !errors.As(err, &p) || p.What.ID != "send.error.untrusted" {
		t.Errorf("%v", err)
	}
	var ca bytes.Buffer
	_ = pem.Encode(&ca, &pem.Block{Type: "CERTIFICATE", Bytes: listening.Certificate().Raw})
	if err := try(ca.Bytes()); err != nil {
		t.Error(err)
	}
}

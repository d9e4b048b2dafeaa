package probe

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tlsready"
	"tlsready/internal/wire"
)

// model is a server in memory: it answers questions as its settings say, without a
// network and without a clock.
type model struct {
	mu       sync.Mutex
	versions []tlsready.Version
	suites   []tlsready.Suite
	refusal  Reply
	fails    int // so many answers more are resets, as of a limiter
	after    int // that begins after this many answers
	asked    int
	slowed   int
}

func (m *model) send(_ context.Context, q question) Reply {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	if m.asked > m.after && m.fails > 0 {
		m.fails--
		return Reply{Kind: Reset}
	}
	for _, v := range slices.Backward(m.versions) {
		if v > q.version {
			continue
		}
		for _, s := range m.suites {
			if s.Fits(v) && slices.Contains(q.suites, s) {
				return Reply{Kind: Hello, Version: v, Suite: s}
			}
		}
		break
	}
	return m.refusal
}

func (m *model) slower() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.slowed++
}

func (m *model) restore() {}

func (m *model) rest(context.Context, time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fails = 0 // the limiter's window is over
	return nil
}

func planned(m *model, ask Questions) Result {
	return newScan(m, Options{Questions: ask}, newLists(), keys{}).run(context.Background(), nil)
}

// TestPlanUnderResets proves that whenever a limiter begins to reset connections,
// and for however many of them, no version and no suite is called absent.
func TestPlanUnderResets(t *testing.T) {
	versions := []tlsready.Version{tlsready.TLS10, tlsready.TLS11, tlsready.TLS12}
	suites := []tlsready.Suite{0x2f, 0x35, 0x3c, 0xc02f}
	for _, refusal := range []Reply{
		{Kind: Alert, Alert: wire.Alert{Level: wire.Fatal, Description: wire.ProtocolVersion}},
		{Kind: Alert, Alert: wire.Alert{Level: wire.Fatal, Description: wire.HandshakeFailure}},
		{Kind: Reset},
	} {
		for after := range 60 {
			for _, fails := range []int{1, 2, 3, 5, 8, 1000} {
				m := &model{versions: versions, suites: suites, refusal: refusal, after: after, fails: fails}
				r := planned(m, Questions{Suites: true})
				for _, v := range versions {
					if r.Versions[v] == tlsready.No {
						t.Fatalf("%v, %d resets after %d answers: %v is called absent: %+v", refusal, fails, after, v, r.Evidence)
					}
					if r.Complete[v] && !slices.Equal(sorted(r.Suites[v]), fitting(suites, v)) {
						t.Fatalf("%v, %d resets after %d answers: %v has %v and no others: %+v", refusal, fails, after, v, r.Suites[v], r.Evidence)
					}
				}
			}
		}
	}
}

// TestPlanOfSilence proves that a server nobody heard of is unknown throughout.
func TestPlanOfSilence(t *testing.T) {
	for _, c := range []struct {
		refusal Reply
		want    error
	}{
		{Reply{Kind: Silent}, ErrSilent},
		{Reply{Kind: NotTLS, Err: errors.New("http")}, ErrNotTLS},
		{Reply{Kind: Unreachable, Err: errors.New("refused")}, ErrUnreachable},
		{Reply{Kind: Closed}, ErrNoHello},
		{Reply{Kind: Reset}, ErrNoHello},
	} {
		r := planned(&model{refusal: c.refusal}, Questions{})
		if !errors.Is(r.Err, c.want) {
			t.Errorf("%v: %v, want %v", c.refusal, r.Err, c.want)
		}
		for v, a := range r.Versions {
			if a != tlsready.Unknown {
				t.Errorf("%v: %v is %v", c.refusal, v, a)
			}
		}
	}
}

// TestLimiter proves the rate: a burst of one second's worth, then evenly; after a
// reset five a second at most in any window; and that the rate comes back only after
// many answers.
func TestLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &limiter{rate: DefaultRate, full: DefaultRate, burst: time.Second}
		times := func(n int) []time.Duration {
			var list []time.Duration
			start := time.Now()
			for range n {
				if err := l.wait(context.Background()); err != nil {
					t.Fatal(err)
				}
				list = append(list, time.Since(start))
			}
			return list
		}
		fast := times(150)
		if fast[45] != 0 || fast[149] < 1900*time.Millisecond || fast[149] > 2200*time.Millisecond {
			t.Errorf("46th after %v, 150th after %v", fast[45], fast[149])
		}
		l.slow(SlowRate)
		slow := times(20)
		for i := 5; i < len(slow); i++ {
			if slow[i]-slow[i-5] < time.Second {
				t.Errorf("connections %d to %d within %v", i-5, i, slow[i]-slow[i-5])
			}
		}
		l.slow(DefaultRate)
		if l.rate != SlowRate {
			t.Errorf("the rate rose to %v", l.rate)
		}
		for range 10 {
			l.slower()
		}
		if l.rate != leastRate {
			t.Errorf("the rate fell to %v", l.rate)
		}
		for i := range 10 * calmAnswers {
			if l.answered(); i+1 < calmAnswers && l.rate != leastRate {
				t.Fatalf("the rate rose to %v after %d answers", l.rate, i+1)
			}
		}
		if l.rate != DefaultRate {
			t.Errorf("the rate came back to %v", l.rate)
		}
		none := &limiter{}
		none.slow(SlowRate)
		if none.slower(); none.reserve(time.Now()) != 0 {
			t.Error("a limit where there was to be none")
		}
		l.slow(leastRate)
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		if err := l.wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting over the deadline: %v", err)
		}
	})
}

// TestLimitersForget proves that limiters nobody needs do not pile up, and that one
// in use is kept.
func TestLimitersForget(t *testing.T) {
	p := prober(t, Options{Rate: DefaultRate})
	w, done := p.sender(t.Context(), Target{Address: addressOf(0)})
	defer done()
	kept := w.limit
	for i := range 3 * maxIdle {
		_, done := p.sender(t.Context(), Target{Address: addressOf(i + 1)})
		done()
	}
	if n := len(p.paces.all); n > maxIdle+2 {
		t.Errorf("%d limiters are kept", n)
	}
	w, again := p.sender(t.Context(), Target{Address: addressOf(0)})
	defer again()
	if w.limit != kept {
		t.Error("the limiter in use was forgotten")
	}
}

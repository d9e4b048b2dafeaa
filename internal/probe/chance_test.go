package probe

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/wire"
)

// failing is a server in memory of which a share of all answers is something else, as
// on a bad line or under load.
type failing struct {
	model
	random *rand.Rand
	share  float64
	kinds  []Reply
	chance sync.Mutex
}

func (f *failing) send(ctx context.Context, q question) Reply {
	f.chance.Lock()
	fails, kind := f.random.Float64() < f.share, f.random.IntN(len(f.kinds))
	f.chance.Unlock()
	if fails {
		return f.kinds[kind]
	}
	return f.model.send(ctx, q)
}

func (f *failing) rest(context.Context, time.Duration) error { return nil }

func alertReply(d wire.AlertDescription) Reply {
	return Reply{Kind: Alert, Alert: wire.Alert{Level: wire.Fatal, Description: d}}
}

// TestPlanUnderChance proves that even if up to half of all connections are lost or turned
// away with an alert, no version is called absent, an incomplete list of suites is hardly
// ever called whole, and most versions are still found.
func TestPlanUnderChance(t *testing.T) {
	versions := []tlsready.Version{tlsready.TLS10, tlsready.TLS11, tlsready.TLS12}
	suites := []tlsready.Suite{0x2f, 0x35, 0x3c, 0xc02f}
	loss := []Reply{{Kind: Reset}, {Kind: Closed}, {Kind: Silent}}
	turned := []Reply{alertReply(40), alertReply(80), alertReply(90)}
	for _, c := range []struct {
		name  string
		kinds []Reply
		share float64
		least int // of 100 versions are found
	}{
		{"3 % lost", loss, 0.03, 99},
		{"10 % turned away", turned, 0.1, 99},
		{"30 % lost", loss, 0.3, 85},
		{"30 % turned away", turned, 0.3, 95},
		{"30 % of both", append(slices.Clone(loss), turned...), 0.3, 90},
		{"50 % lost", loss, 0.5, 50},
		{"50 % turned away", turned, 0.5, 80},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			const runs = 1000
			wrong, found, short, lists, asked := 0, 0, 0, 0, 0
			for i := range runs {
				f := &failing{
					model: model{versions: versions, suites: suites, refusal: alertReply(wire.HandshakeFailure)}, random: rand.New(rand.NewPCG(2, uint64(i))), share: c.share, kinds: c.kinds,
				}
				r := newScan(f, Options{Questions: Questions{Suites: i%3 == 0}, Nodes: 1 + i%3}, newLists(), keys{}).run(context.Background(), nil)
				asked += r.Connections
				for _, v := range versions {
					switch r.Versions[v] {
					case tlsready.Yes:
						found++
					case tlsready.No:
						wrong++
						t.Logf("run %d: %v is called absent: %+v", i, v, r.Evidence)
					}
					if !r.Complete[v] {
						continue
					}
					if lists++; !slices.Equal(sorted(r.Suites[v]), fitting(suites, v)) {
						short++
						t.Logf("run %d: %v has %v and no others: %+v", i, v, r.Suites[v], r.Evidence)
					}
				}
			}
			if wrong > 0 || 700*short > lists+700 || 100*found < c.least*len(versions)*runs {
				t.Errorf("%d of %d versions are called absent, %d found; %d of %d lists are short", wrong, len(versions)*runs, found, short, lists)
			}
			t.Logf("%d of %d versions found, %d lists, %d connections a run", found, len(versions)*runs, lists, asked/runs)
		})
	}
}

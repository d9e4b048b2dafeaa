package probe

import (
	"context"
	"testing"
	"time"

	"tlsready/internal/wire"
)

// atOnce refuses the version of every hello, without any delay.
type atOnce struct{}

func (atOnce) send(context.Context, question) Reply {
	return Reply{Kind: Alert, Alert: wire.Alert{Level: wire.Fatal, Description: wire.ProtocolVersion}}
}
func (atOnce) slower()                                   {}
func (atOnce) restore()                                  {}
func (atOnce) rest(context.Context, time.Duration) error { return nil }

// TestHellosAnsweredAtOnce proves that a hello may be answered for good before the
// next one is begun.
func TestHellosAnsweredAtOnce(t *testing.T) {
	for range 5_000 {
		s := newScan(atOnce{}, Options{PerEndpoint: 8}, newLists(), keys{})
		hellos := make([]*wire.ClientHello, 8)
		for i := range hellos {
			hellos[i] = &wire.ClientHello{}
		}
		s.sendHellos(context.Background(), hellos)
		for i, sent := range s.res.Sent {
			if !sent.Made || !sent.Refused {
				t.Fatalf("hello %d: %+v", i, sent)
			}
		}
	}
}

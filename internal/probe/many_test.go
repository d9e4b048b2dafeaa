package probe

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tlsready"
	"tlsready/internal/wire"
)

func addressOf(i int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, byte(i >> 16), byte(i >> 8), byte(i)}), 443)
}

// probeMany probes n targets, so many at a time, and gives each result to emit, one
// after the other.
func probeMany(ctx context.Context, p *Prober, n, inFlight int, target func(i int) Target, emit func(Result)) {
	var work sync.WaitGroup
	var next atomic.Int64
	var mu sync.Mutex
	for range inFlight {
		work.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				r := p.Probe(ctx, target(i))
				mu.Lock()
				emit(r)
				mu.Unlock()
			}
		})
	}
	work.Wait()
}

// TestManyAtOnce proves that one prober gives every target of many at a time its own
// right result, and that the end of the context ends the work.
func TestManyAtOnce(t *testing.T) {
	target, _ := listen(t, serve(&tls.Config{Certificates: []tls.Certificate{certificate(t, ecKey(t))}}))
	p := prober(t, Options{Timeout: patience})
	const n, inFlight = 50, 8
	same := func(int) Target { return target }
	got := 0
	probeMany(background(t), p, n, inFlight, same, func(r Result) {
		if got++; words(r) != "1.2 1.3" {
			t.Errorf("%s, %v", words(r), r.Err)
		}
	})
	if got != n {
		t.Errorf("%d results, want %d", got, n)
	}
	ctx, cancel := context.WithCancel(background(t))
	cancel()
	if r := p.Probe(ctx, target); r.Err == nil {
		t.Error("the end of the context did not end the work")
	}
}

// TestMemory proves that a thousand endpoints in flight need less than 100 MB.
func TestMemory(t *testing.T) {
	const n = 1000
	release := make(chan struct{})
	var waiting atomic.Int64
	p := prober(t, Options{Timeout: patience, Dial: stalled(&waiting, release)})
	var before, during runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	done := make(chan struct{})
	go func() {
		defer close(done)
		probeMany(background(t), p, n, n, func(i int) Target {
			return Target{Address: addressOf(i), ServerName: "lab.example.com"}
		}, func(Result) {})
	}()
	for waiting.Load() < n {
		runtime.Gosched()
	}
	runtime.ReadMemStats(&during)
	close(release)
	<-done
	used := during.HeapInuse + during.StackInuse - before.HeapInuse - before.StackInuse
	t.Logf("%d MB for %d in flight", used>>20, n)
	if used > 100<<20 {
		t.Errorf("%d MB for %d in flight", used>>20, n)
	}
}

// FuzzAnswers proves that no bytes of a server panic the reader of answers, and
// that it never takes for a hello what is not one.
func FuzzAnswers(f *testing.F) {
	f.Add(helloOf(tlsready.TLS12), true, false)
	f.Add([]byte("\x15\x03\x03\x00\x02\x02\x28"), false, false)
	f.Add([]byte("\x80\x0b\x04\x00\x01\x00\x02\x00\x00\x00\x00\x00\x00"), true, true)
	f.Add([]byte(strings.Repeat("HTTP/1.1 400\r\n", 10)), true, false)
	shares := newKeys()
	f.Fuzz(func(t *testing.T, stream []byte, all, ssl2 bool) {
		want := toHello
		if all {
			want = toFlight
		}
		hello := &wire.ClientHello{Version: tlsready.TLS12, Extensions: []wire.Extension{wire.SupportedVersionsExtension([]tlsready.Version{tlsready.TLS13}), wire.KeyShareExtension()}}
		hello.SSL2 = ssl2
		f := flight{want: want, hello: hello, keys: shares, transcript: [][]byte{{1}}}
		r := f.read(replay{bytes.NewReader(stream)}, new(memory))
		var messages wire.Reader
		messages.Write(stream)
		m, ok, err := messages.Next()
		if r.Kind == Hello && (err != nil || !ok && len(stream) < 6 || ok && m.Content == wire.ContentApplicationData) {
			t.Fatalf("%x is taken for a hello: %+v", stream, r)
		}
		if r.String() == "" || r.Kind == Alert && len(stream) < 3 {
			t.Fatalf("%x: %+v", stream, r)
		}
		for _, der := range r.Chain {
			readCertificate(der)
		}
	})
}

// replay gives bytes and takes any.
type replay struct{ io.Reader }

// Write takes everything.
func (replay) Write(p []byte) (int, error) { return len(p), nil }

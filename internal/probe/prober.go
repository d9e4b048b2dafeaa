package probe

import (
	"context"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/starttls"
	"tlsready/internal/wire"
)

// Prober probes endpoints. It may be used by many goroutines at once; the pace per
// address is kept over all of them.
type Prober struct {
	opts  Options
	lists lists
	keys  keys
	ready *ready
	paces limiters
	total *limiter // over all addresses; its rate is 0 if there is no limit
	// memories keeps what answers are read with: *memory.
	memories sync.Pool
}

// New makes a prober.
func New(opts Options) *Prober {
	return &Prober{
		opts: opts.withDefaults(), lists: newLists(), keys: newKeys(), ready: newReady(),
		total:    &limiter{rate: opts.TotalRate, full: opts.TotalRate, burst: time.Second},
		paces:    limiters{rate: opts.Rate, all: map[netip.Addr]*limiter{}},
		memories: sync.Pool{New: func() any { return new(memory) }},
	}
}

// Probe asks one endpoint everything that the options say, and then sends the hellos that
// are not nil, whatever the outcome. The result is never empty: if the endpoint cannot be
// judged, Err says why.
func (p *Prober) Probe(ctx context.Context, t Target, hellos ...*wire.ClientHello) Result {
	ctx, cancel := context.WithTimeout(ctx, p.opts.Deadline)
	defer cancel()
	to, done := p.sender(ctx, t)
	defer done()
	res := newScan(to, p.opts, p.lists, p.keys).run(ctx, hellos)
	res.Target = t
	return res
}

// wait returns when the next connection to an address may be made: when its turn has
// come there, and among all addresses.
func (p *Prober) wait(ctx context.Context, l *limiter) error {
	if err := l.wait(ctx); err != nil {
		return err
	}
	if err := p.total.wait(ctx); err != nil || p.opts.Jitter <= 0 {
		return err
	}
	return pause(ctx, mathrand.N(p.opts.Jitter))
}

// KeyShares makes key shares for those of the groups for which there is one: what a
// simulated client of TLS 1.3 needs in its hello.
func (p *Prober) KeyShares(groups ...tlsready.Group) []wire.KeyShare {
	var shares []wire.KeyShare
	for _, g := range groups {
		if share, ok := p.keys.share(g); ok && p.keys.opens(g) {
			share.Data = slices.Clone(share.Data)
			shares = append(shares, share)
		}
	}
	return shares
}

// sender sends to one target until done is called or ctx ends.
func (p *Prober) sender(ctx context.Context, t Target) (w *wireSender, done func()) {
	w = &wireSender{p: p, target: t, address: t.dialled(), limit: p.paces.hold(t.paced())}
	stop := context.AfterFunc(ctx, w.open.interrupt)
	return w, func() {
		stop()
		p.paces.release(w.limit)
	}
}

// wireSender is the sender over real connections.
type wireSender struct {
	p       *Prober
	target  Target
	address string // to dial
	limit   *limiter
	open    connections
	refuses atomic.Bool // what it resets, it refuses: no reason to slow down
}

func (w *wireSender) send(ctx context.Context, q question) Reply {
	if err := w.p.wait(ctx, w.limit); err != nil {
		return Reply{Kind: Silent, Err: err, unsent: true}
	}
	r := w.exchange(ctx, q)
	if errors.Is(r.Err, starttls.ErrRefused) || errors.Is(r.Err, starttls.ErrEarly) {
		r.Kind = NoStartTLS
	}
	switch {
	case (r.Kind == Reset || r.Kind == Silent) && !w.refuses.Load():
		w.limit.slow(SlowRate)
	case !r.throttled():
		w.limit.answered()
	}
	return r
}

func (w *wireSender) slower() {
	w.refuses.Store(false)
	w.limit.slower()
}

func (w *wireSender) restore() {
	if !w.refuses.Swap(true) {
		w.limit.restore()
	}
}

func (w *wireSender) rest(ctx context.Context, d time.Duration) error {
	if d == 0 {
		return ctx.Err()
	}
	return pause(ctx, d)
}

// Targets lists the addresses of a host, each as one target. name is what to ask
// for in server_name; an address is never one (RFC 6066 section 3).
func Targets(ctx context.Context, resolver *net.Resolver, host string, port uint16, name, protocol string) ([]Target, error) {
	if _, err := netip.ParseAddr(name); err == nil {
		name = ""
	}
	written := net.JoinHostPort(host, fmt.Sprint(port))
	if address, err := netip.ParseAddr(host); err == nil {
		return []Target{{Name: written, Address: netip.AddrPortFrom(address, port), ServerName: name, StartTLS: protocol}}, nil
	}
	addresses, err := resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		if name := new(net.DNSError); errors.As(err, &name) {
			return nil, err // it names the host
		}
		return nil, message.Error("probing.lookup", message.Str("name", host), message.Cause("why", err))
	}
	slices.SortFunc(addresses, netip.Addr.Compare)
	var list []Target
	for _, a := range addresses {
		list = append(list, Target{Name: written, Address: netip.AddrPortFrom(a.Unmap(), port), ServerName: name, StartTLS: protocol})
	}
	return list, nil
}

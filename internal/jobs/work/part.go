package work

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/store"
)

// Part is some of what a batch found, as a worker sends it.
type Part struct {
	Hosts     []HostPart        `json:"hosts,omitempty"`
	Endpoints []json.RawMessage `json:"endpoints,omitempty"` // tlsready.endpoint/v1
}

// HostPart is one machine: its settings, or why it could not be read.
type HostPart struct {
	ID       string          `json:"id"`
	Snapshot json.RawMessage `json:"snapshot,omitempty"` // tlsready.host/v1
	Error    string          `json:"error,omitempty"`    // in English
}

// Bounds of a part.
const (
	MaxPart    = 32 << 20 // bytes, of JSON; a worker sends a part when it has a quarter of it
	maxEntries = 2000
	maxAddress = 256  // addresses of one name
	maxError   = 2000 // bytes of why a machine could not be read
)

// NewHost is a host as a worker sends it.
func NewHost(h source.Host) (HostPart, error) {
	p := HostPart{ID: h.ID}
	if h.Err != nil {
		p.Error = message.English(message.CauseOf(h.Err))
		return p, nil
	}
	text, err := h.Snapshot.Encode()
	if err != nil {
		return p, err
	}
	compact, err := json.Marshal(json.RawMessage(text)) // one line, without its indents
	p.Snapshot = compact
	return p, err
}

// Expected holds the parts of a batch against what was given to the worker. It may be
// used by several goroutines at once.
type Expected struct {
	mu    sync.Mutex
	begun time.Time
	hosts map[string]bool // by id: there is a result
	ends  map[string]int  // by target: addresses that have a result
	met   map[string]bool // target and address
}

// Expect says what a batch can find. The ways to machines tell the ids of hosts from their
// URLs.
func (b *Batch) Expect(schemes []source.Scheme) (*Expected, error) {
	e := &Expected{hosts: map[string]bool{}, ends: map[string]int{}, met: map[string]bool{}}
	for _, item := range b.Items {
		if b.Kind == Probe {
			e.ends[item] = 0
			continue
		}
		name, _, _ := strings.Cut(item, ":")
		at := slices.IndexFunc(schemes, func(s source.Scheme) bool { return strings.EqualFold(s.Name, name) })
		if at < 0 {
			return nil, message.Error("jobs.error.way", message.Quote("value", item))
		}
		id, err := schemes[at].ID(item)
		if err != nil {
			return nil, err
		}
		e.hosts[id] = false
	}
	return e, nil
}

// Found is a part that was read and found to be about what was asked for.
type Found struct {
	Hosts     []source.Host
	Endpoints []*document.Endpoint
}

// LieError says that a worker sent what it was not asked for, or nonsense.
type LieError struct{ *message.Problem }

// Unwrap gives the problem.
func (e *LieError) Unwrap() error { return e.Problem }

func lie(id string, args ...message.Arg) error { return &LieError{message.Error(id, args...)} }

// Read reads a part, whole or not at all: one result that does not belong to the batch
// spoils it.
func (e *Expected) Read(text []byte, now time.Time) (*Found, error) {
	var p Part
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, lie("jobs.lie.json", message.Cause("why", err))
	}
	if len(p.Hosts)+len(p.Endpoints) > maxEntries {
		return nil, lie("jobs.lie.many", message.Int("n", len(p.Hosts)+len(p.Endpoints)), message.Int("most", maxEntries))
	}
	f := &Found{}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, h := range p.Hosts {
		one, err := e.host(h, now)
		if err != nil {
			return nil, err
		}
		f.Hosts = append(f.Hosts, one)
	}
	for _, line := range p.Endpoints {
		one, err := e.endpoint(line)
		if err != nil {
			return nil, err
		}
		f.Endpoints = append(f.Endpoints, one)
	}
	return f, nil
}

// Keep notes that a part was recorded.
func (e *Expected) Keep(f *Found) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, h := range f.Hosts {
		e.hosts[h.ID] = true
	}
	for _, one := range f.Endpoints {
		if key := one.Target + "\x00" + one.Address; !e.met[key] {
			e.met[key] = true
			e.ends[one.Target]++
		}
	}
}

// fewMissing is how many of those that are missing are named.
const fewMissing = 3

// Complete says whether something was found of everything: a worker that says it is done
// and has left something out lies.
func (e *Expected) Complete() error {
	list := e.missing()
	if len(list) == 0 {
		return nil
	}
	var some []message.Text
	for _, one := range list[:min(len(list), fewMissing)] {
		some = append(some, message.Literal(one))
	}
	return lie("jobs.lie.missing", message.Int("n", len(list)), message.Sub("some", some...))
}

// missing are those of which nothing was found yet, sorted.
func (e *Expected) missing() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var list []string
	for id, there := range e.hosts {
		if !there {
			list = append(list, id)
		}
	}
	for target, n := range e.ends {
		if n == 0 {
			list = append(list, target)
		}
	}
	slices.Sort(list)
	return list
}

// Begin notes when the batch is given away.
func (e *Expected) Begin(now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.begun = now
}

// Begun is when the batch was given away. Results have this time, so that a part which
// comes twice is recorded once.
func (e *Expected) Begun() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.begun
}

func (e *Expected) host(p HostPart, now time.Time) (source.Host, error) {
	h := source.Host{ID: p.ID}
	if _, asked := e.hosts[p.ID]; !asked {
		return h, lie("jobs.lie.host", message.Quote("id", cut(p.ID)))
	}
	if len(p.Snapshot) == 0 {
		if p.Error == "" {
			return h, lie("jobs.lie.empty", message.Quote("id", cut(p.ID)))
		}
		h.Err = &message.Problem{What: message.Literal(store.Text(p.Error[:min(len(p.Error), maxError)]))}
		return h, nil
	}
	s, err := host.Decode(p.Snapshot, nil)
	if err != nil {
		return h, lie("jobs.lie.snapshot", message.Quote("id", cut(p.ID)), message.Cause("why", err))
	}
	// The clock of a worker may be wrong: what it read it read since it was asked to.
	if s.CollectedAt.Before(e.begun) || s.CollectedAt.After(now) {
		s.CollectedAt = e.begun
	}
	h.Snapshot = s
	return h, nil
}

func (e *Expected) endpoint(line []byte) (*document.Endpoint, error) {
	one, err := document.ReadEndpoint(line)
	if err != nil {
		return nil, lie("jobs.lie.endpoint", message.Cause("why", err))
	}
	n, asked := e.ends[one.Target]
	if !asked {
		return nil, lie("jobs.lie.target", message.Quote("target", cut(one.Target)))
	}
	address, err := netip.ParseAddr(one.Address)
	switch own := addressOf(one.Target); {
	case one.Address == "" && one.Error != nil: // it has none that could be asked
	case err != nil, own.IsValid() && own != address:
		return nil, lie("jobs.lie.address", message.Quote("target", cut(one.Target)), message.Quote("address", cut(one.Address)))
	case n >= maxAddress && !e.met[one.Target+"\x00"+one.Address]:
		return nil, lie("jobs.lie.addresses", message.Quote("target", cut(one.Target)), message.Int("most", maxAddress))
	}
	return one, nil
}

// cut is the beginning of what somebody sent, for a message.
func cut(s string) string { return s[:min(len(s), 200)] }

// addressOf is the address that a target host:port is; invalid if it is a name.
func addressOf(target string) netip.Addr {
	at, err := netip.ParseAddrPort(target)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr()
}

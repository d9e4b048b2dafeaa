package fleet

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"tlsready/internal/document"
	"tlsready/internal/host"
)

// Ledger is what was read of all days. It may be given to from several goroutines; the
// order in which it is given makes no difference.
type Ledger struct {
	mu       sync.Mutex
	hosts    numbers[string] // by id in lower case: Windows does not tell them apart
	names    []string        // as they were spelled
	services numbers[string]
	states   numbers[state]
	abouts   numbers[about]
	groups   map[string]writing // by id
	fixes    map[string]*document.FleetFix
	runs     []*Run

	endpoints map[string][]answer
	clients   map[clientKey]*document.FleetClient
	passed    map[clientKey]*passage
	more      int // clients beyond maxClients
}

// New makes an empty ledger.
func New() *Ledger {
	return &Ledger{
		groups: map[string]writing{}, fixes: map[string]*document.FleetFix{}, endpoints: map[string][]answer{},
		clients: map[clientKey]*document.FleetClient{}, passed: map[clientKey]*passage{},
	}
}

// Row is the outcome of one host and service in one run, as numbers of the ledger.
type Row struct{ host, service, state, about uint32 }

// Host tells the hosts of rows apart.
func (r Row) Host() uint32 { return r.host }

// Run is one run of check: what stands up to one summary.
type Run struct {
	File     string // and what else tells runs of one day apart: later ones win
	Day      Day
	Services []document.Service
	Rows     []Row
	Cut      bool // it has no summary: the hosts that are not in it were not reached
}

// state is an outcome, apart from whose it is.
type state struct {
	verdict, cause, failsFrom, problem string
	group                              string
}

// about is what else is said of a host with a service.
type about struct {
	owner, site, program string
	fix                  string // by id
	os                   host.OS
	hasOS                bool
}

// numbers gives each different thing a number.
type numbers[T comparable] struct {
	at   map[T]uint32
	list []T
}

func (n *numbers[T]) of(x T) uint32 {
	if i, ok := n.at[x]; ok {
		return i
	}
	if n.at == nil {
		n.at = map[T]uint32{}
	}
	i := uint32(len(n.list)) //nolint:gosec // four thousand million hosts do not fit into memory
	n.at[x] = i
	n.list = append(n.list, x)
	return i
}

// Row takes the outcome of one host and service. Nothing of h is kept that is not shared
// with other hosts.
func (l *Ledger) Row(h *document.Host) Row {
	s := state{verdict: h.Verdict, cause: deref(h.Cause), failsFrom: deref(h.FailsFrom)}
	if h.Error != "" {
		s.verdict, s.cause, s.problem = document.Unreadable, "", plainProblem(h.Error)
	}
	group := groupOf(h, s)
	a := about{owner: h.Labels["owner"], site: cmp.Or(h.Labels["site"], h.Folder), program: h.Program}
	if h.OS != nil {
		a.os, a.hasOS = *h.OS, true
	}
	fix := fixOf(h, s)
	l.mu.Lock()
	defer l.mu.Unlock()
	if fix != nil {
		a.fix = fix.ID
		l.fixes[fix.ID] = fix
	}
	if group.of != nil {
		s.group = group.of.ID
		if had, known := l.groups[s.group]; !known || group.text < had.text {
			l.groups[s.group] = group
		}
	}
	return Row{l.host(h.Host), l.services.of(strings.Clone(h.Service)), l.states.of(s), l.abouts.of(a)}
}

// host numbers a host. Of several spellings of its id the first in order is kept.
func (l *Ledger) host(id string) uint32 {
	n := l.hosts.of(strings.ToLower(id))
	switch {
	case int(n) == len(l.names):
		l.names = append(l.names, strings.Clone(id))
	case id < l.names[n]:
		l.names[n] = strings.Clone(id)
	}
	return n
}

// Add takes a run, with rows that this ledger made.
func (l *Ledger) Add(r *Run) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.runs = append(l.runs, r)
}

// writing is a group as some line has it: of those that differ in case alone the first in
// order is kept.
type writing struct {
	of   *document.FleetGroup // without hosts
	text string
}

// groupOf is the group of hosts of which the same is wrong and which the same helps; none
// for a host with which nothing is to be done.
func groupOf(h *document.Host, s state) writing {
	if s.verdict == document.Connects || s.verdict == document.NotInstalled {
		return writing{}
	}
	if s.verdict == document.Unreadable { // nothing else is known of it
		h = &document.Host{Service: h.Service, Restart: "none"}
	}
	g := &document.FleetGroup{
		Service: h.Service, Verdict: s.verdict, Cause: s.cause, Fixable: h.Fixable, Error: s.problem,
		Changes: make([]document.Change, len(h.Changes)), Prerequisites: h.Prerequisites, Restart: h.Restart,
	}
	var b strings.Builder
	add := func(parts ...string) {
		for _, p := range parts {
			b.WriteString(p)
			b.WriteByte(0)
		}
	}
	add(g.Service, g.Verdict, g.Cause, g.Restart, withoutDigits(g.Error)) // numbers in an error are of one host
	if g.Fixable != nil && !*g.Fixable {
		add("none")
	}
	for i, c := range h.Changes {
		c.Before, c.Services = nil, nil
		g.Changes[i] = c
		add(c.Key, c.Name, string(c.Type), c.Display(), c.Owner, c.Policy)
		if c.Delete {
			add("delete")
		}
	}
	for _, p := range h.Prerequisites {
		add("first", p.Kind, p.ID, p.Or)
	}
	if g.Prerequisites == nil {
		g.Prerequisites = []document.Prerequisite{}
	}
	sum := sha256.Sum256([]byte(strings.ToLower(b.String()))) // of registry names case means nothing
	g.ID = hex.EncodeToString(sum[:6])
	add(g.Error)
	return writing{g, b.String()}
}

// fixOf is what is to be changed on a host, with what stands there; nil for nothing.
func fixOf(h *document.Host, s state) *document.FleetFix {
	if len(h.Changes) == 0 || s.verdict != document.Fails && s.verdict != document.Unknown {
		return nil
	}
	changes := slices.Clone(h.Changes)
	for i := range changes {
		changes[i].Services = nil
	}
	text, err := json.Marshal(changes)
	if err != nil {
		return nil // it came out of JSON, so it goes back
	}
	sum := sha256.Sum256(text)
	return &document.FleetFix{ID: hex.EncodeToString(sum[:6]), Changes: changes}
}

// plainProblem is why a host could not be read, without the name of the file, which may
// be another one each day.
func plainProblem(text string) string {
	if where, what, ok := strings.Cut(text, ": "); ok && strings.ContainsAny(where, `/\.`) {
		return what
	}
	return text
}

func withoutDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, text)
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

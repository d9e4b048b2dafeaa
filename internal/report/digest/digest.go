// Package digest sums up a result of check as it comes, so that a report is the
// answer and not the data: how many hosts fail and what helps them, and one block
// for each group of hosts with the same cause and the same kind of fix. A digest
// keeps no host beyond its name, and of names only as many as a page shows: its
// memory depends on how many kinds of trouble there are, not on how many hosts.
package digest

import (
	"cmp"
	"slices"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/report/view"
)

// Digest is a result of check, summed up.
type Digest struct {
	Head    *document.Check // the day, the services and the like; its hosts and rows are not looked at
	Summary document.Summary
	Blocks  []*Block // the worst and most urgent first
	Ways    map[Way]int
	Starred int    // judged hosts whose programs nobody looked for: judged as if they were there
	Past    int    // failing hosts that fail already
	Since   string // the day since when those fail, where it is the same for all; else ""
	Later   int    // connecting hosts that fail from a later day on
	Exposed Names  // hosts not judged that may be affected, by their system alone
	Spared  Names  // hosts not judged that are not affected with the defaults of their system
	Unread  []*Trouble
	Owners  []*Owner
	Only    string // the host, if there is only one
	Worst   string // the first host that fails, else the first that is not judged; "" if all is well
	Changes bool   // some host has changes that can be written
	Recipes bool   // some host has a vendor's whole recipe
	Callers []string
}

// Way is what helps a failing host: the most that any of its services needs.
type Way string

// The ways, from little to much.
const (
	ByRegistry Way = "registry"         // registry values alone
	ByPolicy   Way = "policy"           // a group policy first
	ByUpdate   Way = "update"           // an update first
	ByRoot     Way = "certificate"      // a root certificate
	ByProgram  Way = "program"          // a newer version, or another setting, of the program
	BySystem   Way = "operating-system" // a newer Windows
	ByFacts    Way = "facts"            // something helps; facts are missing to tell what
	ByNothing  Way = "nothing"          // nothing is known that could be done on the host
)

// Ways lists the ways, from little to much.
func Ways() []Way {
	return []Way{ByRegistry, ByPolicy, ByUpdate, ByRoot, ByProgram, BySystem, ByFacts, ByNothing}
}

// Block is a group of hosts with the same verdict, cause and kind of fix.
type Block struct {
	Shape
	Hosts    Names
	Starred  int
	Fixes    []*Fix  // what is to be set, by hosts that need the same
	OtherFix int     // hosts whose fix is none of these: there are too many different ones
	First    []*Need // what has to be there before the values help
	Uncured  Names   // hosts that the vendor's whole recipe leaves failing
	Lost     []*Need // versions that other programs no longer offer after the fix, by kinds of programs
	Broken   []string
	Near     []*Near  // values that almost are ones that Windows reads
	Notes    []*Need  // warnings by code
	Missing  []string // of a block that is not judged: what was not collected, see [Areas]
	Programs []string // files of --callers-from that are the failing callers
	Possible Names    // of a block that is not judged: may be affected, by the system alone
	Default  Names    // of a block that is not judged: not affected by default
	Text     string   // the reason in words, if no shorter ones are known
}

// Shape is what the hosts of a block have in common.
type Shape struct {
	Services string // ids, separated by spaces
	Verdict  string
	Cause    string
	Callers  string // programs whose calls fail, if several are judged; separated by spaces
	Stacks   string // kinds of stacks that fail, separated by spaces
	Most     string // the newest version that these offer; "" if that is not the point
	Why      string // rules that say more than the versions do, "rule version", separated by ";"
	Restart  string
	Way      Way    // ByRegistry stands for all that can be given
	Later    string // of a block that connects: it fails from that day
}

// Name is a host as a page names it.
type Name struct {
	ID      string
	System  string // "2012 R2"
	Starred bool
	Notes   string // codes of what is to be said of a host that connects, separated by spaces
}

// maxNames bounds how many hosts a list names; the number stays right.
const maxNames = 40

// Names are hosts: how many, the first of them, and how many of each system.
type Names struct {
	N       int
	List    []Name
	Systems []Count

	last string
}

// Count is how often something is there.
type Count struct {
	What string
	N    int
}

// add counts one more host, unless it is the one that was counted last.
func (n *Names) add(one Name) {
	if n.N > 0 && n.last == one.ID {
		return
	}
	n.last = one.ID
	n.N++
	if len(n.List) < maxNames {
		n.List = append(n.List, one)
	}
	n.Systems = countUp(n.Systems, one.System)
}

// countUp counts one more of a kind.
func countUp(list []Count, what string) []Count {
	for i := range list {
		if list[i].What == what {
			list[i].N++
			return list
		}
	}
	return append(list, Count{what, 1})
}

// Fix is a set of values that some hosts of a block need.
type Fix struct {
	Values []Value
	Hosts  Names
	key    string
}

// Need is something that some hosts of a block need or have.
type Need struct {
	Kind, ID string
	Text     string
	Hosts    Names
}

// Near is a value that almost is one that Windows reads, and who has it.
type Near struct {
	document.NearMiss
	Hosts Names
}

// Trouble is why some hosts could not be read.
type Trouble struct {
	Error, Hint string // of the first host
	Hosts       Names

	kind string
}

// Owner is how many hosts somebody has, and how many of them are in danger.
type Owner struct {
	Name        string
	Hosts       int
	InDanger    int // fail, or are possibly affected
	Unknown     int
	NotAffected int
}

// Bounds of what a block keeps of each kind: a page shows less.
const (
	maxFixes  = 24
	maxNeeds  = 12
	maxOwners = 5000
)

// Builder makes a digest out of hosts as they come.
type Builder struct {
	d       Digest
	blocks  map[Shape]*Block
	pending []entry // what is known of the host that is being given
	owners  map[string]*Owner
	callers map[string]bool
}

// entry is the outcome of one service for a host.
type entry struct {
	host *document.Host
	rows []*document.Verdict
}

// NewBuilder begins a digest.
func NewBuilder() *Builder {
	return &Builder{d: Digest{Ways: map[Way]int{}}, blocks: map[Shape]*Block{}, owners: map[string]*Owner{}, callers: map[string]bool{}}
}

// Of sums up a whole document.
func Of(c *document.Check) *Digest {
	b := NewBuilder()
	rows := view.RowsByHost(c)
	for _, i := range view.HostOrder(c) {
		h := &c.Hosts[i]
		b.Add(h, rows[view.HostService{Host: h.Host, Service: h.Service}], c.Today)
	}
	return b.Digest(c)
}

// Add takes the outcome of one host and service. Outcomes of the same host have to
// follow each other. Nothing of h and rows is changed; both may be dropped after the
// next host.
func (b *Builder) Add(h *document.Host, rows []*document.Verdict, today string) {
	if len(b.pending) > 0 && b.pending[0].host.Host != h.Host {
		b.flush(today)
	}
	b.pending = append(b.pending, entry{h, rows})
}

// flush counts the host that is complete.
func (b *Builder) flush(today string) {
	list := b.pending
	b.pending = b.pending[:0]
	if len(list) == 0 {
		return
	}
	worst := list[0].host
	for _, e := range list {
		if document.Rank(e.host.Verdict) < document.Rank(worst.Verdict) {
			worst = e.host
		}
	}
	b.d.Summary.Add(worst.Verdict)
	b.d.Only = ""
	if b.d.Summary.Hosts == 1 {
		b.d.Only = worst.Host
	}
	b.owner(list, worst)
	switch worst.Verdict {
	case document.Unreadable:
		b.unread(worst)
		return
	case document.NotInstalled:
		return
	}
	b.judged(list, worst, today)
	for _, group := range alike(list) {
		b.count(group)
	}
}

// judged counts what holds for a host as a whole.
func (b *Builder) judged(list []entry, worst *document.Host, today string) {
	name := nameOf(worst)
	for _, e := range list {
		if starred(e.host) && document.Rank(e.host.Verdict) <= document.Rank(document.Connects) {
			b.d.Starred++
			break
		}
	}
	switch worst.Verdict {
	case document.Fails:
		b.failing(list, today)
	case document.Unknown:
		switch exposure(list) {
		case possible:
			b.d.Exposed.add(name)
		case noneByDefault:
			b.d.Spared.add(name)
		}
	case document.Connects:
		if slices.ContainsFunc(list, func(e entry) bool { return e.host.Verdict == document.Connects && e.host.FailsFrom != nil }) {
			b.d.Later++
		}
	}
	if firstFailing := worst.Verdict == document.Fails && b.d.Summary.Fails == 1; firstFailing || worst.Verdict == document.Unknown && b.d.Worst == "" {
		b.d.Worst = worst.Host
	}
}

// failing counts when a failing host fails, and what helps it.
func (b *Builder) failing(list []entry, today string) {
	most, since := ByRegistry, ""
	for _, e := range list {
		h := e.host
		if h.Verdict != document.Fails {
			continue
		}
		if w := wayOf(h); slices.Index(Ways(), w) > slices.Index(Ways(), most) {
			most = w
		}
		if from := view.Deref(h.FailsFrom); from == "" || today == "" || from <= today {
			if since == "" || from < since {
				since = cmp.Or(from, "-")
			}
		}
		b.d.Changes = b.d.Changes || len(h.Changes) > 0
		b.d.Recipes = b.d.Recipes || h.Documented != nil
	}
	b.d.Ways[most]++
	if since == "" {
		return
	}
	if b.d.Past++; b.d.Past == 1 {
		b.d.Since = since
	} else if b.d.Since != since {
		b.d.Since = "-"
	}
}

// The exposures of the result format.
const (
	possible      = "possible"
	noneByDefault = "none-by-default"
)

// exposure is the worst that the system alone says of a host.
func exposure(list []entry) string {
	worst := ""
	for _, e := range list {
		if e.host.Verdict == document.Unknown && (e.host.Exposure == possible || worst == "") {
			worst = e.host.Exposure
		}
	}
	return worst
}

func (b *Builder) unread(h *document.Host) {
	kind := kindOfError(h.Error)
	for _, t := range b.d.Unread {
		if t.kind == kind {
			t.Hosts.add(nameOf(h))
			return
		}
	}
	if len(b.d.Unread) < maxNeeds {
		t := &Trouble{Error: h.Error, Hint: h.Hint, kind: kind}
		t.Hosts.add(nameOf(h))
		b.d.Unread = append(b.d.Unread, t)
	}
}

// kindOfError is an error without the file name at its beginning and without numbers, so
// that the same trouble with several files counts as one.
func kindOfError(text string) string {
	if where, what, ok := strings.Cut(text, ": "); ok && !strings.Contains(where, " ") {
		text = what
	}
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, text)
}

func (b *Builder) owner(list []entry, worst *document.Host) {
	name := worst.Labels["owner"]
	o := b.owners[name]
	if o == nil {
		if len(b.owners) >= maxOwners {
			return
		}
		o = &Owner{Name: name}
		b.owners[name] = o
	}
	o.Hosts++
	switch {
	case worst.Verdict == document.Fails, worst.Verdict == document.Unknown && exposure(list) == possible:
		o.InDanger++
	case worst.Verdict == document.Unknown || worst.Verdict == document.Unreadable:
		o.Unknown++
	default:
		o.NotAffected++
	}
}

// alike puts the outcomes of a host together that say the same of several services.
func alike(list []entry) [][]entry {
	var groups [][]entry
	var shapes []Shape
	for _, e := range list {
		if e.host.Verdict == document.NotInstalled || e.host.Verdict == document.Unreadable {
			continue
		}
		s := shapeOf(e.host, e.rows)
		if at := slices.Index(shapes, s); at >= 0 {
			groups[at] = append(groups[at], e)
			continue
		}
		shapes, groups = append(shapes, s), append(groups, []entry{e})
	}
	return groups
}

// Digest ends the building. The head is that of the document.
func (b *Builder) Digest(head *document.Check) *Digest {
	b.flush(head.Today)
	d := &b.d
	d.Head = head
	for _, o := range b.owners {
		d.Owners = append(d.Owners, o)
	}
	slices.SortFunc(d.Owners, func(a, c *Owner) int {
		return cmp.Or(cmp.Compare(c.InDanger, a.InDanger), cmp.Compare(c.Hosts, a.Hosts), cmp.Compare(a.Name, c.Name))
	})
	for c := range b.callers {
		d.Callers = append(d.Callers, c)
	}
	slices.Sort(d.Callers)
	days := urgency(head)
	slices.SortStableFunc(d.Blocks, func(a, c *Block) int {
		return cmp.Or(
			cmp.Compare(document.Rank(a.Verdict), document.Rank(c.Verdict)),
			cmp.Compare(days(a), days(c)),
			cmp.Compare(c.Hosts.N, a.Hosts.N))
	})
	for _, block := range d.Blocks {
		slices.SortStableFunc(block.Fixes, func(a, c *Fix) int { return cmp.Compare(c.Hosts.N, a.Hosts.N) })
	}
	return d
}

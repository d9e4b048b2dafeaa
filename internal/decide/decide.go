// Package decide turns the model into decisions that need no model: for one demand,
// which values and updates a machine has to be asked for, one after the other, and
// what follows from the answers. What cannot be settled that way is left to check,
// with the reason; it is never taken for settled.
package decide

import (
	"cmp"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tlsready/internal/caller"
	"tlsready/internal/fix"
	"tlsready/internal/host"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
	"tlsready/internal/winver"
)

// Question is what the decisions are to answer.
type Question struct {
	Demand     verdict.Demand // judged on its day
	Callers    []*caller.Caller
	Explicit   bool                        // the callers were named: judged whether installed or not
	Documented func(host.OS) []host.Change // the vendor's recipe, which is preferred among equals
	Builds     []int                       // the builds of Windows that are decided; nil: all
}

// Decision answers a question for every Windows release of the model.
type Decision struct {
	Question
	Programs []Program // the callers that are judged
	Left     []Left    // the callers that are left to check
	Systems  []System
	Parts    []*Part // what the systems refer to, each once
}

// Program is a caller that is judged, and how it is found on a machine: any of the
// values is there, or an uninstall entry has one of the names.
type Program struct {
	Caller   *caller.Caller
	Presence []host.Ref
}

// Left is a caller that is left to check.
type Left struct {
	Caller *caller.Caller
	Why    Reason
}

// Reason says why something is left to check.
type Reason string

// The reasons.
const (
	OwnTLS      Reason = "own-tls"     // a program with a TLS of its own
	ByVersion   Reason = "by-version"  // it hangs on the program's version
	Unspecified Reason = "unspecified" // the model itself cannot tell
	Unusual     Reason = "unusual"     // a value that is seldom set is set
	NotRead     Reason = "not-read"    // a value could not be read
	UpdateLost  Reason = "update"      // whether an update is installed could not be found out
	OtherSystem Reason = "system"      // a Windows that the decisions do not know
	MissingRoot Reason = "root"        // a root certificate is not in the store
)

// System is one Windows. Type is "" where client and server do not differ.
type System struct {
	OS   host.OS
	Part *Part
}

// Part is what is decided on a system.
type Part struct {
	Guards []Guard
	Rows   []Row
}

// Guard is a value that has to be in one of some classes, or the machine is left to
// check.
type Guard struct {
	Ref     host.Ref
	Domain  Domain
	Allowed []bool // by the classes of Domain
}

// Row is the decision for one stack of a caller.
type Row struct {
	Program int // of Decision.Programs
	Stack   string
	Root    *Node
}

// Node is a question about one value or one update, or an answer.
type Node struct {
	Value  *host.Ref
	Domain Domain
	Next   []*Node // by the classes of Domain
	Update string
	Yes    *Node
	No     *Node
	Answer *Answer
}

// Answer ends a decision. Verdict is connects, fails, or unknown, which leaves it to
// check.
type Answer struct {
	Verdict       verdict.Verdict
	Cause         verdict.Cause
	Why           Reason
	Changes       []host.Change
	Prerequisites []fix.Prerequisite
	Restart       fix.Restart
	Holds         []Guard // in which classes other values have to be for Changes to be enough
}

func (a *Answer) text() string {
	var b strings.Builder
	b.WriteString(string(a.Verdict) + "|" + string(a.Cause) + "|" + string(a.Why))
	for _, c := range a.Changes {
		b.WriteString("|" + c.Key + "|" + c.Name + "|" + strconv.FormatBool(c.Delete) + c.Display())
	}
	for _, p := range a.Prerequisites {
		b.WriteString("|" + string(p.Kind) + p.ID)
	}
	b.WriteString("|" + a.Restart.String())
	for _, g := range a.Holds {
		b.WriteString("|" + g.Ref.Folded() + fmt.Sprint(g.Allowed))
	}
	return b.String()
}

// Compile works the decisions out.
func Compile(j *verdict.Judge, q Question) *Decision {
	q.Demand = q.Demand.Today()
	d := &Decision{Question: q}
	for _, c := range q.Callers {
		if why := leftToCheck(c); why != "" {
			d.Left = append(d.Left, Left{c, why})
			continue
		}
		p := Program{Caller: c}
		for _, k := range c.Presence {
			p.Presence = append(p.Presence, host.NewRef(k.Key, k.Name))
		}
		d.Programs = append(d.Programs, p)
	}
	c := &compiler{judge: j, fixer: &fix.Fixer{Judge: j}, decision: d, nodes: map[string]*Node{}}
	t := &twins{done: map[string]func() compiled{}}
	all := slices.DeleteFunc(systems(j.Model), func(os host.OS) bool { return len(q.Builds) > 0 && !slices.Contains(q.Builds, os.Build) })
	parts := make([]*Part, len(all))
	var group sync.WaitGroup
	turn := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, os := range all {
		group.Go(func() {
			turn <- struct{}{}
			parts[i] = c.part(t, os)
			<-turn
		})
	}
	group.Wait()
	for i, os := range all {
		d.Systems = append(d.Systems, System{os, d.once(parts[i])})
	}
	return d
}

// once keeps a part, or gives the one like it that was kept: systems that come to the
// same share it.
func (d *Decision) once(p *Part) *Part {
	for _, have := range d.Parts {
		if have.same(p) {
			return have
		}
	}
	d.Parts = append(d.Parts, p)
	return p
}

// leftToCheck says why a caller is not decided here, or "".
func leftToCheck(c *caller.Caller) Reason {
	byVersion := c.Minimum != "" || len(c.Minimums) > 0 || len(c.Gates) > 0
	for _, u := range c.Stacks {
		byVersion = byVersion || u.ProgramBelow != "" || u.ProgramFrom != ""
	}
	switch {
	case c.OutOfScope:
		return OwnTLS
	case byVersion:
		return ByVersion
	case len(c.Unclear) > 0:
		return Unspecified
	}
	return ""
}

// oldest is the build of Windows Server 2008 SP2 and Vista SP2, the first with a TLS
// 1.2 to gain, and the first on which the scripts run.
const oldest = 6002

// systems are the releases of the model in every build that stands for one, and in
// each kind that makes a difference: with and without the 32-bit view, and client and
// server apart where an update is not for clients.
func systems(m *stack.Model) (list []host.OS) {
	for _, r := range winver.Releases() {
		builds := []int{r.Build}
		for build := range r.Packs {
			builds = append(builds, build)
		}
		slices.Sort(builds)
		for _, build := range slices.Compact(builds) {
			if build < oldest {
				continue
			}
			for _, arch := range []string{"x64", "x86"} {
				for _, kind := range kinds(m, build) {
					list = append(list, host.OS{Version: r.Version, Build: build, ServicePack: r.Packs[build], Architecture: arch, Type: kind})
				}
			}
		}
	}
	return list
}

func kinds(m *stack.Model, build int) []string {
	for _, id := range m.UpdateIDs() {
		if u, _ := m.UpdateInfo(id); slices.Contains(u.NotForClients, build) {
			return []string{"client", "server"}
		}
	}
	return []string{""}
}

// part compiles one system.
func (c *compiler) part(t *twins, os host.OS) *Part {
	p := &Part{}
	allowed := map[string]*Guard{}
	for i, program := range c.decision.Programs {
		for _, use := range program.Caller.Stacks {
			r := t.of(c, os, program.Caller, use)
			if r.root == nil {
				continue
			}
			p.Rows = append(p.Rows, Row{Program: i, Stack: use.Stack, Root: r.root})
			for _, g := range r.guards {
				have, ok := allowed[g.Ref.Folded()]
				if !ok {
					g.Allowed = slices.Clone(g.Allowed) // systems that are alike share a row's guards
					allowed[g.Ref.Folded()] = &g
					continue
				}
				for k := range have.Allowed {
					have.Allowed[k] = have.Allowed[k] && g.Allowed[k]
				}
			}
		}
	}
	for _, g := range allowed {
		if slices.Contains(g.Allowed, false) {
			p.Guards = append(p.Guards, *g)
		}
	}
	slices.SortFunc(p.Guards, func(a, b Guard) int { return cmp.Compare(a.Ref.Folded(), b.Ref.Folded()) })
	return p
}

func (p *Part) same(q *Part) bool {
	return slices.EqualFunc(p.Rows, q.Rows, func(a, b Row) bool { return a == b }) &&
		slices.EqualFunc(p.Guards, q.Guards, func(a, b Guard) bool {
			return a.Ref == b.Ref && slices.Equal(a.Allowed, b.Allowed) && slices.EqualFunc(a.Domain, b.Domain, Class.same)
		})
}

func (c Class) same(d Class) bool {
	return c.Kind == d.Kind && c.Min == d.Min && c.Max == d.Max && c.Mask == d.Mask && c.Bits == d.Bits && slices.Equal(c.Words, d.Words)
}

// walk visits every node once.
func (p *Part) walk(visit func(*Node)) {
	seen := map[*Node]bool{}
	var from func(*Node)
	from = func(n *Node) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		visit(n)
		from(n.Yes)
		from(n.No)
		for _, next := range n.Next {
			from(next)
		}
	}
	for _, r := range p.Rows {
		from(r.Root)
	}
}

// Value is a value that a part asks for.
type Value struct {
	Ref    host.Ref
	Domain Domain
}

// Asked is what the answers of a part hang on: values, sorted by key and name, and
// updates, sorted.
func (p *Part) Asked() (values []Value, updates []string) {
	refs, ids := map[string]Value{}, map[string]bool{}
	keep := func(list []Guard) {
		for _, g := range list {
			refs[g.Ref.Folded()] = Value{g.Ref, g.Domain}
		}
	}
	keep(p.Guards)
	p.walk(func(n *Node) {
		switch {
		case n.Answer != nil:
			keep(n.Answer.Holds)
		case n.Update != "":
			ids[n.Update] = true
		default:
			refs[n.Value.Folded()] = Value{*n.Value, n.Domain}
		}
	})
	values = slices.SortedFunc(maps.Values(refs), func(a, b Value) int { return cmp.Compare(a.Ref.Folded(), b.Ref.Folded()) })
	return values, slices.Sorted(maps.Keys(ids))
}

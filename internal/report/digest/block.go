package digest

import (
	"fmt"
	"slices"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/report/view"
)

// count puts the outcomes of one host that are alike into their block.
func (b *Builder) count(group []entry) {
	first := group[0]
	shape := shapeOf(first.host, first.rows)
	services := make([]string, len(group))
	for i, e := range group {
		services[i] = e.host.Service
	}
	slices.Sort(services)
	shape.Services = strings.Join(services, " ")
	block := b.blocks[shape]
	if block == nil {
		block = &Block{Shape: shape}
		b.blocks[shape] = block
		b.d.Blocks = append(b.d.Blocks, block)
	}
	for c := range strings.FieldsSeq(shape.Callers) {
		b.callers[c] = true
	}
	block.add(group)
}

// add counts one host.
func (b *Block) add(group []entry) {
	first := group[0].host
	name := nameOf(first)
	if name.Starred {
		b.Starred++
	}
	switch b.Verdict {
	case document.Fails:
		b.fix(group, name)
	case document.Unknown:
		b.open(group, name)
	case document.Connects:
		name.Notes = noteCodes(group)
	}
	b.Hosts.add(name)
	for _, e := range group {
		b.notes(e, name)
	}
}

// fix counts what a failing host needs.
func (b *Block) fix(group []entry, name Name) {
	values := valuesOf(group)
	b.variant(values, name)
	for _, p := range prerequisites(group) {
		if named(group, p) {
			continue // the block says which policy object it is
		}
		b.First = need(b.First, p.Kind, p.ID, p.Text, name)
	}
	for _, e := range group {
		h := e.host
		if h.Documented != nil && h.Documented.Verdict == document.Fails {
			b.Uncured.add(name)
		}
		for _, effect := range h.Effects {
			if document.Rank(effect.After) < document.Rank(effect.Before) {
				b.Broken = once(b.Broken, effect.Caller)
			}
		}
		for _, l := range h.Loses {
			for _, c := range l.Callers {
				b.Lost = need(b.Lost, strings.Join(l.Versions, " "), Family(c), "", name)
			}
		}
		for _, r := range e.rows {
			for _, p := range r.Programs {
				if r.Verdict == document.Fails && len(b.Programs) < maxNeeds {
					b.Programs = once(b.Programs, p)
				}
			}
		}
	}
}

// named says whether a prerequisite is a policy of which the object's name is known.
func named(group []entry, p document.Prerequisite) bool {
	return p.Kind == "policy" && slices.ContainsFunc(group, func(e entry) bool {
		return slices.ContainsFunc(e.host.Changes, func(c document.Change) bool { return c.Key == p.ID && c.Policy != "" })
	})
}

// variant counts a host among those that need the same values.
func (b *Block) variant(values []Value, name Name) {
	if len(values) == 0 {
		return
	}
	var key strings.Builder
	for _, v := range values {
		key.WriteString(v.Label + "\x00" + v.Views + "\x01")
	}
	for _, f := range b.Fixes {
		if f.key == key.String() {
			f.Hosts.add(name)
			return
		}
	}
	if len(b.Fixes) == maxFixes {
		b.OtherFix++
		return
	}
	f := &Fix{Values: values, key: key.String()}
	f.Hosts.add(name)
	b.Fixes = append(b.Fixes, f)
}

// prerequisites are those of all services of a host, each once.
func prerequisites(group []entry) []document.Prerequisite {
	var list []document.Prerequisite
	for _, e := range group {
		for _, p := range e.host.Prerequisites {
			if !slices.ContainsFunc(list, func(q document.Prerequisite) bool { return q.Kind == p.Kind && q.ID == p.ID }) {
				list = append(list, p)
			}
		}
	}
	return list
}

// need counts a host among those with the same need; of too many different ones the
// later are not kept.
func need(list []*Need, kind, id, text string, name Name) []*Need {
	for _, n := range list {
		if n.Kind == kind && n.ID == id && n.Text == text {
			n.Hosts.add(name)
			return list
		}
	}
	if len(list) == maxNeeds {
		return list
	}
	n := &Need{Kind: kind, ID: id, Text: text}
	n.Hosts.add(name)
	return append(list, n)
}

// open counts what is missing on a host that could not be judged.
func (b *Block) open(group []entry, name Name) {
	switch exposure(group) {
	case possible:
		b.Possible.add(name)
	case noneByDefault:
		b.Default.add(name)
	}
	for _, e := range group {
		for _, r := range e.rows {
			if r.Verdict != document.Unknown {
				continue
			}
			for _, f := range missing(r) {
				b.missing(f)
			}
			if b.Text == "" {
				if reason := open(r); reason != nil {
					b.Text = reason.Text
				}
			}
		}
	}
}

func (b *Block) missing(f fact) {
	what := f.name
	if f.kind() == "settings" {
		what = Area(f.key)
		if what == "" {
			what = f.name
		}
	}
	if what != "" && len(b.Missing) < maxNeeds {
		b.Missing = once(b.Missing, what)
	}
}

// notes counts the warnings of a host that a page has words for.
func (b *Block) notes(e entry, name Name) {
	for _, m := range e.host.NearMisses {
		b.near(m, name)
	}
	for i := range e.host.Changes {
		if gpo := e.host.Changes[i].Policy; gpo != "" {
			b.Notes = need(b.Notes, comesBack, gpo, "", name)
		}
	}
	for _, n := range e.host.Warnings {
		if !quiet(n.Code) {
			b.Notes = need(b.Notes, n.Code, "", noteText(n), name)
		}
	}
	for _, r := range e.rows {
		for _, n := range r.Warnings {
			if !quiet(n.Code) {
				b.Notes = need(b.Notes, n.Code, "", noteText(n), name)
			}
		}
	}
}

// noteText is what tells warnings of one code apart; those that the page has short
// words for are told by their code alone.
func noteText(n document.Note) string {
	if short(n.Code) {
		return ""
	}
	return n.Text
}

// short are the warnings that have words of a few letters.
func short(code string) bool {
	switch code {
	case "policy-writes-again", "fix-needs-facts", "fix-leaves-unknown", "target-unpublished", "root-not-asked", "intermediate-missing", "dotnet-update-assumed", "dotnet-only-one":
		return true
	}
	return false
}

// comesBack is the warning that a group policy object undoes a fix. A block names each object
// once, not each of its values.
const comesBack = "gpo-writes-again"

// quiet are the warnings that a block says in another way, or that do not decide
// what is to be done.
func quiet(code string) bool {
	switch code {
	case comesBack, "programs-not-asked", "near-miss", "wrong-type", "offers-less", "breaks-caller", "updates-assumed", "tls13-not-supported", "workaround":
		return true
	}
	return false
}

// noteCodes are the short warnings of a host that connects.
func noteCodes(group []entry) string {
	var list []string
	for _, e := range group {
		for _, n := range e.host.Warnings {
			if short(n.Code) {
				list = once(list, n.Code)
			}
		}
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// near counts a near miss. One that the fix mends by itself is no news: the value
// stands in the wrong view, and the fix writes the other.
func (b *Block) near(m document.NearMiss, name Name) {
	if m.Slip == "view" && b.Verdict == document.Fails {
		return
	}
	for _, n := range b.Near {
		if n.Name == m.Name && n.Slip == m.Slip {
			n.Hosts.add(name)
			return
		}
	}
	if len(b.Near) < maxNeeds {
		n := &Near{NearMiss: m}
		n.Hosts.add(name)
		b.Near = append(b.Near, n)
	}
}

// Value is a registry value that is to be set, in the views of the registry in which
// it is.
type Value struct {
	Label string // "TLS 1.2 DisabledByDefault=0"
	Views string // "64", "32", "64+32"; "" if there is only one
	Owner string
}

// valuesOf are the values that a host is to be given for its services, each once.
func valuesOf(group []entry) []Value {
	var list []Value
	index := map[string]int{}
	for _, e := range group {
		for i := range e.host.Changes {
			c := &e.host.Changes[i]
			key, wow := view.Narrow(c.Key)
			v := Value{Label: Label(key, c), Views: "64", Owner: c.Owner}
			switch {
			case wow:
				v.Views = "32"
			case !hasViews(c.Key) || e.host.OS != nil && e.host.OS.X86():
				v.Views = ""
			}
			at, known := index[v.Label]
			switch {
			case !known:
				index[v.Label] = len(list)
				list = append(list, v)
			case list[at].Views != v.Views && v.Views != "":
				list[at].Views = "64+32"
			}
		}
	}
	return list
}

// hasViews says whether 32-bit programs see another key in place of this one: so it is
// for most of HKLM\SOFTWARE, and for all of it that a fix writes but the policies.
func hasViews(key string) bool {
	k := strings.ToLower(key)
	return strings.HasPrefix(k, `hklm\software\`) && !strings.HasPrefix(k, `hklm\software\policies\`)
}

// Label names a value in as few words as identify it: its name, the protocol that its key
// belongs to, and what it is set to.
func Label(key string, c *document.Change) string {
	name := c.Name
	parts := strings.Split(key, `\`)
	last := parts[len(parts)-1]
	switch {
	case len(parts) > 1 && (last == "Client" || last == "Server") && strings.Contains(strings.ToUpper(key), `\SCHANNEL\`):
		name = parts[len(parts)-2] + " "
		if last == "Server" {
			name += "Server "
		}
		name += c.Name
	case strings.Contains(strings.ToUpper(key), `\SCHANNEL\`) && last != "SCHANNEL", strings.HasPrefix(last, "v2."):
		name = last + " " + c.Name
	}
	return name + assignment(c)
}

func assignment(c *document.Change) string {
	switch {
	case c.Delete:
		return ""
	case c.Type == host.DWORD && strings.HasSuffix(c.Name, "SecureProtocols"):
		return fmt.Sprintf("=0x%X", c.Data.Number)
	case c.Type == host.DWORD && c.Data.Number > 9:
		return fmt.Sprintf("=%d", c.Data.Number)
	case len(c.Data.Display()) > maxValue:
		return ""
	}
	return "=" + c.Data.Display()
}

// maxValue is the longest value that a line names; longer ones stand in the details.
const maxValue = 24

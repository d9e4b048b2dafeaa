package digest

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
)

// What keeps a text together: blanks that no line breaks at, and a joiner of words
// before what could begin a line of its own (UAX #14, classes GL and WJ).
const (
	nbsp   = "\u00a0"
	joiner = "\u2060"
)

// Keep makes a text that no line break parts; [Free] undoes it once the lines are
// broken.
func Keep(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == ' ':
			b.WriteString(nbsp)
			continue
		case r >= 0x80 && r != 0xa0 && r != 0x2060:
			b.WriteString(joiner)
		}
		b.WriteRune(r)
		if r == '/' {
			b.WriteString(joiner)
		}
	}
	return b.String()
}

// Free gives a text that was kept together its plain form back.
func Free(s string) string {
	return strings.NewReplacer(nbsp, " ", joiner, "").Replace(s)
}

// listed is how many hosts of a block are named if there are more than allListed.
const (
	allListed = 16
	listed    = 8
)

// HostsOf names the hosts of a block: by system, of those that connect with what is to
// be said of each, of those that are not judged with what their system says.
func (w Words) HostsOf(b *Block) string {
	switch b.Verdict {
	case document.Unknown:
		return w.names(b.Hosts, func(n Name) string { return w.exposure(b, n) }, false)
	case document.Connects:
		return w.names(b.Hosts, func(n Name) string { return w.noteWords(n.Notes) }, false)
	}
	return w.names(b.Hosts, func(n Name) string { return n.System }, true)
}

func (w Words) noteWords(codes string) string {
	var list []string
	for code := range strings.FieldsSeq(codes) {
		list = append(list, w.D("brief."+code))
	}
	return w.List(list)
}

func (w Words) exposure(b *Block, n Name) string {
	same := func(m Name) bool { return m.ID == n.ID }
	switch {
	case slices.ContainsFunc(b.Possible.List, same):
		return w.D("by-system.possible")
	case slices.ContainsFunc(b.Default.List, same):
		return w.D("by-system.default")
	}
	return ""
}

// names lists hosts, those with the same label together. If there are many it lists only
// the first, and says how many more there are and of which systems.
func (w Words) names(hosts Names, label func(Name) string, systems bool) string {
	shown := hosts.List
	if hosts.N > allListed {
		shown = shown[:min(listed, len(shown))]
		label = func(Name) string { return "" }
	}
	var parts []string
	folder := ""
	for _, group := range byLabel(shown, label) {
		var names []string
		for _, n := range group.names {
			dir, base := path.Split(n.ID)
			if dir == folder {
				names = append(names, w.star(base, n))
				continue
			}
			folder = dir
			names = append(names, w.star(n.ID, n))
		}
		text := strings.Join(names, " ")
		if group.label != "" {
			text += nbsp + "(" + Keep(group.label) + ")"
		}
		parts = append(parts, text)
	}
	text := w.List(parts)
	if left := hosts.N - len(shown); left > 0 {
		text = w.D("more", message.Str("list", text), message.Int("n", left))
		if systems || len(hosts.Systems) > 1 {
			text += " (" + w.Systems(hosts) + ")"
		}
	}
	return text
}

// star marks a host that was judged as if the program were there.
func (w Words) star(name string, n Name) string {
	if strings.ContainsAny(name, " \t") {
		name = strconv.Quote(name)
	}
	if n.Starred {
		name += "*"
	}
	return Keep(name)
}

type labelled struct {
	label string
	names []Name
}

// byLabel puts names with the same label together, in the order of first sight.
func byLabel(list []Name, label func(Name) string) []labelled {
	var groups []labelled
	for _, n := range list {
		l := label(n)
		at := slices.IndexFunc(groups, func(g labelled) bool { return g.label == l })
		if at < 0 {
			groups = append(groups, labelled{label: l})
			at = len(groups) - 1
		}
		groups[at].names = append(groups[at].names, n)
	}
	return groups
}

// maxSystems is how many systems a list counts.
const maxSystems = 6

// Systems counts hosts by their systems, the most first.
func (w Words) Systems(hosts Names) string {
	list := slices.Clone(hosts.Systems)
	slices.SortStableFunc(list, func(a, b Count) int { return b.N - a.N })
	var parts []string
	rest := 0
	for i, c := range list {
		if i >= maxSystems && len(list) > maxSystems+1 {
			rest += c.N
			continue
		}
		what := c.What
		if what == "" {
			what = w.D("no-system")
		}
		parts = append(parts, Keep(what+" "+strconv.Itoa(c.N)))
	}
	if rest > 0 {
		parts = append(parts, w.D("others", message.Int("n", rest)))
	}
	return w.List(parts)
}

// fewNames is how many hosts stand beside a detail.
const fewNames = 4

// few names some hosts of a block next to a detail, without their folders if no two hosts
// of the block have the same name.
func (w Words) few(b *Block, hosts Names) string {
	seen := map[string]string{}
	clash := false
	for _, n := range b.Hosts.List {
		base := path.Base(n.ID)
		if other, ok := seen[base]; ok && other != n.ID {
			clash = true
		}
		seen[base] = n.ID
	}
	if hosts.N > fewNames+1 {
		return w.D("hosts", message.Int("n", hosts.N))
	}
	var names []string
	for _, n := range hosts.List {
		name := n.ID
		if !clash {
			name = path.Base(n.ID)
		}
		names = append(names, Keep(name))
	}
	return strings.Join(names, " ")
}

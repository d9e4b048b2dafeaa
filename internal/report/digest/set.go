package digest

import (
	"slices"
	"strings"

	"tlsready/internal/message"
)

// maxVariants is how many different fixes of one block are told host by host; of more
// only how many hosts need each value.
const maxVariants = 4

// part is values that the same hosts need in the same views.
type part struct {
	labels []string
	views  []string // by fix of the block: the views, "" if there are none, "-" if it does not have the value
}

// Set says what is to be set on the hosts of a failing block.
func (w Words) Set(b *Block) string {
	var list []string
	for _, p := range partsOf(b.Fixes) {
		list = append(list, w.part(b, p))
	}
	if len(list) > maxParts {
		list = append(list[:maxParts-1], w.D("set.more"))
	}
	text := ""
	if len(list) > 0 {
		text = w.D("set", message.Str("values", w.semicolons(list)))
	}
	return w.Sentences(text, w.first(b))
}

// maxParts is how many groups of values a block names.
const maxParts = 4

// partsOf puts values together that the same fixes have in the same views.
func partsOf(fixes []*Fix) []part {
	var parts []part
	done := map[string]bool{}
	for _, f := range fixes {
		for _, v := range f.Values {
			if done[v.Label] {
				continue
			}
			done[v.Label] = true
			views := viewsOf(fixes, v.Label)
			at := slices.IndexFunc(parts, func(p part) bool { return slices.Equal(p.views, views) })
			if at < 0 {
				parts = append(parts, part{views: views})
				at = len(parts) - 1
			}
			parts[at].labels = append(parts[at].labels, v.Label)
		}
	}
	slices.SortStableFunc(parts, func(a, b part) int { return a.exceptions() - b.exceptions() })
	return parts
}

// exceptions orders parts: what all hosts need in the same views first, then what they
// need in different ones, then what some need.
func (p part) exceptions() int {
	switch {
	case slices.Contains(p.views, "-"):
		return 2
	case slices.ContainsFunc(p.views, func(v string) bool { return v != p.views[0] }):
		return 1
	}
	return 0
}

func viewsOf(fixes []*Fix, label string) []string {
	views := make([]string, len(fixes))
	for i, f := range fixes {
		views[i] = "-"
		for _, v := range f.Values {
			if v.Label == label {
				views[i] = v.Views
			}
		}
	}
	return views
}

// part says who needs some values, and in which views.
func (w Words) part(b *Block, p part) string {
	values := make([]string, len(p.labels))
	for i, l := range p.labels {
		values[i] = Keep(l)
	}
	text := w.List(values)
	if len(p.labels) > maxLabels {
		text = w.T("list.more", message.Str("list", w.List(values[:maxLabels])), message.Int("n", len(values)-maxLabels))
	}
	switch {
	case p.exceptions() == 0 && b.OtherFix == 0:
		return w.inViews(text, p.views[0])
	case len(b.Fixes) > maxVariants || b.OtherFix > 0:
		n := 0
		for i, f := range b.Fixes {
			if p.views[i] != "-" {
				n += f.Hosts.N
			}
		}
		return w.D("set.some", message.Str("values", text), message.Int("n", n))
	}
	return w.D("set.hosts", message.Str("values", text), message.Str("hosts", w.byViews(b, p)))
}

// maxLabels is how many values of one group are named.
const maxLabels = 6

// byViews names the hosts that need a part, those with the same views together.
func (w Words) byViews(b *Block, p part) string {
	var order []string
	for _, v := range p.views {
		if v != "-" {
			order = once(order, v)
		}
	}
	var list []string
	for _, v := range order {
		var hosts Names
		for i, f := range b.Fixes {
			if p.views[i] == v {
				hosts = joined(hosts, f.Hosts)
			}
		}
		text := w.few(b, hosts)
		if v != "" {
			text += nbsp + Keep(w.D("views."+v))
		}
		list = append(list, text)
	}
	return w.List(list)
}

func joined(a, b Names) Names {
	return Names{N: a.N + b.N, List: append(slices.Clone(a.List), b.List...)}
}

func (w Words) inViews(text, views string) string {
	if views == "" {
		return text
	}
	return text + nbsp + "(" + Keep(w.D("views."+views)) + ")"
}

// first says what has to be there before the values help, or what would help if nothing
// on the host does.
func (w Words) first(b *Block) string {
	var list []string
	for _, n := range b.First {
		id := "first." + n.Kind
		if !w.Has("digest." + id) {
			id = "first"
		}
		text := w.D(id, message.Str("id", n.ID), message.Str("text", strings.TrimRight(n.Text, ".。")))
		if n.Hosts.N < b.Hosts.N {
			text = w.D("first.some", message.Str("text", text), message.Str("hosts", w.few(b, n.Hosts)))
		}
		list = append(list, text)
	}
	if len(list) == 0 {
		if b.Way == ByNothing || b.Way == ByFacts {
			return w.D("no-fix." + string(b.Way))
		}
		return ""
	}
	if len(list) > maxParts {
		list = append(list[:maxParts-1], w.D("set.more"))
	}
	return w.D("first.list", message.Str("list", w.semicolons(list)))
}

package endpoint

import (
	"slices"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
)

// Baseline holds endpoints against what an earlier run found. It is filled with
// [Baseline.Add] and not changed after that.
type Baseline struct {
	byAddress map[string]*before // target and address
	byTarget  map[string]*before // the first of each target: for names whose addresses change
}

// before is what is compared of an endpoint, and all that is kept of it: a baseline may
// hold very many.
type before struct {
	versions map[tlsready.Version]tlsready.Answer
	suites   map[tlsready.Version][]tlsready.Suite
	groups   []tlsready.Group
	clients  map[string]tlsready.Answer
}

// NewBaseline makes a baseline of nothing.
func NewBaseline() *Baseline {
	return &Baseline{byAddress: map[string]*before{}, byTarget: map[string]*before{}}
}

// Add takes an endpoint of the earlier run.
func (b *Baseline) Add(e *document.Endpoint) {
	was := &before{versions: e.Versions, suites: e.Suites, groups: e.Groups, clients: map[string]tlsready.Answer{}}
	for _, c := range e.Clients {
		was.clients[c.Client] = c.Connects
	}
	b.byAddress[AddressKey(e)] = was
	if b.byTarget[e.Target] == nil {
		b.byTarget[e.Target] = was
	}
}

// AddressKey tells addresses of endpoints apart.
func AddressKey(e *document.Endpoint) string { return e.Target + " " + e.Address }

// Needs is what the earlier run asked.
func (b *Baseline) Needs() Needs {
	var n Needs
	for _, e := range b.byAddress {
		n.SSL = n.SSL || e.versions[tlsready.SSL30] != tlsready.Unknown
		n.Suites = n.Suites || len(e.suites) > 0
		n.Groups = n.Groups || len(e.groups) > 0
	}
	return n
}

// Findings lists what is otherwise than before. What one of the two runs did not learn
// is no difference.
func (b *Baseline) Findings(e *document.Endpoint) []document.EndpointFinding {
	if e.Error != nil {
		return nil
	}
	d := &difference{findings{e: e, against: "baseline"}}
	was := b.byAddress[AddressKey(e)]
	if was == nil {
		was = b.byTarget[e.Target]
	}
	if was == nil {
		d.add("new", tlsready.No, "probe.finding.new")
		return d.list
	}
	d.versions(was)
	d.suites(was)
	if len(was.groups) > 0 && groupsComplete(e) {
		added, gone := compare(was.groups, e.Groups)
		changed(d, "group", "", added, gone)
	}
	d.clients(was)
	return d.list
}

// Missing lists the targets of the baseline that are not among those that were met.
func (b *Baseline) Missing(met map[string]bool) []string {
	var list []string
	for target := range b.byTarget {
		if !met[target] {
			list = append(list, target)
		}
	}
	slices.Sort(list)
	return list
}

// difference gathers what is otherwise than before.
type difference struct{ findings }

func (d *difference) versions(was *before) {
	for _, v := range tlsready.Versions() {
		old, now := was.versions[v], d.e.Versions[v]
		switch {
		case old == now || old == tlsready.Unknown:
		case now == tlsready.Unknown:
			if v >= tlsready.TLS10 {
				d.add("version", tlsready.Unknown, "probe.finding.version-unknown", message.Str("version", v.String()))
			}
		case now == tlsready.Yes:
			d.add("version", tlsready.No, "probe.finding.version-added", message.Str("version", v.String()))
		default:
			d.add("version", tlsready.No, "probe.finding.version-gone", message.Str("version", v.String()))
		}
	}
}

func (d *difference) suites(was *before) {
	for _, v := range tlsready.Versions() {
		old, known := was.suites[v]
		if now, complete := d.e.Suites[v]; known && complete {
			added, gone := compare(old, now)
			changed(d, "suite", v.String(), added, gone)
		}
	}
}

func changed[T interface{ String() string }](d *difference, rule, version string, added, gone []T) {
	for _, c := range []struct {
		how  string
		list []T
	}{{"added", added}, {"gone", gone}} {
		if len(c.list) > 0 {
			d.add(rule, tlsready.No, "probe.finding."+rule+"-"+c.how, message.Str("version", version), message.List("items", names(c.list)))
		}
	}
}

func (d *difference) clients(was *before) {
	for _, c := range d.e.Clients {
		old := was.clients[c.Client]
		if old != tlsready.Unknown && c.Connects != tlsready.Unknown && old != c.Connects {
			d.add("client", tlsready.No, "probe.finding.client-"+c.Connects.String(), message.Str("client", c.Client))
		}
	}
}

func names[T interface{ String() string }](list []T) []string {
	all := make([]string, len(list))
	for i, x := range list {
		all[i] = x.String()
	}
	return all
}

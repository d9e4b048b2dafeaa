package work

import (
	"context"
	"io"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/probe"
	"tlsready/internal/source"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/starttls"
	"tlsready/internal/store"
	"tlsready/internal/survey"
	"tlsready/internal/survey/judge"
	"tlsready/internal/userfile"
)

// The size of a batch: some minutes of work, so that little is done twice when a worker
// dies, and taking it costs next to nothing.
const (
	BatchEndpoints = 500
	BatchMachines  = 500
	BatchHosts     = 1000 // that are judged again
)

// Batch is a part of an order, which one worker does at once.
type Batch struct {
	Order
	// Run is the job that split the order, and Number says which of Of batches it is,
	// from 1.
	Run    int64 `json:"run"`
	Number int   `json:"number"`
	Of     int   `json:"of"`
	// Items are machines by URL, or endpoints as host:port.
	Items []string `json:"items,omitempty"`
	// After and Upto are the hosts that are judged again: those after an id, and up to
	// one; "" for no bound.
	After string `json:"after,omitempty"`
	Upto  string `json:"upto,omitempty"`
	// Nodes is how many connections a "no" to an old version rests on, see [probe.Options].
	Nodes int `json:"nodes,omitempty"`
}

// Planner splits orders.
type Planner struct {
	Schemes   []source.Scheme // the ways to machines
	Endpoints int             // in a batch; 0 is BatchEndpoints
	Hosts     int             // in a batch that judges again; 0 is BatchHosts
}

// maxList bounds a list of machines in a file, in bytes, and maxItems what an order stands
// for: a million endpoints, with room.
const (
	maxList  = 64 << 20
	maxItems = 5_000_000
)

// Split gives the batches of an order, of which s keeps the hosts. What is wrong with what
// the order names is a [judge.Mistake].
func (p *Planner) Split(ctx context.Context, o Order, s store.Store) ([]Batch, error) {
	var list []Batch
	var err error
	switch o.Kind {
	case Collect:
		list, err = p.machines(o)
	case Probe:
		list, err = p.endpoints(ctx, o)
	case Recheck:
		list, err = p.again(ctx, o, s)
	default: // an export holds many hosts in one file: it is read once
		list = []Batch{{Order: o}}
	}
	for i := range list {
		list[i].Number, list[i].Of = i+1, len(list)
	}
	return list, err
}

// bare is an order without what its batches say in its place.
func bare(o Order) Order {
	o.Sources, o.Hosts, o.Via, o.Targets, o.Lists = nil, "", "", nil, nil
	return o
}

func chunks(o Order, items []string, size int) []Batch {
	var list []Batch
	for begin := 0; begin < len(items); begin += size {
		list = append(list, Batch{Order: bare(o), Items: items[begin:min(begin+size, len(items))]})
	}
	return list
}

// machines splits the machines of an order. Files and folders that it names are read in
// one batch by the server.
func (p *Planner) machines(o Order) ([]Batch, error) {
	var in io.Reader = strings.NewReader(strings.Join(o.Sources, "\n") + "\n")
	opt := survey.ListOptions{Name: "sources", Via: o.Via, Schemes: p.Schemes}
	if o.Hosts != "" {
		file, err := userfile.OpenAtMost(o.Hosts, maxList)
		if err != nil {
			return nil, judge.CannotRead(o.Hosts, err)
		}
		defer file.Close()
		opt.Name, in = o.Hosts, io.MultiReader(in, file)
	}
	named, err := survey.ReadHostList(in, opt)
	if err != nil {
		return nil, err
	}
	var machines, files []string
	for _, one := range named.Sources {
		if peer.IsTarget(one) {
			machines = append(machines, one)
		} else {
			files = append(files, one)
		}
	}
	if len(files) > 0 && o.Site != "" {
		return nil, &judge.Mistake{Err: message.Error("jobs.error.site-files", message.Str("site", o.Site), message.Quote("value", files[0])).Hinted("jobs.hint.site-files")}
	}
	list := chunks(o, machines, BatchMachines)
	if len(files) > 0 {
		list = append(list, Batch{Order: bare(o), Items: files})
	}
	return list, nil
}

// endpoints splits targets: ranges are taken apart, so that every batch has its number.
func (p *Planner) endpoints(ctx context.Context, o Order) ([]Batch, error) {
	t := &survey.Targets{Port: uint16(starttls.DefaultPort(o.StartTLS)), Lists: []survey.TargetList{{Words: o.Targets}}}
	for _, id := range o.Services {
		profile, err := judge.Service(id)
		if err != nil {
			return nil, err
		}
		t.Lists = append(t.Lists, survey.TargetList{Words: profile.Endpoints})
	}
	for _, file := range o.Lists {
		t.Lists = append(t.Lists, survey.TargetsIn(file))
	}
	seen := map[string]bool{}
	var items []string
	for one, err := range t.All(ctx) {
		if err != nil {
			return nil, err
		}
		if word := one.String(); !seen[word] {
			seen[word] = true
			items = append(items, word)
		}
		if len(items) > maxItems {
			return nil, &judge.Mistake{Err: message.Error("jobs.error.items", message.Int("most", maxItems))}
		}
	}
	list := chunks(o, items, positive(p.Endpoints, BatchEndpoints))
	nodes := 1
	if len(items) <= fewEndpoints {
		nodes = probe.DefaultNodes
	}
	for i := range list {
		list[i].Nodes = nodes
	}
	return list, nil
}

// fewEndpoints is as many as probe asks more than once for a "no", as on the command line.
const fewEndpoints = 100

// again splits the hosts of a store, for each service.
func (p *Planner) again(ctx context.Context, o Order, s store.Store) ([]Batch, error) {
	size := positive(p.Hosts, BatchHosts)
	var bounds []string
	for after := ""; ; {
		page, err := s.Hosts(ctx, after, size)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		after = page[len(page)-1].ID
		bounds = append(bounds, after)
		if len(page) < size {
			break
		}
	}
	var list []Batch
	for _, id := range o.Services {
		after := ""
		for _, upto := range bounds {
			one := bare(o)
			one.Services = []string{id}
			list = append(list, Batch{Order: one, After: after, Upto: upto})
			after = upto
		}
	}
	return list, nil
}

func positive(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}

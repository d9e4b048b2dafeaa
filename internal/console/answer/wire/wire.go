// Package wire holds what was probed and seen at the addresses of a host against its
// settings: does the wire agree with the registry?
package wire

import (
	"time"

	"tlsready"
	"tlsready/internal/assess"
	"tlsready/internal/document"
	"tlsready/internal/endpoint"
	"tlsready/internal/host"
	"tlsready/internal/stack"
	"tlsready/internal/store"
)

// Wire is what was probed and seen at the addresses of a host.
type Wire struct {
	settings  *endpoint.Settings // nil for a host that was never read
	endpoints []document.WireEndpoint
	clients   []document.WireClient
	seen      *assess.Seen
	told      int  // clients of which a version is known
	otherwise bool // some row says that what was seen is not what the settings predict
	with      bool // some row that is unknown is helped by what was seen
}

// New has seen nothing yet; s are the host's newest settings, nil for a host that was never read.
func New(model *stack.Model, s *host.Snapshot) *Wire {
	w := &Wire{seen: assess.NewSeen(), endpoints: []document.WireEndpoint{}, clients: []document.WireClient{}}
	if s != nil {
		w.settings = endpoint.NewSettings(model, s)
		w.settings.Everywhere = true // they are found by the address
	}
	return w
}

// Endpoint holds a probe against the settings.
func (w *Wire) Endpoint(p *store.Probe) {
	one := document.WireEndpoint{Key: document.EndpointKey(p.Key), Seen: p.Span.To.UTC(), State: document.WireUnsure, Findings: []document.EndpointFinding{}}
	if w.settings != nil && p.Endpoint.Error == nil {
		one.State = document.WireAgrees
		for _, f := range w.settings.Findings(p.Endpoint) {
			one.Findings = append(one.Findings, f)
			if f.Met == tlsready.No {
				one.State = document.WireDisagree
			} else if one.State == document.WireAgrees {
				one.State = document.WireUnsure
			}
		}
	}
	w.endpoints = append(w.endpoints, one)
}

// Client takes what was seen to come from the host.
func (w *Wire) Client(c *store.Client) {
	w.clients = append(w.clients, document.WireClient{Client: c.Client, Stack: c.Stack, Offered: c.Offered, LastDay: string(c.LastDay)})
	v, err := tlsready.ParseVersion(c.Offered)
	if err != nil {
		return
	}
	w.told++
	day, _ := time.Parse(time.DateOnly, string(c.LastDay)) // the store wrote it
	w.seen.Add(&document.Connection{
		Client: c.Client, ClientName: c.Name, Stack: c.Stack, Time: day,
		Offered: &document.ConnectionOffer{Max: v, Versions: []tlsready.Version{v}},
	})
}

// Hold says on the rows of a host where what was seen differs from what they say.
func (w *Wire) Hold(list []*assess.Judged) {
	for _, j := range list {
		if j.View == nil {
			continue
		}
		w.seen.Warn(j)
		for _, r := range j.Judgement.Rows {
			for _, f := range r.Warnings {
				w.otherwise = w.otherwise || f.Rule == "seen-otherwise"
				w.with = w.with || f.Rule == "seen-with"
			}
		}
	}
}

// Document says whether the wire agrees.
func (w *Wire) Document() document.HostWire {
	d := document.HostWire{AsServer: document.WireUnseen, AsClient: document.WireUnseen, Endpoints: w.endpoints, Clients: w.clients}
	for _, e := range w.endpoints {
		d.AsServer = worse(d.AsServer, e.State)
	}
	switch {
	case len(w.clients) == 0:
	case w.otherwise:
		d.AsClient = document.WireDisagree
	case w.settings == nil || w.told == 0 || w.with:
		d.AsClient = document.WireUnsure
	default:
		d.AsClient = document.WireAgrees
	}
	d.State = worse(d.AsServer, d.AsClient)
	return d
}

// worse is the state that counts of two.
func worse(a, b string) string {
	for _, s := range []string{document.WireDisagree, document.WireUnsure, document.WireAgrees} {
		if a == s || b == s {
			return s
		}
	}
	return document.WireUnseen
}

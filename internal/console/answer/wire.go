package answer

import (
	"context"
	"slices"
	"strings"
	"time"

	"tlsready"
	"tlsready/internal/assess"
	"tlsready/internal/document"
	"tlsready/internal/endpoint"
	"tlsready/internal/host"
	"tlsready/internal/store"
)

// wire is what was probed and seen at the addresses of a host.
type wire struct {
	settings  *endpoint.Settings // nil for a host that was never read
	endpoints []document.WireEndpoint
	clients   []document.WireClient
	seen      *assess.Seen
	told      int  // clients of which a version is known
	otherwise bool // some row says that what was seen is not what the settings predict
	with      bool // some row that is unknown is helped by what was seen
}

// maxAt bounds what is asked for of one address: a balancer has more names than anybody
// reads on the page of a host.
const maxAt = 100

// look finds what was probed and seen of a host.
func (t *Tenant) look(ctx context.Context, h store.Host, s *host.Snapshot) (*wire, error) {
	w := &wire{seen: assess.NewSeen(), endpoints: []document.WireEndpoint{}, clients: []document.WireClient{}}
	if s != nil {
		w.settings = endpoint.NewSettings(t.room.model, s)
		w.settings.Everywhere = true // they are found by the address
	}
	for _, address := range h.About.Addresses {
		probes, err := t.FindEndpoints(ctx, store.EndpointQuery{Text: address, Limit: maxAt})
		if err != nil {
			return nil, err
		}
		for i := range probes.Rows {
			if p := &probes.Rows[i]; p.Key.Address == address {
				w.endpoint(p)
			}
		}
		if err := t.sightings(ctx, w, address, func(c *store.Client) bool { return c.Client == address }); err != nil {
			return nil, err
		}
	}
	name := h.About.Name
	if name == "" {
		return w, nil
	}
	return w, t.sightings(ctx, w, name, func(c *store.Client) bool {
		return strings.EqualFold(c.Name, name) && !slices.Contains(h.About.Addresses, c.Client)
	})
}

// endpoint holds a probe against the settings.
func (w *wire) endpoint(p *store.Probe) {
	one := document.WireEndpoint{Key: endpointKey(p.Key), Seen: moment(p.Span.To), State: document.WireUnsure, Findings: []document.EndpointFinding{}}
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

// sightings are the clients of which a text is the address or the name.
func (t *Tenant) sightings(ctx context.Context, w *wire, text string, is func(*store.Client) bool) error {
	page, err := t.FindClients(ctx, store.ClientQuery{First: t.since(wireDays), Last: store.Day(t.today()), Text: text, Limit: maxAt})
	if err != nil {
		return err
	}
	for i := range page.Rows {
		if c := &page.Rows[i]; is(c) {
			w.client(c)
		}
	}
	return nil
}

func (w *wire) client(c *store.Client) {
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

// hold says on the rows of a host where what was seen differs from what they say.
func (w *wire) hold(list []*assess.Judged) {
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

func (w *wire) document() document.HostWire {
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

func endpointKey(k store.EndpointKey) document.EndpointKey {
	return document.EndpointKey{Target: k.Target, Address: k.Address, ServerName: k.ServerName}
}

package answer

import (
	"cmp"
	"context"

	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/fleet"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

// Endpoints is a page of endpoints, each with what it answered last.
func (t *Tenant) Endpoints(ctx context.Context, q store.EndpointQuery) (*document.EndpointPage, error) {
	page, err := t.FindEndpoints(ctx, q)
	if err != nil {
		return nil, searched(err)
	}
	doc := &document.EndpointPage{Schema: document.EndpointsSchema, Today: t.today(), Total: page.Total, Next: page.Next, Endpoints: make([]document.EndpointRow, len(page.Rows))}
	for i := range page.Rows {
		doc.Endpoints[i] = t.endpointRow(page.Rows[i : i+1])
	}
	return doc, nil
}

// endpointRow is an endpoint with its probes, the oldest first.
func (t *Tenant) endpointRow(probes []store.Probe) document.EndpointRow {
	row := document.EndpointRow{Key: document.EndpointKey(probes[0].Key)}
	l := fleet.New()
	for _, p := range probes {
		l.Endpoint(fleet.DayOf(p.Span.From.UTC()), "from", p.Endpoint)
		l.Endpoint(fleet.DayOf(p.Span.To.UTC()), "to", p.Endpoint)
	}
	if list := l.Document(fleet.DayOf(t.Today().Time)).Endpoints; len(list) > 0 {
		row.FleetEndpoint = list[0]
	}
	return row
}

// Endpoint is everything that is known of an endpoint.
func (t *Tenant) Endpoint(ctx context.Context, key document.EndpointKey) (*document.EndpointView, error) {
	probes, err := t.Probes(ctx, store.EndpointKey(key))
	if err != nil {
		return nil, err
	}
	if len(probes) == 0 {
		return nil, web.Missing("endpoint", message.Quote("endpoint", key.Target))
	}
	return &document.EndpointView{
		Schema: document.EndpointViewSchema, Today: t.today(), Endpoint: t.endpointRow(probes), Probe: probes[len(probes)-1].Endpoint,
	}, nil
}

// seenDays is how far back clients count if no days are asked for.
const seenDays = 90

// Clients is a page of clients seen, one row for each address and stack.
func (t *Tenant) Clients(ctx context.Context, q store.ClientQuery) (*document.ClientPage, error) {
	q.First, q.Last = cmp.Or(q.First, t.since(seenDays)), cmp.Or(q.Last, store.Day(t.today()))
	page, err := t.FindClients(ctx, q)
	if err != nil {
		return nil, searched(err)
	}
	doc := &document.ClientPage{
		Schema: document.ClientsSchema, Today: t.today(), First: string(q.First), Last: string(q.Last), Total: page.Total, Next: page.Next, Clients: make([]document.ClientRow, len(page.Rows)),
	}
	for i := range page.Rows {
		doc.Clients[i] = clientRow(&page.Rows[i])
	}
	return doc, nil
}

func clientRow(c *store.Client) document.ClientRow {
	return document.ClientRow{
		Client: c.Client, Name: c.Name, Owner: c.Owner, OwnerMail: c.Mail, Stack: c.Stack, Survives: c.Survives, Offered: c.Offered,
		Versions: append([]string{}, c.Versions...), Servers: append([]string{}, c.Servers...), First: string(c.FirstDay), Last: string(c.LastDay), Days: c.Days, Connections: c.Count,
	}
}

// maxClientDays bounds the days and servers that are listed of a client.
const maxClientDays = 1000

// Client is everything that was seen of an address.
func (t *Tenant) Client(ctx context.Context, client string) (*document.ClientView, error) {
	doc := &document.ClientView{Schema: document.ClientViewSchema, Today: t.today(), Client: client, Stacks: []document.ClientRow{}, Days: []document.ClientDay{}}
	page, err := t.FindClients(ctx, store.ClientQuery{First: t.since(seenDays), Last: store.Day(t.today()), Client: client, Limit: store.MaxLimit})
	if err != nil {
		return nil, err
	}
	for i := range page.Rows {
		doc.Stacks = append(doc.Stacks, clientRow(&page.Rows[i]))
	}
	if len(doc.Stacks) == 0 {
		return nil, web.Missing("client", message.Quote("client", client))
	}
	return doc, t.clientDays(ctx, doc)
}

func (t *Tenant) clientDays(ctx context.Context, doc *document.ClientView) error {
	list, err := t.SeenOf(ctx, doc.Client, t.since(seenDays), store.Day(t.today()), maxClientDays)
	for i := range list {
		o := &list[i]
		doc.Days = append(doc.Days, document.ClientDay{
			Day: string(o.Day), Server: o.Server, ServerName: o.ServerName, Stack: o.Stack, Offered: o.Offered, Negotiated: o.Negotiated, Survives: o.Survives, Connections: o.Count,
		})
	}
	return err
}

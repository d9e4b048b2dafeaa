package pages

import (
	"net/url"
	"strconv"
	"strings"

	"tlsready"
	"tlsready/internal/console/look"
	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/fleetparts"
	"tlsready/internal/report/view"
	"tlsready/internal/store"
)

// listPage is a list with what it can be narrowed by.
type listPage struct {
	Title, Intro, At string // At is its address
	None             string // that nothing is there yet; "" if something is
	CanAdd           bool
	Text, Owner      string
	WithOwner        bool
	Choices          []selectionOf
	Box              option // a box to tick; Value "" for none
	Count            string
	Table            fleetparts.Table
	First, Next      string
}

// selectionOf is a field of choices with its word.
type selectionOf struct {
	Word string
	selection
}

// end is what stands below the list: the way to the next page, or that there is nothing,
// in the text of an id.
func (q *request) end(data *listPage, next, none string) {
	if len(data.Table.Rows) == 0 {
		data.None, data.CanAdd = q.say(none), q.visitor.May(web.Operate)
		if q.narrowed() {
			data.None, data.CanAdd = q.T("empty"), false
		}
	}
	if next != "" {
		data.Next = q.with("after", next)
	}
	if q.get("after") != "" {
		data.First = q.with("after", "")
	}
}

// versionPairs are the versions as [choose] takes them.
func versionPairs() (list []string) {
	for _, v := range tlsready.Versions() {
		list = append(list, v.String(), v.String())
	}
	return list
}

// expiresSoon is how many days ahead certificates are looked for that end.
const expiresSoon = 60

// endpoints are those that were probed.
func (p *pages) endpoints(q *request) (look.Page, error) {
	find := store.EndpointQuery{Text: q.get("q"), After: q.get("after"), Accepts: q.get("accepts"), Failed: q.get("failed") != ""}
	soon := q.get("expires") != ""
	if soon {
		find.ExpiresBefore = store.Day(daysFrom(q.Today, expiresSoon))
	}
	page, err := q.fleet.Endpoints(q.ctx(), find)
	if err != nil {
		return look.Page{}, err
	}
	data := &listPage{
		Title: q.T("endpoints.title"), Intro: q.T("endpoints.intro"), At: "/endpoints", Text: q.shown("q"),
		Choices: []selectionOf{
			{q.T("col.versions"), choose("accepts", find.Accepts, versionPairs()...)},
			{q.T("col.certificate"), choose("expires", q.get("expires"), "soon", q.say("expires", message.Int("n", expiresSoon)))},
		},
		Box: option{"failed", q.say("endpoints.failed"), find.Failed}, Count: q.say("endpoints.count", message.Int("n", page.Total)),
	}
	head := q.Cols("endpoint", "versions", "clients-yes-no", "certificate", "since", "last-seen")
	data.Table, err = q.table(data.Title, head, len(page.Endpoints), func(i int) []fleetparts.Cell { return q.endpointCells(&page.Endpoints[i]) })
	q.end(data, page.Next, "endpoints.none")
	return look.Page{Title: data.Title, Body: "list-page", Data: data}, err
}

func (q *request) endpointCells(e *document.EndpointRow) []fleetparts.Cell {
	open := ""
	if len(e.Open) > 0 && e.Error == "" {
		open = q.T("endpoint.open", message.Str("versions", q.W.List(view.Texts(e.Open))))
	}
	return []fleetparts.Cell{
		{Text: endpointName(e.Key), Href: endpointAt(e.Key), Note: e.Error},
		{Text: view.Dash(q.W.List(view.Texts(e.Versions))), Small: open},
		{Text: strconv.Itoa(e.Connect) + " / " + strconv.Itoa(e.Cannot) + " / " + strconv.Itoa(e.Undecided)},
		{Text: view.Dash(e.NotAfter)},
		{Text: e.Since},
		{Text: e.LastSeen},
	}
}

// endpointName is the target, with the address and the name that was asked for if they say
// more.
func endpointName(k document.EndpointKey) string {
	name := k.Target
	if k.Address != "" && !strings.HasPrefix(strings.Trim(k.Target, "["), k.Address) {
		name += " (" + k.Address + ")"
	}
	if k.ServerName != "" && !strings.HasPrefix(k.Target, k.ServerName+":") {
		name += " " + k.ServerName
	}
	return name
}

func endpointAt(k document.EndpointKey) string {
	v := url.Values{"target": {k.Target}}
	if k.Address != "" {
		v.Set("address", k.Address)
	}
	if k.ServerName != "" {
		v.Set("name", k.ServerName)
	}
	return "/endpoint?" + v.Encode()
}

func clientAt(client string) string { return "/client?" + url.Values{"client": {client}}.Encode() }

// detailPage is one endpoint, or one client.
type detailPage struct {
	Title  string
	Facts  []fleetparts.Fact
	Error  string
	Tables []fleetparts.Table
	Probe  *probing // nil for what nobody can have probed again
}

// endpoint is everything that is known of an endpoint.
func (p *pages) endpoint(q *request) (look.Page, error) {
	key := document.EndpointKey{Target: q.get("target"), Address: q.get("address"), ServerName: q.get("name")}
	doc, err := q.fleet.Endpoint(q.ctx(), key)
	if err != nil {
		return look.Page{}, err
	}
	e := &doc.Endpoint
	data := &detailPage{Title: fleetparts.Short(endpointName(key)), Error: fleetparts.Short(e.Error), Probe: p.probing(q, key)}
	data.Facts = q.Facts("versions", q.W.List(view.Texts(e.Versions)), "certificate", e.NotAfter, "since", e.Since, "first-seen", e.FirstSeen, "last-seen", e.LastSeen)
	for _, table := range []func(*document.EndpointView) (fleetparts.Table, error){q.suites, q.probeClients, q.certificates, q.probes} {
		t, err := table(doc)
		if err != nil {
			return look.Page{}, err
		}
		if len(t.Rows) > 0 {
			data.Tables = append(data.Tables, t)
		}
	}
	return look.Page{Title: data.Title, Body: "detail", Data: data}, nil
}

// maxListed bounds what is listed of one endpoint or client.
const maxListed = 250

func (q *request) suites(doc *document.EndpointView) (fleetparts.Table, error) {
	e := doc.Probe
	var list []tlsready.Version
	for _, v := range tlsready.Versions() {
		if e.Versions[v] != tlsready.Unknown {
			list = append(list, v)
		}
	}
	return q.filled(q.T("col.versions"), q.Cols("version", "outcome", "suites"), len(list), func(i int) []fleetparts.Cell {
		v := list[i]
		colour := document.NotInstalled
		if e.Versions[v] == tlsready.Yes {
			colour = document.Connects
		}
		return []fleetparts.Cell{{Text: v.String()}, {Text: q.say("answer." + e.Versions[v].String()), Badge: colour}, {Text: q.W.List(view.Texts(e.Suites[v]))}}
	})
}

func (q *request) probeClients(doc *document.EndpointView) (fleetparts.Table, error) {
	list := doc.Probe.Clients[:min(len(doc.Probe.Clients), maxListed)]
	return q.filled(q.say("endpoint.clients"), q.Cols("client", "outcome", "negotiated", "why"), len(list), func(i int) []fleetparts.Cell {
		c := &list[i]
		version := ""
		if c.Version != 0 {
			version = c.Version.String()
		}
		return []fleetparts.Cell{{Text: c.Client}, {Text: q.say("answer." + c.Connects.String()), Badge: answerColour(c.Connects.String())}, {Text: version}, {Text: q.W.Render(c.Why)}}
	})
}

// answerColour is the verdict whose colour a yes, a no or neither has.
func answerColour(answer string) string {
	switch answer {
	case tlsready.Yes.String():
		return document.Connects
	case tlsready.No.String():
		return document.Fails
	}
	return document.Unknown
}

func (q *request) certificates(doc *document.EndpointView) (fleetparts.Table, error) {
	list := doc.Probe.Certificates[:min(len(doc.Probe.Certificates), maxListed)]
	return q.filled(q.say("endpoint.certificates"), q.Cols("subject", "certificate", "key", "issuer"), len(list), func(i int) []fleetparts.Cell {
		c := &list[i]
		key := strings.ToUpper(c.KeyType)
		if c.KeyBits > 0 {
			key = strings.TrimSpace(key + " " + strconv.Itoa(c.KeyBits))
		}
		return []fleetparts.Cell{{Text: view.Dash(c.Subject), Small: q.W.List(c.Names)}, {Text: day(c.NotAfter)}, {Text: key, Small: c.Signature}, {Text: c.Issuer}}
	})
}

// probes are the endpoint's answers over time.
func (q *request) probes(doc *document.EndpointView) (fleetparts.Table, error) {
	past := doc.Endpoint.History
	past = past[max(0, len(past)-maxListed):]
	if len(past) < 2 {
		return fleetparts.Table{}, nil
	}
	return q.table(q.T("history"), q.Cols("from", "to", "versions"), len(past), func(i int) []fleetparts.Cell {
		s := past[len(past)-1-i]
		return []fleetparts.Cell{{Text: s.From}, {Text: s.To}, {Text: view.Dash(q.W.List(view.Texts(s.Versions))), Note: s.Error}}
	})
}

// clients are those that were seen on the wire.
func (p *pages) clients(q *request) (look.Page, error) {
	find := store.ClientQuery{Text: q.get("q"), Owner: q.get("owner"), Survives: q.get("survives"), Offered: q.get("offered"), After: q.get("after")}
	page, err := q.fleet.Clients(q.ctx(), find)
	if err != nil {
		return look.Page{}, err
	}
	data := &listPage{
		Title: q.T("clients.title"), Intro: q.say("clients.intro", message.Str("from", page.First), message.Str("to", page.Last)), At: "/clients",
		Text: q.shown("q"), Owner: q.shown("owner"), WithOwner: true,
		Choices: []selectionOf{
			{q.T("col.outcome"), choose("survives", find.Survives, "no", q.say("survives.no"), "unknown", q.say("survives.unknown"), "yes", q.say("survives.yes"))},
			{q.T("col.offered"), choose("offered", find.Offered, versionPairs()...)},
		},
		Count: q.say("clients.count", message.Int("n", page.Total)),
	}
	data.Table, err = q.clientTable(data.Title, page.Clients)
	q.end(data, page.Next, "clients.none")
	return look.Page{Title: data.Title, Body: "list-page", Data: data}, err
}

func (q *request) clientTable(caption string, list []document.ClientRow) (fleetparts.Table, error) {
	head := q.Cols("client", "outcome", "offered", "last-seen", "#connections", "owner", "stack", "server")
	return q.table(caption, head, len(list), func(i int) []fleetparts.Cell { return q.clientCells(&list[i]) })
}

func (q *request) clientCells(c *document.ClientRow) []fleetparts.Cell {
	return []fleetparts.Cell{
		{Text: c.Client, Href: clientAt(c.Client), Small: c.Name},
		{Text: q.say("survives." + c.Survives), Badge: answerColour(c.Survives)},
		{Text: view.Dash(c.Offered), Small: q.W.List(c.Versions)},
		{Text: c.Last},
		number(c.Connections),
		{Text: c.Owner, Small: c.OwnerMail},
		{Text: view.Dash(c.Stack)},
		{Text: q.W.List(c.Servers[:min(len(c.Servers), maxServers)])},
	}
}

// stackTable are the stacks behind one address.
func (q *request) stackTable(list []document.ClientRow) (fleetparts.Table, error) {
	return q.filled(q.T("col.stack"), q.Cols("stack", "outcome", "offered", "last-seen", "#connections", "owner", "server"), len(list), func(i int) []fleetparts.Cell {
		all := q.clientCells(&list[i])
		stack := all[6]
		return append(append([]fleetparts.Cell{stack}, all[1:6]...), all[7])
	})
}

// maxServers is how many servers of a client a list names.
const maxServers = 3

// client is everything that was seen of an address.
func (p *pages) client(q *request) (look.Page, error) {
	doc, err := q.fleet.Client(q.ctx(), q.get("client"))
	if err != nil {
		return look.Page{}, err
	}
	data := &detailPage{Title: fleetparts.Short(doc.Client)}
	stacks, err := q.stackTable(doc.Stacks[:min(len(doc.Stacks), maxListed)])
	if err != nil {
		return look.Page{}, err
	}
	days := doc.Days[:min(len(doc.Days), maxListed)]
	seen, err := q.table(q.T("history"), q.Cols("date", "outcome", "offered", "negotiated", "#connections", "stack", "server"), len(days), func(i int) []fleetparts.Cell {
		d := &days[i]
		return []fleetparts.Cell{
			{Text: d.Day},
			{Text: q.say("survives." + d.Survives), Badge: answerColour(d.Survives)},
			{Text: view.Dash(d.Offered)},
			{Text: view.Dash(d.Negotiated)},
			number(d.Connections),
			{Text: view.Dash(d.Stack)},
			{Text: d.Server, Small: d.ServerName},
		}
	})
	data.Tables = []fleetparts.Table{stacks, seen}
	return look.Page{Title: data.Title, Body: "detail", Data: data}, err
}

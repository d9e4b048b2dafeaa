package pages

import (
	"cmp"
	"html/template"
	"maps"
	"slices"
	"strings"

	"tlsready/internal/console/look"
	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/recipe/formats"
	"tlsready/internal/report/fleetparts"
	"tlsready/internal/report/html"
	"tlsready/internal/report/view"
	"tlsready/internal/store"
)

// hostPage is everything that is known of a host.
type hostPage struct {
	ID, State, Word, Error, Done string
	Facts                        []fleetparts.Fact
	Services                     []hostService
	Wire                         hostWire
	Settings                     []settingsChange
	MoreSettings                 string
	Fixes                        fleetparts.Table
	Owner                        string
	CanOperate                   bool
	Tags                         []option
	TagAt                        tagForm
	At                           string // the path of its forms, below /offer and the others
}

// hostService is how the host stands with one service.
type hostService struct {
	Name, State, Word, Line, Exempt string
	Details                         []template.HTML
	Gone                            string // why there are none
	Series                          []option
	Formats                         []string // to download the fix in; none if there is nothing to change
	Offer                           *offer
	CanOffer                        bool
	Until                           string // of the exemption
	History                         fleetparts.Table
}

// tagForm is where a tag is said, and what its button says.
type tagForm struct{ At, Word string }

// offer is a fix that waits for a second person.
type offer struct {
	Line, At  string
	CanDecide bool
	Own       bool // by the one who looks at the page
}

// hostWire is what was probed and seen of the host.
type hostWire struct {
	State, Line        string
	Endpoints, Clients fleetparts.Table
}

// settingsChange is what is otherwise in a host's settings since a moment.
type settingsChange struct {
	Title string
	Lines []string
	More  string
}

func (p *pages) host(q *request) (look.Page, error) {
	doc, err := q.fleet.Host(q.ctx(), q.PathValue("id"), q.W.Lang())
	if err != nil {
		return look.Page{}, err
	}
	data := &hostPage{ID: fleetparts.Short(doc.Host), CanOperate: q.visitor.May(web.Operate), Owner: fleetparts.Short(doc.Owner), Done: q.done(), At: "/" + part(doc.Host)}
	for _, name := range slices.Sorted(maps.Keys(doc.Tags)) {
		if name == ownerTag {
			continue // it is said in a form of its own
		}
		data.Tags = append(data.Tags, option{Word: fleetparts.Short(name), Value: fleetparts.Short(doc.Tags[name])})
	}
	data.TagAt = tagForm{"/tag" + data.At, q.say("own.do")}
	data.State, data.Word = q.worst(doc)
	data.Facts = q.Facts("system", view.OsText(&doc.OS), "owner", doc.Owner, "site", doc.Tags[siteTag], "addresses", q.W.List(doc.Addresses), "name", doc.Name, "source", doc.Source, "last-seen", moment(doc.Seen), "tags", q.tags(doc.Tags))
	if doc.Error != "" {
		data.Error = q.say("host.error", message.Str("date", moment(doc.Tried)), message.Str("why", fleetparts.Short(doc.Error)))
	}
	for i := range doc.Services {
		one, err := q.hostService(doc, &doc.Services[i])
		if err != nil {
			return look.Page{}, err
		}
		data.Services = append(data.Services, one)
	}
	if err := q.wire(data, doc); err != nil {
		return look.Page{}, err
	}
	q.settings(data, doc.History)
	data.Fixes, err = q.fixes(doc.Fixes)
	return look.Page{Title: data.ID, Body: "host", Data: data}, err
}

// worst is the worst verdict of the host's services.
func (q *request) worst(doc *document.HostView) (state, word string) {
	for _, s := range doc.Services {
		if state == "" || document.Rank(s.Verdict) < document.Rank(state) {
			state = s.Verdict
		}
	}
	if state == "" {
		return document.Unknown, q.say("host.not-judged")
	}
	return state, q.say("host.worst", message.Str("verdict", q.W.Code("verdict", state)), message.Str("services", q.W.List(q.having(doc, state))))
}

// having are the services for which a host has a verdict.
func (q *request) having(doc *document.HostView, verdict string) (names []string) {
	for _, s := range doc.Services {
		if s.Verdict == verdict {
			names = append(names, q.serviceName(s.Series))
		}
	}
	return names
}

// tags are the labels of a host that have no place of their own.
func (q *request) tags(tags map[string]string) string {
	var list []string
	for name, value := range tags {
		if name != siteTag && name != ownerTag {
			list = append(list, name+"="+value)
		}
	}
	slices.Sort(list)
	return strings.Join(list, " · ")
}

func (q *request) hostService(doc *document.HostView, s *document.HostService) (hostService, error) {
	out := hostService{
		Name: q.seriesName(s.Series), State: s.Verdict, Word: q.W.Code("verdict", s.Verdict), Line: q.T("since", message.Str("date", s.Since)),
		Series: hidden(s.Series), Until: s.ExemptUntil,
	}
	if s.Turn != "" {
		out.Line = q.T("turned", message.Str("word", q.T("turn."+s.Turn)), message.Str("date", s.Since))
	}
	if s.ExemptUntil != "" {
		out.Exempt = q.say("exempt.until", message.Str("date", s.ExemptUntil))
	}
	if err := q.details(&out, s.Check); err != nil {
		return out, err
	}
	if len(out.Formats) > 0 {
		q.offered(&out, doc, s.Series.Service)
	}
	var err error
	if len(s.History) > 1 {
		head := q.Cols("from", "to", "outcome", "why")
		past := slices.Clone(s.History)
		slices.Reverse(past)
		past = past[:min(len(past), maxPast)]
		out.History, err = q.table(q.T("history"), head, len(past), func(i int) []fleetparts.Cell {
			v := past[i]
			return []fleetparts.Cell{{Text: v.From}, {Text: v.To}, {Text: q.W.Code("verdict", v.Verdict), Badge: v.Verdict}, {Text: q.Cause(v.Verdict, v.Cause)}}
		})
	}
	return out, err
}

// maxPast bounds the changes of a verdict that a page lists, and the differences between
// two settings: a host that comes and goes every night would fill pages.
const maxPast = 60

// details are both sides, the evidence and the fix, as the report shows them.
func (q *request) details(out *hostService, c *document.Check) error {
	if c == nil {
		out.Gone = q.say("host.no-check")
		return nil
	}
	list, err := html.Details(c, q.W.Lang())
	for _, d := range list {
		out.Details = append(out.Details, template.HTML(d.Body)) //nolint:gosec // made by an escaping template
		if len(d.Group.First().Changes) > 0 {
			out.Formats = formats.Names()
		}
	}
	return err
}

// offered says whether the fix of a service waits for a second person.
func (q *request) offered(out *hostService, doc *document.HostView, service string) {
	out.CanOffer = true
	at := slices.IndexFunc(doc.Fixes, func(f document.HostFix) bool { return f.Service == service && f.State != string(store.FixGiven) })
	if at < 0 || doc.Fixes[at].State != string(store.FixOffered) {
		return
	}
	f := doc.Fixes[at]
	out.CanOffer = false
	out.Offer = &offer{
		Line:      q.say("fix.offered", message.Str("by", cmp.Or(f.By, "?")), message.Str("date", moment(f.At))),
		At:        f.At.Format(exact),
		CanDecide: q.visitor.May(web.Approve), Own: f.By == q.visitor.Name,
	}
}

// exact is the format in which a form sends back the moment of an offer.
const exact = "2006-01-02T15:04:05.999999999Z07:00"

// hidden are the fields that name a series in a form.
func hidden(s document.Series) []option {
	return []option{{Value: paramService, Word: s.Service}, {Value: paramOn, Word: s.On}, {Value: paramCallers, Word: s.Callers}}
}

// wire is whether the wire agrees with the registry.
func (q *request) wire(data *hostPage, doc *document.HostView) error {
	w := &doc.Wire
	data.Wire.State, data.Wire.Line = wireColour(w.State), q.say("wire."+w.State)
	var err error
	if len(w.Endpoints) > 0 {
		head := q.Cols("endpoint", "outcome", "why", "last-seen")
		data.Wire.Endpoints, err = q.table(q.say("wire.endpoints"), head, len(w.Endpoints), func(i int) []fleetparts.Cell {
			e := &w.Endpoints[i]
			var why []string
			for _, f := range e.Findings {
				why = append(why, q.W.Render(f.Text))
			}
			return []fleetparts.Cell{
				{Text: endpointName(e.Key), Href: endpointAt(e.Key)},
				{Text: q.say("wire.short." + e.State), Badge: wireColour(e.State)},
				{Text: strings.Join(why, " · ")},
				{Text: day(e.Seen)},
			}
		})
	}
	if err == nil && len(w.Clients) > 0 {
		head := q.Cols("client", "stack", "offered", "last-seen")
		data.Wire.Clients, err = q.table(q.say("wire.clients"), head, len(w.Clients), func(i int) []fleetparts.Cell {
			c := w.Clients[i]
			return []fleetparts.Cell{{Text: c.Client, Href: clientAt(c.Client)}, {Text: view.Dash(c.Stack)}, {Text: view.Dash(c.Offered)}, {Text: c.LastDay}}
		})
	}
	return err
}

// wireColour is the verdict whose colour a state of the wire has.
func wireColour(state string) string {
	switch state {
	case document.WireAgrees:
		return document.Connects
	case document.WireDisagree:
		return document.Fails
	case document.WireUnsure:
		return document.Unknown
	}
	return document.NotInstalled
}

// settings are the host's settings over time, each with what is otherwise than before.
func (q *request) settings(data *hostPage, history []document.HostSettings) {
	for _, s := range history {
		one := settingsChange{Title: q.say("settings.span", message.Str("from", moment(s.From)), message.Str("to", moment(s.To)))}
		if s.Changed == nil {
			one.Lines = []string{q.say("settings.first")}
			data.Settings = append(data.Settings, one)
			continue
		}
		all := s.Changed.Differences
		for i := range all[:min(len(all), maxPast)] {
			one.Lines = append(one.Lines, fleetparts.Short(q.W.Difference(all[i])))
		}
		if more := len(all) - len(one.Lines); more > 0 {
			one.More = q.T("more", message.Int("n", more))
		}
		data.Settings = append(data.Settings, one)
	}
}

// fixes are what was done about the host, the newest first.
func (q *request) fixes(list []document.HostFix) (fleetparts.Table, error) {
	if len(list) == 0 {
		return fleetparts.Table{}, nil
	}
	list = list[:min(len(list), maxPast)]
	head := q.Cols("date", "state", "service", "by", "fix")
	return q.table(q.say("fixes"), head, len(list), func(i int) []fleetparts.Cell {
		f := &list[i]
		what := ""
		for _, s := range view.ChangeSettings(f.Changes) {
			if what != "" {
				what += " · "
			}
			what += q.W.Change(s)
		}
		return []fleetparts.Cell{timed(f.At), {Text: q.say("fix.state." + f.State)}, {Text: f.Service}, {Text: view.Dash(f.By)}, {Text: what}}
	})
}

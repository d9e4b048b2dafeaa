package pages

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"tlsready/internal/console/answer"
	"tlsready/internal/console/look"
	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/fleetparts"
	"tlsready/internal/store"
)

// The labels that name the site and the owner of a host.
const (
	siteTag  = "site"
	ownerTag = "owner"
)

// nobody stands in an address for hosts without an owner, which no owner is called.
const nobody = "-"

// recent is for how many days it is told that a host fell back or was mended.
const recent = 30

// hostsPage is the list of hosts, or of groups of them.
type hostsPage struct {
	Service                         string
	Services                        []chip
	Text, Owner, OS, Site           string
	Verdicts, Causes, Turns, Orders selection
	Keep                            []option // parameters that the form has no field for
	Bys                             []chip
	Count, First, Next, CSV, JSONL  string
	Others                          string // why other hosts are not in the list
	Table                           fleetparts.Table
	Done                            string
	Tag                             *tagForm // of all hosts of the list; nil if it is not to be
	TagMost                         string   // why there is none for so many
}

// selection is a field of choices, option one of them, and chip one that is a link.
type (
	selection struct {
		Name    string
		Options []option
		Always  bool // one of them is always chosen
	}
	option struct {
		Value, Word string
		On          bool
	}
	chip struct {
		Href, Word string
		Current    bool
	}
)

func choose(name, chosen string, pairs ...string) selection {
	s := selection{Name: name}
	for i := 0; i < len(pairs); i += 2 {
		s.Options = append(s.Options, option{pairs[i], pairs[i+1], pairs[i] == chosen})
	}
	return s
}

// hostQuery is what the address asks for.
func (q *request) hostQuery(s store.Series) store.HostQuery {
	v := q.URL.Query()
	find := store.HostQuery{
		Series: s, Verdicts: given(strings.Split(strings.Join(v["verdict"], ","), ",")), Causes: given(v["cause"]), Fix: store.Hash(v.Get("fix")), Owner: v.Get("owner"), OS: v.Get("os"),
		Text: v.Get("q"), Order: order(v.Get("order")), After: v.Get("after"), Exempt: store.Exempt(v.Get("exempt")),
	}
	if find.Owner == nobody {
		find.Owner, find.NoOwner = "", true
	}
	if site := v.Get("site"); site != "" {
		find.Tags = append(find.Tags, store.Tag{Name: siteTag, Value: site})
	}
	if name := v.Get("tag"); name != "" {
		find.Tags = append(find.Tags, store.Tag{Name: name, Value: v.Get("value")})
	}
	since := store.Day(daysFrom(q.Today, -recent))
	switch v.Get("turn") {
	case document.TurnFellBack:
		find.FellSince = since
	case document.TurnMended:
		find.MendedSince = since
	}
	return find
}

// orderName asks for the order of names. Without a word those come first that need somebody.
const orderName = "name"

func order(asked string) store.HostOrder {
	switch asked {
	case orderName:
		return store.ByID
	case "":
		return store.ByVerdict
	}
	return store.HostOrder(asked)
}

// given are the values that are not empty.
func given(list []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == "" })
}

// with is the address of this page with other parameters; an empty value removes one.
func (q *request) with(pairs ...string) string {
	v := q.URL.Query()
	v.Del("lang")
	v.Del("done")
	for i := 0; i < len(pairs); i += 2 {
		v.Del(pairs[i])
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return (&url.URL{Path: q.URL.Path, RawPath: q.URL.RawPath, RawQuery: v.Encode()}).RequestURI()
}

func (p *pages) hosts(q *request) (look.Page, error) {
	title := q.say("nav.hosts")
	s, ok, err := q.series()
	if err != nil {
		return look.Page{}, err
	}
	if !ok {
		return p.empty(q)
	}
	data, by := &hostsPage{Service: q.seriesName(documentSeries(s))}, q.get("by")
	if err := q.filters(data, s); err != nil {
		return look.Page{}, err
	}
	if by != "" {
		err = q.grouped(data, s, store.GroupBy(by))
	} else {
		err = q.listed(data, s)
	}
	return look.Page{Title: title, Body: "hosts", Data: data}, err
}

// filters are what the list can be narrowed by, as it is.
func (q *request) filters(data *hostsPage, of store.Series) error {
	all, err := q.fleet.AllSeries(q.ctx())
	if err != nil {
		return err
	}
	for _, one := range all {
		s := documentSeries(one)
		data.Services = append(data.Services, chip{hostsAt(s), q.seriesName(s), one == of})
	}
	find := q.hostQuery(of)
	data.Verdicts = q.verdicts(find.Verdicts)
	data.Causes = q.codes("cause", only(find.Causes), q.causes()...)
	data.Turns = choose("turn", q.get("turn"), document.TurnFellBack, q.T("turn."+document.TurnFellBack), document.TurnMended, q.T("turn."+document.TurnMended))
	data.Orders = choose("order", q.get("order"), string(store.ByVerdict), q.T("col.outcome"), orderName, q.T("col.host"), string(store.ByFailsFrom), q.T("col.fails-from"), string(store.ByOwner), q.T("col.owner"))
	data.Orders.Always = true
	data.Text, data.Owner, data.OS, data.Site = q.shown("q"), q.shown("owner"), q.shown("os"), q.shown("site")
	keep := withSeries(url.Values{}, documentSeries(of))
	for _, name := range []string{"by", "fix", "exempt", "tag", "value"} {
		if v := q.get(name); v != "" {
			keep.Set(name, v)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(keep)) {
		data.Keep = append(data.Keep, option{Value: name, Word: keep.Get(name)})
	}
	return q.chips(data)
}

// verdicts is the field of verdicts. Several that are asked for at once, as by the number of
// a deadline's unknown hosts, are a choice of their own.
func (q *request) verdicts(asked []string) selection {
	all := []string{document.Fails, document.Unknown, document.Unreadable, document.Connects, document.NotInstalled}
	s := q.codes("verdict", only(asked), all...)
	var words []string
	for _, v := range all {
		if len(asked) > 1 && slices.Contains(asked, v) {
			words = append(words, q.W.Code("verdict", v))
		}
	}
	if len(words) > 1 {
		s.Options = append(s.Options, option{strings.Join(asked, ","), q.W.List(words), true})
	}
	return s
}

// only is the entry of a list of one.
func only(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	return ""
}

// causes are the codes that have a word.
func (q *request) causes() []string {
	var list []string
	for _, id := range q.W.IDs("cause.") {
		list = append(list, id[len("cause."):])
	}
	return list
}

// codes is a field of codes of the contract, in words.
func (q *request) codes(space, chosen string, codes ...string) selection {
	s := selection{Name: space}
	for _, c := range codes {
		s.Options = append(s.Options, option{c, q.W.Code(space, c), c == chosen})
	}
	return s
}

// chips are what the hosts can be grouped by.
func (q *request) chips(data *hostsPage) error {
	facets, err := q.fleet.Facets(q.ctx())
	if err != nil {
		return err
	}
	data.Bys = []chip{{q.with("by", "", "after", ""), q.say("by.none"), q.get("by") == ""}}
	for _, by := range facets[:min(len(facets), maxFacets)] {
		if by == store.ByTag(ownerTag) {
			continue // the owner is one of its own, and counts for whoever was said to be it besides
		}
		data.Bys = append(data.Bys, chip{q.with("by", string(by), "after", ""), fleetparts.Short(q.facet(by)), q.get("by") == string(by)})
	}
	return nil
}

// maxFacets bounds the labels that are offered: a fleet whose hosts have hundreds of them
// is better asked by the API.
const maxFacets = 24

// facet is what hosts are grouped by, in words: a label stands for itself, but for the
// ones that the program gives a meaning.
func (q *request) facet(by store.GroupBy) string {
	name, tag := tagOf(by)
	if tag && name != siteTag {
		return name
	}
	if tag {
		return q.say("by.site")
	}
	return q.say("by." + string(by))
}

// facetHead is the same as the head of a column.
func (q *request) facetHead(by store.GroupBy) string {
	name, tag := tagOf(by)
	switch {
	case tag && name != siteTag:
		return name
	case tag:
		return q.T("col.site")
	case by == store.GroupByOS:
		return q.T("col.system")
	}
	return q.T("col." + string(by))
}

// tagOf is the name of the tag that hosts are grouped by.
func tagOf(by store.GroupBy) (name string, ok bool) {
	const prefix = "tag:"
	if len(by) > len(prefix) && by[:len(prefix)] == prefix {
		return string(by[len(prefix):]), true
	}
	return "", false
}

// listed is a page of the hosts.
func (q *request) listed(data *hostsPage, s store.Series) error {
	page, err := q.fleet.Hosts(q.ctx(), q.hostQuery(s))
	if err != nil {
		return err
	}
	data.Count = q.say("hosts.count", message.Int("n", page.Total))
	if !q.narrowed() {
		if data.Others, err = q.others(page.Total); err != nil {
			return err
		}
	}
	head := q.Cols("host", "outcome", "since", "owner", "system", "site")
	data.Table, err = q.table(q.say("nav.hosts"), head, len(page.Hosts), func(i int) []fleetparts.Cell { return q.hostCells(&page.Hosts[i]) })
	if page.Next != "" {
		data.Next = q.with("after", page.Next)
	}
	if q.get("after") != "" {
		data.First = q.with("after", "")
	}
	export := withSeries(q.URL.Query(), page.Series)
	for _, name := range []string{"after", "lang", "by", "done"} {
		export.Del(name)
	}
	switch {
	case !q.visitor.May(web.Operate) || page.Total == 0:
	case page.Total > answer.MaxTagged:
		data.TagMost = q.say("tag.most", message.Int("most", answer.MaxTagged))
	default:
		data.Tag = &tagForm{"/tags?" + export.Encode(), q.say("tag.all", message.Int("n", page.Total))}
	}
	data.Done = q.done()
	data.CSV, data.JSONL = "/export/hosts.csv?"+export.Encode(), "/export/hosts.jsonl?"+export.Encode()
	return err
}

// narrowed says whether the list was asked for a part of the hosts.
func (q *request) narrowed() bool {
	for name := range q.URL.Query() {
		if !slices.Contains([]string{paramService, paramOn, paramCallers, "order", "after", "lang", "by", "done"}, name) && q.get(name) != "" {
			return true
		}
	}
	return false
}

// others says why a service has fewer hosts than there are; "" if it has all.
func (q *request) others(judged int) (string, error) {
	all, err := q.allHosts()
	if err != nil || all <= judged {
		return "", err
	}
	return q.say("hosts.others", message.Int("n", judged), message.Int("all", all)), nil
}

// allHosts is how many hosts there are, whatever they were judged for.
func (q *request) allHosts() (int, error) {
	var err error
	if q.hosts == 0 {
		q.hosts, err = q.fleet.CountHosts(q.ctx())
	}
	return q.hosts, err
}

func (q *request) hostCells(h *document.HostRow) []fleetparts.Cell {
	note := ""
	if h.Turn != "" {
		note = q.T("turn." + h.Turn)
	}
	exempt := ""
	if h.ExemptUntil != "" {
		exempt = q.say("exempt.until", message.Str("date", h.ExemptUntil))
	}
	cause := q.Cause(h.Verdict, h.Cause)
	return []fleetparts.Cell{
		{Text: h.Host, Href: hostAt(h.Host), Small: exempt},
		{Text: q.W.Code("verdict", h.Verdict), Badge: h.Verdict, Small: cause},
		{Text: h.Since, Small: note},
		{Text: h.Owner},
		{Text: h.OS},
		{Text: h.Tags[siteTag]},
	}
}

// grouped are the hosts by something that they share.
func (q *request) grouped(data *hostsPage, s store.Series, by store.GroupBy) error {
	if _, tag := tagOf(by); !tag && by != store.GroupByFix && by != store.GroupByOwner && by != store.GroupByOS {
		return wrong("by", message.Quote("by", string(by)))
	}
	doc, err := q.fleet.HostGroups(q.ctx(), q.hostQuery(s), by)
	if err != nil {
		return err
	}
	data.Count = q.say("groups.count", message.Int("n", doc.Total))
	if doc.Total == store.MaxGroups {
		data.Count = q.say("groups.most", message.Int("n", doc.Total))
	}
	if doc.Next != "" {
		data.Next = q.with("after", doc.Next)
	}
	if q.get("after") != "" {
		data.First = q.with("after", "")
	}
	if by == store.GroupByFix {
		head := q.Cols("fix", "#hosts", "restart", "why")
		data.Table, err = q.table(q.say("groups"), head, len(doc.Groups), func(i int) []fleetparts.Cell { return q.fixCells(doc.Series, &doc.Groups[i]) })
		return err
	}
	data.Table, err = q.groupTable(q.facet(by), string(by), doc.Series, doc.Groups)
	return err
}

// groupTable counts groups by verdict; each leads to its hosts.
func (q *request) groupTable(caption, by string, s document.Series, list []document.HostGroup) (fleetparts.Table, error) {
	head := append([]fleetparts.Column{{Word: q.facetHead(store.GroupBy(by))}}, q.Cols("#not-ready", "#unknown", "#ready", "#hosts")...)
	return q.table(caption, head, len(list), func(i int) []fleetparts.Cell {
		g := &list[i]
		word, at := g.Value, hostsAt(s, by, g.Value)
		name, tag := tagOf(store.GroupBy(by))
		switch {
		case tag:
			at = hostsAt(s, "tag", name, "value", g.Value)
		case by == string(store.GroupByOwner) && g.Value == "":
			at = hostsAt(s, by, nobody)
		}
		if g.Value == "" {
			word = q.say("by.nothing")
			if tag {
				at = "" // the store cannot be asked for hosts without a label
			}
		}
		return []fleetparts.Cell{
			{Text: word, Href: at}, number(g.Counts.Fails), number(g.Counts.Unknown + g.Counts.Unreadable), number(g.Counts.Connects), number(g.Hosts),
		}
	})
}

func documentSeries(s store.Series) document.Series {
	return document.Series{Service: s.Service, On: s.On, Callers: s.Callers}
}

// seriesName is a service with the day that is asked about, and the programs if they are
// not its own.
func (q *request) seriesName(s document.Series) string {
	name := q.serviceName(s)
	if s.On != "" {
		name = q.say("series.on", message.Str("service", name), message.Str("date", s.On))
	}
	if s.Callers != "" {
		name += " · " + s.Callers
	}
	return fleetparts.Short(name)
}

package html

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/digest"
	"tlsready/internal/report/view"
	"tlsready/internal/stencil"
)

//go:embed page
var pageFiles embed.FS

// maxBodies is how many bytes the bodies of all groups may take together. Beyond it
// groups have no details, and those that read alike stand together: with it a file on
// 10,000 hosts of which no two are alike stays below 5 MB, which a browser opens and a
// mail server lets through.
const maxBodies = 2 << 20

// Format is one page for a browser.
func Format() view.Format {
	return view.Format{Name: "html", Extensions: []string{".html", ".htm"}, PerFolder: true, Check: Check, Watch: newWatch}
}

// Check writes one self-contained page: it loads nothing, and works without its
// script.
func Check(w io.Writer, c *document.Check, o view.Options) error {
	b := &pageBuilder{w: digest.NewWords(o.Lang), o: o}
	page, err := b.page(c)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, view.BufferSize)
	if err := b.template.Execute(out, "page.html.tmpl", page); err != nil {
		return err
	}
	return out.Flush()
}

// templates gives the page's template in each language, parsed once.
var templates = parseEach(message.Languages())

func parseEach(languages []string) map[string]func() (*stencil.Set, error) {
	all := map[string]func() (*stencil.Set, error){}
	for _, lang := range languages {
		all[lang] = sync.OnceValues(func() (*stencil.Set, error) {
			w := digest.NewWords(lang)
			return parsed("page.html.tmpl", stencil.Funcs{
				"t":    stencil.Say(func(id string) string { return w.T(id) }),
				"word": stencil.Say(func(verdict string) string { return w.Code("verdict", verdict) }),
				"hint": stencil.Say(func(text string) string { return w.T("list.hint", message.Str("hint", text)) }),
			})
		})
	}
	return all
}

// parsed is a template of the folder page.
func parsed(name string, funcs stencil.Funcs) (*stencil.Set, error) {
	text, err := pageFiles.ReadFile("page/" + name)
	if err != nil {
		return nil, err
	}
	set := stencil.HTML(funcs)
	return set, set.Parse(name, string(text))
}

// pageBuilder turns a document into what the template shows.
type pageBuilder struct {
	w        digest.Words
	o        view.Options
	template *stencil.Set
	bytes    int // of the bodies so far
}

type htmlPage struct {
	Assumed             []string // the recipe that is taken as run, and what is to be said of it
	Lang, Title, Policy string
	Style               stencil.Style
	Script              stencil.Script
	Judged, Source      string
	Headline, State     string // the sentence that decides, and the verdict that colours it
	Totals              string
	Tiles, Verdicts     []htmlTile
	Customers           []htmlCustomer // with --by: one line for each part
	CustomerHead        string
	Sources             []htmlSource
	Bar                 bar
	Timeline            timeline
	Services            []htmlService
	Parts               []htmlPart
	Next                []htmlNext
	Nothing             bool
	Basis               []htmlTerm
}

type (
	htmlTile struct {
		Verdict, Word string
		N             int
	}
	htmlService struct {
		ID, Name, From, Note, Days, Certainty string
	}
	// htmlCustomer is how the hosts of one part came out.
	htmlCustomer struct {
		Name, Target                              string
		Fails, Unknown, Connects, Without, Unread int
		All                                       int
	}
	// htmlSource is what a service's dates and demands rest on.
	htmlSource struct {
		Name      string
		Citations []document.Citation
	}
	htmlNext struct{ Text, Command string }
	htmlTerm struct{ Word, Text string }
)

func (b *pageBuilder) page(c *document.Check) (*htmlPage, error) {
	style, err := pageFiles.ReadFile("page/style.css")
	if err != nil {
		return nil, err
	}
	script, err := pageFiles.ReadFile("page/script.js")
	if err != nil {
		return nil, err
	}
	b.template, err = templates[b.w.Lang()]()
	if err != nil {
		return nil, err
	}
	p := &htmlPage{
		Lang: b.w.Lang(), Title: b.title(c), Policy: policy(style, script),
		Style: stencil.Style(style), Script: stencil.Script(script),
		Judged:  b.w.T("judged", message.Str("on", c.On), message.Str("today", c.Today)),
		Assumed: b.w.Assumed(c),
		Source:  b.o.Source, Bar: b.bar(c.Summary), Timeline: b.timeline(c),
		Services: b.services(c), Sources: b.sources(c), Nothing: view.ChangedNothing(b.o.Command), Basis: b.basis(),
	}
	d := digest.Of(c)
	p.Headline, p.Totals, p.State = b.w.Headline(d), b.w.Totals(d), d.Summary.State()
	p.Tiles = b.tiles(d)
	for _, v := range []string{document.Fails, document.Unknown, document.Connects} {
		p.Verdicts = append(p.Verdicts, htmlTile{Verdict: v, Word: b.w.Code("verdict", v)})
	}
	for _, n := range view.NextCommands(b.o.Command, b.w.Words, c) {
		p.Next = append(p.Next, htmlNext{b.w.T(n.ID), n.Command})
	}
	p.Parts, err = b.parts(c)
	if view.PartName(b.o.By) != nil {
		p.CustomerHead = b.w.D("part." + b.o.By)
		p.Customers = b.customers(c, p.Parts)
	}
	return p, err
}

// customers counts the verdicts of each part, with a link to it.
func (b *pageBuilder) customers(c *document.Check, parts []htmlPart) []htmlCustomer {
	var list []htmlCustomer
	for i, part := range view.Split(c, b.o.By) {
		s := part.Check.Summary
		list = append(list, htmlCustomer{
			Name: b.w.PartName(part.Name, b.o.By), Target: parts[i].ID,
			Fails: s.Fails, Unknown: s.Unknown, Connects: s.Connects, Without: s.NotInstalled, Unread: s.Unreadable, All: s.Hosts,
		})
	}
	return list
}

// policy lets the page use its own style and script, known by their hashes, and
// nothing else (Content Security Policy Level 3, section 2.3.1).
func policy(style, script []byte) string {
	return "default-src 'none'; style-src '" + cspHash(style) + "'; script-src '" + cspHash(script) + "'; base-uri 'none'; form-action 'none'"
}

func cspHash(text []byte) string {
	sum := sha256.Sum256(text)
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// title names the services, if there are not too many of them.
func (b *pageBuilder) title(c *document.Check) string {
	var list []string
	for _, s := range view.ByUrgency(c.Services) {
		list = append(list, b.w.ServiceName(s))
	}
	if len(list) == 0 {
		return b.w.T("html.title")
	}
	return b.w.T("html.titleOf", message.Str("services", b.w.Some(list, 3)))
}

// tiles are the numbers that decide. Hosts that were not judged are split by what their
// system alone says, if it says anything.
func (b *pageBuilder) tiles(d *digest.Digest) []htmlTile {
	s := d.Summary
	list := []htmlTile{{document.Fails, b.w.Code("verdict", document.Fails), s.Fails}}
	rest := s.Unknown - d.Exposed.N - d.Spared.N
	if d.Exposed.N+d.Spared.N > 0 {
		list = append(list, htmlTile{document.Unknown, b.w.D("exposed"), d.Exposed.N}, htmlTile{document.NotInstalled, b.w.D("spared"), d.Spared.N})
	}
	if rest > 0 || d.Exposed.N+d.Spared.N == 0 {
		list = append(list, htmlTile{document.Unknown, b.w.Code("verdict", document.Unknown), rest})
	}
	list = append(list, htmlTile{document.Connects, b.w.Code("verdict", document.Connects), s.Connects})
	if s.Unreadable > 0 {
		list = append(list, htmlTile{document.Unreadable, b.w.Code("verdict", document.Unreadable), s.Unreadable})
	}
	if s.NotInstalled > 0 {
		list = append(list, htmlTile{document.NotInstalled, b.w.Code("verdict", document.NotInstalled), s.NotInstalled})
	}
	return list
}

// sources are the citations of the services, with what they say in the page's language.
// What is there in English alone stands in English pages alone.
func (b *pageBuilder) sources(c *document.Check) []htmlSource {
	var list []htmlSource
	for _, s := range view.ByUrgency(c.Services) {
		if len(s.Citations) == 0 {
			continue
		}
		one := htmlSource{Name: b.w.ServiceName(s)}
		for _, cite := range s.Citations {
			if lang := b.w.Lang(); lang != "en" {
				cite.Says = cite.SaysIn[lang]
			}
			one.Citations = append(one.Citations, cite)
		}
		list = append(list, one)
	}
	return list
}

func (b *pageBuilder) services(c *document.Check) []htmlService {
	var list []htmlService
	for _, s := range view.ByUrgency(c.Services) {
		list = append(list, htmlService{
			ID: s.ID, Name: b.w.ServiceName(s), From: b.w.From(s), Note: b.w.ServiceNote(s),
			Days: view.Dash(b.w.Days(s)), Certainty: view.Dash(b.w.Certainty(s)),
		})
	}
	return list
}

func (b *pageBuilder) basis() []htmlTerm {
	var list []htmlTerm
	for _, id := range []string{"documented", "source-code", "measured", "inferred"} {
		list = append(list, htmlTerm{b.w.Code("basis", id), b.w.T("html.basis." + id)})
	}
	return list
}

type (
	htmlPart struct {
		ID, Name, Counts string
		Several          bool // services
		Lines            []htmlLine
		Sections         []htmlSection
		Lists            []htmlList
	}
	// htmlLine is a group of hosts with the same cause and kind of fix.
	htmlLine struct {
		digest.Line
		N                int
		Services, Target string
	}
	htmlSection struct {
		Title  string
		Groups []htmlGroup
	}
	htmlGroup struct {
		ID, Verdict, Word, Host, Others, System, Cause, Fix string
		Hosts                                               []*document.Host
		Body                                                stencil.Markup
	}
	htmlList struct {
		Title string
		Hosts []*document.Host
	}
)

func (b *pageBuilder) parts(c *document.Check) ([]htmlPart, error) {
	var list []htmlPart
	for i, part := range view.Split(c, b.o.By) {
		p := htmlPart{ID: "part" + strconv.Itoa(i+1), Name: b.w.T("html.results")}
		if view.PartName(b.o.By) != nil {
			p.Name = b.w.PartTitle(part, b.o.By)
			p.Counts = b.w.Headline(digest.Of(part.Check))
		}
		if err := b.fill(&p, part.Check); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

func (b *pageBuilder) fill(p *htmlPart, c *document.Check) error {
	found := view.Groups(c)
	p.Several = len(c.Services) > 1
	ids := make([]string, len(found))
	var short map[htmlAlike]int
	for i, g := range found {
		made := b.summary(g)
		if i == 0 || g.First().Verdict != found[i-1].First().Verdict {
			p.Sections = append(p.Sections, htmlSection{Title: b.sectionTitle(found, made)})
			short = map[htmlAlike]int{}
		}
		last := &p.Sections[len(p.Sections)-1]
		alike := htmlAlike{made.System, made.Cause, made.Fix}
		if at, there := short[alike]; there {
			last.Groups[at].Hosts = append(last.Groups[at].Hosts, g.Hosts...)
			ids[i] = last.Groups[at].ID
			continue
		}
		ids[i] = p.ID + "g" + strconv.Itoa(i+1)
		made.ID = ids[i]
		if b.bytes > maxBodies {
			short[alike] = len(last.Groups)
			made.Body = stencil.Markup("<p>" + string(stencil.AppendEscaped(nil, b.w.T("html.short"))) + "</p>")
		} else if err := b.fillBody(&made, g, c.Today); err != nil {
			return err
		}
		last.Groups = append(last.Groups, made)
	}
	for i := range p.Sections {
		b.countOthers(p.Sections[i].Groups)
	}
	p.Lines = b.lines(digest.Of(c), found, ids)
	for _, verdict := range []string{document.Unreadable, document.NotInstalled} {
		if hosts := view.Unjudged(c, verdict); len(hosts) > 0 {
			p.Lists = append(p.Lists, htmlList{b.w.T("list."+verdict, message.Int("n", len(hosts))), hosts})
		}
	}
	return nil
}

// lines are the groups of hosts with the same cause and kind of fix, each with a link to
// the details of its first host.
func (b *pageBuilder) lines(d *digest.Digest, found []*view.Group, ids []string) []htmlLine {
	at := map[view.HostService]string{}
	for i, g := range found {
		for _, h := range g.Hosts {
			at[view.HostService{Host: h.Host, Service: h.Service}] = ids[i]
		}
	}
	var list []htmlLine
	for _, l := range b.w.Lines(d) {
		service, _, _ := strings.Cut(l.Services, " ")
		first := view.HostService{Host: l.Block.Hosts.List[0].ID, Service: service}
		list = append(list, htmlLine{Line: l, N: l.Block.Hosts.N, Services: b.w.List(strings.Fields(l.Services)), Target: at[first]})
	}
	return list
}

// sectionTitle counts the hosts of one verdict.
func (b *pageBuilder) sectionTitle(list []*view.Group, first htmlGroup) string {
	hosts := map[string]bool{} // one host may stand there for several services
	for _, g := range list {
		if g.First().Verdict == first.Verdict {
			for _, h := range g.Hosts {
				hosts[h.Host] = true
			}
		}
	}
	return b.w.T("html.section", message.Str("verdict", first.Word), message.Int("n", len(hosts)))
}

// htmlAlike is what the summary of a group says, apart from its hosts.
type htmlAlike struct{ system, cause, fix string }

// summary makes the summary of a group.
func (b *pageBuilder) summary(g *view.Group) htmlGroup {
	h := g.First()
	system := []string{}
	for _, text := range []string{view.OsText(h.OS), b.w.Some(view.Programs(g), 3), b.w.ServiceName(g.Service)} {
		if text != "" {
			system = append(system, text)
		}
	}
	return htmlGroup{
		Verdict: h.Verdict, Word: b.w.Code("verdict", h.Verdict), Host: h.Host, System: strings.Join(system, " · "),
		Cause: b.w.Cause(g), Fix: b.w.FixOf(g), Hosts: slices.Clip(g.Hosts),
	}
}

// countOthers says how many hosts stand behind the one that a group is named after.
func (b *pageBuilder) countOthers(groups []htmlGroup) {
	for i := range groups {
		if n := len(groups[i].Hosts); n > 1 {
			groups[i].Others = b.w.T("html.others", message.Int("n", n-1))
		}
	}
}

// fillBody makes the details of a group.
func (b *pageBuilder) fillBody(made *htmlGroup, g *view.Group, today string) error {
	var body bytes.Buffer
	if err := b.template.Execute(&body, "body", b.body(g, today)); err != nil {
		return err
	}
	b.bytes += body.Len()
	made.Body = stencil.Markup(body.String())
	return nil
}

// Stylesheet is the style of the page, for others that are to look like it.
func Stylesheet() ([]byte, error) { return pageFiles.ReadFile("page/style.css") }

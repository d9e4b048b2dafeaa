package table

import (
	"bufio"
	"cmp"
	"io"
	"slices"
	"strconv"
	"strings"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
	"tlsready/internal/term"
)

// endpointTable writes text for people: one line for each address if versions
// alone were asked, otherwise a paragraph.
type endpointTable struct {
	view.EndpointOptions
	out    *bufio.Writer
	n      int
	judged int
}

func newEndpointTable(w io.Writer, o view.EndpointOptions) view.EndpointWriter {
	return &endpointTable{EndpointOptions: o, out: view.Buffered(w)}
}

// nameColumn is how wide the first column is: most targets with their port fit.
const nameColumn = 38

// answerColumn is how wide the column of a version is.
const answerColumn = len("TLS 1.2")

// Write writes one address.
func (t *endpointTable) Write(e *document.Endpoint) error {
	t.n++
	if view.Judged(e, t.SSL) {
		t.judged++
	}
	var text string
	if t.Detailed {
		text = t.paragraph(e)
	} else {
		text = t.line(e)
	}
	if _, err := t.out.WriteString(text); err != nil || !t.Live {
		return err
	}
	return t.out.Flush()
}

// End writes how many addresses there were.
func (t *endpointTable) End() error {
	text := t.Words.Text("probe.table.sum", message.Int("n", t.n), message.Int("judged", t.judged))
	p := t.page()
	if t.Accepting && !t.Details {
		p.Text(term.Plain, "", t.Words.Text("probe.table.more"))
	}
	if t.OneNode > 0 {
		p.Text(term.Plain, "", t.Words.Text("probe.table.one-node", message.Int("limit", t.OneNode)))
	}
	text = strings.TrimRight(text+"\n"+p.String(), "\n")
	if _, err := t.out.WriteString("\n" + text + "\n"); err != nil {
		return err
	}
	return t.out.Flush()
}

func (t *endpointTable) asked() []tlsready.Version {
	if t.SSL {
		return tlsready.Versions()
	}
	return tlsready.Versions()[2:]
}

// line is one address in one line, under a head that names the versions. Where nothing
// was asked, because there is no such address, there is nothing but the error.
func (t *endpointTable) line(e *document.Endpoint) string {
	var b strings.Builder
	if t.n == 1 {
		b.WriteString(term.Pad(t.Words.Text("probe.table.target"), nameColumn))
		for _, v := range t.asked() {
			b.WriteString("  " + term.Pad(v.String(), answerColumn))
		}
		b.WriteString("\n")
	}
	b.WriteString(term.Pad(term.Safe(e.Name()), nameColumn))
	if e.Error == nil || len(e.Evidence) > 0 {
		for _, v := range t.asked() {
			b.WriteString("  " + t.answer(e.Versions[v]))
		}
	}
	if e.Error != nil {
		b.WriteString("  " + term.Safe(t.Words.Render(*e.Error)))
	}
	p := t.page()
	if e.Nodes != "" {
		p.Text(term.Plain, "  ! ", t.nodes(e))
	}
	t.findings(p, e)
	return strings.TrimRight(b.String(), " ") + "\n" + p.String()
}

// answer is the cell of a version.
func (t *endpointTable) answer(a tlsready.Answer) string {
	text := term.Pad(t.Words.Text("probe.answer."+a.String()), answerColumn)
	if !t.Color {
		return text
	}
	return map[tlsready.Answer]term.Style{tlsready.Yes: term.Green, tlsready.No: term.Red, tlsready.Unknown: term.Yellow}[a].Paint(text)
}

func (t *endpointTable) page() *term.Page { return &term.Page{Width: t.Width} }

// paragraph is everything about one address.
func (t *endpointTable) paragraph(e *document.Endpoint) string {
	p := t.page()
	if t.n > 1 {
		p.Blank()
	}
	p.Line(e.Name())
	if e.Error != nil {
		p.Text(term.Plain, "  ", t.Words.Render(*e.Error))
	}
	if !anyVersionKnown(e) && len(e.Clients) == 0 && e.Nodes == "" {
		return p.String()
	}
	brief := t.Accepting && !t.Details && len(e.Clients) > 0
	if t.Accepting && len(e.Clients) > 0 {
		t.cutOff(p, e)
	}
	var versions []string
	for _, v := range t.asked() {
		versions = append(versions, v.String()+" "+t.Words.Text("probe.answer."+e.Versions[v].String()))
	}
	t.entry(p, "versions", strings.Join(versions, "   "))
	if e.Nodes != "" {
		t.entry(p, "nodes", t.nodes(e))
	}
	if !brief {
		t.suites(p, e)
		if len(e.Groups) > 0 {
			t.entry(p, "groups", t.Words.Join(view.Texts(e.Groups)))
		}
		t.details(p, e)
	}
	t.clients(p, e, brief)
	t.findings(p, e)
	return p.String()
}

// nodes says what the machines behind an address answered, version by version.
func (t *endpointTable) nodes(e *document.Endpoint) string {
	var parts []string
	for _, v := range t.asked() {
		all, kinds := 0, []document.EndpointEvidence{}
		for _, ev := range e.Evidence {
			if ev.Asked == v.String() {
				all, kinds = all+ev.Tries, append(kinds, ev)
			}
		}
		if e.Versions[v] != tlsready.Unknown || len(kinds) < 2 {
			continue
		}
		var counts []string
		for _, ev := range kinds {
			answer := t.Words.Render(document.AnswerText(ev.Answer))
			if ev.Answer == v.String() {
				answer = t.Words.Text("probe.answer.yes")
			}
			counts = append(counts, t.Words.Text("probe.table.node-count", message.Str("answer", answer), message.Int("n", ev.Tries), message.Int("all", all)))
		}
		parts = append(parts, t.Words.Text("probe.table.node-answers", message.Str("version", v.String()), message.List("counts", counts)))
	}
	return t.Words.Text("probe.table.nodes-differ", message.Str("answers", strings.Join(parts, "; ")))
}

// cutOff is the answer to --accepting: who connects now and would not, and why.
func (t *endpointTable) cutOff(p *term.Page, e *document.Endpoint) {
	n := view.CountClients(e)
	t.entry(p, "accepting", t.Words.Text("probe.table.cut-off", message.Int("n", n.Cut)))
	t.groups(p, e, func(c document.EndpointClient) string {
		if view.Loses(c, tlsready.No) {
			return t.Words.Render(c.After.Why)
		}
		return ""
	})
	if n.Perhaps > 0 {
		t.entry(p, "accepting", t.Words.Text("probe.table.perhaps-cut-off", message.Int("n", n.Perhaps)))
		t.groups(p, e, func(c document.EndpointClient) string {
			if view.Loses(c, tlsready.Unknown) {
				return t.Words.Render(c.After.Why)
			}
			return ""
		})
	}
}

func anyVersionKnown(e *document.Endpoint) bool {
	return slices.ContainsFunc(tlsready.Versions(), func(v tlsready.Version) bool { return e.Versions[v] != tlsready.Unknown })
}

func (t *endpointTable) entry(p *term.Page, id, text string) {
	p.Text(term.Plain, "  "+term.Pad(t.Words.Text("probe.table."+id), 12)+"  ", text)
}

func (t *endpointTable) suites(p *term.Page, e *document.Endpoint) {
	for _, v := range tlsready.Versions() {
		list, complete := e.Suites[v]
		note := ""
		switch {
		case complete && e.ServerOrder[v] == tlsready.Yes:
			note = " " + t.Words.Text("probe.table.own-order")
		case !complete && e.Partial != nil:
			list, note = e.Partial.Suites[v], " "+t.Words.Text("probe.table.incomplete")
		}
		if complete || len(list) > 0 {
			t.entry(p, "suites", v.String()+note+": "+t.Words.Join(view.Texts(list)))
		}
	}
}

func (t *endpointTable) details(p *term.Page, e *document.Endpoint) {
	for _, chain := range e.Chains() {
		t.chain(p, e, chain)
	}
	if e.DHBits > 0 {
		t.entry(p, "dh", strconv.Itoa(e.DHBits))
	}
	if e.ClientCertificate != nil && *e.ClientCertificate == tlsready.Yes {
		t.entry(p, "client-certificate", t.Words.Text("probe.table.asked"))
	}
	if n := e.WithoutServerName; n != nil {
		t.entry(p, "no-server-name", n.Answer)
	}
}

// chain writes the certificate of a chain and in what the chain ends.
func (t *endpointTable) chain(p *term.Page, e *document.Endpoint, chain []document.EndpointCertificate) {
	c := &chain[0]
	if c.Error != "" {
		t.entry(p, "certificate", c.Error)
		return
	}
	t.entry(p, "certificate", t.Words.Text("probe.table.certificate-line", message.Str("subject", c.Subject), message.Str("issuer", c.Issuer),
		message.Str("key", strings.ToUpper(c.KeyType)+" "+strconv.Itoa(c.KeyBits)), message.Str("signature", c.Scheme().String()),
		message.Str("until", c.NotAfter.Format("2006-01-02"))))
	if text := t.root(e, chain); text != "" {
		t.entry(p, "root", text)
	}
}

// root says in one line in what a chain ends; "" if that was not looked for.
func (t *endpointTable) root(e *document.Endpoint, chain []document.EndpointCertificate) string {
	roots := e.RootsOf(chain[0].Chain)
	if len(roots) == 0 {
		for _, c := range slices.Backward(chain) {
			if c.IssuerMissing {
				return t.Words.Text("probe.root.lacking", message.Str("issuer", c.Issuer))
			}
		}
		return ""
	}
	root := roots[0]
	id := "probe.root.own"
	switch {
	case root.Public:
		id = "probe.root.public"
	case chain[0].Subject == chain[0].Issuer && chain[0].Subject == root.Subject:
		id = "probe.root.self"
	}
	return t.Words.Text(id, message.Str("subject", cmp.Or(root.Subject, "-")), message.Str("sha1", root.SHA1))
}

// clients counts the clients and, unless the answer is to be brief, writes them in
// groups that end alike.
func (t *endpointTable) clients(p *term.Page, e *document.Endpoint, brief bool) {
	if len(e.Clients) == 0 {
		return
	}
	n := view.CountClients(e)
	t.entry(p, "clients", t.Words.Text("probe.table.clients-sum", message.Int("yes", n.Yes), message.Int("no", n.No), message.Int("open", n.Open)))
	if !brief {
		t.groups(p, e, t.result)
	}
}

// groups writes clients under what is said of them; those of which nothing is said are
// left out.
func (t *endpointTable) groups(p *term.Page, e *document.Endpoint, say func(document.EndpointClient) string) {
	var heads []string
	ids := map[string][]string{}
	for _, c := range e.Clients {
		head := say(c)
		if head == "" {
			continue
		}
		if ids[head] == nil {
			heads = append(heads, head)
		}
		ids[head] = append(ids[head], c.Client)
	}
	for _, head := range heads {
		p.Text(term.Plain, "  - ", head)
		for _, text := range byCaller(ids[head]) {
			p.Words("      ", "        ", text)
		}
	}
}

// result says how a client ends, and how it would.
func (t *endpointTable) result(c document.EndpointClient) string {
	say := func(r document.ClientResult) string {
		return t.Words.Text("probe.answer."+r.Connects.String()) + ": " + t.Words.Render(r.Why)
	}
	now := say(c.ClientResult)
	if c.After == nil {
		return now
	}
	then := say(*c.After)
	if then == now {
		then = t.Words.Text("probe.table.unchanged")
	}
	return now + " → " + then
}

// byCaller shortens a list of clients: the callers, and the systems on which it is
// exactly these.
func byCaller(ids []string) []string {
	var systems, sets []string
	callers, members := map[string][]string{}, map[string][]string{}
	for _, id := range ids {
		system, caller, _ := strings.Cut(id, "/")
		if strings.HasPrefix(id, document.RecordedClient) { // a path has slashes of its own
			system, caller = id, ""
		}
		if callers[system] == nil {
			systems = append(systems, system)
		}
		callers[system] = append(callers[system], caller)
	}
	for _, system := range systems {
		set := strings.Join(callers[system], ", ")
		if members[set] == nil {
			sets = append(sets, set)
		}
		members[set] = append(members[set], system)
	}
	var list []string
	for _, set := range sets {
		text := strings.Join(members[set], ", ")
		if set != "" {
			text = set + ": " + text
		}
		list = append(list, text)
	}
	return list
}

// findings writes each point; the likely reasons stand once below those that share
// them.
func (t *endpointTable) findings(p *term.Page, e *document.Endpoint) {
	for i, f := range e.Findings {
		if f.What.IsZero() {
			p.Text(term.Plain, "  ! ", f.Against+": "+t.Words.Render(f.Text))
			continue
		}
		p.Text(term.Plain, "  ! ", f.Against+": "+t.Words.Render(f.What))
		reasons := t.reasons(f)
		if i+1 < len(e.Findings) && len(reasons) > 0 && slices.Equal(reasons, t.reasons(e.Findings[i+1])) {
			continue
		}
		for _, reason := range reasons {
			p.Wrapped("      ", "        ", reason)
		}
	}
}

func (t *endpointTable) reasons(f document.EndpointFinding) []string {
	var list []string
	for _, reason := range f.Reasons {
		list = append(list, t.Words.Render(reason))
	}
	return list
}

package cli

import (
	"bufio"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"

	"tlsready"
	"tlsready/internal/message"
)

// endpointTable writes text for people: one line for each address where versions
// alone were asked, else a paragraph.
type endpointTable struct {
	run    *probeRun
	out    *bufio.Writer
	width  int
	flush  bool
	n      int
	judged int
}

// nameColumn is how wide the first column is: most targets with their port fit.
const nameColumn = 38

func (t *endpointTable) write(p *probed) error {
	t.n++
	if p.judgedAll(t.run.questions.SSL) && p.listed == "" {
		t.judged++
	}
	var text string
	if t.run.detailed() || t.run.flags.every {
		text = t.paragraph(p)
	} else {
		text = t.line(p)
	}
	if _, err := t.out.WriteString(text); err != nil || !t.flush {
		return err
	}
	return t.out.Flush()
}

func (t *endpointTable) finish() error {
	text := t.run.app.text("probe.table.sum", message.Int("n", t.n), message.Int("judged", t.judged))
	if _, err := t.out.WriteString("\n" + text + "\n"); err != nil {
		return err
	}
	return t.out.Flush()
}

func (t *endpointTable) asked() []tlsready.Version {
	if t.run.questions.SSL {
		return tlsready.Versions()
	}
	return tlsready.Versions()[2:]
}

// line is one address in one line, under a head that names the versions.
func (t *endpointTable) line(p *probed) string {
	w := t.run.app.Words
	var b strings.Builder
	if t.n == 1 {
		b.WriteString(fill(w.Text("probe.table.target"), nameColumn))
		for _, v := range t.asked() {
			b.WriteString("  " + fill(v.String(), len("TLS 1.2")))
		}
		b.WriteString("\n")
	}
	b.WriteString(fill(safeText(endpointName(p)), nameColumn))
	if text := p.errorText(w); text != "" && p.result.Versions == nil {
		b.WriteString("  " + safeText(text) + "\n")
		return b.String()
	}
	for _, v := range t.asked() {
		b.WriteString("  " + t.colour(p.result.Versions[v], fill(w.Text("probe.answer."+p.result.Versions[v].String()), len("TLS 1.2"))))
	}
	if text := p.errorText(w); text != "" {
		b.WriteString("  " + safeText(text))
	}
	return strings.TrimRight(b.String(), " ") + "\n" + t.findings(p)
}

// endpointName is the target, with its address where that says more.
func endpointName(p *probed) string {
	if a := p.result.Target.Address; a.IsValid() && a.String() != p.target {
		return p.target + " (" + a.Addr().String() + ")"
	}
	return p.target
}

// paragraph is everything about one address.
func (t *endpointTable) paragraph(p *probed) string {
	w, r := t.run.app.Words, &p.result
	h := &helpText{width: t.width}
	if t.n > 1 {
		h.line("")
	}
	h.line(safeText(endpointName(p)))
	if text := p.errorText(w); text != "" {
		h.wrapped("  ", "  ", safeText(text))
	}
	if len(r.Versions) == 0 {
		return h.String()
	}
	var versions []string
	for _, v := range t.asked() {
		versions = append(versions, v.String()+" "+w.Text("probe.answer."+r.Versions[v].String()))
	}
	t.entry(h, "versions", strings.Join(versions, "   "))
	for _, v := range tlsready.Versions() {
		if r.Complete[v] {
			order := ""
			if r.OwnOrder[v] == tlsready.Yes {
				order = " " + w.Text("probe.table.own-order")
			}
			t.entry(h, "suites", v.String()+order+": "+strings.Join(texts(r.Suites[v]), ", "))
		}
	}
	if len(r.Groups) > 0 {
		t.entry(h, "groups", strings.Join(texts(r.Groups), ", "))
	}
	t.details(h, p)
	t.clients(h, p)
	return h.String() + t.findings(p)
}

func (t *endpointTable) entry(h *helpText, id, text string) {
	first := "  " + fill(t.run.app.text("probe.table."+id), 12) + "  "
	h.wrapped(first, strings.Repeat(" ", uniseg.StringWidth(first)), safeText(text))
}

func (t *endpointTable) details(h *helpText, p *probed) {
	w, r := t.run.app.Words, &p.result
	for i, chain := range r.Chains {
		c := chain[0]
		if c.Err != nil {
			t.entry(h, "certificate", c.Err.Error())
			continue
		}
		t.entry(h, "certificate", w.Text("probe.table.certificate-line", message.Str("subject", c.Subject), message.Str("issuer", c.Issuer),
			message.Str("key", fmt.Sprintf("%s %d", strings.ToUpper(c.KeyType), c.KeyBits)), message.Str("signature", c.Signature.String()),
			message.Str("until", c.NotAfter.UTC().Format("2006-01-02"))))
		if i < len(p.ends) {
			if text := rootWords(w, p.ends[i]); text != "" {
				t.entry(h, "root", text)
			}
		}
	}
	if r.DHBits > 0 {
		t.entry(h, "dh", fmt.Sprint(r.DHBits))
	}
	if r.ClientCertificate == tlsready.Yes {
		t.entry(h, "client-certificate", w.Text("probe.table.asked"))
	}
	if n := r.WithoutServerName; n.Asked {
		t.entry(h, "nameless", n.Answer)
	}
}

// clients writes the clients in groups that end alike.
func (t *endpointTable) clients(h *helpText, p *probed) {
	if len(p.clients) == 0 {
		return
	}
	app := t.run.app
	yes, no, open, cut := countClients(p.clients)
	t.entry(h, "clients", app.text("probe.table.clients-sum", message.Int("yes", yes), message.Int("no", no), message.Int("open", open)))
	if t.run.rules != nil {
		t.entry(h, "accepting", app.text("probe.table.cut-off", message.Int("n", cut)))
	}
	type group struct {
		head string
		ids  []string
	}
	var groups []group
	at := map[string]int{}
	for _, c := range p.clients {
		head := app.text("probe.answer."+c.answer.String()) + ": " + c.words(app.Words)
		if c.after != nil {
			then := app.text("probe.answer."+c.after.answer.String()) + ": " + c.after.words(app.Words)
			if then == head {
				then = app.text("probe.table.unchanged")
			}
			head += " → " + then
		}
		i, ok := at[head]
		if !ok {
			i = len(groups)
			at[head] = i
			groups = append(groups, group{head: head})
		}
		groups[i].ids = append(groups[i].ids, c.id)
	}
	for _, g := range groups {
		h.wrapped("  - ", "    ", safeText(g.head))
		for _, text := range byCaller(g.ids) {
			t.list(h, safeText(text))
		}
	}
}

// byCaller shortens a list of clients: the callers, and the systems on which it is
// exactly these.
func byCaller(ids []string) []string {
	var systems, sets []string
	callers, members := map[string][]string{}, map[string][]string{}
	for _, id := range ids {
		system, caller, _ := strings.Cut(id, "/")
		if strings.HasPrefix(id, helloPrefix) { // a path has slashes of its own
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

// list writes words that are only broken at spaces: ids stay whole.
func (t *endpointTable) list(h *helpText, text string) {
	const first, rest = "      ", "        "
	line, indent := "", first
	for word := range strings.FieldsSeq(text) {
		if line != "" && uniseg.StringWidth(indent+line)+1+uniseg.StringWidth(word) > t.width {
			h.line(indent + line)
			line, indent = "", rest
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	h.line(indent + line)
}

// findings writes each point; the likely reasons stand once below those that share
// them.
func (t *endpointTable) findings(p *probed) string {
	w, h := t.run.app.Words, &helpText{width: t.width}
	for i, f := range p.findings {
		if f.what == nil {
			h.wrapped("  ! ", "    ", safeText(f.against+": "+f.why(w)))
			continue
		}
		h.wrapped("  ! ", "    ", safeText(f.against+": "+f.what(w)))
		reasons := f.reasons(w)
		if i+1 < len(p.findings) && p.findings[i+1].what != nil && slices.Equal(reasons, p.findings[i+1].reasons(w)) {
			continue
		}
		for _, reason := range reasons {
			h.wrapped("      ", "        ", safeText(reason))
		}
	}
	return h.String()
}

func (t *endpointTable) colour(a tlsready.Answer, text string) string {
	if !t.run.app.Color || !t.flush {
		return text
	}
	switch a {
	case tlsready.Yes:
		return "\x1b[32m" + text + "\x1b[0m"
	case tlsready.No:
		return "\x1b[31m" + text + "\x1b[0m"
	}
	return "\x1b[33m" + text + "\x1b[0m"
}

func fill(s string, columns int) string {
	return s + strings.Repeat(" ", max(0, columns-uniseg.StringWidth(s)))
}

// safeText makes text from a server safe for a terminal: what could hide or forge
// lines becomes U+FFFD.
func safeText(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x2028 || r == 0x2029 {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

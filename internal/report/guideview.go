package report

import (
	"cmp"
	"net"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/regexe"
	"tlsready/internal/report/view"
	"tlsready/internal/starttls"
	"tlsready/internal/term"
)

// guideView is the announcement page in the words of one language, for every format.
type guideView struct {
	Lang, Title string
	Lead        []string // when, how certain, brownouts, whom to ask
	Note        string
	Heads       []string // of the columns of what to do
	Rows        []guideRow
	Faults      []guideFault
	Test        guideTest
	Steps, Old  []guideStep
	Proof, Undo []guideBlock
	Sources     []guideSource
}

// guideRow is a line of the table: systems, and what they have to do.
type guideRow struct {
	Systems string
	Marks   []string // one a column; one of them is set
	Step    int      // 0: none
}

// What a system has to do, as columns of the table.
const (
	doNothing = iota
	doRegistry
	doUpdate
	doUpgrade
	doColumns
)

// guideFault is what users see of a stack that cannot connect.
type guideFault struct {
	Stack string
	Texts []string
}

// guideTest is how to see the fault, and that it is gone.
type guideTest struct {
	Intro, Commands       string
	SessionIntro, Session string
	Heads                 []string
	Rows                  [][]string
}

// guideStep is what systems that need the same have to do.
type guideStep struct {
	N       int
	Systems string
	Lines   []string // first the updates, and what the vendor says of the step
	Heads   []string // value, the vendor's recipe, enough; nil if one list says it all
	Values  []guideValue
	Blocks  []guideBlock
	Fewest  guideBlock // folded; empty if the recipe is the fewest
	After   string
	Upgrade bool
}

// guideValue is a registry value and the lists that hold it.
type guideValue struct {
	Text           string
	Vendor, Fewest bool
}

// guideBlock is text with commands below it, and what has to be done by hand.
type guideBlock struct {
	Text, Commands string
	ByHand         []string
}

type guideSource struct{ URL, Says string }

// guideBuilder phrases a guide.
type guideBuilder struct {
	g     *document.Guide
	words view.Words
	v     guideView
}

func newGuideView(g *document.Guide, words *message.Catalog) *guideView {
	b := &guideBuilder{g: g, words: view.Words{Catalog: words}}
	b.v.Lang = words.Lang()
	b.lead()
	order := readingOrder(g.Groups)
	b.table(order)
	b.faults()
	b.test()
	for i, group := range order {
		step := b.step(i+1, group)
		if group.Old {
			b.v.Old = append(b.v.Old, step)
		} else {
			b.v.Steps = append(b.v.Steps, step)
		}
	}
	b.proof()
	b.undo()
	for _, c := range g.Service.Citations {
		b.v.Sources = append(b.v.Sources, guideSource{c.URL, cmp.Or(c.SaysIn[b.v.Lang], c.Says)})
	}
	return &b.v
}

// readingOrder puts the newest systems first, which most readers have, and those that
// nobody supports any more last.
func readingOrder(groups []document.GuideGroup) []*document.GuideGroup {
	order := make([]*document.GuideGroup, 0, len(groups))
	for _, old := range []bool{false, true} {
		for i := len(groups) - 1; i >= 0; i-- {
			if groups[i].Old == old {
				order = append(order, &groups[i])
			}
		}
	}
	return order
}

func (b *guideBuilder) t(id string, args ...message.Arg) string {
	return b.words.Text("guide."+id, args...)
}

func (b *guideBuilder) versions() string {
	if b.g.Service.Accepts == nil {
		return ""
	}
	var names []string
	for _, v := range b.g.Service.Accepts.Versions.List() {
		names = append(names, v.String())
	}
	return strings.Join(names, b.t("comma"))
}

// lead says when, how certain that is, and whom to ask.
func (b *guideBuilder) lead() {
	s := &b.g.Service
	name, versions := message.Str("name", b.words.ServiceName(s)), message.Str("versions", b.versions())
	title, when, date := "title", "when", message.Str("date", s.From)
	if s.DaysLeft == nil || *s.DaysLeft < 0 {
		title, when = "title-now", "since"
	}
	b.v.Title = b.t(title, name, versions)
	if s.DaysLeft == nil { // it has a single phase
		b.v.Lead = append(b.v.Lead, b.t("always", name, versions))
	} else if s.Timezone == "" {
		b.v.Lead = append(b.v.Lead, b.t(when, name, date, versions))
	} else {
		zone := message.Str("zone", b.words.Or("zone."+s.Timezone, s.Timezone))
		b.v.Lead = append(b.v.Lead, b.t(when+"-zone", name, date, zone, versions))
	}
	if certainty := b.words.Certainty(s); certainty != "" {
		b.v.Lead = append(b.v.Lead, b.t("status", message.Str("status", certainty)))
	}
	if len(b.g.Brownouts) > 0 {
		var days []string
		for _, one := range b.g.Brownouts {
			days = append(days, strings.TrimSpace(one.On+" "+one.Hours))
		}
		b.v.Lead = append(b.v.Lead, b.t("brownouts", message.Str("days", strings.Join(days, b.t("comma")))))
	}
	if contact := cmp.Or(b.g.Contact[b.v.Lang], b.g.Contact["en"]); contact != "" {
		b.v.Lead = append(b.v.Lead, b.t("contact", message.Str("contact", contact)))
	}
	b.v.Note = b.words.ServiceNote(s)
}

// table says in one line a group of systems what they have to do.
func (b *guideBuilder) table(order []*document.GuideGroup) {
	for _, id := range []string{"systems", "do.nothing", "do.registry", "do.update", "do.upgrade"} {
		b.v.Heads = append(b.v.Heads, b.t(id))
	}
	row := func(systems []string, do, step int) {
		marks := make([]string, doColumns)
		marks[do] = "●"
		b.v.Rows = append(b.v.Rows, guideRow{b.names(systems), marks, step})
	}
	if len(b.g.Unaffected) > 0 {
		row(b.g.Unaffected, doNothing, 0)
	}
	for i, g := range order {
		do := doRegistry
		switch {
		case g.Upgrade:
			do = doUpgrade
		case len(g.Updates) > 0 || g.Framework != "":
			do = doUpdate
		}
		row(g.Systems, do, i+1)
	}
}

// names lists systems, a run of releases by its ends.
func (b *guideBuilder) names(list []string) string {
	all := slices.Concat(b.g.Affected, b.g.Unaffected)
	var parts []string
	for _, family := range []string{"Windows Server ", "Windows 10 ", "Windows 11 "} {
		in := func(names []string) (rest []string) {
			for _, name := range names {
				if release, ok := strings.CutPrefix(name, family); ok {
					rest = append(rest, release)
				}
			}
			return rest
		}
		if short := runs(in(list), in(all), b.t("range")); len(short) > 0 {
			parts = append(parts, family+strings.Join(short, b.t("comma")))
		}
	}
	var others []string
	for _, name := range list {
		if !strings.HasPrefix(name, "Windows Server ") && !strings.HasPrefix(name, "Windows 10 ") && !strings.HasPrefix(name, "Windows 11 ") {
			others = append(others, strings.TrimPrefix(name, "Windows "))
		}
	}
	if len(others) > 0 {
		parts = append([]string{"Windows " + strings.Join(others, b.t("comma"))}, parts...)
	}
	return strings.Join(parts, b.t("group.comma"))
}

// runs shortens three and more neighbours of all to the first and the last.
func runs(list, all []string, between string) []string {
	var short []string
	for i := 0; i < len(list); {
		end := i
		for at := slices.Index(all, list[i]); end+1 < len(list) && at+end-i+1 < len(all) && all[at+end-i+1] == list[end+1]; {
			end++
		}
		if end-i >= 2 {
			short = append(short, list[i]+between+list[end])
		} else {
			short = append(short, list[i:end+1]...)
		}
		i = end + 1
	}
	return short
}

// faults are the error texts of the stacks that the service's programs use.
func (b *guideBuilder) faults() {
	for _, kind := range b.g.Stacks {
		id := "guide.fault." + kind
		if !b.words.Has(id) {
			continue
		}
		b.v.Faults = append(b.v.Faults, guideFault{b.t("stack." + kind), strings.Split(b.words.Text(id), "\n")})
	}
}

// test shows the fault in PowerShell, before the fix and after it.
func (b *guideBuilder) test() {
	target := b.target()
	if target == "" {
		return
	}
	name, port, _ := net.SplitHostPort(target)
	if port != "443" {
		b.v.Test = guideTest{Intro: b.t("test.probe"), Commands: "tlsready probe " + target + startTLS(port) + " --as all-windows"}
		return
	}
	id := "test.intro"
	if b.g.TestEndpoint != "" {
		id = "test.intro-own"
	}
	b.v.Test = guideTest{
		Intro: b.t(id, message.Str("endpoint", target)), Commands: "Invoke-WebRequest https://" + name + "/ -UseBasicParsing",
		SessionIntro: b.t("test.session"), Session: "[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12",
		Heads: []string{"", b.t("test.before"), b.t("test.after")},
		Rows: [][]string{
			{b.t("test.plain"), b.t("test.fails"), b.t("test.answers")},
			{b.t("test.in-session"), b.t("test.answers"), b.t("test.answers")},
			{b.t("test.program"), b.t("test.program-fails"), b.t("test.program-works")},
		},
	}
}

// submission is the port of mail clients (RFC 6409), where TLS begins as on port 25.
const submission = "587"

// startTLS is the flag for a port on which TLS begins with a dialogue; "" for others.
func startTLS(port string) string {
	for _, protocol := range starttls.Protocols() {
		if strconv.Itoa(starttls.DefaultPort(protocol)) == port || protocol == "smtp" && port == submission {
			return " --starttls " + protocol
		}
	}
	return ""
}

// target is an endpoint that a test can name: the owner's own, else the first without a
// wildcard.
func (b *guideBuilder) target() string {
	if b.g.TestEndpoint != "" {
		return b.g.TestEndpoint
	}
	for _, e := range b.g.Endpoints {
		if !strings.Contains(e, "*") {
			return e
		}
	}
	return ""
}

// step is what one group has to do.
func (b *guideBuilder) step(n int, g *document.GuideGroup) guideStep {
	s := guideStep{N: n, Systems: b.names(g.Systems), Upgrade: g.Upgrade}
	if g.Upgrade {
		s.Lines = []string{b.t("upgrade")}
		return s
	}
	if g.Framework != "" {
		s.Lines = append(s.Lines, b.t("framework", message.Str("version", g.Framework)))
	}
	if len(g.Updates) > 0 {
		s.Lines = append(s.Lines, b.t("updates", message.Str("list", strings.Join(g.Updates, b.t("comma")))))
	}
	s.Lines = append(s.Lines, g.Notes...)
	b.values(&s, g)
	s.Blocks = []guideBlock{b.block("commands", settings(g.Settings))}
	if g.Documented && len(g.Fewest) > 0 && len(g.Fewest) < len(g.Settings) {
		s.Fewest = b.block("fewest", settings(g.Fewest))
	}
	s.After = b.after(g)
	return s
}

// values sets the vendor's recipe and the fewest values side by side.
func (b *guideBuilder) values(s *guideStep, g *document.GuideGroup) {
	if !g.Documented || len(g.Fewest) == 0 {
		return
	}
	key := func(v view.Setting) string { return strings.ToLower(v.Key + "\x00" + v.Name) }
	at := map[string]int{}
	add := func(list []document.Change, mark func(*guideValue)) {
		for _, one := range view.ChangeSettings(list) {
			i, known := at[key(one)]
			if !known {
				i = len(s.Values)
				at[key(one)] = i
				one.Before, one.Absent, one.Owner, one.Policy = "", false, "", ""
				s.Values = append(s.Values, guideValue{Text: term.Safe(b.words.Change(one))})
			}
			mark(&s.Values[i])
		}
	}
	add(g.Settings, func(v *guideValue) { v.Vendor = true })
	add(g.Fewest, func(v *guideValue) { v.Fewest = true })
	s.Heads = []string{b.t("value"), b.t("vendor"), b.t("enough")}
}

// after says what to restart, and what still lacks.
func (b *guideBuilder) after(g *document.GuideGroup) string {
	restart := message.Str("restart", b.t("restart", message.Str("what", b.words.Text("restart."+g.Restart))))
	if len(g.Lacks) == 0 {
		return b.t("after", restart, message.Str("then", b.t("verdict", message.Str("verdict", b.words.Text("verdict."+g.Verdict)))))
	}
	var lacks []string
	for _, l := range g.Lacks {
		lacks = append(lacks, b.t("lacks", message.Str("stack", l.Stack), message.Str("cause", b.words.Text("cause."+l.Cause))))
	}
	return b.t("after", restart, message.Str("then", b.t("lacking", message.Str("list", strings.Join(lacks, b.t("group.comma"))))))
}

// block is text with the commands of changes. One that no prompt takes unchanged is
// described instead.
func (b *guideBuilder) block(id string, list []host.Change) guideBlock {
	block := guideBlock{Text: b.t(id, message.Int("n", len(list)))}
	var lines []string
	for _, c := range list {
		if line, ok := view.Console(c, regexe.View64); ok {
			lines = append(lines, line)
			continue
		}
		key, name := message.Str("key", term.Safe(c.Key)), message.Str("name", term.Safe(c.Name))
		if c.Delete {
			block.ByHand = append(block.ByHand, b.t("by-hand-delete", key, name))
		} else {
			block.ByHand = append(block.ByHand, b.t("by-hand", key, name, message.Str("value", term.Safe(c.Data.Display()))))
		}
	}
	block.Commands = strings.Join(lines, "\n")
	return block
}

// proof says how the settings of a machine are judged and how it is verified.
func (b *guideBuilder) proof() {
	id := b.g.Service.ID
	b.v.Proof = []guideBlock{
		{Text: b.t("test-collect"), Commands: "tlsready collector cmd -o collect.cmd\ncollect.cmd\ntlsready check %COMPUTERNAME%.tlsready.txt --service " + id},
		{Text: b.t("test-verify"), Commands: "tlsready fix %COMPUTERNAME%.tlsready.txt --service " + id + " --as ps1 --dir fixes"},
	}
	if w := cmp.Or(b.g.Workaround[b.v.Lang], b.g.Workaround["en"]); w != "" {
		b.v.Proof = append(b.v.Proof, guideBlock{Text: w})
	}
}

// undo deletes what was not there before.
func (b *guideBuilder) undo() {
	var all []host.Change
	for _, g := range b.g.Groups {
		for _, c := range slices.Concat(g.Settings, g.Fewest) {
			if !slices.ContainsFunc(all, func(d host.Change) bool { return d.Key == c.Key && d.Name == c.Name }) {
				all = append(all, host.Change{Key: c.Key, Name: c.Name, Delete: true})
			}
		}
	}
	if len(all) > 0 {
		b.v.Undo = []guideBlock{b.block("undo-how", all)}
	}
}

// settings are the changes of the page as the model has them.
func settings(list []document.Change) []host.Change {
	out := make([]host.Change, len(list))
	for i := range list {
		out[i] = list[i].Registry()
	}
	return out
}

package digest

import (
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
)

// Words phrases a digest in one language, for every format that people read.
type Words struct{ view.Words }

// NewWords reads the words of a language.
func NewWords(lang string) Words { return Words{view.NewWords(lang)} }

// D is the text "digest.<id>".
func (w Words) D(id string, args ...message.Arg) string { return w.Text("digest."+id, args...) }

// Sentences puts sentences one after the other, as the language does.
func (w Words) Sentences(list ...string) string {
	var kept []string
	for _, s := range list {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, w.Space())
}

// semicolons puts parts of a sentence one after the other.
func (w Words) semicolons(list []string) string {
	return strings.Join(list, w.D("semicolon")+w.Space())
}

// Dots lists short things, such as counts.
func (w Words) Dots(list []string) string {
	return strings.Join(list, w.Space()+w.D("dot")+w.Space())
}

// Service says in one line what a service takes from when on, and how far that is.
func (w Words) Service(s *document.Service, several bool) string {
	name := message.Str("name", w.ServiceName(s))
	if several && s.ID != w.ServiceName(s) {
		name = message.Str("name", s.ID+" ("+w.ServiceName(s)+")")
	}
	what := message.Str("what", w.Acceptance(s.Accepts))
	if !view.Dated(s) { // a yardstick's day says nothing
		return w.D("service.plain", name, what)
	}
	when := w.Day(s)
	if s.DaysLeft != nil && *s.DaysLeft < 0 {
		return w.D("service.since", name, what, message.Str("when", when))
	}
	return w.D("service.from", name, what, message.Str("when", when), message.Str("days", w.Days(s)))
}

// Day is the day of a service, with its time zone and how sure it is.
func (w Words) Day(s *document.Service) string {
	var beside []string
	if s.Timezone != "" {
		beside = append(beside, w.Or("zone."+s.Timezone, s.Timezone))
	}
	if status := w.Status(s); status != "" && !(s.Status == "announced" && s.DaysLeft != nil && *s.DaysLeft < 0) { // that stands in the headline
		beside = append(beside, status)
	}
	if moved := w.Moved(s); moved != "" {
		beside = append(beside, moved)
	}
	if len(beside) == 0 {
		return s.From
	}
	return w.T("date.zone", message.Str("date", s.From), message.Str("zone", w.List(beside)))
}

// About says in one line what the date rests on, and where to read more, or "" if the
// service is not a profile. The command is the one as typed.
func (w Words) About(s *document.Service, command string) string {
	note := firstSentence(w.ServiceNote(s))
	switch {
	case len(s.Citations) == 0:
		return note
	case note == "":
		note = w.D("about.sources")
	}
	return w.D("about", message.Str("note", strings.TrimRight(note, ".。")), message.Str("command", Keep("tlsready services show "+view.ServiceNamed(command, s.ID))))
}

// firstSentence is a note up to the end of its first sentence.
func firstSentence(note string) string {
	for i, r := range note {
		switch {
		case r == '。':
			return note[:i+len("。")]
		case r == '.' && strings.HasPrefix(note[i+1:], " ") && !strings.HasSuffix(note[:i], "e.g"):
			return note[:i+1]
		}
	}
	return note
}

// Headline is the sentence that decides.
func (w Words) Headline(d *Digest) string {
	s := d.Summary
	all, n := message.Int("all", s.Hosts), func(n int) message.Arg { return message.Int("n", n) }
	switch {
	case s.Hosts == 0:
		return w.D("head.none")
	case s.Hosts == 1:
		return w.one(d)
	case s.Fails > 0:
		return w.failing(d)
	case d.Later > 0:
		return w.D("head.later", n(d.Later), message.Str("on", d.Head.On), all)
	case s.Unreadable == s.Hosts:
		return w.D("head.unreadable", all)
	case s.Unknown > 0 && d.Exposed.N > 0 && s.Connects == 0:
		return w.D("head.possible", n(d.Exposed.N), all)
	case s.Unknown > 0 && d.Exposed.N > 0:
		return w.D("head.possible-some", n(d.Exposed.N), all)
	case s.Unknown > 0 || s.Unreadable > 0:
		return w.D("head.unknown", n(s.Unknown+s.Unreadable), all)
	case s.Connects == 0:
		return w.D("head.not-installed", all)
	case s.Connects == s.Hosts:
		return w.D("head.connect", all)
	}
	return w.D("head.connect-some", n(s.Connects), all)
}

// one is the sentence about a host that stands alone.
func (w Words) one(d *Digest) string {
	s, host := d.Summary, message.Str("host", d.Only)
	switch {
	case s.Fails > 0 && d.Past == 0:
		return w.oneFailing(d, w.D("one.will", host, message.Str("on", d.Head.On)))
	case s.Fails > 0 && w.dated(d):
		text := w.D("one.since", host, message.Str("since", d.Since))
		if w.announced(d) {
			text += " " + w.D("head.announced")
		}
		return w.oneFailing(d, text)
	case s.Fails > 0:
		return w.oneFailing(d, w.D("one.cannot", host))
	case s.Unknown > 0 && d.Exposed.N > 0:
		return w.D("one.possible", host)
	case s.Unknown > 0:
		return w.D("one.unknown", host)
	case s.Unreadable > 0:
		return w.D("one.unreadable", host)
	case s.NotInstalled > 0:
		return w.D("one.not-installed", host)
	case d.Later > 0:
		return w.D("one.later", host)
	}
	return w.D("one.connects", host)
}

func (w Words) oneFailing(d *Digest, head string) string {
	for way := range d.Ways {
		return w.D("head.ways", message.Str("head", head), message.Str("ways", w.D("one.way."+string(way))))
	}
	return head
}

func (w Words) failing(d *Digest) string {
	s := d.Summary
	args := []message.Arg{message.Int("n", s.Fails), message.Int("all", s.Hosts), message.Str("on", d.Head.On), message.Int("past", d.Past), message.Int("future", s.Fails-d.Past)}
	id := "head.will"
	switch {
	case d.Past == 0:
	case d.Past < s.Fails:
		id = "head.both"
	case !w.dated(d):
		id = "head.cannot"
	default:
		id = "head.since"
		args = append(args, message.Str("since", d.Since))
	}
	text := w.D(id, args...)
	if all := "digest." + id + ".all"; s.Fails == s.Hosts && w.Has(all) {
		text = w.Text(all, args...)
	}
	if id == "head.since" && w.announced(d) {
		text += " " + w.D("head.announced")
	}
	if ways := w.ways(d); ways != "" {
		text = w.D("head.ways", message.Str("head", text), message.Str("ways", ways))
	}
	return text
}

// dated says whether all that fail fail since the day of a service that has one.
func (w Words) dated(d *Digest) bool {
	return slices.ContainsFunc(d.Head.Services, func(s document.Service) bool { return s.From == d.Since && view.Dated(&s) })
}

// announced says whether a date that has passed is one that nobody has seen enforced.
func (w Words) announced(d *Digest) bool {
	return slices.ContainsFunc(d.Head.Services, func(s document.Service) bool {
		return s.From == d.Since && s.Status != "enforced" && s.Status != ""
	})
}

// ways says what helps how many of the failing hosts.
func (w Words) ways(d *Digest) string {
	var list []string
	for _, way := range Ways() {
		if n := d.Ways[way]; n > 0 {
			id := "way." + string(way)
			if len(list) > 0 && w.Has("digest."+id+".more") {
				id += ".more"
			}
			list = append(list, w.D(id, message.Int("n", n)))
		}
	}
	return w.List(list)
}

// Totals counts the hosts that the headline does not.
func (w Words) Totals(d *Digest) string {
	s := d.Summary
	var parts []string
	for _, one := range []struct {
		id string
		n  int
	}{
		{"total.connects", s.Connects}, {"total.unknown", s.Unknown}, {"total.notInstalled", s.NotInstalled}, {"total.unreadable", s.Unreadable}, {"total.starred", d.Starred},
	} {
		if one.n > 0 {
			parts = append(parts, w.D(one.id, message.Int("n", one.n)))
		}
	}
	if s.Fails == 0 && len(parts) == 1 && d.Starred == 0 {
		return "" // the headline has it
	}
	return w.Dots(parts)
}

// Mark is the word that a block begins with.
func (w Words) Mark(b *Block) string { return w.D("mark." + b.Verdict) }

// Number is how many hosts a block has, as its head shows it.
func (w Words) Number(n int) string { return w.D("number", message.Str("n", strconv.Itoa(n))) }

// RestartOf says what has to be restarted, or "" if nothing has to.
func (w Words) RestartOf(b *Block) string {
	if b.Verdict != document.Fails || b.Restart == "" || b.Restart == "none" {
		return ""
	}
	return w.D("restart", message.Str("what", w.Code("restart", b.Restart)))
}

// Why says why the hosts of a failing block fail.
func (w Words) Why(b *Block, d *Digest) string {
	text := w.cause(b)
	who := b.Programs
	if len(who) == 0 && len(d.Callers) > 1 && b.Callers != "" {
		who = strings.Fields(b.Callers)
	}
	if len(who) > 0 {
		text = w.D("why.who", message.Str("who", w.Some(who, 3)), message.Str("why", text))
	}
	return text
}

// maxWhy is how many causes of its own a block names.
const maxWhy = 2

func (w Words) cause(b *Block) string {
	var list []string
	for _, rule := range strings.Split(b.Why, ";") {
		id, version, _ := strings.Cut(rule, " ")
		if text := "digest.why." + id; id != "" && w.Has(text) && len(list) < maxWhy {
			list = append(list, w.Text(text, message.Str("version", version)))
		}
	}
	if len(list) > 0 {
		return w.Sentences(list...)
	}
	stacks := w.families(strings.Fields(b.Stacks))
	args := []message.Arg{message.Str("stacks", w.and(stacks)), message.Int("n", len(stacks)), message.Str("version", b.Most), message.Str("cause", w.Code("cause", b.Cause))}
	switch {
	case b.Most != "" && len(stacks) > 0:
		return w.D("why.most", args...)
	case len(stacks) > 0 && b.Cause != "program":
		return w.D("why.of", args...)
	}
	return w.D("why.plain", args...)
}

// families names kinds of stacks as their vendor does.
func (w Words) families(list []string) []string {
	var names []string
	for _, id := range list {
		base, named := strings.CutSuffix(id, ":named")
		name := view.StackName(base)
		if named {
			name = w.D("family.named", message.Str("name", name))
		}
		names = once(names, name)
	}
	return names
}

// and lists words, the last with "and".
func (w Words) and(list []string) string {
	if len(list) < 2 {
		return w.List(list)
	}
	return w.D("and", message.Str("list", w.List(list[:len(list)-1])), message.Str("last", list[len(list)-1]))
}

// Beside says what else there is to know of a failing block: that a policy writes the
// values again, what the fix does to other programs, that the vendor's recipe is not
// enough.
func (w Words) Beside(b *Block) []string {
	var list []string
	if n := b.Uncured.N; n > 0 {
		id := "uncured"
		if n < b.Hosts.N {
			id = "uncured-some"
		}
		list = append(list, w.D(id, message.Str("hosts", w.few(b, b.Uncured))))
	}
	lost := map[string][]string{}
	var order []string
	for _, l := range b.Lost {
		order = once(order, l.Kind)
		lost[l.Kind] = once(lost[l.Kind], l.ID)
	}
	if len(order) > 2 {
		all, versions := []string{}, []string{}
		for _, l := range b.Lost {
			all = once(all, l.ID)
			for v := range strings.SplitSeq(versionList(l.Kind), ", ") {
				versions = once(versions, v)
			}
		}
		slices.Sort(versions)
		order, lost = []string{strings.Join(versions, " ")}, map[string][]string{strings.Join(versions, " "): all}
	}
	var effects []string
	for _, versions := range order {
		effects = append(effects, w.D("lost", message.Str("stacks", w.and(w.families(lost[versions]))), message.Str("versions", versionList(versions))))
	}
	if len(effects) > 0 {
		list = append(list, w.D("side", message.Str("effects", w.semicolons(effects))))
	}
	if len(b.Broken) > 0 {
		list = append(list, w.D("broken", message.Str("callers", w.and(b.Broken))))
	}
	return append(list, w.notes(b)...)
}

// versionList writes "TLS 1.0 TLS 1.1" with commas.
func versionList(s string) string { return strings.ReplaceAll(s, " TLS", ", TLS") }

// maxNotes is how many warnings a block tells; the details have them all.
const maxNotes = 2

// notes are the near misses and the warnings of a block.
func (w Words) notes(b *Block) []string {
	var list []string
	for i, n := range b.Near {
		if i == maxNotes {
			list = append(list, w.D("near.more", message.Int("n", len(b.Near)-i)))
			break
		}
		list = append(list, w.onHosts(b, w.nearText(n), n.Hosts))
	}
	told := 0
	for _, n := range b.Notes {
		if b.Verdict == document.Connects && short(n.Kind) {
			continue // beside its host
		}
		if b.Verdict != document.Connects && noMatter(n.Kind) || n.Kind == "fix-needs-facts" && b.Way == ByFacts {
			continue
		}
		if told++; told > maxNotes {
			list = append(list, w.D("notes.more"))
			break
		}
		text := n.Text
		if w.Has("digest.note." + n.Kind) {
			text = w.D("note." + n.Kind)
		}
		if n.Kind == comesBack {
			text = w.D("gpo", message.Str("gpo", n.ID))
		}
		list = append(list, w.onHosts(b, text, n.Hosts))
	}
	return list
}

// noMatter are the warnings that make no difference to what is to be done about a host
// that fails or is not judged.
func noMatter(code string) bool {
	switch code {
	case "root-not-asked", "target-unpublished", "intermediate-missing", "dotnet-update-assumed":
		return true
	}
	return false
}

func (w Words) nearText(n *Near) string {
	args := []message.Arg{message.Str("name", n.Name), message.Str("meant", n.Meant.Name)}
	if id := "digest.near." + n.Slip; w.Has(id) {
		return w.Text(id, args...)
	}
	return n.Text
}

// onHosts adds the hosts that a text is about, unless it is about all.
func (w Words) onHosts(b *Block, text string, hosts Names) string {
	if hosts.N >= b.Hosts.N {
		return text
	}
	return w.D("on", message.Str("text", strings.TrimRight(text, ".。")), message.Str("hosts", w.few(b, hosts)))
}

// Open says what is missing on a block that could not be judged, or what nobody knows.
func (w Words) Open(b *Block) string {
	if rule, ok := strings.CutPrefix(b.Why, "rule "); ok {
		if w.Has("digest.open." + rule) {
			return w.D("open." + rule)
		}
		return b.Text
	}
	if b.Why == "" {
		return w.Code("cause", b.Cause)
	}
	var list []string
	for kind := range strings.SplitSeq(b.Why, ";") {
		list = append(list, w.D("missing."+kind))
	}
	text := w.D("missing", message.Str("what", w.and(list)))
	if len(b.Missing) > 0 && len(b.Missing) <= 4 {
		var names []string
		for _, m := range b.Missing {
			names = append(names, w.Or("digest.area."+m, m))
		}
		text = w.D("missing.named", message.Str("text", text), message.Str("names", w.List(names)))
	}
	return text
}

// Settled says whether the facts that the collector gathers settle a block: one that is
// not judged, or one whose fix depends on them.
func Settled(b *Block) bool {
	if b.Verdict == document.Fails {
		return b.Way == ByFacts
	}
	return b.Why != "" && !strings.HasPrefix(b.Why, "rule ")
}

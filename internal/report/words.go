package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
)

// words phrases parts of a document in one language, for table and html alike.
type words struct {
	*message.Catalog
}

func newWords(lang string) words { return words{message.For(lang)} }

// t is the text "report.<id>".
func (w words) t(id string, args ...message.Arg) string { return w.Text("report."+id, args...) }

// code is the word for a code of the contract, such as "cause.group"; a code
// that has no word stands for itself.
func (w words) code(space, code string) string { return w.Or(space+"."+code, code) }

// list joins words with the language's comma.
func (w words) list(items []string) string { return strings.Join(items, w.t("comma")+w.space()) }

// space stands between words: Japanese punctuation brings its own.
func (w words) space() string {
	if w.Lang() == "ja" {
		return ""
	}
	return " "
}

// serviceName is the profile's name in the language, else in English, else its id.
func (w words) serviceName(s *document.Service) string {
	for _, lang := range []string{w.Lang(), "en"} {
		if name := s.Name[lang]; name != "" {
			return name
		}
	}
	return s.ID
}

// serviceNote is the profile's own remark, or "".
func (w words) serviceNote(s *document.Service) string {
	if note := s.Note[w.Lang()]; note != "" {
		return note
	}
	return s.Note["en"]
}

// from says since when or from when a service takes what.
func (w words) from(s *document.Service) string {
	what := w.acceptance(s.Accepts)
	if s.From == "" {
		return w.t("service.accepts", message.Str("what", what))
	}
	when := s.From
	if s.Timezone != "" {
		when = w.t("date.zone", message.Str("date", s.From), message.Str("zone", w.Or("zone."+s.Timezone, s.Timezone)))
	}
	return w.t("service.from", message.Str("when", when), message.Str("what", what))
}

// days says how many days are left, or have gone by; "" where there is no date.
func (w words) days(s *document.Service) string {
	switch {
	case s.DaysLeft == nil:
		return ""
	case *s.DaysLeft == 0:
		return w.t("days.today")
	case *s.DaysLeft < 0:
		return w.t("days.past", message.Int("n", -*s.DaysLeft))
	}
	return w.t("days.left", message.Int("n", *s.DaysLeft))
}

// certainty says how sure the date is, and as of when that was known.
func (w words) certainty(s *document.Service) string {
	var parts []string
	if s.Status != "" {
		parts = append(parts, w.code("status", s.Status))
	}
	if s.AsOf != "" {
		parts = append(parts, w.t("service.asof", message.Str("date", s.AsOf)))
	}
	return w.list(parts)
}

// acceptance says what a server takes, in a few words.
func (w words) acceptance(a *document.Acceptance) string {
	if a == nil {
		return w.t("axis.unknown")
	}
	parts := []string{w.versionsAxis(a.Versions)}
	for _, axis := range []struct {
		id   string
		list []string
	}{
		{"accepts.suites", texts(a.Suites.List())},
		{"accepts.groups", texts(a.Groups.List())},
		{"accepts.signatures", texts(a.SignatureAlgorithms.List())},
	} {
		if len(axis.list) > 0 {
			parts = append(parts, w.t(axis.id, message.Int("n", len(axis.list))))
		}
	}
	return w.list(parts)
}

func (w words) versionsAxis(axis tlsready.Axis[tlsready.Version]) string {
	switch {
	case axis.IsAny():
		return w.t("axis.any")
	case axis.IsUnknown():
		return w.t("axis.unknown")
	}
	return w.t("axis.only", message.Str("list", w.list(texts(axis.List()))))
}

func texts[T fmt.Stringer](list []T) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = x.String()
	}
	return out
}

// offered says which versions an offer holds.
func (w words) offered(o *document.Offer) string {
	switch {
	case o == nil || o.Versions == nil:
		return w.t("axis.unknown")
	case len(o.Versions) == 0:
		return w.t("offer.nothing")
	}
	return w.list(texts(o.Versions))
}

// when says from when a row or host fails, as seen from today; "" where it
// never does.
func (w words) when(verdict string, failsFrom *string, today string) string {
	from := deref(failsFrom)
	switch {
	case from == "":
		return ""
	case verdict == connects:
		return w.t("when.later", message.Str("from", from))
	case today != "" && from <= today:
		return w.t("when.since", message.Str("from", from))
	}
	before := dayBefore(from)
	if before == "" {
		return w.t("when.since", message.Str("from", from))
	}
	return w.t("when.until", message.Str("until", before), message.Str("from", from))
}

// dayBefore is the last day before date, or "" where date is none.
func dayBefore(date string) string {
	d, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return ""
	}
	return d.AddDate(0, 0, -1).Format(time.DateOnly)
}

// stack names a stack as its vendor does, without its bitness.
func (w words) stack(id string) string {
	base, named, hasNamed := strings.Cut(id, ":")
	base = strings.TrimSuffix(strings.TrimSuffix(base, "-x64"), "-x86")
	name := base
	for _, family := range [...][2]string{
		{"dotnet-", ".NET "},
		{"wcf-tcp-", "WCF net.tcp "},
		{"powershell-", "PowerShell "},
	} {
		if rest, ok := strings.CutPrefix(base, family[0]); ok {
			name = family[1] + rest
		}
	}
	switch base {
	case "dotnetcore":
		name = ".NET (Core)"
	case "schannel":
		name = "Schannel"
	case "winhttp":
		name = "WinHTTP"
	case "wininet":
		name = "WinINET"
	}
	if hasNamed {
		name += " (" + named + ")"
	}
	return name
}

// rowStacks names the stacks of rows, each once.
func (w words) rowStacks(rows []*document.Verdict) string {
	var list []string
	for _, r := range rows {
		if name := w.stack(r.Stack); !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return w.list(list)
}

// cause says in one line why the group's hosts do not connect.
func (w words) cause(g *group) string {
	h := g.first()
	switch h.Verdict {
	case connects:
		return ""
	case unknown:
		return w.unknownCause(g)
	}
	var failing []*document.Verdict
	for _, r := range g.Rows {
		if r.Verdict == fails && deref(r.Cause) == deref(h.Cause) {
			failing = append(failing, r)
		}
	}
	cause := w.code("cause", deref(h.Cause))
	if len(failing) == 0 {
		return cause
	}
	stacks := message.Str("stacks", w.rowStacks(failing))
	if deref(h.Cause) == "protocol-version" && sameOffer(failing) {
		return w.t("cause.offers", stacks, message.Str("versions", w.offered(failing[0].Offer)))
	}
	return w.t("cause.of", stacks, message.Str("cause", cause))
}

func sameOffer(rows []*document.Verdict) bool {
	first := offerVersions(rows[0].Offer)
	for _, r := range rows {
		if !slices.Equal(offerVersions(r.Offer), first) {
			return false
		}
	}
	return len(first) > 0
}

func offerVersions(o *document.Offer) []tlsready.Version {
	if o == nil {
		return nil
	}
	return o.Versions
}

func (w words) unknownCause(g *group) string {
	h := g.first()
	text := w.code("cause", deref(h.Cause))
	if missing := notAsked(g.Rows); len(missing) > 0 {
		text = w.t("cause.missing", message.Str("facts", w.some(missing, 2)))
	}
	if exposure := w.exposure(h); exposure != "" {
		text = w.t("cause.exposure", message.Str("cause", text), message.Str("exposure", exposure))
	}
	return text
}

// notAsked names the facts that nobody asked for.
func notAsked(rows []*document.Verdict) []string {
	var list []string
	for _, r := range rows {
		for i := range r.Reasons {
			for j := range r.Reasons[i].Evidence {
				e := &r.Reasons[i].Evidence[j]
				name := cmpOr(e.Name, e.Key)
				if e.State == host.NotAsked && !slices.Contains(list, name) {
					list = append(list, name)
				}
			}
		}
	}
	return list
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// some lists the first n items and how many more there are.
func (w words) some(items []string, n int) string {
	if len(items) <= n {
		return w.list(items)
	}
	return w.t("list.more", message.Str("list", w.list(items[:n])), message.Int("n", len(items)-n))
}

// fix says in one line what the smallest fix of a host is.
func (w words) fix(h *document.Host) string {
	var parts []string
	for _, p := range h.Prerequisites {
		parts = append(parts, w.brief(p))
	}
	if n := len(h.Changes); n > 0 {
		text := w.t("fix.values", message.Int("n", n))
		if slices.ContainsFunc(changeSettings(h.Changes), func(s setting) bool { return s.Both }) {
			text = w.t("fix.both", message.Str("fix", text))
		}
		parts = append(parts, text)
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, " + ")
	case h.Verdict == connects:
		return ""
	case h.Verdict == unknown && deref(h.Cause) == "not-asked":
		return w.t("fix.collect")
	case h.Fixable != nil && !*h.Fixable:
		return w.t("fix.none")
	}
	return w.t("fix.reasons")
}

// brief names a prerequisite, and only hints at what would serve as well.
func (w words) brief(p document.Prerequisite) string {
	later := p.Or != ""
	p.Or = ""
	text := w.prerequisite(p)
	if later {
		text = w.t("fix.later", message.Str("id", text))
	}
	return text
}

// exposure is what the system alone says; it matters only for hosts of which no
// more is known.
func (w words) exposure(h *document.Host) string {
	if h.Exposure == "" || h.Verdict != unknown {
		return ""
	}
	return w.code("exposure", h.Exposure)
}

// prerequisite names what has to be there first.
func (w words) prerequisite(p document.Prerequisite) string {
	text := p.ID
	if p.Kind != "update" {
		text = w.t("fix.kind", message.Str("kind", w.code("kind", p.Kind)), message.Str("id", p.ID))
	}
	if p.Or != "" {
		text = w.t("fix.or", message.Str("id", text), message.Str("or", p.Or))
	}
	return text
}

// restart says what has to start anew after the fix, "-" where there is none.
func (w words) restart(h *document.Host) string {
	if len(h.Changes) == 0 && len(h.Prerequisites) == 0 {
		return "-"
	}
	return w.code("restart", h.Restart)
}

// evidence says what was read: "KEY NAME = 1", "… = absent".
func (w words) evidence(s setting) string {
	value := s.Value
	switch {
	case s.State != host.Present && s.State != "" && value != "":
		value = w.t("evidence.note", message.Str("value", value), message.Str("note", w.code("state", string(s.State))))
	case s.State != host.Present && s.State != "":
		value = w.code("state", string(s.State))
	case value == "":
		value = w.code("state", string(host.Present))
	}
	return strings.TrimSpace(s.Key+" "+s.Name) + " = " + value + w.views(s)
}

// views says that a setting stands for both registry views.
func (w words) views(s setting) string {
	if s.Both {
		return " " + w.t("views.both")
	}
	return ""
}

// change says what is to be written or deleted.
func (w words) change(s setting) string {
	text := s.Key + " " + s.Name + " = " + s.Value
	if s.Delete {
		text = w.t("change.delete", message.Str("value", s.Key+" "+s.Name))
	}
	text += w.views(s)
	switch {
	case s.Absent:
		text += " " + w.t("change.was", message.Str("before", w.code("state", string(host.Absent))))
	case s.Before != "":
		text += " " + w.t("change.was", message.Str("before", s.Before))
	}
	if s.Owner == host.GroupPolicy {
		text += " " + w.t("change.policy")
	}
	return text
}

// redundant names what vendors document and this host does not need.
func (w words) redundant(h *document.Host) string {
	return w.t("redundant", message.Str("list", w.list(names(changeSettings(h.Redundant)))))
}

// effect says what the fix does to another caller.
func (w words) effect(e document.Effect) string {
	before, after := w.code("verdict", e.Before), w.code("verdict", e.After)
	if e.Before == e.After {
		return w.t("effect.same", message.Str("caller", e.Caller), message.Str("verdict", after))
	}
	return w.t("effect.change", message.Str("caller", e.Caller), message.Str("before", before), message.Str("after", after))
}

// documented says what the vendor's whole recipe achieves.
func (w words) documented(d *document.Documented) string {
	text := w.t("documented", message.Int("n", len(d.Changes)), message.Str("verdict", w.code("verdict", d.Verdict)))
	if len(d.Lacks) > 0 {
		text += w.space() + w.t("documented.lacks", message.Str("lacks", w.list(d.Lacks)))
	}
	return text
}

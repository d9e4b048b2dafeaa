package view

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
)

// Words phrases parts of a document in one language, for table and html alike.
type Words struct {
	*message.Catalog
}

// NewWords reads the words of a language.
func NewWords(lang string) Words { return Words{message.For(lang)} }

// T is the text "report.<id>".
func (w Words) T(id string, args ...message.Arg) string { return w.Text("report."+id, args...) }

// Code is the word for a code of the contract, such as "cause.group"; a code
// that has no word stands for itself.
func (w Words) Code(space, code string) string { return w.Or(space+"."+code, code) }

// List joins words with the language's comma.
func (w Words) List(items []string) string { return strings.Join(items, w.T("comma")+w.Space()) }

// Space stands between words: Japanese punctuation brings its own.
func (w Words) Space() string {
	if w.Lang() == "ja" {
		return ""
	}
	return " "
}

// ServiceName is the profile's name in the language, else in English, else its id.
func (w Words) ServiceName(s *document.Service) string {
	for _, lang := range []string{w.Lang(), "en"} {
		if name := s.Name[lang]; name != "" {
			return name
		}
	}
	return s.ID
}

// ServiceNote is the profile's own remark, or "".
func (w Words) ServiceNote(s *document.Service) string {
	if note := s.Note[w.Lang()]; note != "" {
		return note
	}
	return s.Note["en"]
}

// From says since when or from when a service takes what.
func (w Words) From(s *document.Service) string {
	what := w.Acceptance(s.Accepts)
	if !Dated(s) {
		return w.T("service.accepts", message.Str("what", what))
	}
	when := s.From
	if s.Timezone != "" {
		when = w.T("date.zone", message.Str("date", s.From), message.Str("zone", w.Or("zone."+s.Timezone, s.Timezone)))
	}
	id := "service.from"
	if passed(s) {
		id = "service.since"
	}
	return w.T(id, message.Str("when", when), message.Str("what", what))
}

// Dated says whether a service's day means anything. A yardstick has held ever since its
// first day, which is no news to anybody.
func Dated(s *document.Service) bool {
	return s != nil && s.From != "" && (s.Status != "" || s.DaysLeft != nil)
}

// passed says whether the service's date lies behind the reader.
func passed(s *document.Service) bool { return s.DaysLeft != nil && *s.DaysLeft < 0 }

// Days says how many days are left, or "" if there is no date or it has passed, for
// nobody plans with the days since then.
func (w Words) Days(s *document.Service) string {
	switch {
	case s.DaysLeft == nil || passed(s):
		return ""
	case *s.DaysLeft == 0:
		return w.T("days.today")
	}
	return w.T("days.left", message.Int("n", *s.DaysLeft))
}

// DaysShort is the number of days left for a column, or "-" if none are left.
func (w Words) DaysShort(s *document.Service) string {
	if s.DaysLeft == nil || passed(s) {
		return Dash("")
	}
	return strconv.Itoa(*s.DaysLeft)
}

// Status says how sure the date of a service is, or "" if it has none.
func (w Words) Status(s *document.Service) string {
	switch {
	case s.Status == "announced" && passed(s):
		return w.T("service.unconfirmed")
	case s.Status != "":
		return w.Code("status", s.Status)
	}
	return ""
}

// Certainty says how sure the date is, as of when that was known, and how often it moved.
func (w Words) Certainty(s *document.Service) string {
	var parts []string
	if status := w.Status(s); status != "" {
		parts = append(parts, status)
	}
	if s.AsOf != "" {
		parts = append(parts, w.T("service.asof", message.Str("date", s.AsOf)))
	}
	if moved := w.Moved(s); moved != "" {
		parts = append(parts, moved)
	}
	return w.List(parts)
}

// Moved says how often the date was put off or brought forward, and from which days, or
// "" if it never was.
func (w Words) Moved(s *document.Service) string {
	id := "service.moved"
	switch len(s.Formerly) {
	case 0:
		return ""
	case 1:
		id = "service.moved.once"
	case 2:
		id = "service.moved.twice"
	}
	return w.T(id, message.Int("n", len(s.Formerly)), message.Str("days", w.List(s.Formerly)))
}

// Acceptance says what a server takes, in a few words.
func (w Words) Acceptance(a *document.Acceptance) string {
	if a == nil {
		return w.T("axis.unknown")
	}
	parts := []string{w.versionsAxis(a.Versions)}
	for _, axis := range []struct {
		id   string
		list []string
	}{
		{"accepts.suites", Texts(a.Suites.List())},
		{"accepts.groups", Texts(a.Groups.List())},
		{"accepts.signatures", Texts(a.SignatureAlgorithms.List())},
	} {
		if len(axis.list) > 0 {
			parts = append(parts, w.T(axis.id, message.Int("n", len(axis.list))))
		}
	}
	return w.List(parts)
}

func (w Words) versionsAxis(axis tlsready.Axis[tlsready.Version]) string {
	switch {
	case axis.IsAny():
		return w.T("axis.any")
	case axis.IsUnknown():
		return w.T("axis.unknown")
	}
	return w.T("axis.only", message.Str("list", w.List(Texts(axis.List()))))
}

// Texts writes the members of an axis.
func Texts[T fmt.Stringer](list []T) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = x.String()
	}
	return out
}

// Offered says which versions an offer holds.
func (w Words) Offered(o *document.Offer) string {
	switch {
	case o == nil || o.Versions == nil:
		return w.T("axis.unknown")
	case len(o.Versions) == 0:
		return w.T("offer.nothing")
	}
	return w.List(Texts(o.Versions))
}

// When says from when a row or host fails that a service refuses, as seen from today, or ""
// if it never does, or always did.
func (w Words) When(s *document.Service, verdict string, failsFrom *string, today string) string {
	from := Deref(failsFrom)
	switch {
	case from == "" || !Dated(s):
		return ""
	case verdict == document.Connects:
		return w.T("when.later", message.Str("from", from))
	case today != "" && from <= today:
		return w.T("when.since", message.Str("from", from))
	}
	before := dayBefore(from)
	if before == "" {
		return w.T("when.since", message.Str("from", from))
	}
	return w.T("when.until", message.Str("until", before), message.Str("from", from))
}

// dayBefore is the last day before date, or "" if date is not a date.
func dayBefore(date string) string {
	d, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return ""
	}
	return d.AddDate(0, 0, -1).Format(time.DateOnly)
}

// stack names a stack as its vendor does, without its bitness.
func (w Words) stack(id string) string {
	base, named, hasNamed := strings.Cut(id, ":")
	name := StackName(strings.TrimSuffix(strings.TrimSuffix(base, "-x64"), "-x86"))
	if hasNamed {
		name += " (" + named + ")"
	}
	return name
}

// rowStacks names the stacks of rows, each once.
func (w Words) rowStacks(rows []*document.Verdict) string {
	var list []string
	for _, r := range rows {
		if name := w.stack(r.Stack); !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return w.List(list)
}

// Cause says in one line why the group's hosts do not connect.
func (w Words) Cause(g *Group) string {
	h := g.First()
	switch h.Verdict {
	case document.Connects:
		return ""
	case document.Unknown:
		return w.unknownCause(g)
	}
	var failing []*document.Verdict
	for _, r := range g.Rows {
		if r.Verdict == document.Fails && Deref(r.Cause) == Deref(h.Cause) {
			failing = append(failing, r)
		}
	}
	cause := w.Code("cause", Deref(h.Cause))
	if len(failing) == 0 {
		return cause
	}
	stacks := message.Str("stacks", w.rowStacks(failing))
	if Deref(h.Cause) == "protocol-version" && sameOffer(failing) {
		return w.T("cause.offers", stacks, message.Str("versions", w.Offered(failing[0].Offer)))
	}
	return w.T("cause.of", stacks, message.Str("cause", cause))
}

func sameOffer(rows []*document.Verdict) bool {
	first := OfferVersions(rows[0].Offer)
	for _, r := range rows {
		if !slices.Equal(OfferVersions(r.Offer), first) {
			return false
		}
	}
	return len(first) > 0
}

// OfferVersions are the versions of an offer, or none if the offer is not known.
func OfferVersions(o *document.Offer) []tlsready.Version {
	if o == nil {
		return nil
	}
	return o.Versions
}

func (w Words) unknownCause(g *Group) string {
	h := g.First()
	text := w.Code("cause", Deref(h.Cause))
	if places := unclearPlaces(g.Rows); len(places) > 0 {
		return w.T("cause.unclear", message.Str("places", w.Some(places, 2)))
	}
	if missing := notAsked(g.Rows); len(missing) > 0 {
		text = w.T("cause.missing", message.Str("facts", w.Some(missing, 2)))
	}
	if exposure := w.Exposure(h); exposure != "" {
		text = w.T("cause.exposure", message.Str("cause", text), message.Str("exposure", exposure))
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
				name := cmp.Or(e.Name, e.Key)
				if e.State == host.NotAsked && !slices.Contains(list, name) {
					list = append(list, name)
				}
			}
		}
	}
	return list
}

// Some lists the first n items and how many more there are.
func (w Words) Some(items []string, n int) string {
	if len(items) <= n {
		return w.List(items)
	}
	return w.T("list.more", message.Str("list", w.List(items[:n])), message.Int("n", len(items)-n))
}

// Fix says in one line what the smallest fix of a host is.
func (w Words) Fix(h *document.Host) string {
	var parts []string
	for _, p := range h.Prerequisites {
		parts = append(parts, w.brief(p))
	}
	if n := len(h.Changes); n > 0 {
		text := w.T("fix.values", message.Int("n", n))
		if slices.ContainsFunc(ChangeSettings(h.Changes), func(s Setting) bool { return s.Both }) {
			text = w.T("fix.both", message.Str("fix", text))
		}
		parts = append(parts, text)
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, " + ")
	case h.Verdict == document.Connects:
		return ""
	case h.Verdict == document.Unknown && Deref(h.Cause) == "not-asked":
		if slices.ContainsFunc(h.Warnings, func(n document.Note) bool { return isUnclear(n.Code) }) {
			return w.T("fix.unclear")
		}
		return w.T("fix.collect")
	case h.Fixable != nil && !*h.Fixable:
		return w.T("fix.none")
	}
	return w.T("fix.reasons")
}

// FixOf is [Words.Fix] for a group. The collector settles only what was not collected: if
// sources disagree, or nobody knows, it would be run in vain.
func (w Words) FixOf(g *Group) string {
	h := g.First()
	if h.Verdict == document.Unknown && len(g.Rows) > 0 && len(notAsked(g.Rows)) == 0 && len(h.Prerequisites)+len(h.Changes) == 0 && len(unclearPlaces(g.Rows)) == 0 {
		return w.T("fix.reasons")
	}
	return w.Fix(h)
}

// brief names a prerequisite, and only hints at what would serve as well.
func (w Words) brief(p document.Prerequisite) string {
	later := p.Or != ""
	p.Or = ""
	text := w.Prerequisite(p)
	if later {
		text = w.T("fix.later", message.Str("id", text))
	}
	return text
}

// Exposure is what the system alone says; it matters only for hosts of which no
// more is known.
func (w Words) Exposure(h *document.Host) string {
	if h.Exposure == "" || h.Verdict != document.Unknown {
		return ""
	}
	return w.Code("exposure", h.Exposure)
}

// Prerequisite names what has to be there first.
func (w Words) Prerequisite(p document.Prerequisite) string {
	text := p.ID
	if p.Kind != "update" {
		text = w.T("fix.kind", message.Str("kind", w.Code("kind", p.Kind)), message.Str("id", p.ID))
	}
	if p.Or != "" {
		text = w.T("fix.or", message.Str("id", text), message.Str("or", p.Or))
	}
	return text
}

// Restart says what has to be restarted after the fix, or "-" if nothing has to.
func (w Words) Restart(h *document.Host) string {
	if len(h.Changes) == 0 && len(h.Prerequisites) == 0 {
		return "-"
	}
	return w.Code("restart", h.Restart)
}

// Evidence says what was read: "KEY NAME = 1", "… = absent".
func (w Words) Evidence(s Setting) string {
	value := s.Value
	switch {
	case s.State != host.Present && s.State != "" && value != "":
		value = w.T("evidence.note", message.Str("value", value), message.Str("note", w.Code("state", string(s.State))))
	case s.State != host.Present && s.State != "":
		value = w.Code("state", string(s.State))
	case value == "":
		value = w.Code("state", string(host.Present))
	}
	return strings.TrimSpace(s.Key+" "+s.Name) + " = " + value + w.views(s)
}

// views says that a setting stands for both registry views.
func (w Words) views(s Setting) string {
	if s.Both {
		return " " + w.T("views.both")
	}
	return ""
}

// Change says what is to be written or deleted.
func (w Words) Change(s Setting) string {
	text := s.Key + " " + s.Name + " = " + s.Value
	if s.Delete {
		text = w.T("change.delete", message.Str("value", s.Key+" "+s.Name))
	}
	text += w.views(s)
	switch {
	case s.Absent:
		text += " " + w.T("change.was", message.Str("before", w.Code("state", string(host.Absent))))
	case s.Before != "":
		text += " " + w.T("change.was", message.Str("before", s.Before))
	}
	if s.Owner == host.GroupPolicy {
		text += " " + w.policy(s.Policy)
	}
	return text
}

// policy says that a group policy writes a value again, and which, if that is known.
func (w Words) policy(gpo string) string {
	if gpo == "" {
		return w.T("change.policy")
	}
	return w.T("change.gpo", message.Str("gpo", gpo))
}

// Redundant names what vendors document and this host does not need, or "" if there is
// nothing.
func (w Words) Redundant(h *document.Host) string { return w.documented(h, "redundant", false) }

// AlreadySet names what vendors document and this host has, or "" if there is nothing.
func (w Words) AlreadySet(h *document.Host) string { return w.documented(h, "already-set", true) }

// documented lists the values of redundant changes that are set already, or that are
// not, each with its views.
func (w Words) documented(h *document.Host, id string, set bool) string {
	var list []string
	for _, s := range ChangeSettings(h.Redundant) {
		if (s.Before == s.Value && !s.Absent && s.Value != "") != set {
			continue
		}
		name := s.Name + "=" + s.Value
		key, wow := Narrow(s.Key)
		switch {
		case s.Both:
			name += " " + w.T("views.both")
		case wow:
			name += " (" + w.Text("digest.views.32") + ")"
		case hasTwin(key) && (h.OS == nil || !h.OS.X86()):
			name += " (" + w.Text("digest.views.64") + ")"
		}
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	if len(list) == 0 {
		return ""
	}
	return w.T(id, message.Str("list", w.List(list)))
}

// Effect says what the fix does to another caller.
func (w Words) Effect(e document.Effect) string {
	before, after := w.Code("verdict", e.Before), w.Code("verdict", e.After)
	if e.Before == e.After {
		return w.T("effect.same", message.Str("caller", e.Caller), message.Str("verdict", after))
	}
	return w.T("effect.change", message.Str("caller", e.Caller), message.Str("before", before), message.Str("after", after))
}

// Documented says what the vendor's whole recipe achieves.
func (w Words) Documented(d *document.Documented) string {
	text := w.T("documented", message.Int("n", len(d.Changes)), message.Str("verdict", w.Code("verdict", d.Verdict)))
	if len(d.Lacks) > 0 {
		text += w.Space() + w.T("documented.lacks", message.Str("lacks", w.List(d.Lacks)))
	}
	return text
}

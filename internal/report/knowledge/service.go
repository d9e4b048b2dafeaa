package knowledge

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/term"
	"tlsready/internal/winver"
)

// Services is the list; what has passed before today is counted alone, unless all is
// asked for.
func (w *Page) Services(rows []document.ListedService, today service.Date, all bool) {
	live, past := byDeadline(rows)
	rows = live
	if all {
		rows = append(rows, past...)
	}

	table := [][]string{{}}
	for _, head := range []string{"id", "deadline", "days", "certainty", "accepts", "asof", "name"} {
		table[0] = append(table[0], w.t("services.head."+head))
	}
	for _, r := range rows {
		days := "-"
		if r.DaysLeft != nil && *r.DaysLeft >= 0 {
			days = strconv.Itoa(*r.DaysLeft)
		}
		table = append(table, []string{
			r.ID, cmp.Or(r.Deadline, "-"), days, w.status(r.Status), w.versions(r.Accepts), r.AsOf, w.in(r.Name),
		})
	}
	w.Columns(table)
	w.Blank()
	if !all && len(past) > 0 {
		w.Text(term.Plain, "", w.t("services.folded", message.Int("n", len(past))))
	}
	w.Text(term.Plain, "", w.t("services.today", message.Str("date", today.String())))
}

// byDeadline sorts what is still to come to the top, next what has no deadline; what
// has passed stands last, the latest first.
func byDeadline(rows []document.ListedService) (live, past []document.ListedService) {
	for _, r := range rows {
		if r.DaysLeft != nil && *r.DaysLeft < 0 {
			past = append(past, r)
		} else {
			live = append(live, r)
		}
	}
	slices.SortStableFunc(live, func(a, b document.ListedService) int {
		return cmp.Or(compareBool(a.Deadline == "", b.Deadline == ""), strings.Compare(a.Deadline, b.Deadline))
	})
	slices.SortStableFunc(past, func(a, b document.ListedService) int { return strings.Compare(b.Deadline, a.Deadline) })
	return live, past
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func (w *Page) status(status string) string {
	if status == "" {
		return "-"
	}
	return w.t("status." + status)
}

// versions is the version axis in a few words.
func (w *Page) versions(a *document.Acceptance) string {
	switch {
	case a == nil || a.Versions.IsAny():
		return w.t("services.any")
	case a.Versions.IsUnknown():
		return w.t("services.unknown")
	}
	return w.words.Join(texts(a.Versions.List()))
}

// texts are the members of an axis.
func texts[T fmt.Stringer](list []T) []string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = v.String()
	}
	return words
}

// Service is one profile: what it accepts from when, and what its vendor documents.
func (w *Page) Service(p *service.Profile) {
	w.Line(w.in(p.Name))
	w.field("page.id", p.ID)
	w.field("services.asof", p.AsOf.String())
	w.field("services.callers", w.words.Join(p.Callers))
	w.field("services.endpoints", w.words.Join(p.Endpoints))
	w.Section(w.t("services.phases"))
	for _, ph := range p.Phases {
		w.phaseText(ph, len(p.Phases) == 1 && ph.Status == "")
	}
	if len(p.Roots) > 0 {
		w.Section(w.t(map[bool]string{false: "services.roots", true: "services.roots.all"}[p.AllRoots]))
		for _, sha := range p.Roots {
			w.Line("  " + sha)
		}
	}
	w.recipeText(p.Documented)
	if note := w.in(p.Note); note != "" {
		w.Blank()
		w.Text(term.Plain, "", note)
	}
	w.citations(p.Citations)
}

// phaseText writes what is taken from a day on; always says that there is no deadline, so
// that the day means nothing.
func (w *Page) phaseText(ph service.Phase, always bool) {
	day := ph.From.String()
	if always {
		day = w.t("services.always")
	}
	if ph.Timezone != "" {
		day += " (" + ph.Timezone + ")"
	}
	if ph.Status != "" {
		day += "  " + w.status(ph.Status)
	}
	w.Line("  " + day)
	if n := len(ph.Formerly); n > 0 {
		w.Wrapped("    ", "      ", w.t("services.formerly", message.Int("n", n), message.List("days", texts(ph.Formerly))))
	}
	a := ph.Acceptance()
	w.axisText("axis.versions", a.Versions.IsAny(), w.words.Join(texts(a.Versions.List())))
	w.axisText("axis.suites", a.Suites.IsAny(), w.words.Join(texts(a.Suites.List())))
	w.axisText("axis.groups", a.Groups.IsAny(), w.words.Join(texts(a.Groups.List())))
	w.axisText("axis.signatures", a.SignatureAlgorithms.IsAny(), w.words.Join(texts(a.SignatureAlgorithms.List())))
}

func (w *Page) axisText(id string, isAny bool, list string) {
	if isAny {
		return
	}
	w.Wrapped("    ", "      ", w.t(id)+": "+cmp.Or(list, w.t("services.unknown")))
}

// recipeText writes the vendor's steps in their order.
func (w *Page) recipeText(steps []service.Recipe) {
	if len(steps) == 0 {
		return
	}
	w.Section(w.t("services.documented"))
	for i, step := range steps {
		w.Line(fmt.Sprintf("  %d. %s", i+1, w.systems(step.AppliesTo)))
		if len(step.Updates) > 0 {
			w.Line("     " + w.t("services.updates", message.List("list", step.Updates)))
		}
		w.settingsText(step.Settings)
		if note := w.in(step.Note); note != "" {
			w.Text(term.Plain, "     ", note)
		}
	}
}

// settingsText writes values under their keys; a key that goes on is named once.
func (w *Page) settingsText(settings []service.Setting) {
	key := ""
	for _, s := range settings {
		c, err := s.Change()
		if err != nil {
			continue // the file was checked when it was read
		}
		if c.Key != key {
			key = c.Key
			w.Line("     " + key)
		}
		w.Line(fmt.Sprintf("       %s = %s", c.Name, c.DisplayTyped()))
	}
}

func (w *Page) systems(s service.Systems) string {
	from, below := message.Str("from", w.system(s.OSFrom)), message.Str("below", w.system(s.OSBelow))
	switch {
	case s.OSFrom != "" && s.OSBelow != "":
		return w.t("systems.between", from, below)
	case s.OSFrom != "":
		return w.t("systems.from", from)
	case s.OSBelow != "":
		return w.t("systems.below", below)
	}
	return w.t("systems.all")
}

// system names a version of Windows as people know it.
func (w *Page) system(version string) string {
	if name := winver.Called(version); name != "" {
		return name + " (" + version + ")"
	}
	return "Windows " + version
}

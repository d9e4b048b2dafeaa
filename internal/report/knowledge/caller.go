package knowledge

import (
	"cmp"
	"slices"
	"strings"

	"tlsready/internal/caller"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/term"
)

// Callers is the list, the programs first.
func (w *Page) Callers(rows []document.ListedCaller) {
	programs := [][]string{{w.t("services.head.id"), w.t("services.head.name"), w.t("callers.stacks")}}
	generic := [][]string{{w.t("services.head.id"), w.t("callers.meaning")}}
	for _, r := range rows {
		stacks := w.words.Join(r.Stacks)
		if r.OutOfScope {
			stacks = w.t("callers.own")
		}
		if r.Generic {
			generic = append(generic, []string{r.ID, w.genericMeaning(r)})
		} else {
			programs = append(programs, []string{r.ID, w.in(r.Name), stacks})
		}
	}
	w.Line(w.t("callers.programs"))
	w.Columns(programs)
	w.Section(w.t("callers.generic"))
	w.Columns(generic)
}

// genericMeaning says what a spelled-out caller stands for.
func (w *Page) genericMeaning(r document.ListedCaller) string {
	if name := w.in(r.Name); name != "" {
		return name
	}
	base, named, hasNames := strings.Cut(r.ID, ":")
	family, target := base, ""
	for _, prefix := range []string{"wcf-tcp-", "dotnet-", "winhttp-"} {
		if rest, ok := strings.CutPrefix(base, prefix); ok {
			family, target = strings.TrimSuffix(prefix, "-"), rest
			break
		}
	}
	version, bits, _ := strings.Cut(target, "-")
	switch {
	case family == "winhttp":
		version, bits = "", target
	case family == "dotnet" && version == "4.0": // what a program without a target gets
		family = "dotnet-untargeted"
	}
	text := w.t("callers.family."+family, message.Str("version", version))
	if bits != "" {
		text = w.t("callers.bits."+bits, message.Str("text", text))
	}
	if hasNames {
		text = w.t("callers.names", message.Str("text", text), message.Str("list", named))
	}
	return text
}

// Caller is one caller: which stacks it uses, when, and on what that rests.
func (w *Page) Caller(c *caller.Caller) {
	w.Line(cmp.Or(w.in(c.Name), w.genericMeaning(document.ListedCaller{ID: c.ID})))
	w.field("page.id", c.ID)
	w.field("callers.installed", w.words.Join(shownPrograms(c.Programs)))
	if c.Basis != "" {
		w.field("callers.basis", w.t("basis."+c.Basis))
	}
	if c.OutOfScope {
		w.Blank()
		w.Text(term.Plain, "", w.t("callers.outofscope"))
	} else {
		w.Section(w.t("callers.uses"))
	}
	for _, u := range c.Stacks {
		w.useText(u)
	}
	if len(c.Minimums) > 0 {
		w.Section(w.t("callers.minimums"))
	}
	for _, m := range c.Minimums {
		w.Text(term.Plain, "  ", w.t("callers.minimum", message.Str("from", cmp.Or(m.From, "0")), message.Str("below", cmp.Or(m.Below, "∞")), message.Str("version", m.Version)))
	}
	for _, g := range c.Gates {
		w.Section(w.t("callers.gate", message.Str("from", g.ProgramFrom), message.Str("below", g.ProgramBelow)))
		w.settingsText(g.Settings)
	}
	for _, words := range []map[string]string{c.Note, c.Workaround} {
		if text := w.in(words); text != "" {
			w.Blank()
			w.Text(term.Plain, "", text)
		}
	}
	w.citations(c.Citations)
}

// shownPrograms leaves out what only excludes.
func shownPrograms(patterns []string) []string {
	return slices.DeleteFunc(slices.Clone(patterns), func(p string) bool { return strings.HasPrefix(p, "!") })
}

func (w *Page) useText(u caller.Use) {
	var when []string
	if u.OSFrom != "" || u.OSBelow != "" {
		when = append(when, w.systems(service.Systems{OSFrom: u.OSFrom, OSBelow: u.OSBelow}))
	}
	if u.ProgramFrom != "" {
		when = append(when, w.t("callers.from", message.Str("version", u.ProgramFrom)))
	}
	if u.ProgramBelow != "" {
		when = append(when, w.t("callers.below", message.Str("version", u.ProgramBelow)))
	}
	if u.Update != "" {
		when = append(when, w.t("callers.update", message.Str("update", u.Update), message.Str("without", u.Without)))
	}
	if u.Or != "" {
		when = append(when, w.t("callers.or", message.Str("other", u.Or)))
	}
	if u.OnlyX86 {
		when = append(when, w.t("callers.x86"))
	}
	w.Line("  " + u.Stack)
	for _, text := range when {
		w.Text(term.Plain, "    ", text)
	}
}

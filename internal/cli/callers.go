package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/caller"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report"
	"tlsready/internal/service"
	"tlsready/internal/stack"
	"tlsready/internal/survey"
	"tlsready/internal/term"
)

func newCallersCommand(app *App) *cobra.Command {
	list := &cobra.Command{
		Use:     "list",
		Example: "tlsready callers list",
		Args:    app.exactArgs(0),
		RunE:    func(*cobra.Command, []string) error { return app.listCallers() },
	}
	show := &cobra.Command{
		Use:               "show ID|FILE",
		Example:           "tlsready callers show mars",
		Args:              app.exactArgs(1),
		ValidArgsFunction: cobra.FixedCompletions(append(caller.Programs(), stack.Generic()...), cobra.ShellCompDirectiveDefault),
		RunE:              func(_ *cobra.Command, args []string) error { return app.showCaller(args[0]) },
	}
	lint := &cobra.Command{
		Use:     "lint FILE...",
		Example: "tlsready callers lint our-agent.yaml",
		Args:    cobra.ArbitraryArgs,
		RunE:    func(cmd *cobra.Command, args []string) error { return app.lintFiles(cmd, args, app.lintCaller) },
	}
	return newGroup(app, "callers", list, show, lint, newCallersOfCommand(app))
}

func (app *App) listCallers() error {
	rows, err := callerRows()
	if err != nil {
		return err
	}
	return app.writeDocument(document.Callers{Schema: document.CallersSchema, Callers: rows}, func(h *term.Page) {
		app.callerTable(h, rows)
	})
}

// document.ListedCallers lists the programs, then the generic callers that are no program.
func callerRows() ([]document.ListedCaller, error) {
	var rows []document.ListedCaller
	seen := map[string]bool{}
	for i, id := range append(caller.Programs(), stack.Generic()...) {
		if seen[id] {
			continue
		}
		seen[id] = true
		c, _, err := caller.ByID(id)
		if err != nil {
			return nil, err
		}
		generic := i >= len(caller.Programs()) || len(c.Stacks) == 1 && c.Stacks[0].Stack == id
		rows = append(rows, document.ListedCaller{
			ID: c.ID, Name: c.Name, Stacks: stacksOf(c), OutOfScope: c.OutOfScope, Basis: c.Basis, Generic: generic,
		})
	}
	return rows, nil
}

// stacksOf names every stack that a caller uses anywhere, once.
func stacksOf(c *caller.Caller) []string {
	list := []string{}
	seen := map[string]bool{}
	for _, u := range c.Stacks {
		for _, id := range []string{u.Stack, u.Without, u.Or} {
			if id != "" && !seen[id] {
				seen[id] = true
				list = append(list, id)
			}
		}
	}
	return list
}

func (app *App) callerTable(h *term.Page, rows []document.ListedCaller) {
	programs := [][]string{{app.text("services.head.id"), app.text("services.head.name"), app.text("callers.stacks")}}
	generic := [][]string{{app.text("services.head.id"), app.text("callers.meaning")}}
	for _, r := range rows {
		stacks := strings.Join(r.Stacks, ", ")
		if r.OutOfScope {
			stacks = app.text("callers.own")
		}
		if r.Generic {
			generic = append(generic, []string{r.ID, app.genericMeaning(r)})
		} else {
			programs = append(programs, []string{r.ID, app.inLang(r.Name), stacks})
		}
	}
	h.Line(app.text("callers.programs"))
	h.Columns(programs)
	h.Section(app.text("callers.generic"))
	h.Columns(generic)
}

// genericMeaning says what a spelled-out caller stands for.
func (app *App) genericMeaning(r document.ListedCaller) string {
	if name := app.inLang(r.Name); name != "" {
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
	text := app.text("callers.family."+family, message.Str("version", version))
	if bits != "" {
		text = app.text("callers.bits."+bits, message.Str("text", text))
	}
	if hasNames {
		text = app.text("callers.names", message.Str("text", text), message.Str("list", named))
	}
	return text
}

func (app *App) showCaller(arg string) error {
	c, err := survey.Caller(arg)
	if err != nil {
		return err
	}
	return app.WriteOutputs(func(out *Output) error {
		if out.Format == FormatJSON {
			return app.writeCaller(out, arg, c)
		}
		h := app.newPage(out)
		app.callerText(h, c)
		return h.Flush(out)
	}, FormatTable, FormatJSON)
}

// writeCaller writes the caller as a file of the caller format, whatever it
// came from. A caller that is spelled out gets an id that such a file may have.
func (app *App) writeCaller(out *Output, arg string, c *caller.Caller) error {
	if _, ok := caller.Data(arg); ok || survey.IsFile(arg) {
		return writeSource(out, arg, caller.Data)
	}
	generic := document.GenericCaller{Schema: caller.Schema, ID: strings.NewReplacer(":", "-", ",", "-").Replace(c.ID), OutOfScope: c.OutOfScope}
	for _, u := range c.Stacks {
		generic.Stacks = append(generic.Stacks, document.CallerUse{Stack: u.Stack})
	}
	return report.WriteJSON(out, generic)
}

// callerText is the caller for people to read.
func (app *App) callerText(h *term.Page, c *caller.Caller) {
	h.Line(firstOf(app.inLang(c.Name), app.genericMeaning(document.ListedCaller{ID: c.ID})))
	app.field(h, "page.id", c.ID)
	app.field(h, "callers.installed", strings.Join(shownPrograms(c.Programs), ", "))
	if c.Basis != "" {
		app.field(h, "callers.basis", app.text("basis."+c.Basis))
	}
	if c.OutOfScope {
		h.Blank()
		h.Text(term.Plain, "", app.text("callers.outofscope"))
	} else {
		h.Section(app.text("callers.uses"))
	}
	for _, u := range c.Stacks {
		app.useText(h, u)
	}
	if len(c.Minimums) > 0 {
		h.Section(app.text("callers.minimums"))
	}
	for _, m := range c.Minimums {
		h.Text(term.Plain, "  ", app.text("callers.minimum", message.Str("from", firstOf(m.From, "0")), message.Str("below", firstOf(m.Below, "∞")), message.Str("version", m.Version)))
	}
	for _, g := range c.Gates {
		h.Section(app.text("callers.gate", message.Str("from", g.ProgramFrom), message.Str("below", g.ProgramBelow)))
		app.settingsText(h, g.Settings)
	}
	for _, words := range []map[string]string{c.Note, c.Workaround} {
		if text := app.inLang(words); text != "" {
			h.Blank()
			h.Text(term.Plain, "", text)
		}
	}
	app.citations(h, c.Citations)
}

// shownPrograms leaves out what only excludes.
func shownPrograms(patterns []string) []string {
	return slices.DeleteFunc(slices.Clone(patterns), func(p string) bool { return strings.HasPrefix(p, "!") })
}

func (app *App) useText(h *term.Page, u caller.Use) {
	var when []string
	if u.OSFrom != "" || u.OSBelow != "" {
		when = append(when, app.systems(service.Systems{OSFrom: u.OSFrom, OSBelow: u.OSBelow}))
	}
	if u.ProgramFrom != "" {
		when = append(when, app.text("callers.from", message.Str("version", u.ProgramFrom)))
	}
	if u.ProgramBelow != "" {
		when = append(when, app.text("callers.below", message.Str("version", u.ProgramBelow)))
	}
	if u.Update != "" {
		when = append(when, app.text("callers.update", message.Str("update", u.Update), message.Str("without", u.Without)))
	}
	if u.Or != "" {
		when = append(when, app.text("callers.or", message.Str("other", u.Or)))
	}
	if u.OnlyX86 {
		when = append(when, app.text("callers.x86"))
	}
	h.Line("  " + u.Stack)
	for _, text := range when {
		h.Text(term.Plain, "    ", text)
	}
}

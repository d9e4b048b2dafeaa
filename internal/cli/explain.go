package cli

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tlsready/internal/caller"
	"tlsready/internal/document"
	"tlsready/internal/explain"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/stack"
	"tlsready/internal/term"
)

// maxExplained is how many further meanings are named after the likeliest.
const maxExplained = 5

func newExplainCommand(app *App) *cobra.Command {
	snapshot := ""
	cmd := &cobra.Command{
		Use: "explain CODE|TEXT|RULE",
		Example: `tlsready explain 0x80090331
tlsready explain "Could not create SSL/TLS secure channel"
tlsready explain event 36871 state 10013
tlsready explain dotnet4-legacy-default
tlsready explain dotnet4-legacy-default --host FS01.json`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return app.explain(cmd, args, snapshot) },
	}
	cmd.Flags().StringVar(&snapshot, "host", "", "")
	cmd.SetFlagErrorFunc(app.negativeCode)
	return cmd
}

// negativeCode tells what to do where a negative code was taken for flags.
func (app *App) negativeCode(cmd *cobra.Command, err error) error {
	plain := app.flagError(cmd, err)
	var flag *pflag.NotExistError
	var user *UserError
	if errors.As(err, &flag) && errors.As(plain, &user) {
		if _, wrong := strconv.ParseUint(flag.GetSpecifiedShortnames(), 10, 64); wrong == nil {
			user.Hint = app.text("explain.negative", message.Str("code", "-"+flag.GetSpecifiedShortnames()))
		}
	}
	return plain
}

// explain tells what a rule says, what a service or caller is, or what an error
// may mean; the first of these that has the name.
func (app *App) explain(cmd *cobra.Command, args []string, snapshot string) error {
	asked := strings.TrimSpace(strings.Join(args, " "))
	if asked == "" {
		return app.usageError("missing-argument", message.Str("command", cmd.CommandPath()), message.Str("usage", usageLine(cmd)))
	}
	rules, err := stack.Rules()
	if err != nil {
		return err
	}
	if rule, ok := app.findRule(rules, asked); ok {
		return app.explainRule(cmd, rule, snapshot)
	}
	if snapshot != "" {
		return app.usageError("explain-host", message.Str("name", asked))
	}
	if _, ok := service.Data(asked); ok {
		return app.showService(asked)
	}
	if _, ok, _ := caller.ByID(asked); ok {
		return app.showCaller(asked)
	}
	return app.explainError(asked, rules)
}

// findRule finds a rule by its id, with or without "rule." before it. A rule
// that has words but no entry of its own rests on what it compares.
func (app *App) findRule(rules []stack.Rule, asked string) (stack.Rule, bool) {
	id := strings.TrimPrefix(strings.ToLower(asked), "rule.")
	at := slices.IndexFunc(rules, func(r stack.Rule) bool { return r.ID == id })
	if at >= 0 {
		return rules[at], true
	}
	return stack.Rule{ID: id}, app.Words.Has("rule." + id)
}

func (app *App) explainRule(cmd *cobra.Command, r stack.Rule, snapshot string) error {
	doc := func(words *message.Catalog) (document.Rule, error) {
		d := document.Rule{
			Schema: document.RuleSchema, Rule: r.ID, Text: plainRule(words.Text("rule." + r.ID)), Basis: r.Basis, Citations: r.Citations, Disputed: r.Disputed,
		}
		var err error
		if snapshot != "" {
			d.OnHost, err = app.explainOnHost(cmd, r.ID, snapshot, words.Lang())
		}
		return d, err
	}
	english, err := doc(message.For("en"))
	if err != nil {
		return err
	}
	shown, err := doc(app.Words)
	if err != nil {
		return err
	}
	return app.writeDocument(english, func(h *term.Page) {
		app.ruleText(h, shown)
		if snapshot != "" {
			h.Blank()
			app.onHostText(h, shown.OnHost)
		}
	})
}

var argumentForm = regexp.MustCompile(`\{[^{}]*\}`)

// plainRule puts an ellipsis where a verdict puts what it read.
func plainRule(text string) string { return argumentForm.ReplaceAllString(text, "…") }

func (app *App) ruleText(h *term.Page, r document.Rule) {
	h.Line(app.text("explain.rule", message.Str("id", r.Rule)))
	h.Text(term.Plain, "", r.Text)
	if r.Basis != "" {
		h.Blank()
		app.field(h, "callers.basis", app.text("basis."+r.Basis))
		h.Text(term.Plain, "  ", app.text("explain.basis."+r.Basis))
	}
	app.lines(h, "page.sources", r.Citations)
	app.lines(h, "explain.disputed", r.Disputed)
}

// lines writes a section of lines, where there are any.
func (app *App) lines(h *term.Page, id string, list []string) {
	if len(list) == 0 {
		return
	}
	h.Section(app.text(id))
	for _, line := range list {
		h.Line("  " + line)
	}
}

func (app *App) explainError(asked string, rules []stack.Rule) error {
	book, err := explain.Open()
	if err != nil {
		return err
	}
	found := book.Find(asked)
	if len(found) == 0 {
		return app.nothingToExplain(asked, rules, book)
	}
	return app.writeDocument(document.Explanation{Schema: document.ExplanationSchema, Query: asked, Entries: meanings(found)}, func(h *term.Page) {
		app.entryText(h, found)
	})
}

func (app *App) nothingToExplain(asked string, rules []stack.Rule, book *explain.Book) error {
	e := &UserError{
		Msg:  app.text("explain.nothing", message.Str("query", shortened(asked))),
		Hint: app.text("explain.hint"), Code: ExitUsage,
	}
	known := append(service.IDs(), caller.Programs()...)
	for _, r := range rules {
		known = append(known, r.ID)
	}
	for _, e := range book.Entries() {
		known = append(known, e.Names...)
	}
	if near := message.Nearest(asked, known); near != "" && len(asked) > 3 {
		e.Hint = app.text("cli.hint.did-you-mean", message.Str("near", "tlsready explain "+near))
	}
	return e
}

// shortened keeps a pasted exception to one line of an error message.
func shortened(s string) string {
	const limit = 60
	runes := []rune(term.OneLine(s))
	if len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return string(runes)
}

func meanings(found []explain.Entry) []document.Meaning {
	list := make([]document.Meaning, len(found))
	for i, e := range found {
		m := document.Meaning{ID: e.ID, Title: e.Title, Note: e.Note, Causes: []document.MeaningCause{}, Collect: []map[string]string{}, Citations: []document.Citation{}}
		for _, c := range e.Causes {
			m.Causes = append(m.Causes, document.MeaningCause{ID: c.ID, Text: c.Text, Tell: c.Tell})
		}
		for _, w := range e.Collect {
			m.Collect = append(m.Collect, w)
		}
		for _, c := range e.Citations {
			m.Citations = append(m.Citations, document.Citation{URL: c.URL, Says: c.Says})
		}
		list[i] = m
	}
	return list
}

// entryText writes the likeliest meaning in full and names the others.
func (app *App) entryText(h *term.Page, found []explain.Entry) {
	e := found[0]
	h.Text(term.Plain, "", e.Title.In(app.Lang))
	if note := e.Note.In(app.Lang); note != "" {
		h.Blank()
		h.Text(term.Plain, "", note)
	}
	if len(e.Causes) > 0 {
		h.Section(app.text("explain.causes"))
	}
	for i, c := range e.Causes {
		h.Wrapped(fmt.Sprintf("  %d. ", i+1), "     ", c.Text.In(app.Lang))
		h.Text(term.Plain, "     ", app.text("explain.tell", message.Str("text", c.Tell.In(app.Lang))))
	}
	h.Section(app.text("explain.collect"))
	for _, w := range e.Collect {
		h.Wrapped("  - ", "    ", w.In(app.Lang))
	}
	var sources []service.Citation
	for _, c := range e.Citations {
		sources = append(sources, service.Citation{URL: c.URL, Says: service.Words{"en": c.Says}})
	}
	app.citations(h, sources)
	if len(found) > 1 {
		h.Section(app.text("explain.also"))
	}
	for _, other := range found[1:min(len(found), maxExplained+1)] {
		h.Wrapped("  - ", "    ", other.Title.In(app.Lang))
	}
}

// Package explaining is the command "explain": what an error, a rule, a service or a
// caller means.
package explaining

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tlsready/internal/assess"
	"tlsready/internal/caller"
	"tlsready/internal/cli/callers"
	"tlsready/internal/cli/frame"
	"tlsready/internal/cli/services"
	"tlsready/internal/document"
	"tlsready/internal/explain"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/stack"
	"tlsready/internal/term"
)

// OnHost tells where a rule bears on the verdicts of the host in a file, in a language.
type OnHost func(cmd *cobra.Command, rule, path, lang string) ([]document.RuleOnHost, error)

type command struct {
	*frame.App
	onHost OnHost
}

// New makes "explain".
func New(shared *frame.App, onHost OnHost) *cobra.Command {
	app := &command{shared, onHost}
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

// negativeCode tells what to do if a negative code was taken for flags.
func (app *command) negativeCode(cmd *cobra.Command, err error) error {
	plain := app.FlagError(cmd, err)
	var flag *pflag.NotExistError
	var p *message.Problem
	if errors.As(err, &flag) && errors.As(plain, &p) {
		if _, wrong := strconv.ParseUint(flag.GetSpecifiedShortnames(), 10, 64); wrong == nil {
			p.Hinted("explain.negative", message.Str("code", "-"+flag.GetSpecifiedShortnames()))
		}
	}
	return plain
}

// explain tells what a rule says, what a service or caller is, or what an error
// may mean; the first of these that has the name.
func (app *command) explain(cmd *cobra.Command, args []string, snapshot string) error {
	asked := strings.TrimSpace(strings.Join(args, " "))
	if asked == "" {
		return app.UsageError("missing-argument", message.Str("command", cmd.CommandPath()), message.Str("usage", frame.UsageLine(cmd)))
	}
	rules, err := stack.Rules()
	if err != nil {
		return err
	}
	if rule, ok := app.findRule(rules, asked); ok {
		return app.explainRule(cmd, rule, snapshot)
	}
	if snapshot != "" {
		return app.UsageError("explain-host", message.Str("name", asked))
	}
	if _, ok := service.Data(asked); ok {
		return services.Show(app.App, asked)
	}
	if _, ok, _ := caller.ByID(asked); ok {
		return callers.Show(app.App, asked)
	}
	return app.explainError(asked, rules)
}

// findRule finds a rule by its id, with or without "rule." before it. A rule
// that has words but no entry of its own rests on what it compares.
func (app *command) findRule(rules []stack.Rule, asked string) (stack.Rule, bool) {
	id := strings.TrimPrefix(strings.ToLower(asked), "rule.")
	at := slices.IndexFunc(rules, func(r stack.Rule) bool { return r.ID == id })
	if at >= 0 {
		return rules[at], true
	}
	return stack.Rule{ID: id}, app.Words.Has("rule." + id)
}

func (app *command) explainRule(cmd *cobra.Command, r stack.Rule, snapshot string) error {
	doc := func(words *message.Catalog) (document.Rule, error) {
		d := document.Rule{
			Schema: document.RuleSchema, Rule: r.ID, Text: plainRule(words.Text("rule." + r.ID)), Basis: r.Basis, Citations: r.Citations, Disputed: r.Disputed,
		}
		var err error
		if snapshot != "" {
			d.OnHost, err = app.onHost(cmd, r.ID, snapshot, words.Lang())
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
	return app.WriteDocument(english, func(h *term.Page) {
		app.PageOn(h).Rule(shown)
		if snapshot != "" {
			h.Blank()
			app.PageOn(h).OnHost(shown.OnHost)
		}
	})
}

var argumentForm = regexp.MustCompile(`\{[^{}]*\}`)

// plainRule puts an ellipsis in each place that a verdict fills with what it read.
func plainRule(text string) string { return argumentForm.ReplaceAllString(text, "…") }

func (app *command) explainError(asked string, rules []stack.Rule) error {
	book, err := explain.Open()
	if err != nil {
		return err
	}
	found := book.Find(asked)
	if len(found) == 0 {
		return nothingToExplain(asked, rules, book)
	}
	return app.WriteDocument(document.Explanation{Schema: document.ExplanationSchema, Query: asked, Entries: assess.Meanings(found)}, func(h *term.Page) {
		app.PageOn(h).Meanings(found)
	})
}

func nothingToExplain(asked string, rules []stack.Rule, book *explain.Book) error {
	p := message.Error("explain.nothing", message.Str("query", shortened(asked))).Hinted("explain.hint")
	known := append(service.IDs(), caller.Programs()...)
	for _, r := range rules {
		known = append(known, r.ID)
	}
	for _, e := range book.Entries() {
		known = append(known, e.Names...)
	}
	if near := message.Nearest(asked, known); near != "" && len(asked) > 3 {
		p.Hinted("cli.hint.did-you-mean", message.Str("near", "tlsready explain "+near))
	}
	return frame.Usage(p)
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

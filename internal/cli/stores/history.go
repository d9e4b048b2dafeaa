package stores

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/survey/judge"
	"tlsready/internal/term"
)

// with opens the store for a command that is about one tenant.
func (app *command) with(cmd *cobra.Command, f *Flags, o store.Options, do func(context.Context, store.Store) error) error {
	return app.use(cmd, f.Store, o, func(db store.Database) error {
		s, err := db.Tenant(cmd.Context(), f.Tenant)
		if err != nil {
			return &judge.Mistake{Err: message.At(f.Store, err)}
		}
		return do(cmd.Context(), s)
	})
}

// change is with for a command that changes something, which it writes down: what was done
// stands in the audit log also if nobody can be told of it any more.
func (app *command) change(cmd *cobra.Command, f *Flags, action, what string, do func(context.Context, store.Store) error, tell func(context.Context, store.Store) error) error {
	return app.use(cmd, f.Store, holding(cmd, app.App), func(db store.Database) error {
		ctx := cmd.Context()
		s, err := db.Tenant(ctx, f.Tenant)
		if err != nil {
			return &judge.Mistake{Err: message.At(f.Store, err)}
		}
		if err := do(ctx, s); err != nil {
			return err
		}
		if err := store.Note(ctx, db, store.AuditEntry{Who: frame.Operator(), Tenant: f.Tenant, Action: action, What: what}); err != nil {
			return err
		}
		return tell(ctx, s)
	})
}

// place adds the flags of a store that is here, and of the tenant.
func (f *Flags) place(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.Store, "store", "", "")
	cmd.Flags().StringVar(&f.Tenant, "tenant", store.DefaultTenant, "")
}

func (app *command) newHistory() *cobra.Command {
	f, dir := &Flags{}, ""
	cmd := &cobra.Command{
		Use: "history HOST", Args: app.ExactArgs(1),
		Example: "tlsready store history acme/DC01 --store tlsready.db\ntlsready store history acme/DC01 --store tlsready.db --dir settings",
		RunE: func(cmd *cobra.Command, args []string) error {
			return app.with(cmd, f, store.Options{}, func(ctx context.Context, s store.Store) error {
				doc, err := app.history(ctx, s, f.Tenant, args[0], dir)
				if err != nil {
					return err
				}
				return app.WriteDocument(doc, func(h *term.Page) { app.historyPage(h, doc) })
			})
		},
	}
	f.place(cmd)
	cmd.Flags().StringVar(&dir, "dir", "", "")
	return cmd
}

// history reads what the store knows of a host, and writes its settings to a folder if
// there is one.
func (app *command) history(ctx context.Context, s store.Store, tenant, id, dir string) (*document.History, error) {
	h, err := s.Host(ctx, id)
	if err != nil {
		return nil, &judge.Mistake{Err: err}
	}
	doc := &document.History{
		Schema: document.HistorySchema, Tenant: tenant, Host: h.ID, Name: h.About.Name, Seen: h.Seen, Tried: h.Tried, Error: h.Error,
		Owner: h.About.Labels["owner"], Settings: []document.HistorySettings{}, Services: []document.HistoryService{}, Fixes: []document.HistoryFix{},
	}
	if !h.Seen.IsZero() {
		doc.OS = &h.About.OS
	}
	spans, err := s.History(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, span := range spans {
		one := document.HistorySettings{From: span.From, To: span.To, Hash: string(span.Hash)}
		if dir != "" {
			if one.File, err = keepSettings(ctx, s, id, span, dir); err != nil {
				return nil, err
			}
		}
		doc.Settings = append(doc.Settings, one)
	}
	if err := addServices(ctx, s, doc); err != nil {
		return nil, err
	}
	fixes, err := s.Fixes(ctx, id)
	for _, fix := range fixes {
		doc.Fixes = append(doc.Fixes, document.HistoryFix{At: fix.At, Service: fix.Service, State: string(fix.State), By: fix.By, Changes: fix.Changes})
	}
	return doc, err
}

// keepSettings writes what a host was set to in a span, in a file named after its end.
func keepSettings(ctx context.Context, s store.Store, id string, span store.Span[time.Time], dir string) (string, error) {
	snapshot, err := s.Snapshot(ctx, id, span)
	if err != nil {
		return "", err
	}
	text, err := snapshot.Encode()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, span.To.Format("20060102T150405Z")+".json")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", frame.CannotWrite(dir, err)
	}
	err = writeWhole(path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
	if err != nil {
		return "", frame.CannotWrite(path, err)
	}
	return path, nil
}

// addServices adds how the host stood with each service.
func addServices(ctx context.Context, s store.Store, doc *document.History) error {
	list, err := s.Standings(ctx, doc.Host)
	if err != nil {
		return err
	}
	for _, one := range list {
		service := document.HistoryService{
			Service: one.Series.Service, On: one.Series.On, Callers: one.Series.Callers, Verdict: one.Verdict.Verdict, Since: string(one.Since),
			Turn: turn(one), ExemptUntil: string(one.ExemptUntil), Verdicts: []document.HistoryVerdict{},
		}
		doc.Owner = one.Owner
		history, err := s.VerdictHistory(ctx, one.Series, doc.Host)
		if err != nil {
			return err
		}
		for _, v := range history {
			span := document.HistoryVerdict{From: string(v.Span.From), To: string(v.Span.To), Verdict: v.Verdict, Cause: v.Cause, FailsFrom: v.FailsFrom}
			if last := len(service.Verdicts) - 1; last >= 0 && alike(service.Verdicts[last], span) {
				service.Verdicts[last].To = span.To
				continue
			}
			service.Verdicts = append(service.Verdicts, span)
		}
		doc.Services = append(doc.Services, service)
	}
	return nil
}

// alike says whether two spans differ in their days alone: something else that was found
// of the host, such as another piece of evidence, does not show here.
func alike(a, b document.HistoryVerdict) bool {
	a.From, a.To, b.From, b.To = "", "", "", ""
	return a == b
}

func turn(s store.Standing) string {
	switch {
	case s.Was == document.Fails && s.Verdict.Verdict == document.Connects:
		return document.TurnMended
	case s.Was == document.Connects && s.Verdict.Verdict == document.Fails:
		return document.TurnFellBack
	}
	return ""
}

// minute is how moments are shown.
const minute = "2006-01-02 15:04Z"

func (app *command) historyPage(h *term.Page, doc *document.History) {
	h.Line(app.Text("cli.store.history.host", message.Str("host", doc.Host), message.Str("tenant", doc.Tenant)))
	if doc.Owner != "" {
		h.Line("  " + app.Text("cli.store.history.owner", message.Str("owner", doc.Owner)))
	}
	if doc.Error != "" {
		h.Line("  " + app.Text("cli.store.history.error", message.Str("when", doc.Tried.Format(minute)), message.Str("why", doc.Error)))
	}
	for _, s := range doc.Services {
		app.serviceHead(h, s)
		var rows [][]term.Cell
		for _, v := range s.Verdicts {
			rows = append(rows, []term.Cell{{Text: "  " + v.From}, {Text: v.To}, {Text: app.Catalog().Or("verdict."+v.Verdict, v.Verdict)}, {Text: app.causeOf(v)}})
		}
		h.Table(make([]term.Column, 4), rows)
	}
	h.Section(app.Text("cli.store.history.settings"))
	var rows [][]term.Cell
	for _, s := range doc.Settings {
		rows = append(rows, []term.Cell{{Text: "  " + s.From.Format(minute)}, {Text: s.To.Format(minute)}, {Text: s.Hash[:min(12, len(s.Hash))]}, {Text: s.File}})
	}
	h.Table(make([]term.Column, 4), rows)
	if len(doc.Fixes) == 0 {
		return
	}
	h.Section(app.Text("cli.store.history.fixes"))
	rows = nil
	for _, f := range doc.Fixes {
		rows = append(rows, []term.Cell{{Text: "  " + f.At.Format(minute)}, {Text: app.Text("cli.store.fix." + f.State)}, {Text: f.Service}, {Text: f.By}})
	}
	h.Table(make([]term.Column, 4), rows)
}

// serviceHead says how a host stands with a service now.
func (app *command) serviceHead(h *term.Page, s document.HistoryService) {
	title := app.Text("cli.store.history.service", message.Str("service", s.Service))
	if s.On != "" {
		title = app.Text("cli.store.history.on", message.Str("service", s.Service), message.Str("on", s.On))
	}
	if s.Callers != "" {
		title = app.Text("cli.store.history.callers", message.Str("title", title), message.Str("callers", s.Callers))
	}
	h.Section(title)
	if s.Turn != "" {
		h.Line("  " + app.Text("cli.store.history."+s.Turn, message.Str("since", s.Since)))
	}
	if s.ExemptUntil != "" {
		id := "cli.store.history.exempt"
		if s.ExemptUntil < string(store.DayOf(app.Now)) {
			id = "cli.store.history.was-exempt"
		}
		h.Line("  " + app.Text(id, message.Str("until", s.ExemptUntil)))
	}
}

func (app *command) causeOf(v document.HistoryVerdict) string {
	if v.Cause == "" {
		return ""
	}
	return app.Catalog().Or("cause."+v.Cause, v.Cause)
}

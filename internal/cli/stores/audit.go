package stores

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/survey/judge"
	"tlsready/internal/term"
)

// auditFlags are those of "store audit".
type auditFlags struct{ store, tenant, since string }

func (app *command) newAudit() *cobra.Command {
	f := &auditFlags{}
	cmd := &cobra.Command{
		Use: "audit", Args: app.ExactArgs(0),
		Example: "tlsready store audit --store tlsready.db\ntlsready store audit --store tlsready.db --since 2026-11-01 -f jsonl -o audit.jsonl",
		RunE: func(cmd *cobra.Command, _ []string) error {
			q, err := f.query()
			if err != nil {
				return err
			}
			return app.use(cmd, f.store, store.Options{}, func(db store.Database) error { return app.audit(cmd.Context(), db.Accounts(), q) })
		},
	}
	cmd.Flags().StringVar(&f.store, "store", "", "")
	cmd.Flags().StringVar(&f.tenant, "tenant", "", "")
	cmd.Flags().StringVar(&f.since, "since", "", "")
	return cmd
}

func (f *auditFlags) query() (store.AuditQuery, error) {
	q := store.AuditQuery{Tenant: f.tenant, Limit: store.MaxLimit}
	if f.since == "" {
		return q, nil
	}
	since, err := time.Parse(time.DateOnly, f.since)
	if err != nil {
		return q, &judge.Mistake{Err: message.Error("store.audit.since", message.Quote("value", f.since))}
	}
	q.Since = since
	return q, nil
}

// audit writes the audit log, the newest entries first, page by page: it does not have to
// fit into memory.
func (app *command) audit(ctx context.Context, a store.Accounts, q store.AuditQuery) error {
	return app.WriteOutputs(func(out *frame.Output) error {
		for page := q; ; {
			list, err := a.AuditLog(ctx, page)
			if err != nil {
				return err
			}
			if err := app.auditPage(out, list); err != nil || len(list) < page.Limit {
				return err
			}
			page.Before = list[len(list)-1].Number
		}
	}, frame.FormatTable, frame.FormatJSONL)
}

func (app *command) auditPage(out *frame.Output, list []store.AuditEntry) error {
	if out.Format == frame.FormatJSONL {
		lines := json.NewEncoder(out)
		for _, e := range list {
			if err := lines.Encode(e.Document()); err != nil {
				return err
			}
		}
		return nil
	}
	h := app.NewPage(out)
	for _, e := range list {
		d := e.Document()
		h.Line(term.Safe(strings.Join([]string{d.At, cmp.Or(d.Who, "-"), d.Action, cmp.Or(d.What, "-"), d.Outcome, d.From, d.Tenant}, "  ")))
	}
	return h.Flush(out)
}

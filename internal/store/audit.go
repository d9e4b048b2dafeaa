package store

import (
	"context"
	"time"

	"tlsready/internal/document"
)

// Document is an entry as documents have it.
func (e AuditEntry) Document() document.Audit {
	return document.Audit{
		Schema: document.AuditSchema, Number: e.Number, At: e.At.UTC().Format(time.RFC3339), Who: e.Who, Tenant: e.Tenant,
		Action: e.Action, What: e.What, From: e.From, Outcome: e.Outcome,
	}
}

// Note writes down what somebody did at the command line of the machine with the database:
// what changes a store, or who may use it, stands in one log, whichever way it was done.
// Who, tenant, action and what are the caller's.
func Note(ctx context.Context, db Database, e AuditEntry) error {
	e.At, e.From, e.Outcome = time.Now(), "command line", "done"
	return db.Accounts().Audit(context.WithoutCancel(ctx), e)
}

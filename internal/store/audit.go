package store

import (
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

package answer

import (
	"context"
	"strconv"

	"tlsready/internal/document"
	"tlsready/internal/store"
)

// Audit is a page of the audit log: what was done in the tenant, or, for an administrator
// of all, everything, also what nobody did in no tenant.
func (t *Tenant) Audit(ctx context.Context, everything bool, q store.AuditQuery) (*document.AuditPage, error) {
	if q.Tenant = t.name; everything {
		q.Tenant = ""
	}
	if q.Limit == 0 {
		q.Limit = store.DefaultLimit
	}
	list, err := t.room.db.Accounts().AuditLog(ctx, q)
	if err != nil {
		return nil, err
	}
	page := &document.AuditPage{Schema: document.AuditPageSchema, Entries: make([]document.Audit, len(list))}
	for i, e := range list {
		page.Entries[i] = e.Document()
	}
	if len(list) == q.Limit {
		page.Next = strconv.FormatInt(list[len(list)-1].Number, 10)
	}
	return page, nil
}

package document

// The formats of the audit log: an entry, and a page of them.
const (
	AuditSchema     = "tlsready.audit/v1"
	AuditPageSchema = "tlsready.audit-page/v1"
)

// Audit is something that somebody did at the console, or was refused.
type Audit struct {
	Schema string `json:"schema"`
	// Number grows from entry to entry.
	Number int64  `json:"number"`
	At     string `json:"at"`            // RFC 3339, in UTC
	Who    string `json:"who,omitempty"` // a user, or the name of a token
	Tenant string `json:"tenant,omitempty"`
	Action string `json:"action"` // such as "sign-in", "token.add", "POST /fix/{id...}"
	What   string `json:"what,omitempty"`
	From   string `json:"from,omitempty"` // the address that it came from
	// Outcome is "done", "refused", or "failed" with the status of the answer.
	Outcome string `json:"outcome"`
}

// AuditPage is a part of the audit log, the newest entries first.
type AuditPage struct {
	Schema  string  `json:"schema"`
	Entries []Audit `json:"entries"`
	// Next asks for the page after this one, as "after"; left out after the last.
	Next string `json:"next,omitempty"`
}

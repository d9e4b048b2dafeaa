package document

import "time"

// NoticeSchema is the name of the format of what a webhook is told.
const NoticeSchema = "tlsready.notice/v1"

// Notice is what a webhook is told, once. Whoever gets an ID a second time has had it: an
// answer was lost.
type Notice struct {
	Schema   string    `json:"schema"`
	ID       string    `json:"id"`
	Event    string    `json:"event"` // deadline, fell-back
	At       time.Time `json:"at"`
	Tenant   string    `json:"tenant"`
	Series   Series    `json:"series"`
	Deadline string    `json:"deadline,omitempty"` // YYYY-MM-DD
	DaysLeft *int      `json:"daysLeft,omitempty"`
	Failing  int       `json:"failing"` // hosts, without those that are excused
	// Verdicts counts all hosts of the series; of the event deadline.
	Verdicts map[string]int `json:"verdicts,omitempty"`
	// Hosts are those that fell back, some of them; of the event fell-back.
	Hosts []NoticeHost `json:"hosts,omitempty"`
	Text  string       `json:"text"` // one line, in the language of the webhook
}

// NoticeHost is a host that fell back.
type NoticeHost struct {
	Host  string `json:"host"`
	Since string `json:"since"` // YYYY-MM-DD
	Cause string `json:"cause,omitempty"`
	Owner string `json:"owner,omitempty"`
}

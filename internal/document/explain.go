package document

// RuleSchema is the name of the format of explain RULE.
const RuleSchema = "tlsready.rule/v1"

// Rule is a rule of the model and what it rests on.
type Rule struct {
	Schema    string   `json:"schema"`
	Rule      string   `json:"rule"`
	Text      string   `json:"text"`
	Basis     string   `json:"basis,omitempty"` // documented, source-code, measured, inferred
	Citations []string `json:"citations,omitempty"`
	Disputed  []string `json:"disputed,omitempty"` // sources that say otherwise

	OnHost []RuleOnHost `json:"onHost,omitzero"` // with --host: where the rule affected the verdict
}

// RuleOnHost is what a rule found on a host, by caller and stack.
type RuleOnHost struct {
	Caller   string     `json:"caller"`
	Stack    string     `json:"stack"`
	Verdict  string     `json:"verdict"`
	Text     string     `json:"text"`
	Evidence []Evidence `json:"evidence"`
}

// ExplanationSchema is the name of the format of explain CODE or TEXT.
const ExplanationSchema = "tlsready.explanation/v1"

// Explanation is what an error code or text can mean, the likeliest first.
type Explanation struct {
	Schema  string    `json:"schema"`
	Query   string    `json:"query"`
	Entries []Meaning `json:"entries"`
}

// Meaning is one of the errors that a code or text may stand for. Words are by
// language.
type Meaning struct {
	ID        string              `json:"id"`
	Title     map[string]string   `json:"title"`
	Note      map[string]string   `json:"note,omitempty"`
	Causes    []MeaningCause      `json:"causes"`
	Collect   []map[string]string `json:"collect"` // what settles it
	Citations []Citation          `json:"citations"`
}

// MeaningCause is a likely cause.
type MeaningCause struct {
	ID   string            `json:"id"`
	Text map[string]string `json:"text"`
	Tell map[string]string `json:"tell"` // what tells it from the others
}

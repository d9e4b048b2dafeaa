package document

import (
	"slices"
	"strings"

	"tlsready/internal/message"
)

// AnswerText is an answer of the evidence, such as "alert 40" or "closed", in words
// for a reader; JSON keeps the answer as it is.
func AnswerText(answer string) message.Text {
	if first, then, ok := strings.Cut(answer, ", then "); ok {
		return message.New("answer.then", message.Sub("first", AnswerText(first)), message.Sub("then", AnswerText(then)))
	}
	if code, ok := strings.CutPrefix(answer, "alert "); ok {
		return message.New("answer.alert", message.Str("code", code))
	}
	if slices.Contains(answers(), answer) {
		return message.New("answer." + strings.ReplaceAll(answer, " ", "-"))
	}
	return message.Literal(answer) // a version
}

// answers are the words of evidence that are neither a version nor an alert.
func answers() []string {
	return []string{"hello retry", "reset", "closed", "timeout", "not tls", "malformed", "no starttls", "unreachable"}
}

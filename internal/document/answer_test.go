package document

import (
	"testing"

	"tlsready/internal/message"
)

// Proves that answers are words in the reader's language, and in English those of
// the evidence.
func TestAnswerText(t *testing.T) {
	ja := message.For("ja")
	for answer, want := range map[string]string{
		"TLS 1.2": "TLS 1.2", "alert 40": "アラート 40", "closed": "切断", "TLS 1.3, then alert 20": "TLS 1.3、続いてアラート 20",
	} {
		if got := ja.Render(AnswerText(answer)); got != want {
			t.Errorf("%s: %q, want %q", answer, got, want)
		}
	}
	for _, answer := range append(answers(), "TLS 1.2", "alert 40", "hello retry, then closed") {
		if got := message.English(AnswerText(answer)); got != answer {
			t.Errorf("%q, want %q", got, answer)
		}
		if got := ja.Render(AnswerText(answer)); got == answer && answer != "TLS 1.2" {
			t.Errorf("%q is no Japanese", got)
		}
	}
}

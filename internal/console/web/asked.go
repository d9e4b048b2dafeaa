package web

import (
	"net/http"

	"tlsready/internal/message"
)

// Wrong is a mistake in what was asked for: its text is "console.answer.<id>", and what
// helps "console.hint.<id>".
func Wrong(id string, args ...message.Arg) error {
	return Mistake(http.StatusBadRequest, message.Error("console.answer."+id, args...).Hinted("console.hint."+id, args...))
}

// Missing is something that was asked for and is not there.
func Missing(id string, args ...message.Arg) error {
	return Mistake(http.StatusNotFound, message.Error("console.answer."+id, args...))
}

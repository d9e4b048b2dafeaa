package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"tlsready/internal/message"
	"tlsready/internal/store"
)

// Status is an error with the status of its answer.
type Status struct {
	Code int
	Err  error
}

func (s *Status) Error() string { return s.Err.Error() }

// Unwrap gives the mistake itself.
func (s *Status) Unwrap() error { return s.Err }

// Mistake is a problem that is answered with a status.
func Mistake(code int, p *message.Problem) error { return &Status{code, p} }

// StatusOf is the status of an error: that of a [Status], else that of the server's own
// fault.
func StatusOf(err error) int {
	var s *Status
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, store.ErrAway):
		return http.StatusServiceUnavailable
	case errors.As(err, &s):
		return s.Code
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, context.Canceled):
		return 499 // as nginx has it: the one who asked has gone
	}
	return http.StatusInternalServerError
}

// Refusal is how the API says what was wrong, in the language of the request.
type Refusal struct {
	Error string `json:"error"`
	Hint  string `json:"hint,omitempty"`
}

// WriteJSON answers with a document.
func WriteJSON(w http.ResponseWriter, code int, doc any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(doc) // the one who asked has gone
}

// againAfter is when to ask again for what failed because the store was away, in seconds.
const againAfter = 5

// Told is what the one who asks is told of an error. The server's own faults are noted for
// its log; of a store that is away people are told that nothing is lost, not where it is.
func Told(w http.ResponseWriter, r *http.Request, err error) error {
	if StatusOf(err) >= http.StatusInternalServerError {
		failed(r.Context(), err)
	}
	if !errors.Is(err, store.ErrAway) {
		return err
	}
	w.Header().Set("Retry-After", strconv.Itoa(againAfter))
	told := message.Error("console.error.away").Hinted("console.hint.away")
	told.Err = store.ErrAway
	return &Status{http.StatusServiceUnavailable, told}
}

// Refuse answers a program with what went wrong.
func Refuse(w http.ResponseWriter, r *http.Request, err error) {
	err = Told(w, r, err)
	what, hint := message.For(Language(r)).Problem(err)
	WriteJSON(w, StatusOf(err), Refusal{Error: what, Hint: hint})
}

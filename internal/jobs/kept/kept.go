// Package kept writes and reads why attempts failed, as River keeps it with a job: a
// sentence in English for whoever looks into the table, and below it a line of JSON, so that
// it can be said in other languages, and that it is known which worker is to blame.
package kept

import (
	"encoding/json"
	"strings"

	"github.com/riverqueue/river/rivertype"

	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/syserror"
)

// kept is an error whose text is what River keeps.
type kept struct {
	err  error
	text string
}

func (e *kept) Error() string { return e.text }
func (e *kept) Unwrap() error { return e.err }

// Blame is which worker an attempt failed because of, if it was one.
type Blame struct {
	Worker string `json:"worker,omitempty"` // its key, at the desk
	Spared bool   `json:"spared,omitempty"` // it cost no attempt
}

// line is what is below the sentence: what says it in other languages, and the blame.
type line struct {
	ID   string                       `json:"id"`
	Args map[string]message.StoredArg `json:"args,omitempty"`
	Blame
}

// maxSentence and maxLine bound what is kept of an error, in bytes: some of it may come
// from a worker.
const (
	maxSentence = 2000
	maxLine     = 8000
)

// Error makes an error ready to be kept.
func Error(err error, b Blame) error {
	return &kept{err, Text(message.CauseOf(err), b)}
}

// Text is what is kept of a text.
func Text(t message.Text, b Blame) string {
	t = t.Known(syserror.Text)
	said := t.Store()
	sentence := strings.ToValidUTF8(said.Text[:min(len(said.Text), maxSentence)], "")
	more, err := json.Marshal(line{said.ID, said.Args, b})
	if err != nil || len(more) > maxLine {
		more, _ = json.Marshal(line{Blame: b}) // plain values: no error
	}
	return store.Text(sentence) + "\n" + string(more)
}

// Failure is why an attempt failed.
type Failure struct {
	Why message.Text
	Blame
}

// Of reads what was kept. What an earlier version kept, or River itself, has no line below
// it.
func Of(e rivertype.AttemptError) Failure {
	text := strings.TrimPrefix(e.Error, cancelPrefix)
	if id := riverText(text); id != "" {
		return Failure{Why: message.New(id)}
	}
	sentence, below, is := cutLast(text)
	var l line
	if !is || json.Unmarshal([]byte(below), &l) != nil {
		return Failure{Why: message.Literal(text)}
	}
	return Failure{message.Stored{ID: l.ID, Args: l.Args, Text: sentence}.Restore(), l.Blame}
}

func cutLast(text string) (before, after string, found bool) {
	at := strings.LastIndexByte(text, '\n')
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+1:], true
}

// cancelPrefix is River's own word before what says the rest.
const cancelPrefix = "JobCancelError: "

// riverText is the id of what River says itself; "" if it does not.
func riverText(text string) string {
	switch text {
	case "job cancelled remotely": // [river.ErrJobCancelledRemotely]
		return "jobs.error.cancelled"
	case "Stuck job rescued by JobRescuer": // its maintenance
		return "jobs.error.stuck"
	case "the server that did it has ended": // which an earlier version kept
		return "jobs.error.server"
	}
	return ""
}

// Spared counts the errors that cost no attempt.
func Spared(errs []rivertype.AttemptError) (n int) {
	for _, e := range errs {
		if Of(e).Spared {
			n++
		}
	}
	return n
}

// Blamed are the workers because of which attempts failed.
func Blamed(errs []rivertype.AttemptError) (workers []string) {
	for _, e := range errs {
		if f := Of(e); f.Worker != "" {
			workers = append(workers, f.Worker)
		}
	}
	return workers
}

package page

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
)

// Ask is one message of the page: what to do and what with.
type Ask struct {
	Do       string   `json:"do"` // start, prepare, check, again, whatif, take, explain, download or clear
	Lang     string   `json:"lang"`
	Question Question `json:"question"`
	Text     string   `json:"text"`   // of explain
	Format   string   `json:"format"` // of download
	As       []string `json:"as"`     // of download: formats of change sets
}

// Answer is what the page is told. One of the fields is set.
type Answer struct {
	Problem *Problem `json:"problem,omitempty"`
	Start   *Start   `json:"start,omitempty"`
	Result  *Result  `json:"result,omitempty"`
	WhatIf  *WhatIf  `json:"whatif,omitempty"`
	Meaning *Meaning `json:"meaning,omitempty"`
	File    *File    `json:"file,omitempty"`
}

// Answer answers a message; data are the bytes of a file, nil without one. It never
// fails: whatever goes wrong is the answer.
func (s *Session) Answer(ctx context.Context, message []byte) (answer, data []byte) {
	var a Answer
	var ask Ask
	err := json.Unmarshal(message, &ask)
	if err == nil {
		a, err = s.guarded(ctx, ask)
	}
	if err != nil {
		a = Answer{Problem: s.ProblemOf(err, ask.Lang)}
	}
	if a.File != nil {
		data = a.File.Data
	}
	answer, err = json.Marshal(a)
	if err != nil {
		answer = []byte(`{"problem":{"what":"the answer cannot be written"}}`)
	}
	return answer, data
}

// guarded makes a panic, which is a defect of the program, an error, so that the page
// says so and goes on.
func (s *Session) guarded(ctx context.Context, ask Ask) (a Answer, err error) {
	defer func() {
		if failure := recover(); failure != nil {
			err = fmt.Errorf("defect: %v\n%s", failure, debug.Stack())
		}
	}()
	return s.do(ctx, ask)
}

func (s *Session) do(ctx context.Context, ask Ask) (a Answer, err error) {
	switch ask.Do {
	case "start":
		a.Start, err = s.Start(ask.Question.Today, ask.Lang)
	case "prepare":
		s.Prepare(ctx, ask.Lang)
	case "check":
		a.Result, err = s.Check(ctx, ask.Question, ask.Lang)
	case "again":
		a.Result, err = s.Again(ask.Lang)
	case "whatif":
		a.WhatIf, err = s.WhatIf(ctx, ask.Question, ask.Lang)
	case "take":
		a.Result, err = s.Take(ask.Lang)
	case "explain":
		a.Meaning, err = s.Explain(ask.Text, ask.Lang)
	case "download":
		a.File, err = s.Download(ask.Format, ask.Lang, ask.As)
	case "clear":
		s.Clear()
	default:
		err = fmt.Errorf("nothing to do: %q", ask.Do)
	}
	return a, err
}

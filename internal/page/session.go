package page

import (
	"bytes"
	"context"
	"strings"

	"tlsready/internal/assess"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/report/html"
	"tlsready/internal/report/sheet"
	"tlsready/internal/report/view"
	"tlsready/internal/service"
	"tlsready/internal/source"
	"tlsready/internal/source/join"
	"tlsready/internal/source/list/pure"
	"tlsready/internal/survey/judge"
	"tlsready/internal/winver"
)

// MaxHosts is how many hosts a page judges at once: the outcomes of all of them are
// kept, about 60 KB each, and a browser gives WebAssembly 4 GB at most.
const MaxHosts = 25_000

// Question is what a page asks of hosts. The names are those of the flags of check.
type Question struct {
	Sources  []string `json:"sources"` // files and folders
	Label    string   `json:"label"`   // what the user dropped, for the report
	Services []string `json:"services"`
	Callers  []string `json:"callers"`
	With     string   `json:"with"` // a recipe
	On       string   `json:"on"`
	Today    string   `json:"today"` // the page's clock
	OS       string   `json:"os"`
	Updates  bool     `json:"updates"` // take every update as installed
}

// Session is what a page works on. It is not for several goroutines at once.
type Session struct {
	// Progress is told how many hosts are done, and of how many; may be nil.
	Progress func(done, total int)

	last  *run // nil: nothing was judged yet
	other *run // what if; nil: not asked since the last check
}

// run is a question with its answer.
type run struct {
	Question
	judging  *judge.Judging
	judged   []*assess.Judged
	sum      document.Summary
	warnings []message.Text
	noSystem bool // some host was not judged because nothing says what system it is
}

// Prepare reads the knowledge, and judges and shows a host that is not there, so that the
// first one that is does not wait for it: a browser makes each function ready when it is
// called for the first time. It is for the time in which nobody waits.
func (s *Session) Prepare(ctx context.Context, lang string) {
	judging, err := judge.Question{}.Judging(ctx)
	if err != nil {
		return // a defect of the data, which the first check shows
	}
	r := &run{judging: judging}
	one := judging.Host(source.Host{Snapshot: &host.Snapshot{OS: host.OS{Version: "10.0", Build: winver.Windows10}}})
	judge.Tally(&r.sum, one.Services)
	r.judged = one.Services
	_, _ = s.result(r, lang)
}

// Clear forgets what was judged.
func (s *Session) Clear() { s.last, s.other = nil, nil }

// run judges what is asked for.
func (s *Session) run(ctx context.Context, q Question) (*run, error) {
	r := &run{Question: q}
	ask := judge.Question{Services: q.Services, Callers: q.Callers, Recipe: q.With, AssumeUpdates: q.Updates}
	var err error
	if ask.Today, err = day(q.Today); err != nil {
		return nil, err
	}
	if q.On != "" {
		if ask.On, err = day(q.On); err != nil {
			return nil, err
		}
	}
	ask.Reading = source.Options{OS: q.OS, Warn: r.warn, Join: join.Hosts, Kinds: pure.Kinds(), Progress: s.Progress}
	if r.judging, err = ask.Judging(ctx); err != nil {
		return nil, err
	}
	return r, r.judge(ctx, ask.Reading)
}

func day(text string) (service.Date, error) {
	d, err := service.ParseDate(text)
	if err != nil {
		return d, message.Error("web.error.date", message.Str("value", text))
	}
	return d, nil
}

func (r *run) warn(t message.Text) { r.warnings = append(r.warnings, t) }

// judge reads every host and judges it.
func (r *run) judge(ctx context.Context, reading source.Options) error {
	for h, err := range source.Read(ctx, r.Sources, reading) {
		if err != nil {
			return err
		}
		if r.sum.Hosts >= MaxHosts {
			return message.Error("web.error.hosts", message.Int("limit", MaxHosts)).Hinted("web.hint.hosts")
		}
		r.noSystem = r.noSystem || message.HintOf(h.Err).ID == hintOS
		one := r.judging.Host(h)
		if err := one.Err(); err != nil {
			return err
		}
		judge.Tally(&r.sum, one.Services)
		r.judged = append(r.judged, one.Services...)
	}
	return nil
}

// document is the result in a language.
func (r *run) document(words *message.Catalog) *document.Check {
	return r.judging.Document(words, r.judged, r.sum)
}

// options say how a result is rendered.
func (r *run) options(lang string) view.Options {
	return view.Options{Lang: lang, Source: r.Label, Today: r.judging.Today.String()}
}

// writers are the formats that a page offers. They are named here one by one, as each
// further one would make the page larger.
func writers() map[string]view.Renderer {
	return map[string]view.Renderer{"json": view.JSON, "csv": sheet.Check, "html": html.Check}
}

// render writes the result as check -o does.
func (s *Session) render(r *run, format, lang string) ([]byte, error) {
	if format == "json" {
		lang = "en" // a language changes words, never JSON
	}
	var out bytes.Buffer
	err := writers()[format](&out, r.document(message.For(lang)), r.options(lang))
	return out.Bytes(), err
}

// Problem is an error for people.
type Problem struct {
	What string `json:"what"`
	Hint string `json:"hint,omitempty"`
	// System says that the answer needs a version of Windows that no file states.
	System bool `json:"system,omitempty"`
}

// hintOS is the hint that only the user knows the version of Windows.
const hintOS = "gather.hint.os"

// ProblemOf gives the words of an error. Hints about the command line are put as the
// page's own.
func (s *Session) ProblemOf(err error, lang string) *Problem {
	words := message.For(lang)
	what, hint := words.Problem(err)
	id := message.HintOf(err).ID
	if own := "web." + strings.TrimPrefix(id, "source."); id != "" && words.Has(own) {
		hint = words.Text(own)
	}
	return &Problem{What: what, Hint: hint, System: id == hintOS}
}

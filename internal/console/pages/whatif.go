package pages

import (
	"context"
	"crypto/sha256"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"tlsready"
	"tlsready/internal/console/answer"
	"tlsready/internal/console/look"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/fleetparts"
	"tlsready/internal/store"
)

// Judging a large fleet again takes longer than anybody waits for a page: it goes on while
// the browser asks how far it is.
const (
	// answerTime is how long a request waits for the answer itself.
	answerTime = 1500 * time.Millisecond
	// runTime ends a run that nobody has asked about for so long.
	runTime = 10 * time.Second
	// keepTime is how long an answer is kept for those who come back.
	keepTime = 5 * time.Minute
	maxRuns  = 32
)

// runs are the questions that are being answered, or were lately.
type runs struct {
	mu  sync.Mutex
	all map[[sha256.Size]byte]*run
}

type run struct {
	mu          sync.Mutex
	done, total int
	asked       time.Time // when somebody last asked how far it is
	ended       chan struct{}
	doc         *document.WhatIf
	err         error
}

// of is the run of a question, begun if it is not there.
func (rs *runs) of(key string, ask func(context.Context, func(done, total int)) (*document.WhatIf, error)) *run {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	now := time.Now()
	for k, r := range rs.all {
		if r.over(now) {
			delete(rs.all, k)
		}
	}
	sum := sha256.Sum256([]byte(key))
	if r := rs.all[sum]; r != nil {
		r.touch(now)
		return r
	}
	r := &run{asked: now, ended: make(chan struct{})}
	if len(rs.all) < maxRuns {
		rs.all[sum] = r
	}
	ctx, cancel := context.WithCancel(context.Background())
	go r.watch(ctx, cancel)
	go func() {
		defer cancel()
		doc, err := ask(ctx, r.tell)
		r.mu.Lock()
		r.doc, r.err = doc, err
		r.mu.Unlock()
		close(r.ended)
	}()
	return r
}

// watch ends a run that nobody waits for any more.
func (r *run) watch(ctx context.Context, cancel func()) {
	tick := time.NewTicker(runTime / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			r.mu.Lock()
			left := now.Sub(r.asked) > runTime
			r.mu.Unlock()
			if left {
				cancel()
			}
		}
	}
}

func (r *run) touch(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = now
}

func (r *run) tell(done, total int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done, r.total = done, total
}

// over says whether a run has ended and is not kept any more; of one that failed nothing
// is kept.
func (r *run) over(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.ended:
		return r.err != nil || now.Sub(r.asked) > keepTime
	default:
		return false
	}
}

// whatIfPage asks another question of all hosts.
type whatIfPage struct {
	Services  selection
	On, Today string
	Versions  []option
	Suites    string
	Groups    string
	Before    string // what is asked now
	Asked     bool
	Progress  *progress
	Answer    *whatIfAnswer
}

type progress struct {
	Line        string
	Done, Total int
}

// whatIfAnswer is what becomes of the hosts.
type whatIfAnswer struct {
	Headline, State string
	Before, After   string
	Tiles           []fleetparts.Tile
	Lose, Gain      fleetparts.Table
	Other           fleetparts.Table
	LoseMore        string
	GainMore        string
	OtherMore       string
	Same            string
}

// paramSeries names a whole series in one field of a form.
const paramSeries = "series"

// askedSeries is the series that the form asks for, else that of the address.
func (q *request) askedSeries() (store.Series, bool, error) {
	if v, err := url.ParseQuery(q.get(paramSeries)); err == nil && v.Get(paramService) != "" {
		return store.Series{Service: v.Get(paramService), On: v.Get(paramOn), Callers: v.Get(paramCallers)}, true, nil
	}
	return q.series()
}

func (p *pages) whatIf(q *request) (look.Page, error) {
	s, ok, err := q.askedSeries()
	if err != nil {
		return look.Page{}, err
	}
	if !ok {
		return p.empty(q)
	}
	all, err := q.fleet.AllSeries(q.ctx())
	if err != nil {
		return look.Page{}, err
	}
	ask := answer.WhatIfQuery{Series: s, On: q.get(paramDay), Versions: given(q.URL.Query()["versions"]), Suites: words(q.get("suites")), Groups: words(q.get("groups"))}
	data := &whatIfPage{Services: selection{Name: paramSeries, Always: true}, On: ask.On, Today: q.Today, Suites: strings.Map(plain, q.get("suites")), Groups: strings.Map(plain, q.get("groups")), Asked: q.get("ask") != ""}
	for _, one := range all {
		d := documentSeries(one)
		data.Services.Options = append(data.Services.Options, option{withSeries(url.Values{}, d).Encode(), q.seriesName(d), one == s})
	}
	for _, v := range tlsready.Versions() {
		data.Versions = append(data.Versions, option{v.String(), v.String(), slices.Contains(ask.Versions, v.String())})
	}
	shown := look.Page{Title: q.say("nav.what-if"), Body: "what-if", Data: data}
	if !data.Asked {
		return shown, nil
	}
	return shown, p.answered(q, ask, data, &shown)
}

// paramDay is the day that a what-if asks about.
const paramDay = "day"

// answered waits a little for the answer, and else says how far it is.
func (p *pages) answered(q *request, ask answer.WhatIfQuery, data *whatIfPage, shown *look.Page) error {
	key := strings.Join([]string{q.visitor.Tenant, q.Today, ask.Series.Service, ask.Series.On, ask.Series.Callers, ask.On, strings.Join(ask.Versions, ","), strings.Join(ask.Suites, ","), strings.Join(ask.Groups, ",")}, "\x00")
	r := p.runs.of(key, func(ctx context.Context, tell func(done, total int)) (*document.WhatIf, error) {
		return q.fleet.WhatIf(ctx, ask, tell)
	})
	select {
	case <-r.ended:
	case <-q.ctx().Done():
		return q.ctx().Err()
	case <-time.After(answerTime):
	}
	r.mu.Lock()
	doc, err, done, total := r.doc, r.err, r.done, r.total
	r.mu.Unlock()
	switch {
	case err != nil:
		return err
	case doc == nil:
		data.Progress = &progress{Line: q.say("what-if.progress", message.Int("done", done), message.Int("total", total)), Done: done, Total: max(total, 1)}
		shown.Refresh = 1
		return nil
	}
	data.Answer, err = q.whatIfAnswer(doc, ask.Series)
	return err
}

func (q *request) whatIfAnswer(doc *document.WhatIf, s store.Series) (*whatIfAnswer, error) {
	lose, gain := len(doc.Lose)+doc.LoseMore, len(doc.Gain)+doc.GainMore
	without := doc.Was.NotInstalled // they have no program that asks, whatever the server takes
	a := &whatIfAnswer{
		Before: q.say("what-if.question", message.Str("date", doc.Before.On), message.Str("what", q.W.Acceptance(doc.Before.Accepts))),
		After:  q.say("what-if.question", message.Str("date", doc.After.On), message.Str("what", q.W.Acceptance(doc.After.Accepts))),
		State:  document.Connects, Headline: q.say("what-if.nothing"),
		Same: q.say("what-if.same", message.Int("n", doc.Same-without)),
		Tiles: []fleetparts.Tile{
			{Verdict: document.Fails, Word: q.change("not-ready", doc.Was.Fails, doc.Is.Fails), N: doc.Is.Fails},
			{Verdict: document.Unknown, Word: q.change("unknown", doc.Was.Unknown, doc.Is.Unknown), N: doc.Is.Unknown},
			{Verdict: document.Connects, Word: q.change("ready", doc.Was.Connects, doc.Is.Connects), N: doc.Is.Connects},
		},
	}
	switch {
	case lose > 0:
		a.State, a.Headline = document.Fails, q.say("what-if.lose", message.Int("n", lose), message.Int("all", doc.Hosts-without))
	case gain > 0:
		a.Headline = q.say("what-if.gain", message.Int("n", gain), message.Int("all", doc.Hosts-without))
	}
	for _, one := range []struct {
		to   *fleetparts.Table
		more *string
		id   string
		list []document.Moved
		left int
	}{{&a.Lose, &a.LoseMore, "what-if.lost", doc.Lose, doc.LoseMore}, {&a.Gain, &a.GainMore, "what-if.gained", doc.Gain, doc.GainMore}, {&a.Other, &a.OtherMore, "what-if.other", doc.Other, doc.Others}} {
		shown := one.list[:min(len(one.list), maxListed)]
		var err error
		if *one.to, err = q.movedTable(q.say(one.id), shown); err != nil {
			return nil, err
		}
		if left := one.left + len(one.list) - len(shown); left > 0 {
			*one.more = q.T("more", message.Int("n", left))
		}
	}
	return a, nil
}

// change says what a number was before.
func (q *request) change(id string, was, is int) string {
	if was == is {
		return q.T("col." + id)
	}
	return q.say("what-if.was", message.Str("word", q.T("col."+id)), message.Int("n", was))
}

func (q *request) movedTable(caption string, list []document.Moved) (fleetparts.Table, error) {
	return q.table(caption, q.Cols("host", "before", "after", "why", "owner"), len(list), func(i int) []fleetparts.Cell {
		m := list[i]
		return []fleetparts.Cell{
			{Text: m.Host, Href: hostAt(m.Host)},
			{Text: q.W.Code("verdict", m.Before), Badge: m.Before},
			{Text: q.W.Code("verdict", m.After), Badge: m.After},
			{Text: q.Cause(m.After, m.Cause)},
			{Text: m.Owner},
		}
	})
}

// plain leaves of the names of IANA what they are made of.
func plain(r rune) rune {
	if r < ' ' || r > '~' {
		return -1
	}
	return r
}

// words are the words of a field, parted by spaces, commas or lines.
func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" ,;\r\n\t", r) })
}

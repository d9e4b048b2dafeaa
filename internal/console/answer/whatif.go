package answer

import (
	"context"
	"iter"
	"runtime"
	"strings"

	"tlsready"
	"tlsready/internal/assess"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/source"
	"tlsready/internal/store"
	"tlsready/internal/survey"
	"tlsready/internal/survey/judge"
	"tlsready/internal/verdict"
)

// WhatIfQuery asks what another day, or another demand, would make of all hosts. What is
// left empty stays as it is.
type WhatIfQuery struct {
	Series store.Series
	On     string // the day
	// What the server would accept, by the names of IANA.
	Versions, Suites, Groups []string
}

const (
	// maxHeavy is how many fleets are judged at the same time: each takes all processors.
	maxHeavy = 1
	// maxMoved bounds each list of hosts in an answer; the numbers say the rest.
	maxMoved = 500
	// readAtOnce is how many settings are read from the store at once.
	readAtOnce = 500
)

// WhatIf judges all hosts twice, as they are asked now and as they would be. Progress is
// told how many are done, and of how many; it may be nil. It ends with the context.
func (t *Tenant) WhatIf(ctx context.Context, q WhatIfQuery, progress func(done, total int)) (*document.WhatIf, error) {
	was, err := t.judging(ctx, q.Series)
	if err != nil {
		return nil, err
	}
	is, err := t.otherwise(ctx, q)
	if err != nil {
		return nil, err
	}
	select {
	case t.room.heavy <- struct{}{}:
		defer func() { <-t.room.heavy }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	counts, err := t.Count(ctx)
	if err != nil {
		return nil, err
	}
	doc := &document.WhatIf{
		Schema: document.WhatIfSchema, Today: t.today(), Before: question(was), After: question(is),
		Lose: []document.Moved{}, Gain: []document.Moved{}, Other: []document.Moved{},
	}
	stream := survey.Stream[store.Settings, document.Moved]{
		Workers: runtime.GOMAXPROCS(0), Ahead: 2 * readAtOnce,
		Work: func(_ context.Context, one store.Settings) (document.Moved, error) { return moved(was, is, one), nil },
	}
	for m, err := range stream.Each(ctx, t.each) {
		if err != nil {
			return nil, err
		}
		add(doc, m)
		if progress != nil && doc.Hosts%readAtOnce == 0 {
			progress(doc.Hosts, int(counts["hosts"]))
		}
	}
	return doc, nil
}

// each are the newest settings of all hosts.
func (t *Tenant) each(ctx context.Context) iter.Seq2[store.Settings, error] {
	return func(yield func(store.Settings, error) bool) {
		for after := ""; ; {
			page, err := t.Latest(ctx, after, readAtOnce)
			if err != nil {
				yield(store.Settings{}, err)
				return
			}
			for _, one := range page {
				after = one.Host.ID
				if !yield(one, nil) {
					return
				}
			}
			if len(page) < readAtOnce {
				return
			}
		}
	}
}

// otherwise is how hosts would be judged.
func (t *Tenant) otherwise(ctx context.Context, q WhatIfQuery) (*judge.Judging, error) {
	s := q.Series
	if q.On != "" {
		if _, err := service.ParseDate(q.On); err != nil {
			return nil, wrong("day", message.Quote("value", q.On))
		}
		s.On = q.On
	}
	shared, err := t.judging(ctx, s)
	if err != nil || len(q.Versions)+len(q.Suites)+len(q.Groups) == 0 {
		return shared, err
	}
	a := shared.Assessor.Services[0].Demand.Now()
	if err := demand(&a, q); err != nil {
		return nil, err
	}
	own, err := assess.New(shared.Model)
	if err != nil {
		return nil, err
	}
	d := shared.Assessor.Services[0]
	d.Demand.Phases, d.Demand.At = []verdict.Phase{{Accepts: assess.Resolve(a)}}, 0
	own.Services = []assess.Demanded{d}
	return &judge.Judging{On: shared.On, Today: shared.Today, Model: shared.Model, Assessor: own}, nil
}

// demand changes what a server accepts.
func demand(a *tlsready.Acceptance, q WhatIfQuery) (err error) {
	if len(q.Versions) > 0 {
		if a.Versions, err = only(q.Versions, tlsready.ParseVersion); err != nil {
			return err
		}
	}
	if len(q.Suites) > 0 {
		a.SuitesOf = nil
		if a.Suites, err = only(q.Suites, tlsready.ParseSuite); err != nil {
			return err
		}
	}
	if len(q.Groups) > 0 {
		a.Groups, err = only(q.Groups, tlsready.ParseGroup)
	}
	return err
}

// maxNames bounds a list of suites or groups: there are four hundred in all.
const maxNames = 500

func only[T comparable](names []string, parse func(string) (T, error)) (tlsready.Axis[T], error) {
	var list []T
	for _, name := range names[:min(len(names), maxNames)] {
		v, err := parse(strings.TrimSpace(name))
		if err != nil {
			return tlsready.AnyOf[T](), wrong("accepts", message.Quote("name", name))
		}
		list = append(list, v)
	}
	return tlsready.Only(list...), nil
}

func question(j *judge.Judging) document.Question {
	d := j.Assessor.Services[0].Demand
	return document.Question{Service: d.Service, On: j.On.String(), Accepts: document.Accept(d.Now())}
}

// moved is what becomes of a host.
func moved(was, is *judge.Judging, s store.Settings) document.Moved {
	h := source.Host{ID: s.Host.ID, Snapshot: s.Snapshot}
	before, after := was.Host(h), is.Host(h)
	m := document.Moved{Host: s.Host.ID, Before: worst(before), After: worst(after), Owner: s.Host.About.Labels["owner"]}
	for _, j := range after.Services {
		if string(j.Judgement.Verdict) == m.After {
			m.Cause = string(j.Judgement.Cause)
		}
	}
	return m
}

func worst(j judge.Judged) string {
	v := document.NotInstalled
	for _, one := range j.Services {
		if got := string(one.Judgement.Verdict); document.Rank(got) < document.Rank(v) {
			v = got
		}
	}
	return v
}

// add counts a host.
func add(doc *document.WhatIf, m document.Moved) {
	doc.Hosts++
	doc.Was.Add(m.Before)
	doc.Is.Add(m.After)
	list, more := &doc.Other, &doc.Others
	switch {
	case m.Before == m.After:
		doc.Same++
		return
	case m.After == document.Connects:
		list, more = &doc.Gain, &doc.GainMore
	case m.Before == document.Connects:
		list, more = &doc.Lose, &doc.LoseMore
	}
	if len(*list) >= maxMoved {
		*more++
		return
	}
	*list = append(*list, m)
}

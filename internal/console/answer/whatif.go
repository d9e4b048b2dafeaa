package answer

import (
	"context"
	"iter"
	"runtime"

	"tlsready/internal/console/answer/judges"
	"tlsready/internal/document"
	"tlsready/internal/store"
	"tlsready/internal/survey"
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
	// maxHeavy is how many fleets are judged at the same time: each takes half of the
	// processors, and reads beside.
	maxHeavy = 1
	// maxMoved bounds each list of hosts in an answer; the numbers say the rest.
	maxMoved = 500
	// aheadOfOne is how many hosts may be judged before one that takes longer.
	aheadOfOne = 1000
	// toldEach is after how many hosts the progress is told.
	toldEach = 500
	// verdictPage is how many verdicts are read at once.
	verdictPage = 5000
)

// WhatIf judges twice, as they are asked now and as they would be, the hosts that were judged
// for the series, or all of them if none was: who has no program that uses a service loses
// nothing by it. Progress is told how many are done, and of how many; it may be nil. It ends
// with the context.
func (t *Tenant) WhatIf(ctx context.Context, q WhatIfQuery, progress func(done, total int)) (*document.WhatIf, error) {
	was, err := t.judging(ctx, q.Series)
	if err != nil {
		return nil, err
	}
	is, err := t.room.judges.Otherwise(ctx, t.key(q.Series), judges.Other{On: q.On, Versions: q.Versions, Suites: q.Suites, Groups: q.Groups})
	if err != nil {
		return nil, err
	}
	select {
	case t.room.heavy <- struct{}{}:
		defer func() { <-t.room.heavy }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	asked, err := t.asked(ctx, q.Series)
	if err != nil {
		return nil, err
	}
	all := len(asked)
	if all == 0 {
		if all, err = t.CountHosts(ctx); err != nil {
			return nil, err
		}
	}
	if progress != nil {
		progress(0, all)
	}
	doc := &document.WhatIf{
		Schema: document.WhatIfSchema, Today: t.today(), Before: judges.Question(was), After: judges.Question(is),
		Lose: []document.Moved{}, Gain: []document.Moved{}, Other: []document.Moved{},
	}
	weigh := judges.NewWeighing(was, is)
	stream := survey.Stream[store.Settings, document.Moved]{
		Workers: max(1, runtime.GOMAXPROCS(0)/2), Ahead: aheadOfOne,
		Work: func(_ context.Context, one store.Settings) (document.Moved, error) {
			runtime.Gosched() // whoever asks for a page meanwhile comes first
			return weigh.Moved(one), nil
		},
	}
	each := func(ctx context.Context) iter.Seq2[store.Settings, error] {
		return only(asked, store.EachLatest(ctx, t.kept))
	}
	for m, err := range stream.Each(ctx, each) {
		if err != nil {
			return nil, err
		}
		add(doc, m)
		if progress != nil && doc.Hosts%toldEach == 0 {
			progress(doc.Hosts, all)
		}
	}
	return doc, nil
}

// asked are the ids of the hosts that have a verdict in a series.
func (t *Tenant) asked(ctx context.Context, s store.Series) (map[string]bool, error) {
	ids := map[string]bool{}
	for after := ""; ; {
		page, err := t.kept.Verdicts(ctx, s, after, verdictPage)
		if err != nil {
			return nil, err
		}
		for _, v := range page {
			ids[v.Host] = true
		}
		if len(page) < verdictPage {
			return ids, nil
		}
		after = page[len(page)-1].Host
	}
}

// only leaves out the settings of hosts that are not in ids; none are all.
func only(ids map[string]bool, list iter.Seq2[store.Settings, error]) iter.Seq2[store.Settings, error] {
	if len(ids) == 0 {
		return list
	}
	return func(yield func(store.Settings, error) bool) {
		for one, err := range list {
			if err == nil && !ids[one.Host.ID] {
				continue
			}
			if !yield(one, err) {
				return
			}
		}
	}
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

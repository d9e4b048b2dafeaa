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
	counts, err := t.Count(ctx)
	if err != nil {
		return nil, err
	}
	doc := &document.WhatIf{
		Schema: document.WhatIfSchema, Today: t.today(), Before: judges.Question(was), After: judges.Question(is),
		Lose: []document.Moved{}, Gain: []document.Moved{}, Other: []document.Moved{},
	}
	stream := survey.Stream[store.Settings, document.Moved]{
		Workers: runtime.GOMAXPROCS(0), Ahead: 2 * readAtOnce,
		Work: func(_ context.Context, one store.Settings) (document.Moved, error) {
			return judges.Moved(was, is, one), nil
		},
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

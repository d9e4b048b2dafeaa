package store

import (
	"context"
	"iter"
)

// latestPage is how many settings are read at once: some megabytes.
const latestPage = 500

// EachLatest gives the newest settings of all hosts of s, in the order of their ids. One
// page is read while the one before it is worked on. An error comes last, with empty
// settings; that of ctx is one.
func EachLatest(ctx context.Context, s Store) iter.Seq2[Settings, error] {
	return func(yield func(Settings, error) bool) {
		reading, cancel := context.WithCancel(ctx)
		pages := make(chan latest)
		go latestPages(reading, s, pages)
		defer func() { // even if yield panics
			cancel()
			for range pages {
			}
		}()
		for page := range pages {
			for _, one := range page.list {
				if !yield(one, nil) {
					return
				}
			}
			if page.err != nil {
				yield(Settings{}, page.err)
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(Settings{}, err)
		}
	}
}

// latest is a page, or why there is none.
type latest struct {
	list []Settings
	err  error
}

// latestPages reads page after page until nobody takes them any more.
func latestPages(ctx context.Context, s Store, pages chan<- latest) {
	defer close(pages)
	for after := ""; ; {
		list, err := s.Latest(ctx, after, latestPage)
		select {
		case pages <- latest{list, err}:
		case <-ctx.Done():
			return
		}
		if err != nil || len(list) < latestPage {
			return
		}
		after = list[len(list)-1].Host.ID
	}
}

package answer

import (
	"container/list"
	"sync"
)

// lru keeps the most things that were used last.
type lru[K comparable, V any] struct {
	mu    sync.Mutex
	most  int
	at    map[K]*list.Element
	order *list.List // of entry, the newest first
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

func newLRU[K comparable, V any](most int) *lru[K, V] {
	return &lru[K, V]{most: most, at: map[K]*list.Element{}, order: list.New()}
}

// get gives what is kept under a key, or makes it. Two who ask at the same time may both
// make it; the later one is kept. What could not be made is not.
func (l *lru[K, V]) get(key K, mk func() (V, error)) (V, error) {
	l.mu.Lock()
	if e, ok := l.at[key]; ok {
		l.order.MoveToFront(e)
		l.mu.Unlock()
		return e.Value.(entry[K, V]).value, nil //nolint:forcetypeassert // nothing else is in the list
	}
	l.mu.Unlock()
	v, err := mk()
	if err != nil {
		return v, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.at[key]; ok {
		l.order.Remove(e)
	}
	l.at[key] = l.order.PushFront(entry[K, V]{key, v})
	for l.order.Len() > l.most {
		last := l.order.Back()
		delete(l.at, last.Value.(entry[K, V]).key) //nolint:forcetypeassert // as above
		l.order.Remove(last)
	}
	return v, nil
}

package judges

import (
	"container/list"
	"sync"
)

// LRU keeps the things that were used last.
type LRU[K comparable, V any] struct {
	mu    sync.Mutex
	most  int
	at    map[K]*list.Element
	order *list.List // of entry, the newest first
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

// NewLRU keeps at most so many.
func NewLRU[K comparable, V any](most int) *LRU[K, V] {
	return &LRU[K, V]{most: most, at: map[K]*list.Element{}, order: list.New()}
}

// Get gives what is kept under a key, or makes it. Two who ask at the same time may both
// make it; the later one is kept. What could not be made is not.
func (l *LRU[K, V]) Get(key K, mk func() (V, error)) (V, error) {
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

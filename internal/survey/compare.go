package survey

import (
	"context"
	"iter"
	"strings"

	"tlsready/internal/assess"
	"tlsready/internal/survey/judge"
)

// Compare judges the hosts of two sources and compares them by their ids. Both
// sources are read at the same time, each in the order of its ids, so that neither
// has to be held in memory. An error comes last.
func (j *Judging) Compare(ctx context.Context, before, after *Hosts) iter.Seq2[assess.Compared, error] {
	return func(yield func(assess.Compared, error) bool) {
		b, stop := j.side(ctx, before)
		defer stop()
		a, stop := j.side(ctx, after)
		defer stop()
		alone := b.peek(2) == 1 && a.peek(2) == 1 && b.itself() && a.itself()
		for b.peek(1)+a.peek(1) > 0 && b.err == nil && a.err == nil {
			if !yield(nextDiff(b, a, alone), nil) {
				return
			}
		}
		if err := first(b.err, a.err); err != nil {
			yield(assess.Compared{}, err)
		}
	}
}

// side is one of two sources, a host at a time.
type side struct {
	sources []string
	next    func() (judge.Judged, error, bool)
	ahead   []judge.Judged // read, and not taken yet
	err     error
}

// side opens a source; stop ends its reading.
func (j *Judging) side(ctx context.Context, h *Hosts) (s *side, stop func()) {
	s = &side{sources: h.Sources}
	s.next, stop = iter.Pull2(j.Each(ctx, h))
	return s, stop
}

// peek reads ahead up to n hosts and returns how many there are.
func (s *side) peek(n int) int {
	for len(s.ahead) < n && s.err == nil {
		j, err, ok := s.next()
		if !ok {
			break
		}
		if err != nil {
			s.err = err
			break
		}
		s.ahead = append(s.ahead, j)
	}
	return len(s.ahead)
}

// take is the next host.
func (s *side) take() *assess.DiffSide {
	j := s.ahead[0]
	s.ahead = s.ahead[1:]
	return &assess.DiffSide{Snapshot: j.Host.Snapshot, Err: j.Host.Err, Judged: j.Services}
}

// itself says whether the source is the next host, and not a folder that holds it.
// The only hosts of two such sources are compared whatever their ids.
func (s *side) itself() bool { return len(s.sources) == 1 && s.ahead[0].Host.Path == s.sources[0] }

// nextDiff takes the host that comes first, from both sides if both have it.
func nextDiff(b, a *side, alone bool) assess.Compared {
	switch {
	case len(b.ahead) == 0:
		id := a.ahead[0].Host.ID
		return assess.Compare(id, nil, a.take())
	case len(a.ahead) == 0:
		id := b.ahead[0].Host.ID
		return assess.Compare(id, b.take(), nil)
	}
	was, is := b.ahead[0].Host.ID, a.ahead[0].Host.ID
	order := strings.Compare(strings.ToLower(was), strings.ToLower(is))
	switch {
	case alone || order == 0:
		return assess.Compare(is, b.take(), a.take())
	case order < 0:
		return assess.Compare(was, b.take(), nil)
	}
	return assess.Compare(is, nil, a.take())
}

package survey

import (
	"context"
	"iter"
	"runtime"

	"tlsready/internal/source"
	"tlsready/internal/survey/judge"
	"tlsready/internal/verdict"
)

// Judging judges the hosts of a run. It may be used by many goroutines at once.
type Judging struct{ *judge.Judging }

// perProcessor is how many hosts for each processor are read ahead of the one whose
// judgement is waited for.
const perProcessor = 4

// Each judges every host, on all processors, in the order of their ids. An error
// comes last, see [Hosts.Read].
func (j *Judging) Each(ctx context.Context, h *Hosts) iter.Seq2[judge.Judged, error] {
	s := Stream[source.Host, judge.Judged]{
		Workers: perProcessor * runtime.GOMAXPROCS(0),
		Work:    func(_ context.Context, h source.Host) (judge.Judged, error) { return j.Host(h), nil },
	}
	return s.Each(ctx, h.Read)
}

// Again reads a running machine, which has changed since, and judges it.
func (j *Judging) Again(ctx context.Context, url string) (verdict.Verdict, error) {
	worst := verdict.Connects
	for h, err := range source.Read(ctx, []string{url}, j.Reading) {
		if err == nil {
			err = h.Err
		}
		if err != nil {
			return verdict.Unknown, err
		}
		judged := j.Host(h)
		if judged.Conflict != nil {
			return verdict.Unknown, judged.Conflict
		}
		worst = judge.Worse(worst, judged.Verdict())
	}
	return worst, nil
}

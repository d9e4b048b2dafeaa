package survey

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// numbers gives 0 to n-1, until its context ends.
func numbers(n int) func(context.Context) iter.Seq2[int, error] {
	return func(ctx context.Context) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			for i := range n {
				if !yield(i, ctx.Err()) {
					return
				}
			}
		}
	}
}

// collect gives the results and the error of a sequence.
func collect[T any](seq iter.Seq2[T, error]) (results []T, err error) {
	for r, e := range seq {
		if e != nil {
			err = e
			continue
		}
		results = append(results, r)
	}
	return results, err
}

func same(_ context.Context, n int) (int, error) { return n, nil }

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// Proves that every input gives one result, in the order of the inputs no matter which
// is done first, and that no more are worked on than allowed.
func TestStreamInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		s := Stream[int, int]{Workers: 8, Ahead: 3, Work: func(_ context.Context, n int) (int, error) {
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			time.Sleep(time.Duration(n*7%5) * time.Second)
			return n, nil
		}}
		got, err := collect(s.Each(t.Context(), numbers(100)))
		if err != nil || !slices.Equal(got, upTo(100)) {
			t.Errorf("%v %v", got, err)
		}
		if most.Load() != 8 {
			t.Errorf("%d were worked on at the same time", most.Load())
		}
	})
}

// Proves that a slow input holds up the others behind a bounded number of results,
// or with Overtake none of them, and that its own result is given once.
func TestStreamLate(t *testing.T) {
	for name, c := range map[string]struct {
		overtake    bool
		begun       int // inputs that were begun while 0 was not done
		givenBefore int // results that were given before that of 0
	}{"strict": {false, 2 + 5, 0}, "overtake": {true, 50, 49}} {
		synctest.Test(t, func(t *testing.T) {
			late := make(chan struct{})
			var begun atomic.Int64
			s := Stream[int, int]{Workers: 2, Ahead: 5, Overtake: c.overtake, Work: func(_ context.Context, n int) (int, error) {
				if begun.Add(1); n == 0 {
					<-late
				}
				return n, nil
			}}
			go func() {
				synctest.Wait()
				if int(begun.Load()) != c.begun {
					t.Errorf("%s: %d inputs were begun, want %d", name, begun.Load(), c.begun)
				}
				close(late)
			}()
			got, err := collect(s.Each(t.Context(), numbers(50)))
			if at := slices.Index(got, 0); err != nil || c.overtake && at < c.givenBefore-5 || !c.overtake && at != 0 {
				t.Errorf("%s: %v %v", name, got, err)
			}
			slices.Sort(got)
			if !slices.Equal(got, upTo(50)) {
				t.Errorf("%s: %v", name, got)
			}
		})
	}
}

// Proves that a reader who takes nothing holds up the work.
func TestStreamWaitsForReader(t *testing.T) {
	for _, overtake := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var begun atomic.Int64
			s := Stream[int, int]{Workers: 4, Ahead: 2, Overtake: overtake, Work: func(ctx context.Context, n int) (int, error) {
				begun.Add(1)
				return n, nil
			}}
			for range s.Each(t.Context(), numbers(1000)) {
				synctest.Wait()
				if begun.Load() > 4+2+1 {
					t.Errorf("%d inputs were begun", begun.Load())
				}
				break
			}
		})
	}
}

var errWork = errors.New("work")

// Proves how a run ends that does not come to its end: which results are given,
// which error, and that no goroutine is left.
func TestStreamEnds(t *testing.T) {
	for name, c := range map[string]struct {
		work   func(ctx context.Context, n int) (int, error)
		inputs func(context.Context) iter.Seq2[int, error]
		err    error
		least  int // results that are there whatever the timing
	}{
		"work fails": {func(_ context.Context, n int) (int, error) {
			if n == 10 {
				return 0, errWork
			}
			return n, nil
		}, numbers(1000), errWork, 10},
		"inputs fail": {same, func(context.Context) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				_ = yield(0, nil) && yield(1, nil) && yield(0, errWork)
			}
		}, errWork, 2},
		"no inputs": {same, numbers(0), nil, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := Stream[int, int]{Workers: 4, Work: c.work}
			got, err := collect(s.Each(t.Context(), c.inputs))
			if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) || len(got) < c.least || !slices.IsSorted(got) || len(got) > c.least+8 {
				t.Errorf("%s: %v %v", name, got, err)
			}
		})
	}
}

// Proves that a panic in the work and in the inputs becomes an error with the
// stack of the place.
func TestStreamPanics(t *testing.T) {
	work := Stream[int, int]{Workers: 2, Work: func(_ context.Context, n int) (int, error) { return 1 / (n - 3), nil }}
	inputs := Stream[int, int]{Workers: 2, Work: same}
	for name, seq := range map[string]iter.Seq2[int, error]{
		"work": work.Each(t.Context(), numbers(50)),
		"inputs": inputs.Each(t.Context(), func(context.Context) iter.Seq2[int, error] {
			return func(func(int, error) bool) { panic("divide") }
		}),
	} {
		_, err := collect(seq)
		var failed *PanicError
		if !errors.As(err, &failed) || !strings.Contains(failed.Error(), "divide") || !strings.Contains(string(failed.Stack), "stream_test.go") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Proves that the end of the context ends the work: what is done by then is given,
// nothing more is begun, and the error says so. A context that ends after the last
// input changes nothing.
func TestStreamCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var begun atomic.Int64
		s := Stream[int, int]{Workers: 4, Work: func(ctx context.Context, n int) (int, error) {
			if begun.Add(1); n >= 20 {
				<-ctx.Done()
				return 0, ctx.Err()
			}
			return n, nil
		}}
		go func() {
			synctest.Wait()
			cancel()
		}()
		got, err := collect(s.Each(ctx, numbers(100)))
		if !errors.Is(err, context.Canceled) || !slices.Equal(got, upTo(20)) || begun.Load() != 24 {
			t.Errorf("%v %v, %d begun", got, err, begun.Load())
		}
		if got, err := collect(s.Each(ctx, numbers(5))); !errors.Is(err, context.Canceled) || len(got) > 0 {
			t.Errorf("after the end: %v %v", got, err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		s.Work = func(_ context.Context, n int) (int, error) {
			if n == 4 {
				cancel()
			}
			return n, nil
		}
		if got, err := collect(s.Each(ctx, numbers(5))); err != nil || !slices.Equal(got, upTo(5)) {
			t.Errorf("all were begun: %v %v", got, err)
		}
	})
}

// Proves that inputs are told when the results are no longer wanted, so that a source
// that waits for a machine does not hold up the end.
func TestStreamStopsInputs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := false
		s := Stream[int, int]{Workers: 2, Work: same}
		for range s.Each(t.Context(), func(ctx context.Context) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				yield(0, nil)
				<-ctx.Done()
				ended = true
			}
		}) {
			break
		}
		if !ended {
			t.Error("the inputs are still waited for")
		}
	})
}

// Proves that things come in the order of their numbers as long as few are late,
// and that one that is very late holds back no more than the limit.
func TestInOrder(t *testing.T) {
	const limit = 100
	o := inOrder[int]{limit: limit}
	var got []int
	for _, at := range []int{2, 0, 1, 4, 3} {
		got = append(got, o.add(at, at)...)
	}
	if !slices.Equal(got, upTo(5)) {
		t.Errorf("%v", got)
	}
	got = nil
	for at := 6; at < 6+limit+1; at++ { // 5 does not come
		got = append(got, o.add(at, at)...)
	}
	if len(got) != limit+1 || len(o.held) != 0 {
		t.Errorf("%d given, %d held", len(got), len(o.held))
	}
	if late := o.add(5, 5); !slices.Equal(late, []int{5}) {
		t.Errorf("the late one: %v", late)
	}
}

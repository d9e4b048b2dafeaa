//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"tlsready/internal/jobs"
	"tlsready/internal/jobs/work"
	"tlsready/internal/source/sourcetest"
	"tlsready/internal/store"
	"tlsready/internal/testkit/loopback"
)

// killing is a run of jobs in which the server and the workers are killed at random.
type killing struct {
	where string
	jobs  int // batches in all
	seed  uint64
	life  time.Duration // a process is killed after at most that, again and again
	say   func(format string, args ...any)

	ends  *ends
	url   string
	wants map[work.Kind]int64
	kills map[string]int
}

const (
	batch   = 2 // endpoints and hosts of a batch
	atOnce  = 2 // endpoints that are asked at a time
	silence = 2 * time.Second
	// answers is how long an endpoint takes for an answer: long enough that most batches
	// are under way when something is killed.
	answers = 20 * time.Millisecond
	workers = 3
	// leastLife is the least time in which the server answers and nothing is killed: it needs
	// some hundred milliseconds to begin.
	leastLife = 200 * time.Millisecond
	// progress is how many jobs are done at least before something else is killed: as many as
	// run at a time, so that on a busy machine no job has all of its attempts killed.
	progress = 10
	// maxOrder is how many endpoints an order names.
	maxOrder = 5000
	again    = "azure-backup" // hosts are judged again for it
)

// newSeed is one that fits on a command line.
func newSeed() uint64 { return uint64(time.Now().UnixNano() % 1e6) }

// kill is the command.
func kill(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("kill", flag.ContinueOnError)
	k := &killing{say: func(format string, args ...any) { fmt.Printf(format+"\n", args...) }}
	flags.IntVar(&k.jobs, "n", 10_000, "jobs")
	flags.Uint64Var(&k.seed, "seed", newSeed(), "which processes are killed when")
	flags.DurationVar(&k.life, "life", 3*time.Second, "something is killed after at most that")
	flags.StringVar(&k.where, "store", "", "an empty store (a new SQLite file)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if k.jobs < 10 || batch*k.jobs > most || k.life <= leastLife {
		return fmt.Errorf("-n is at least 10, at most %d, -life more than %v", most/batch, leastLife)
	}
	dir, err := os.MkdirTemp("", "jobs")
	if err != nil {
		return err
	}
	if k.where == "" {
		k.where = filepath.Join(dir, "store.db")
	}
	return errors.Join(k.run(ctx), os.RemoveAll(dir))
}

// run orders the work, lets it be done while processes are killed, and holds what is there
// afterwards to what should be.
func (k *killing) run(ctx context.Context) (err error) {
	if k.ends, err = newEnds(0, answers); err != nil {
		return err
	}
	defer k.ends.listener.Close()
	if err := k.order(ctx); err != nil {
		return fmt.Errorf("ordering: %w", err)
	}
	k.say("seed %d", k.seed)
	begin := time.Now()
	if err := k.work(ctx); err != nil {
		return err
	}
	endpoints, connections := k.ends.counted()
	k.say("%d jobs in %v, killed: %v; %d endpoints were asked by %d connections", k.jobs, time.Since(begin).Round(100*time.Millisecond), k.kills, endpoints, connections)
	return k.hold(ctx)
}

// order puts the work into the queue: seven of ten batches for the workers, two that the
// server does, and one that judges hosts again.
func (k *killing) order(ctx context.Context) error {
	q, err := openQueue(ctx, k.where, sizes{batch: batch})
	if err != nil {
		return err
	}
	recheck, own := k.jobs/10, k.jobs/5
	k.wants = map[work.Kind]int64{work.Recheck: int64(recheck), work.Probe: int64(k.jobs - recheck)}
	targets := k.ends.targets(batch * (k.jobs - recheck))
	list := append(orders(targets[:batch*own], ""), orders(targets[batch*own:], site)...)
	list = append(list, work.Order{Kind: work.Recheck, Tenant: tenant, Services: []string{again}})
	err = k.addHosts(ctx, q, batch*recheck)
	for _, o := range list {
		if err == nil {
			_, _, err = q.Enqueue(ctx, "test", o)
		}
	}
	return errors.Join(err, q.close())
}

// orders are those of probes.
func orders(targets []string, site string) (list []work.Order) {
	for begin := 0; begin < len(targets); begin += maxOrder {
		list = append(list, work.Order{Kind: work.Probe, Tenant: tenant, Site: site, Targets: targets[begin:min(begin+maxOrder, len(targets))]})
	}
	return list
}

// addHosts records hosts that are judged again.
func (k *killing) addHosts(ctx context.Context, q *queue, n int) error {
	s, err := q.db.AddTenant(ctx, tenant)
	if err != nil {
		return err
	}
	settings := sourcetest.References()[0].Snapshot()
	b := &store.Batch{}
	for i := range n {
		b.Hosts = append(b.Hosts, store.HostResult{ID: fmt.Sprintf("host%06d", i), At: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Settings: settings})
	}
	return s.Record(ctx, b)
}

// work lets the processes work until everything is done, and kills them meanwhile.
func (k *killing) work(ctx context.Context) error {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	k.url, k.kills = "http://"+address, map[string]int{}
	commands := map[string][]string{"server": {"serve", "-store", k.where, "-listen", address, "-batch", strconv.Itoa(batch), "-silence", silence.String(), "-concurrency", strconv.Itoa(atOnce)}}
	names := []string{"server"}
	for i := range workers {
		name := fmt.Sprintf("worker%d", i+1)
		names = append(names, name)
		commands[name] = []string{"work", "-server", k.url, "-name", name, "-concurrency", strconv.Itoa(atOnce)}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	running := map[string]*process{}
	start := func(name string) (err error) {
		running[name], err = launch(ctx, []string{roleIs + "=1"}, self, commands[name]...)
		return err
	}
	for _, name := range names {
		if err := start(name); err != nil {
			return err
		}
	}
	chance := rand.New(rand.NewPCG(k.seed, 0))
	for {
		done, err := k.waitFor(ctx, leastLife+time.Duration(chance.Int64N(int64(k.life-leastLife))))
		if err != nil {
			return fmt.Errorf("%w\nthe server said: %s", err, running["server"].text())
		}
		if done {
			break
		}
		victim := names[chance.IntN(len(names))]
		running[victim].kill()
		k.kills[victim]++
		if err := start(victim); err != nil {
			return err
		}
	}
	for _, name := range names {
		err = errors.Join(err, running[name].stop())
	}
	return err
}

// waitFor waits for a while, and until some more jobs are done, or until every job is. The
// error is that one will never be, or that ctx has ended.
func (k *killing) waitFor(ctx context.Context, d time.Duration) (bool, error) {
	const unknown = -1
	first, now := int64(unknown), int64(unknown)
	for until := time.Now().Add(d); time.Now().Before(until) || now-first < progress; {
		if counts, err := countAt(ctx, k.url); err != nil {
			until = time.Now().Add(d)
		} else {
			if now = counts.Of(jobs.Done); first == unknown {
				first = now
			}
			done := true
			for kind, n := range k.wants {
				of := counts[string(kind)]
				if of[jobs.Failed]+of[jobs.Cancelled] > 0 {
					return false, fmt.Errorf("a job was given up: %v", counts)
				}
				done = done && of[jobs.Done] == n
			}
			if done {
				return true, nil
			}
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(glance):
		}
	}
	return false, nil
}

// glance is how often the server is asked for its jobs.
const glance = 100 * time.Millisecond

// countAt asks a server for its jobs; while it is dead that is an error.
func countAt(ctx context.Context, url string) (counts jobs.Counts, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/counts", nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	return counts, json.NewDecoder(answer.Body).Decode(&counts)
}

// hold says what is not as it should be: each batch is in the queue once and done, each
// endpoint is in the store once with the answer that it gives, and each host was judged once.
func (k *killing) hold(ctx context.Context) error {
	q, err := openQueue(ctx, k.where, sizes{batch: batch})
	if err != nil {
		return err
	}
	s, err := q.db.Tenant(ctx, tenant)
	if err == nil {
		err = errors.Join(k.holdJobs(ctx, q), k.holdEndpoints(ctx, s), k.holdHosts(ctx, s))
	}
	return errors.Join(err, q.close())
}

func (k *killing) holdJobs(ctx context.Context, q *queue) error {
	type part struct {
		run    int64
		number int
	}
	there := map[part]int64{}
	for before := int64(0); ; {
		list, err := q.List(ctx, tenant, jobs.Filter{Before: before})
		if err != nil {
			return err
		}
		for _, job := range list {
			before = job.ID
			if job.State != jobs.Done {
				return fmt.Errorf("job %d is %s", job.ID, job.State)
			}
			if job.Plan {
				continue
			}
			if other := there[part{job.Run, job.Number}]; other != 0 {
				return fmt.Errorf("the jobs %d and %d are the same batch", other, job.ID)
			}
			there[part{job.Run, job.Number}] = job.ID
		}
		if len(list) == 0 {
			break
		}
	}
	if len(there) != k.jobs {
		return fmt.Errorf("%d batches, not %d", len(there), k.jobs)
	}
	return nil
}

func (k *killing) holdEndpoints(ctx context.Context, s store.Store) error {
	missing := map[string]bool{}
	for _, target := range k.ends.targets(batch * int(k.wants[work.Probe])) {
		missing[target] = true
	}
	for after := (store.EndpointKey{}); ; {
		list, err := s.Endpoints(ctx, after, 500)
		if err != nil {
			return err
		}
		for _, one := range list {
			after = one.Key
			if !missing[one.Key.Target] {
				return fmt.Errorf("%s is in the store twice, or nobody asked for it", one.Key.Target)
			}
			delete(missing, one.Key.Target)
			probes, err := s.Probes(ctx, one.Key)
			if err != nil || len(probes) != 1 {
				return fmt.Errorf("%s: %d probes that differ: %w", one.Key.Target, len(probes), err)
			}
			if e := probes[0].Endpoint; e.Error != nil || len(e.Versions) == 0 {
				return fmt.Errorf("%s: recorded without an answer: %+v", one.Key.Target, e)
			}
		}
		if len(list) == 0 {
			break
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%d endpoints are not in the store: %v", len(missing), missing)
	}
	return nil
}

func (k *killing) holdHosts(ctx context.Context, s store.Store) error {
	judged := 0
	for after := ""; ; {
		list, err := s.Verdicts(ctx, store.Series{Service: again}, after, 500)
		if err != nil {
			return err
		}
		for _, v := range list {
			after = v.Host
			judged++
			history, err := s.VerdictHistory(ctx, store.Series{Service: again}, v.Host)
			if err != nil || len(history) > 2 || len(history) == 0 { // two where midnight has passed
				return fmt.Errorf("%s: %d verdicts: %w", v.Host, len(history), err)
			}
		}
		if len(list) == 0 {
			break
		}
	}
	if want := batch * int(k.wants[work.Recheck]); judged != want {
		return fmt.Errorf("%d hosts are judged, not %d", judged, want)
	}
	return nil
}

// roleIs is the variable that tells the test's own program that it is one of the processes.
const roleIs = "TLSREADY_TEST_PROCESS"

// freeAddress is an address on which nobody listens now.
func freeAddress() (string, error) {
	ports, err := loopback.FreePorts(1)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("127.0.0.1:%d", ports[0]), nil
}

//go:build linux

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"tlsready/internal/jobs/work"
)

// program is what is measured: the program of this tree, and endpoints for it.
type program struct {
	path, self, dir string
	ends            *process
	port            string
	stores          int
}

// newProgram builds the program and starts endpoints that answer after a delay.
func newProgram(ctx context.Context, delay time.Duration) (p *program, err error) {
	p = &program{}
	if p.dir, err = os.MkdirTemp("", "jobs"); err != nil {
		return nil, err
	}
	if p.path, err = build(ctx, p.dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(p.dir))
	}
	if p.self, err = os.Executable(); err == nil {
		p.ends, err = launch(ctx, []string{roleIs + "=1"}, p.self, "ends", "-delay", delay.String())
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(p.dir))
	}
	if !p.ends.out.Scan() {
		return nil, errors.Join(errors.New("the endpoints did not start: "+p.ends.text()), os.RemoveAll(p.dir))
	}
	p.port = p.ends.out.Text()
	return p, nil
}

func (p *program) close() error {
	p.ends.kill()
	return os.RemoveAll(p.dir)
}

// fill orders probes of the first endpoints in a new store, and gives the store with the
// token of a worker.
func (p *program) fill(ctx context.Context, site string, n int) (where, token string, err error) {
	where = p.fresh()
	added, err := launch(ctx, nil, p.path, "serve", "token", "add", "osaka", "--kind", "worker", "--tenant", tenant, "--store", where)
	if err != nil {
		return "", "", err
	}
	for added.out.Scan() {
		if strings.HasPrefix(added.out.Text(), "tlsready_") {
			token = added.out.Text()
		}
	}
	if err := added.wait(); err != nil {
		return "", "", err
	}
	return where, token, p.order(ctx, where, orders((&ends{port: p.port}).targets(n), site)...)
}

// order puts orders into the queue of a store that no server has open.
func (p *program) order(ctx context.Context, where string, list ...work.Order) error {
	q, err := openQueue(ctx, where, sizes{})
	if err != nil {
		return err
	}
	for _, o := range list {
		if err == nil {
			_, _, err = q.Enqueue(ctx, "test", o)
		}
	}
	return errors.Join(err, q.close())
}

// serve starts a server over a store and waits until it listens.
func (p *program) serve(ctx context.Context, where string) (*process, string, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, "", err
	}
	server, err := launch(ctx, nil, p.path, "serve", "--store", where, "--listen", address, "--tenant", tenant)
	if err != nil {
		return nil, "", err
	}
	return server, "http://" + address, p.until(ctx, server, func() bool { return strings.Contains(server.text(), address) })
}

// work starts a worker.
func (p *program) work(ctx context.Context, url, token, name string, flags ...string) (*process, error) {
	args := []string{"worker", "--server", url, "--site", site, "--name", name, "--lang", "en"}
	return launch(ctx, []string{"TLSREADY_TOKEN=" + token}, p.path, append(args, flags...)...)
}

// until waits for something that a process brings about.
func (p *program) until(ctx context.Context, of *process, is func() bool) error {
	for !is() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
		if usedBy(of.cmd.Process.Pid) == 0 && strings.Contains(of.text(), "hint:") {
			return errors.New(of.text())
		}
	}
	return nil
}

// doneLine is what a worker says of a batch that it did.
var doneLine = regexp.MustCompile(`batch \d+ of \d+: (\d+) results`)

// results counts what workers have sent.
func results(workers []*process) (n int) {
	for _, w := range workers {
		for _, m := range doneLine.FindAllStringSubmatch(w.text(), -1) {
			one, _ := strconv.Atoi(m[1])
			n += one
		}
	}
	return n
}

// scaling is one row of the table.
type scaling struct {
	workers                  int
	wall                     time.Duration
	workersCPU, server, ends time.Duration
}

// scale is the command.
func scale(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("scale", flag.ContinueOnError)
	n := flags.Int("n", 50_000, "endpoints")
	delay := flags.Duration("delay", 50*time.Millisecond, "how long an endpoint takes for an answer")
	concurrency := flags.Int("concurrency", 72, "endpoints that a worker asks at a time")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *n < 1 || *n > most {
		return fmt.Errorf("-n is 1 to %d", most)
	}
	p, err := newProgram(ctx, *delay)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	fmt.Printf("%d endpoints that answer after %v; %d processors; load before: %s\n\n", *n, *delay, runtime.NumCPU(), load())
	fmt.Println("| workers | time | endpoints a second | to one worker | processor: workers | server | endpoints | of all processors |\n|---|---|---|---|---|---|---|---|")
	var first scaling
	for _, workers := range []int{1, 2, 4} {
		s, err := p.scaled(ctx, *n, workers, *concurrency)
		if err != nil {
			return err
		}
		if workers == 1 {
			first = s
		}
		fmt.Printf("| %d | %.1f s | %.0f | %.2f | %.1f s | %.1f s | %.1f s | %.0f %% |\n", s.workers, s.wall.Seconds(), float64(*n)/s.wall.Seconds(), first.wall.Seconds()/s.wall.Seconds(),
			s.workersCPU.Seconds(), s.server.Seconds(), s.ends.Seconds(), 100*(s.workersCPU+s.server+s.ends).Seconds()/s.wall.Seconds()/float64(runtime.NumCPU()))
	}
	fmt.Printf("\nload after: %s\n", load())
	return nil
}

// scaled lets some workers do all of it, in a new store.
func (p *program) scaled(ctx context.Context, n, workers, concurrency int) (s scaling, err error) {
	where, token, err := p.fill(ctx, site, n)
	if err != nil {
		return s, err
	}
	server, url, err := p.serve(ctx, where)
	if err != nil {
		return s, err
	}
	s.workers = workers
	ends, begin := p.ends.used(), time.Now()
	var list []*process
	for i := range workers {
		w, err := p.work(ctx, url, token, fmt.Sprintf("w%d", i+1), "--slots", "1", "--concurrency", strconv.Itoa(concurrency))
		if err != nil {
			return s, err
		}
		list = append(list, w)
	}
	if err := p.until(ctx, list[0], func() bool { return results(list) >= n }); err != nil {
		return s, err
	}
	s.wall, s.ends = time.Since(begin), p.ends.used()-ends
	for _, w := range list {
		err = errors.Join(err, w.stop())
		s.workersCPU += w.used()
	}
	err = errors.Join(err, server.stop())
	s.server = server.used()
	return s, errors.Join(err, p.recorded(ctx, where, n))
}

// recorded says whether a store has all endpoints.
func (p *program) recorded(ctx context.Context, where string, n int) error {
	q, err := openQueue(ctx, where, sizes{})
	if err != nil {
		return err
	}
	s, err := q.db.Tenant(ctx, tenant)
	if err == nil {
		counts, failed := s.Count(ctx)
		if err = failed; err == nil && counts["endpoints"] != int64(n) {
			err = fmt.Errorf("%d endpoints are in the store, not %d", counts["endpoints"], n)
		}
	}
	return errors.Join(err, q.close())
}

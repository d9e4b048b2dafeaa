//go:build linux

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tlsready/internal/jobs/work"
	"tlsready/internal/store"
	"tlsready/internal/store/open"
	"tlsready/internal/testkit/hostgen"
)

// way is one way of doing work of a size: it gives the processor time of all its processes.
type way func(ctx context.Context, p *program, n int) (time.Duration, error)

// comparison is work that a command does, and that jobs do.
type comparison struct {
	what     string
	n        int
	by, jobs way
}

// overhead is the command.
func overhead(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("overhead", flag.ContinueOnError)
	n := flags.Int("n", 5000, "endpoints that are probed")
	hosts := flags.Int("hosts", 10_000, "hosts that are judged again")
	runs := flags.Int("runs", 3, "runs of each, in turns; the least counts")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *n < 2 || *n > most || *hosts < 2 || *runs < 1 {
		return fmt.Errorf("-n is 2 to %d, -hosts at least 2, -runs at least 1", most)
	}
	p, err := newProgram(ctx, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	for _, n := range []int{1, *hosts} {
		if err := p.addFleet(ctx, n); err != nil {
			return err
		}
	}
	fmt.Printf("Processor time of all processes, without that of beginning and ending; load before: %s\n\n", load())
	fmt.Println("| what | by a command | as jobs | overhead |\n|---|---|---|---|")
	for _, c := range []comparison{
		{"%d endpoints probed by the server; `probe --store`", *n, probeStore, probeJobs("")},
		{"%d endpoints probed by a worker; `probe --server`", *n, probeServer, probeJobs(site)},
		{"%d hosts judged again; `check --store`", *hosts, checkCommand, checkJobs},
	} {
		direct, jobs, err := c.measure(ctx, p, *runs)
		if err != nil {
			return err
		}
		fmt.Printf("| "+c.what+" | %.2f s | %.2f s | %+.1f %% |\n", c.n, direct.Seconds(), jobs.Seconds(), 100*(jobs-direct).Seconds()/direct.Seconds())
	}
	fmt.Printf("\nload after: %s\n", load())
	return nil
}

// measure lets both ways take turns, and takes from each what the same costs with one item.
func (c comparison) measure(ctx context.Context, p *program, runs int) (direct, jobs time.Duration, err error) {
	least := map[string]time.Duration{}
	for range runs {
		for _, n := range []int{1, c.n} {
			for name, do := range map[string]way{"by": c.by, "jobs": c.jobs} {
				used, err := do(ctx, p, n)
				if err != nil {
					return 0, 0, err
				}
				key := fmt.Sprint(name, n)
				if before, there := least[key]; !there || used < before {
					least[key] = used
				}
			}
		}
	}
	of := func(name string) time.Duration { return least[fmt.Sprint(name, c.n)] - least[fmt.Sprint(name, 1)] }
	return of("by"), of("jobs"), nil
}

// fresh is the name of a store that is not there.
func (p *program) fresh() string {
	p.stores++
	return filepath.Join(p.dir, fmt.Sprintf("store%d.db", p.stores))
}

// command runs the program, and gives its processor time.
func (p *program) command(ctx context.Context, args ...string) (time.Duration, error) {
	c, err := launch(ctx, nil, p.path, args...)
	if err != nil {
		return 0, err
	}
	for c.out.Scan() { // what it prints is not looked at
	}
	err = c.wait()
	return c.used(), err
}

// probe probes so many endpoints by the command.
func (p *program) probe(ctx context.Context, n int, flags ...string) (time.Duration, error) {
	list := filepath.Join(p.dir, "targets.txt")
	if err := os.WriteFile(list, []byte(strings.Join((&ends{port: p.port}).targets(n), "\n")), 0o600); err != nil {
		return 0, err
	}
	return p.command(ctx, append([]string{"probe", "--targets", list}, flags...)...)
}

func probeStore(ctx context.Context, p *program, n int) (time.Duration, error) {
	return p.probe(ctx, n, "--store", p.fresh())
}

// probeServer sends to a server what it finds, as a worker does.
func probeServer(ctx context.Context, p *program, n int) (time.Duration, error) {
	where := p.fresh()
	server, url, err := p.serve(ctx, where)
	if err != nil {
		return 0, err
	}
	used, err := p.probe(ctx, n, "--server", url)
	err = errors.Join(err, server.stop())
	return used + server.used(), errors.Join(err, p.recorded(ctx, where, n))
}

func probeJobs(site string) way {
	return func(ctx context.Context, p *program, n int) (time.Duration, error) {
		where, token, err := p.fill(ctx, site, n)
		if err != nil {
			return 0, err
		}
		used, err := p.done(ctx, where, token, site, (n+work.BatchEndpoints-1)/work.BatchEndpoints)
		return used, errors.Join(err, p.recorded(ctx, where, n))
	}
}

// fleetOf is the store with so many hosts.
func (p *program) fleetOf(n int) string { return filepath.Join(p.dir, fmt.Sprintf("fleet%d.db", n)) }

// addFleet records hosts of which nothing was asked yet.
func (p *program) addFleet(ctx context.Context, n int) error {
	q, err := openQueue(ctx, p.fleetOf(n), sizes{})
	if err != nil {
		return err
	}
	g, b := hostgen.New(1), &store.Batch{}
	s, err := q.db.AddTenant(ctx, tenant)
	for i := 0; err == nil && i < n; i++ {
		b.Hosts = append(b.Hosts, store.HostResult{ID: fmt.Sprintf("host%06d", i), At: time.Now(), Settings: g.Next()})
		if len(b.Hosts) == 500 || i == n-1 {
			err, b = s.Record(ctx, b), &store.Batch{}
		}
	}
	return errors.Join(err, q.close())
}

// fleet is a store of its own with so many hosts.
func (p *program) fleet(n int) (string, error) {
	from, err := os.Open(p.fleetOf(n))
	if err != nil {
		return "", err
	}
	defer from.Close()
	to, err := os.Create(p.fresh())
	if err != nil {
		return "", err
	}
	_, err = io.Copy(to, from)
	return to.Name(), errors.Join(err, to.Close())
}

func checkCommand(ctx context.Context, p *program, n int) (time.Duration, error) {
	where, err := p.fleet(n)
	if err != nil {
		return 0, err
	}
	return p.command(ctx, "check", "--service", again, "--store", where, "--tenant", tenant)
}

func checkJobs(ctx context.Context, p *program, n int) (time.Duration, error) {
	where, err := p.fleet(n)
	if err == nil {
		err = p.order(ctx, where, work.Order{Kind: work.Recheck, Tenant: tenant, Services: []string{again}})
	}
	if err != nil {
		return 0, err
	}
	return p.done(ctx, where, "", "", (n+work.BatchHosts-1)/work.BatchHosts)
}

// done lets a server, and a worker if there is a site, do what was ordered, and gives their
// processor time. With the batches there is one job that split the order.
func (p *program) done(ctx context.Context, where, token, site string, batches int) (used time.Duration, err error) {
	server, url, err := p.serve(ctx, where)
	if err != nil {
		return 0, err
	}
	all := []*process{server}
	if site != "" {
		w, err := p.work(ctx, url, token, "w")
		if err != nil {
			return 0, err
		}
		all = append(all, w)
	}
	q, err := open.OpenQueue(ctx, where)
	if err != nil {
		return 0, err
	}
	for n := 0; n < batches+1; {
		if n, err = doneIn(ctx, q); err != nil {
			return 0, errors.Join(err, q.Close())
		}
		select {
		case <-ctx.Done():
			return 0, errors.Join(ctx.Err(), q.Close())
		case <-time.After(glance):
		}
	}
	err = q.Close()
	for _, one := range all {
		err = errors.Join(err, one.stop())
		used += one.used()
	}
	return used, err
}

// doneIn counts the jobs of a store that are done. It asks the file, not the server: that
// would cost what is measured.
func doneIn(ctx context.Context, q open.Queue) (n int, err error) {
	err = q.SQLite.QueryRowContext(ctx, "SELECT COUNT(*) FROM river_job WHERE state = 'completed'").Scan(&n)
	return n, err
}

//go:build linux

package main

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// run of the whole program: what to ask of whom, and where to write.
type session struct {
	finder
	lab       *lab
	n         int // runs of each tool
	endpoints int // of the blocks with many
	aims      []aim
	print     func(string)
}

// block is one comparison.
type block struct {
	id, title string
	run       func(context.Context, *session) error
}

func blocks() []block {
	return []block{
		{"many", "Versions TLS 1.0 to TLS 1.3 of many endpoints, nginx with one worker", many},
		{"least", "The same against servers that answer without cryptography", least},
		{"one", "Versions, suites and groups of one endpoint", one},
		{"clients", "Simulated clients against one endpoint", clients},
		{"memory", "1,000 endpoints in flight, each a second late", memory},
		{"odd", "What is said of odd servers", odd},
	}
}

// rowOf is a row by its name.
func rowOf(rows []row, label string) (figures, bool) {
	for _, r := range rows {
		if r.name == label && len(r.runs) > 0 {
			return medians(r.runs), true
		}
	}
	return figures{}, false
}

// compareWith adds an aim on the ratio of our row, the first, to another.
func (s *session) compareWith(rows []row, other, what string, most float64, of func(figures) float64) {
	a := aim{what: what, most: most, unit: "×"}
	base, ok := rowOf(rows, other)
	ours, measured := rowOf(rows, rows[0].name)
	if !ok || !measured || of(base) == 0 {
		a.missing = other + " is not there"
	} else {
		a.value = of(ours) / of(base)
	}
	s.aims = append(s.aims, a)
}

func wall(f figures) float64 { return f.wall.Seconds() }
func cpu(f figures) float64  { return f.cpu.Seconds() }
func made(f figures) float64 { return float64(f.connections) }

func many(ctx context.Context, s *session) error {
	endpoints := bulk(nginxBulk, s.endpoints)
	list, err := s.lab.listFile("many.txt", endpoints, func(e string) string { return e })
	if err != nil {
		return err
	}
	csv, err := s.lab.listFile("many.csv", endpoints, func(e string) string {
		host, port, _ := net.SplitHostPort(e)
		return host + ",,," + port
	})
	if err != nil {
		return err
	}
	rows := compare(ctx, s.n, []tool{
		s.ours("tlsready probe", saidMany, "--rate", "0", "--targets", list),
		s.stand("bare", "bare loop", list),
		s.stand("handshake", "crypto/tls loop", list),
		s.tlsx("ctls", "-c", "300", "-retry", "1", "-l", list),
		s.tlsx("auto", "-c", "300", "-retry", "1", "-l", list),
		s.zgrab2(csv),
	}, s.lab)
	s.print(figuresTable(rows))
	stand := "tlsx ctls"
	if _, ok := rowOf(rows, stand); !ok {
		stand = "crypto/tls loop"
	}
	s.compareWith(rows, stand, "many: wall by "+stand, 1/2.5, wall)
	s.compareWith(rows, stand, "many: CPU by "+stand, 1.0/4, cpu)
	s.compareWith(rows, "bare loop", "many: wall by the bare loop", 1.3, wall)
	s.compareWith(rows, "bare loop", "many: CPU by the bare loop", 1.3, cpu)
	return nil
}

func least(ctx context.Context, s *session) error {
	if err := s.lab.serve(ctx, "-port", strconv.Itoa(cannedBulk), "-many", strconv.Itoa(s.endpoints)); err != nil {
		return err
	}
	list, err := s.lab.listFile("least.txt", bulk(cannedBulk, s.endpoints), func(e string) string { return e })
	if err != nil {
		return err
	}
	rows := compare(ctx, s.n, []tool{
		s.ours("tlsready probe", saidMany, "--rate", "0", "--targets", list),
		s.stand("bare", "bare loop", list),
	}, s.lab)
	s.print(figuresTable(rows))
	s.compareWith(rows, "bare loop", "least: wall by the bare loop", 1.3, wall)
	s.compareWith(rows, "bare loop", "least: CPU by the bare loop", 1.3, cpu)
	return nil
}

func one(ctx context.Context, s *session) error {
	for _, server := range []struct {
		title string
		port  int
	}{
		{"nginx, TLS 1.2 and 1.3", modernPort},
		{"nginx, TLS 1.0 to 1.3, every suite", oldPort},
		{"crypto/tls, TLS 1.2 and 1.3, 50 ms late", delayPort},
		{"crypto/tls, TLS 1.0 to 1.3, 50 ms late", delay10Port},
	} {
		address := loopback(server.port)
		all := "tlsready versions, suites, groups"
		rows := compare(ctx, s.n, []tool{
			s.ours(all, saidOne, "--sni", name, "--suites", "--groups", address),
			s.ours("the same, --rate 0", saidOne, "--sni", name, "--suites", "--groups", "--rate", "0", address),
			s.ours("tlsready versions, suites", saidOne, "--sni", name, "--suites", address),
			s.sslscan("sslscan versions, suites, groups", address),
			s.sslscan("sslscan versions, suites", address, "--no-groups"),
			s.nmap(address),
			s.tlsx("ctls", "-ce", "-sni", name, "-u", address),
			s.tlsx("auto", "-ce", "-sni", name, "-u", address),
		}, s.lab)
		s.print("### " + server.title + "\n\n" + figuresTable(rows))
		for _, other := range []string{"sslscan versions, suites, groups", "nmap ssl-enum-ciphers"} {
			s.compareWith(rows, other, server.title+": connections by "+other, 0.99, made)
		}
		if strings.HasSuffix(server.title, "late") {
			for _, other := range []string{"nmap ssl-enum-ciphers", "tlsx ctls"} {
				s.compareWith(rows, other, server.title+": wall by "+other, 0.99, wall)
			}
		}
	}
	return nil
}

func clients(ctx context.Context, s *session) error {
	address := loopback(modernPort)
	rows := compare(ctx, s.n, []tool{
		s.ours("tlsready --as, 30 clients", saidClients, append([]string{"--sni", name, "--rate", "0", address}, thirty()...)...),
		s.ours("the same, default rate", saidClients, append([]string{"--sni", name, address}, thirty()...)...),
		s.ours("tlsready --as all-windows", saidClients, "--sni", name, "--rate", "0", "--as", "all-windows", address),
		s.testssl("testssl.sh -c", "-c", address),
	}, s.lab)
	s.print(figuresTable(rows))
	ours, ok := rowOf(rows, rows[0].name)
	a := aim{what: "clients: wall of 30", most: 0.1, unit: "s", value: ours.wall.Seconds()}
	if !ok {
		a.missing = rows[0].said
	}
	s.aims = append(s.aims, a)
	return nil
}

// thirty are six callers each of five versions of Windows.
func thirty() []string {
	var flags []string
	for _, system := range []string{"windows-7", "windows-server-2012-r2", "windows-server-2016", "windows-server-2019", "windows-server-2022"} {
		flags = append(flags, "--as", system)
	}
	return flags
}

func memory(ctx context.Context, s *session) error {
	if err := s.lab.serve(ctx, "-port", strconv.Itoa(slowBulk), "-many", strconv.Itoa(s.endpoints), "-delay", "1s"); err != nil {
		return err
	}
	list, err := s.lab.listFile("slow.txt", bulk(slowBulk, s.endpoints), func(e string) string { return e })
	if err != nil {
		return err
	}
	rows := compare(ctx, min(s.n, 3), []tool{
		s.ours("tlsready probe, versions", saidMany, "--rate", "0", "--concurrency", "1000", "--targets", list),
		s.tlsx("ctls", "-c", "1000", "-retry", "1", "-l", list),
	}, s.lab)
	s.print(figuresTable(rows))
	ours, ok := rowOf(rows, rows[0].name)
	a := aim{what: "memory at 1,000 in flight", most: 100, unit: "MB", value: float64(ours.memory) / 1024}
	if !ok {
		a.missing = rows[0].said
	}
	s.aims = append(s.aims, a)
	return nil
}

// odd asks three servers that tools are known to misread, one run each.
func odd(ctx context.Context, s *session) error {
	table := [][]string{{"server", "truth", "tlsready", "sslscan", "nmap", "tlsx ctls", "crypto/tls loop", "testssl.sh -p"}}
	for _, server := range []struct {
		title, truth string
		port         int
	}{
		{"five connections a second, then reset", "TLS 1.0, TLS 1.1, TLS 1.2", limiterPort},
		{"X448 alone", "TLS 1.3", x448Port},
		{"ffdhe3072 alone", "TLS 1.3", ffdhePort},
	} {
		address := loopback(server.port)
		list, err := s.lab.listFile("odd.txt", []string{address}, func(e string) string { return e })
		if err != nil {
			return err
		}
		line := []string{server.title, server.truth}
		for _, t := range []tool{
			s.ours("", saidOne, "--sni", name, "--suites", "--groups", address), s.sslscan("", address, "--no-groups"), s.nmap(address),
			s.tlsx("ctls", "-ce", "-sni", name, "-u", address), s.stand("handshake", "", list), s.testssl("", "-p", address),
		} {
			line = append(line, say(ctx, t, server.truth))
			calm(ctx)
		}
		table = append(table, line)
	}
	s.print(markdown(table))
	return nil
}

func say(ctx context.Context, t tool, truth string) string {
	if len(t.commands) == 0 {
		return "not found"
	}
	f, out, err := run(ctx, t)
	if err != nil {
		return fmt.Sprintf("%v (%s s)", err, seconds(f.wall))
	}
	return fmt.Sprintf("**%s**: %s (%s s)", judge(truth, t.said(out)), t.said(out), seconds(f.wall))
}

// calm lets the limiter forget the tool before.
func calm(ctx context.Context) {
	select {
	case <-time.After(2 * time.Second):
	case <-ctx.Done():
	}
}

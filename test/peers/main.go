//go:build linux

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := begin(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		stop()
		os.Exit(1)
	}
}

// begin is the program; "serve" and "loop" are what it starts itself as.
func begin(ctx context.Context, args []string) error {
	switch {
	case len(args) > 0 && args[0] == "serve":
		return serve(args[1:])
	case len(args) == 3 && args[0] == "loop":
		return loop(args[1], args[2])
	}
	flags := flag.NewFlagSet("peers", flag.ContinueOnError)
	s := &session{print: func(text string) { fmt.Println(text) }}
	only := flags.String("only", "", "blocks, separated by commas: "+strings.Join(blockIDs(), ", ")+" (all)")
	flags.IntVar(&s.n, "n", 3, "runs of each tool")
	flags.IntVar(&s.endpoints, "endpoints", 2000, "endpoints of the blocks with many, at most 2540")
	flags.StringVar(&s.tlsready, "tlsready", "", "the program to measure (built from this tree)")
	flags.StringVar(&s.folder, "tools", "", "a folder with further tools, such as tlsx and zgrab2")
	if err := flags.Parse(args); err != nil {
		return err
	}
	wanted := strings.Split(*only, ",")
	if *only == "" {
		wanted = blockIDs()
	}
	for _, id := range wanted {
		if !slices.Contains(blockIDs(), id) {
			return fmt.Errorf("no block %q; there are %s", id, strings.Join(blockIDs(), ", "))
		}
	}
	if s.n < 1 || s.endpoints < 1 || s.endpoints > 254*bulkPorts {
		return errors.New("-n is at least 1, -endpoints 1 to 2540")
	}
	return s.measure(ctx, wanted)
}

func blockIDs() []string {
	var ids []string
	for _, b := range blocks() {
		ids = append(ids, b.id)
	}
	return ids
}

// measure runs the blocks.
func (s *session) measure(ctx context.Context, wanted []string) (err error) {
	dir, err := os.MkdirTemp("", "peers")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if s.self, err = os.Executable(); err != nil {
		return err
	}
	if s.tlsready == "" {
		if s.tlsready, err = buildOurs(dir); err != nil {
			return err
		}
	}
	if s.lab, err = newLab(dir); err != nil {
		return err
	}
	defer s.lab.stop()
	if err := s.start(ctx); err != nil {
		return err
	}
	s.print("Load before: " + load() + "; " + strings.Join(s.versions(), "; ") + "\n")
	for _, b := range blocks() {
		if !slices.Contains(wanted, b.id) || ctx.Err() != nil {
			continue
		}
		s.print("## " + b.title + "\n")
		if err := b.run(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", b.id, err)
		}
	}
	s.print("## Aims\n\n" + aimsTable(s.aims) + "\nLoad after: " + load())
	return errors.Join(append(s.lab.errs, ctx.Err())...)
}

// start starts the servers that are there for every block.
func (s *session) start(ctx context.Context) error {
	return errors.Join(
		s.lab.startNginx(ctx, s.endpoints),
		s.lab.serve(ctx, "-port", strconv.Itoa(delayPort), "-delay", "50ms", "-oldest", "0x0303"),
		s.lab.serve(ctx, "-port", strconv.Itoa(delay10Port), "-delay", "50ms", "-oldest", "0x0301"),
		s.lab.serve(ctx, "-port", strconv.Itoa(limiterPort), "-limit", "5", "-oldest", "0x0301", "-newest", "0x0303"),
		s.lab.openssl(ctx, x448Port, "-tls1_3", "-groups", "X448"),
		s.lab.openssl(ctx, ffdhePort, "-tls1_3", "-groups", "ffdhe3072"),
	)
}

// load is the load of the last minutes.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return err.Error()
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

// versions names the tools that are there.
func (s *session) versions() []string {
	var list []string
	for _, t := range []struct{ program, flag string }{{"sslscan", "--version"}, {"nmap", "--version"}, {"testssl", "--version"}, {"tlsx", "-version"}, {"openssl", "version"}} {
		path := s.find(t.program)
		if path == "" {
			continue
		}
		out, _ := exec.Command(path, t.flag).CombinedOutput()
		list = append(list, t.program+" "+versionIn(string(out)))
	}
	return list
}

// versionIn is the first thing in a text that looks like a version.
func versionIn(text string) string {
	return regexp.MustCompile(`\d+\.\d+(\.\d+)?`).FindString(text)
}

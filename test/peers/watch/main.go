//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tlsready/internal/observe"
	"tlsready/internal/observe/capture"
	"tlsready/internal/testkit/capturekit"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := begin(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "watch:", err)
		stop()
		os.Exit(1)
	}
}

// begin is the program; "loop", "log" and "make" are what it starts itself as. A process that
// has been large hands its peak of memory on to those that it starts.
func begin(ctx context.Context, args []string) error {
	switch {
	case len(args) == 4 && args[0] == "log":
		return writeLog(args[1], args[2], args[3])
	case len(args) == 3 && args[0] == "loop":
		return loop(ctx, args[1], args[2])
	case len(args) == 6 && args[0] == "make":
		return write(args[1], args[2:])
	}
	flags := flag.NewFlagSet("watch", flag.ContinueOnError)
	big := flags.Int64("big", 1000, "size of the capture of HTTPS, in MB")
	hs := flags.Int64("hs", 256, "size of the captures of handshakes, in MB")
	logs := flags.Int64("logs", 512, "size of each log, in MB")
	n := flags.Int("n", 3, "runs of each but tshark, which runs once")
	slow := flags.Bool("tshark", true, "run tshark too")
	program := flags.String("tlsready", "", "the program to measure besides its reader; none: only the reader")
	if err := flags.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "watch")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, c := range []made{
		{"HTTPS", *big << 20, 32 << 20, 48 << 10, 0},
		{"handshakes", *hs << 20, 16 << 20, 0, 0},
		{"handshakes, each of another client", *hs << 20, 16 << 20, 0, 1},
	} {
		file := filepath.Join(dir, "made.pcap")
		if err := c.write(ctx, file); err != nil {
			return err
		}
		if err := measure(ctx, c, file, *n, *slow, *program); err != nil {
			return err
		}
	}
	return measureLogs(ctx, dir, *logs<<20, *n, *program)
}

// made is a capture that is made for a measurement.
type made struct {
	name        string
	size        int64
	block, bulk int
	strangers   int // 1: each connection is of another client
}

func (c made) write(ctx context.Context, file string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return exec.CommandContext(ctx, self, "make", file, fmt.Sprint(c.size), fmt.Sprint(c.block), fmt.Sprint(c.bulk), fmt.Sprint(c.strangers)).Run()
}

// write makes a capture: its size, that of a block, the bulk of a connection, and whether
// each is of another client.
func write(file string, numbers []string) error {
	var n [4]int
	for i, text := range numbers {
		var err error
		if n[i], err = strconv.Atoi(text); err != nil {
			return err
		}
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	traffic := capturekit.NewTraffic(int64(n[0]), n[1], n[2], make([]byte, 1000))
	if n[3] > 0 {
		traffic.Strangers()
	}
	_, err = io.Copy(w, traffic)
	return errors.Join(err, w.Flush(), f.Close())
}

// tool is one reader.
type tool struct {
	name    string
	command []string
	runs    int
	sums    bool // it gives a sum, and no line for each connection
}

// figures are what a run took.
type figures struct {
	wall, cpu time.Duration
	memory    int64 // MiB
	found     int   // connections
}

func measure(ctx context.Context, c made, file string, n int, slow bool, program string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	tools := []tool{{"reader of tlsready", []string{self, "loop", "tlsready", file}, n, false}, {"gopacket reassembly", []string{self, "loop", "gopacket", file}, n, false}}
	if program != "" {
		tools = append(tools, tool{"tlsready watch -f jsonl", []string{program, "watch", "-f", "jsonl", file}, n, false},
			tool{"tlsready watch", []string{program, "watch", file}, n, true}, tool{"tlsready watch -f parquet", []string{program, "watch", "-f", "parquet", file}, n, true})
	}
	if slow {
		tools = append(tools, tool{"tshark", tshark(file), 1, false})
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	fmt.Printf("\n%s: %.0f MB\n\n| tool | wall | CPU | MB per s of CPU | connections | per s of CPU | MiB | CPU by tlsready's |\n|---|---|---|---|---|---|---|---|\n", c.name, float64(info.Size())/1e6)
	var ours time.Duration
	all := 0 // connections, as the reader counts them
	for i, t := range tools {
		f, err := median(ctx, t)
		if err != nil {
			fmt.Printf("| %s | not run: %v |\n", t.name, err)
			continue
		}
		if i == 0 {
			ours, all = f.cpu, f.found
		}
		if t.sums {
			f.found = all
		}
		seconds := f.cpu.Seconds()
		fmt.Printf("| %s | %.2f s | %.2f s | %.0f | %d | %.0f | %d | %.1f |\n", t.name, f.wall.Seconds(), seconds,
			float64(info.Size())/1e6/seconds, f.found, float64(f.found)/seconds, f.memory, seconds/ours.Seconds())
	}
	return nil
}

// tshark is the command for what tlsready says of each connection.
func tshark(file string) []string {
	command := []string{"tshark", "-n", "-r", file, "-Y", "tls.handshake.type==1", "-T", "fields"}
	for _, field := range []string{"frame.time_epoch", "ip.src", "tcp.srcport", "ip.dst", "tcp.dstport", "tls.handshake.version", "tls.handshake.extensions.supported_version", "tls.handshake.extensions_server_name", "tls.handshake.ciphersuite", "tls.handshake.ja3"} {
		command = append(command, "-e", field)
	}
	return command
}

// median is the run with the median of CPU time.
func median(ctx context.Context, t tool) (figures, error) {
	var runs []figures
	for range t.runs {
		f, err := once(ctx, t.command, 1)
		if err != nil {
			return f, err
		}
		runs = append(runs, f)
	}
	slices.SortFunc(runs, func(a, b figures) int { return int(a.cpu - b.cpu) })
	return runs[len(runs)/2], nil
}

// once runs one process, on so many processors; 0: all. What it found is its lines, or
// the number in its one line.
func once(ctx context.Context, command []string, processors int) (f figures, err error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	if processors > 0 {
		cmd.Env = append(cmd.Environ(), "GOMAXPROCS="+strconv.Itoa(processors))
	}
	var failed bytes.Buffer
	lines := &counter{}
	cmd.Stdout, cmd.Stderr = lines, &failed
	begin := time.Now()
	err = cmd.Run()
	f.wall = time.Since(begin)
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1 && exit.ExitCode() != 3) {
		return f, fmt.Errorf("%w: %.200s", err, failed.String())
	}
	usage, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	f.cpu, f.memory = time.Duration(usage.Utime.Nano()+usage.Stime.Nano()), usage.Maxrss>>10
	if f.found = lines.n; lines.n == 1 {
		f.found, err = strconv.Atoi(strings.TrimSpace(string(lines.last)))
		return f, err
	}
	return f, nil // 1 and 3 are how watch says that somebody would be cut off, or may be
}

// counter counts lines, and keeps one.
type counter struct {
	n    int
	last []byte
}

// Write implements [io.Writer].
func (c *counter) Write(p []byte) (int, error) {
	if c.n += bytes.Count(p, []byte("\n")); c.n == 1 {
		c.last = append(c.last[:0], p...)
	}
	return len(p), nil
}

// loop reads a capture in this process and prints how many connections it found.
func loop(ctx context.Context, kind, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	found := 0
	if kind == "gopacket" {
		found, err = other(f)
	} else {
		_, err = capture.Read(ctx, f, file, func(observe.Connection) error {
			found++
			return nil
		})
	}
	fmt.Println(found)
	return err
}

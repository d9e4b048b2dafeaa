// Command summary reads "go test -json" and prints what a person wants of it:
// the output of what failed, every test that was not run, the closing line of
// each package, and at the end which packages took longest, each with its slowest
// test. It ends with 1 if anything failed.
//
//	go test -json ./... | summary [-all]
//
// With -all a test that skips is a failure too: where every real part is
// installed, nothing has a reason to skip. What needs files beside the project
// says "not run:" and is listed, no more.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// event is one line of "go test -json" (go doc test2json).
type event struct {
	Action, Package, Test, Output, ImportPath string

	Elapsed float64 // seconds, at the end of a test or package
}

func main() {
	all := flag.Bool("all", false, "a skipped test is a failure")
	flag.Parse()
	failed, err := summarize(os.Stdin, os.Stdout, *all)
	if err != nil {
		fmt.Fprintln(os.Stderr, "summary:", err)
	}
	if failed || err != nil {
		os.Exit(1)
	}
}

// maxLine bounds one line of the stream; a test may print a whole document.
const maxLine = 16 << 20

// summarize copies the summary of a stream and says whether something failed.
func summarize(in io.Reader, out io.Writer, all bool) (failed bool, err error) {
	s := &summary{out: bufio.NewWriter(out), all: all, output: make(map[string]*strings.Builder), slowest: make(map[string]event)}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			s.print(lines.Text() + "\n") // not from a test: the go command itself
			continue
		}
		s.take(e)
	}
	if s.packages == 0 {
		s.failed = true
		s.print("FAIL: no package was tested\n")
	}
	s.printSlowest()
	s.print(fmt.Sprintf("%d packages, %d tests passed, %d failed, %d skipped, %d parts not run\n", s.packages, s.passed, s.failures, s.skipped, s.notRun))
	if err := lines.Err(); err != nil {
		return true, err
	}
	return s.failed, s.out.Flush()
}

type summary struct {
	out    *bufio.Writer
	all    bool
	failed bool
	output map[string]*strings.Builder // package and test → what it printed

	ended   []event          // of packages
	slowest map[string]event // package → its slowest test

	packages, passed, failures, skipped, notRun int
}

func (s *summary) print(text string) { _, _ = s.out.WriteString(text) } // Flush reports the error

// shown is how many packages are named with their time, and noteworthy the seconds
// from which on one is.
const (
	shown      = 12
	noteworthy = 5
)

// printSlowest names the packages that took longest, so that a package which begins to
// slow everybody down is noticed early.
func (s *summary) printSlowest() {
	slices.SortStableFunc(s.ended, func(a, b event) int { return cmp.Compare(b.Elapsed, a.Elapsed) })
	for _, e := range s.ended[:min(shown, len(s.ended))] {
		if e.Elapsed >= noteworthy {
			test := s.slowest[e.Package]
			s.print(fmt.Sprintf("%6.1f s  %s (%s %.1f s)\n", e.Elapsed, e.Package, test.Test, test.Elapsed))
		}
	}
}

// take handles one event.
func (s *summary) take(e event) {
	key := e.Package + " " + e.Test
	switch {
	case e.Action == "build-output":
		s.print(e.Output)
	case e.Action == "build-fail":
		s.failed = true
	case e.Action == "output" && e.Test == "":
		s.packageOutput(e)
	case e.Action == "output":
		s.testOutput(key, e)
	case e.Test != "":
		s.testEnd(key, e)
	case e.Action == "pass" || e.Action == "fail" || e.Action == "skip":
		s.packages++
		s.ended = append(s.ended, e)
		s.failed = s.failed || e.Action == "fail"
		_ = s.out.Flush() // so that progress is seen package by package
	}
}

// packageOutput passes on what a package prints outside its tests, except the
// bare verdict that its closing line repeats.
func (s *summary) packageOutput(e event) {
	if e.Output != "PASS\n" && e.Output != "FAIL\n" {
		s.print(e.Output)
	}
}

func (s *summary) testOutput(key string, e event) {
	if strings.Contains(e.Output, "not run: ") {
		s.notRun++
		s.print(e.Package + " " + e.Test + ": " + strings.TrimSpace(e.Output) + "\n")
	}
	if s.output[key] == nil {
		s.output[key] = new(strings.Builder)
	}
	s.output[key].WriteString(e.Output)
}

func (s *summary) testEnd(key string, e event) {
	if e.Elapsed > s.slowest[e.Package].Elapsed {
		s.slowest[e.Package] = e
	}
	show := false
	switch e.Action {
	case "pass":
		s.passed++
	case "fail":
		s.failures++
		s.failed, show = true, true
	case "skip":
		s.skipped++
		s.failed, show = s.failed || s.all, true
	default:
		return
	}
	if text := s.output[key]; show && text != nil {
		s.print(e.Package + "\n" + text.String())
	}
	delete(s.output, key)
}

package survey

import (
	"bufio"
	"context"
	"errors"
	"io"
	"iter"
	"strconv"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/survey/judge"
	"tlsready/internal/userfile"
)

// maxTargetLine is the longest line of a list of targets: a URL of any length in use
// fits.
const maxTargetLine = 64 << 10

// Targets are what is looked at, in the order of the lists. A word is host, host:port,
// [v6]:port, an address, a URL with https, or a CIDR range with or without a port.
type Targets struct {
	Lists []TargetList
	Port  uint16 // of words that name none; 0: HTTPSPort
}

// TargetList is words, or the file they are read from, one a line. Empty lines and those
// that begin with # do not count; in a line with several columns (CSV) the first counts.
type TargetList struct {
	Words []string

	Name string                        // for the reader
	Open func() (io.ReadCloser, error) // nil: Words are all
	Once bool                          // it can be read once only: standard input
}

// maxTargets bounds a list of targets in bytes: five million lines of 50 bytes.
const maxTargets = 256 << 20

// TargetsIn is the list in a file.
func TargetsIn(file string) TargetList {
	return TargetList{Name: file, Open: func() (io.ReadCloser, error) { return userfile.OpenAtMost(file, maxTargets) }}
}

// Check reads everything but what can be read once only, before the first connection
// is made, and counts. It is 0 if the number cannot be known; the error is a
// [Mistake].
func (t *Targets) Check() (total int, err error) {
	open := false
	for _, l := range t.Lists {
		if open = open || l.Once; l.Once {
			continue
		}
		if err := t.read(l, func(spec targetSpec) bool { total += spec.count(); return true }); err != nil {
			return 0, err
		}
	}
	if open {
		return 0, nil
	}
	return total, nil
}

// All gives every target. An error, a [Mistake], is the last one.
func (t *Targets) All(context.Context) iter.Seq2[Target, error] {
	return func(yield func(Target, error) bool) {
		for _, l := range t.Lists {
			stopped := false
			err := t.read(l, func(spec targetSpec) bool {
				stopped = !spec.each(func(one Target) bool { return yield(one, nil) })
				return !stopped
			})
			if err != nil {
				yield(Target{}, err)
			}
			if err != nil || stopped {
				return
			}
		}
	}
}

// parse reads one word; place is its list and line.
func (t *Targets) parse(word, place string) (targetSpec, error) {
	port := t.Port
	if port == 0 {
		port = HTTPSPort
	}
	spec, err := parseTarget(word, port)
	if err != nil {
		return spec, noTarget(word, place, err)
	}
	return spec, nil
}

func noTarget(word, place string, why error) error {
	p := message.Error("survey.error.target", message.Str("value", word), message.Cause("why", why))
	p.Where = place
	return &Mistake{Err: p}
}

// read gives what the words of a list stand for, until take wants no more.
func (t *Targets) read(l TargetList, take func(targetSpec) bool) error {
	for _, word := range l.Words {
		spec, err := t.parse(word, "")
		if err != nil || !take(spec) {
			return err
		}
	}
	if l.Open == nil {
		return nil
	}
	in, err := l.Open()
	if err != nil {
		return judge.CannotRead(l.Name, err)
	}
	defer in.Close()
	return t.readLines(in, l.Name, take)
}

func (t *Targets) readLines(in io.Reader, name string, take func(targetSpec) bool) error {
	scanner := bufio.NewScanner(in)
	scanner.Buffer(make([]byte, 4096), maxTargetLine)
	for n := 1; scanner.Scan(); n++ {
		line := scanner.Text()
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		word, _, _ := strings.Cut(line, ",")
		if word = strings.TrimSpace(word); word == "" || strings.HasPrefix(word, "#") {
			continue
		}
		spec, err := t.parse(word, name+":"+strconv.Itoa(n))
		if err != nil || !take(spec) {
			return err
		}
	}
	err := scanner.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		err = message.Error("userfile.line", message.Int("limit", maxTargetLine))
	}
	if err != nil {
		return judge.CannotRead(name, err)
	}
	return nil
}

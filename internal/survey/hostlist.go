package survey

import (
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/files"
	"tlsready/internal/survey/judge"
)

// maxHostList bounds a list of hosts: a million names stay below it.
const maxHostList = 64 << 20

// maxUnmet bounds how many names a message lists.
const maxUnmet = 5

// HostList is a list of hosts, one on a line. Lines that name a machine to be
// reached, and also files and folders if no other sources are given, are sources;
// the others are ids of hosts in the sources.
type HostList struct {
	Sources []string

	name      string          // of the file, for the reader
	ids       map[string]bool // of all hosts that the list names, in lower case; true once met
	filtering bool            // some lines are ids: other hosts are not wanted
	lenient   bool            // finding none of the ids is a result, not a mistake
}

// ListOptions is how a list of hosts is read.
type ListOptions struct {
	Name    string          // of the file, for the reader
	Beside  bool            // there are other sources, from which the list's ids choose
	Via     string          // how machines are reached that are given by name alone, such as smb://admin@; "": not at all
	Schemes []source.Scheme // the ways to machines
}

// ReadHostList reads a list of hosts. A [Mistake] names the first line that says
// nothing, and how many there are.
func ReadHostList(in io.Reader, opt ListOptions) (*HostList, error) {
	data, err := io.ReadAll(io.LimitReader(in, maxHostList+1))
	switch {
	case err != nil:
		return nil, judge.CannotRead(opt.Name, err)
	case len(data) > maxHostList:
		return nil, mistake("hosts-large", message.Str("file", opt.Name))
	}
	text, err := source.Text(data)
	if err != nil {
		return nil, mistake("hosts-text", message.Str("file", opt.Name))
	}
	r := listReader{ListOptions: opt, list: &HostList{name: opt.Name, ids: map[string]bool{}}, seen: map[string]bool{}}
	if err := r.read(text); err != nil {
		return nil, err
	}
	return r.list, nil
}

// AllByID is the list with its machines as ids too: they are looked for in the
// sources and not reached for, and that none is there is no mistake.
func (l *HostList) AllByID() *HostList {
	if l == nil {
		return nil
	}
	return &HostList{name: l.name, ids: maps.Clone(l.ids), filtering: true, lenient: true}
}

// CheckVia tries how machines are reached on a name that every machine could have.
func CheckVia(via string, schemes []source.Scheme) error {
	o := ListOptions{Via: via, Schemes: schemes}
	before, _ := splitVia(via)
	id, known, err := o.machine(o.url("host"))
	var bad *message.Problem
	switch {
	case errors.As(err, &bad):
		what := bad.What // without the URL, which nobody named
		if what.IsZero() {
			what = message.CauseOf(bad.Err)
		}
		return &Mistake{Err: &message.Problem{Where: "--via", What: what, Hint: message.HintOf(err), Err: err}}
	case err != nil:
		return err
	case !known || !strings.HasSuffix(before, "@") && !strings.HasSuffix(before, "://") || !strings.HasPrefix(id, "host"):
		return mistake("via", message.Str("value", via))
	}
	return nil
}

// splitVia parts smb://admin@:4455 before the place of the machine's name.
func splitVia(via string) (before, port string) {
	if at := strings.LastIndexAny(via, "@/"); at >= 0 && strings.HasPrefix(via[at+1:], ":") {
		return via[:at+1], via[at+1:]
	}
	return via, ""
}

// url is the URL of a machine of which only the name is known.
func (o ListOptions) url(name string) string {
	before, port := splitVia(o.Via)
	if strings.Count(name, ":") > 1 && !strings.HasPrefix(name, "[") {
		name = "[" + name + "]"
	}
	return before + name + port
}

// machine gives the id of a machine that a URL names; known: it is such a URL.
func (o ListOptions) machine(url string) (id string, known bool, err error) {
	scheme, rest, _ := strings.Cut(url, ":")
	for _, s := range o.Schemes {
		if strings.EqualFold(s.Name, scheme) {
			id, err = s.ID(url)
			return id, true, err
		}
	}
	return "", strings.HasPrefix(rest, "//"), nil
}

// listReader takes the lines of a list.
type listReader struct {
	ListOptions
	list *HostList
	seen map[string]bool  // sources in lower case
	bad  *message.Problem // the first line that says nothing
	more int              // how many there are after it
}

// read takes the lines. Empty ones and those that begin with # do not count; of
// several bad ones the first is named.
func (r *listReader) read(text string) error {
	first, n := true, 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		header := first && r.Via != "" && files.IsNameHeader(firstColumn(line))
		if first = false; header {
			continue
		}
		if err := r.line(line); err != nil {
			r.note(r.Name+":"+strconv.Itoa(n), err)
		}
	}
	switch {
	case r.bad != nil && r.more > 0:
		r.bad.What = message.New("survey.hosts.more", message.Sub("first", r.bad.What), message.Int("n", r.more))
		return &Mistake{Err: r.bad}
	case r.bad != nil:
		return &Mistake{Err: r.bad}
	case len(r.list.Sources)+len(r.list.ids) == 0:
		return mistake("hosts-empty", message.Str("file", r.Name))
	}
	return nil
}

// note keeps the first bad line.
func (r *listReader) note(where string, err error) {
	if r.bad != nil {
		r.more++
		return
	}
	r.bad = &message.Problem{Where: where, What: message.CauseOf(err), Hint: message.HintOf(err), Err: err}
}

// line takes one line.
func (r *listReader) line(line string) error {
	if strings.ContainsFunc(line, func(c rune) bool { return unicode.IsControl(c) && c != '\t' || c == unicode.ReplacementChar }) {
		return problem("hosts-control")
	}
	if url, ok := r.asURL(line); ok {
		return r.machineLine(url)
	}
	if r.Beside && r.Via == "" {
		r.list.ids[strings.ToLower(line)], r.list.filtering = false, true
		return nil
	}
	path := strings.Trim(line, `"`)
	if _, err := os.Stat(path); err != nil {
		return problem("hosts-line", message.Str("value", line))
	}
	r.add(path)
	return nil
}

// asURL gives the URL that a line is, or that Via makes of a name. With Via a line
// with a path's separator that is there is still a file.
func (r *listReader) asURL(line string) (string, bool) {
	if _, known, err := r.machine(line); known || err != nil {
		return line, true
	}
	if r.Via == "" {
		return "", false
	}
	name := strings.TrimPrefix(firstColumn(line), `\\`)
	folders := strings.LastIndexByte(name, '/') // of a host's id, as reports list it
	if strings.ContainsAny(name, `/\`) {
		if _, err := os.Stat(line); err == nil {
			return "", false
		}
	}
	return r.url(strings.TrimSuffix(name[folders+1:], "$")), true
}

// machineLine takes a machine.
func (r *listReader) machineLine(url string) error {
	id, known, err := r.machine(url)
	switch {
	case err != nil:
		return err
	case !known || id == "":
		return problem("hosts-scheme", message.Str("value", url))
	}
	r.list.ids[strings.ToLower(id)] = true
	r.add(url)
	return nil
}

// add takes a source that was not named before.
func (r *listReader) add(source string) {
	if key := strings.ToLower(source); !r.seen[key] {
		r.seen[key] = true
		r.list.Sources = append(r.list.Sources, source)
	}
}

// firstColumn is what stands before the first comma, semicolon or tab of a line
// out of a list with columns, without the quotes that such lists have.
func firstColumn(line string) string {
	if rest, ok := strings.CutPrefix(line, `"`); ok {
		line, _, _ = strings.Cut(rest, `"`)
		return strings.TrimSpace(line)
	}
	if at := strings.IndexAny(line, ",;\t"); at >= 0 {
		line = line[:at]
	}
	return strings.TrimSpace(line)
}

// chooses says whether the list leaves hosts out.
func (l *HostList) chooses() bool { return l != nil && l.filtering }

// wants says whether the list leaves a host in, and notes that it was met.
func (l *HostList) wants(id string) bool {
	if !l.chooses() {
		return true
	}
	id = strings.ToLower(id)
	_, named := l.ids[id]
	if named {
		l.ids[id] = true
	}
	return named
}

// unmet tells of hosts that the list names and no source has: a list of which
// nothing is there is a mistake, not an all-clear.
func (l *HostList) unmet(warn func(message.Text)) error {
	if !l.chooses() {
		return nil
	}
	var missing []string
	for id, met := range l.ids {
		if !met {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	args := []message.Arg{message.Str("file", l.name), message.List("names", missing[:min(len(missing), maxUnmet)])}
	if len(missing) == len(l.ids) && !l.lenient {
		return mistake("hosts-unmet", args...)
	}
	warn(message.New("survey.warning.hosts-unmet", args...))
	return nil
}

package cli

import (
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/files"
	"tlsready/internal/term"
)

// maxHostList bounds the file of --hosts: a million names stay below it.
const maxHostList = 64 << 20

// maxUnmet bounds how many names a message lists.
const maxUnmet = 5

// sources are what a run reads: the arguments, and what --hosts adds to them.
func (r *run) sources(args []string) ([]string, error) {
	if err := r.readHosts(args); err != nil {
		return nil, err
	}
	return append(args[:len(args):len(args)], r.listed...), nil
}

// readHosts reads --hosts once. Lines that name a machine to be reached, and
// without arguments also files and folders, are sources; the others are ids of
// hosts in the sources that the arguments name.
func (r *run) readHosts(args []string) error {
	if r.hostsRead {
		return nil
	}
	r.hostsRead = true
	if err := r.checkRemote(); err != nil || r.flags.hosts == "" {
		return err
	}
	if r.flags.hosts == "-" && slices.Contains(args, "-") {
		return r.app.usageError("hosts-stdin")
	}
	text, name, err := r.hostsText()
	if err != nil {
		return err
	}
	l := hostList{run: r, filter: len(args) > 0, ids: map[string]bool{}, seen: map[string]bool{}}
	if err := l.read(text, name); err != nil {
		return err
	}
	if l.filtering {
		r.only = l.ids
	}
	r.named, r.listed = l.ids, l.sources
	return nil
}

// checkRemote refuses flags about other machines that cannot be meant.
func (r *run) checkRemote() error {
	app, f := r.app, r.flags
	switch {
	case f.concurrency < 1 || f.concurrency > maxConcurrency:
		return app.usageError("concurrency", message.Int("value", f.concurrency), message.Int("most", maxConcurrency))
	case f.hostTimeout <= 0:
		return app.usageError("host-timeout", message.Str("value", f.hostTimeout.String()))
	case f.via != "" && f.hosts == "" && app.origins["via"].kind == fromFlag: // a configuration may have it for other runs
		return app.usageError("via-without-hosts")
	case f.via != "" && f.hosts != "":
		return r.checkVia()
	}
	return nil
}

// checkVia tries --via on a name that every machine could have.
func (r *run) checkVia() error {
	before, _ := splitVia(r.flags.via)
	url, _ := r.via("host")
	id, known, err := r.machine(url)
	var bad *source.Error
	switch {
	case errors.As(err, &bad):
		return &UserError{Msg: "--via: " + bad.Msg, Hint: bad.Hint, Code: ExitUsage, Err: err}
	case err != nil:
		return err
	case !known || !strings.HasSuffix(before, "@") && !strings.HasSuffix(before, "://") || !strings.HasPrefix(id, "host"):
		return r.app.usageError("via", message.Str("value", r.flags.via))
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

// via is the URL of a machine of which only the name is known; false without
// --via.
func (r *run) via(name string) (string, bool) {
	before, port := splitVia(r.flags.via)
	if strings.Count(name, ":") > 1 && !strings.HasPrefix(name, "[") {
		name = "[" + name + "]"
	}
	return before + name + port, r.flags.via != ""
}

// machine gives the id of a machine that a URL names; known: it is such a URL.
func (r *run) machine(url string) (id string, known bool, err error) {
	scheme, rest, _ := strings.Cut(url, ":")
	for _, s := range r.source.Schemes {
		if strings.EqualFold(s.Name, scheme) {
			id, err = s.ID(url)
			return id, true, err
		}
	}
	return "", strings.HasPrefix(rest, "//"), nil
}

// hostsText reads the file of --hosts, or standard input.
func (r *run) hostsText() (text, name string, err error) {
	app := r.app
	in, name := app.In, app.text("cli.hosts.stdin")
	if path := r.flags.hosts; path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return "", path, app.cannotRead(path, err)
		}
		defer file.Close()
		in, name = file, path
	}
	data, err := io.ReadAll(io.LimitReader(in, maxHostList+1))
	switch {
	case err != nil:
		return "", name, app.cannotRead(name, err)
	case len(data) > maxHostList:
		return "", name, app.usageError("hosts-large", message.Str("file", name))
	}
	if text, err = source.Text(data); err != nil {
		return "", name, app.usageError("hosts-text", message.Str("file", name))
	}
	return text, name, nil
}

// hostList is the file of --hosts as it is read.
type hostList struct {
	run    *run
	filter bool // there are sources already, out of which ids choose

	sources   []string
	ids       map[string]bool // in lower case, true once met
	filtering bool            // some lines are ids
	seen      map[string]bool // lines in lower case
	bad       *UserError      // the first line that says nothing
	more      int             // how many there are after it
}

// read takes the lines. Empty ones and those that begin with # do not count; of
// several bad ones the first is named.
func (l *hostList) read(text, name string) error {
	first, n := true, 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		header := first && l.run.flags.via != "" && files.IsNameHeader(firstColumn(line))
		if first = false; header {
			continue
		}
		if err := l.line(line); err != nil {
			l.note(name+":"+strconv.Itoa(n), err)
		}
	}
	switch {
	case l.bad != nil && l.more > 0:
		l.bad.Msg = l.run.app.text("cli.hosts.more", message.Str("first", l.bad.Msg), message.Int("n", l.more))
		return l.bad
	case l.bad != nil:
		return l.bad
	case len(l.sources)+len(l.ids) == 0:
		return l.run.app.usageError("hosts-empty", message.Str("file", name))
	}
	return nil
}

// note keeps the first bad line.
func (l *hostList) note(where string, err error) {
	if l.bad != nil {
		l.more++
		return
	}
	l.bad = &UserError{Msg: where + ": " + err.Error(), Code: ExitUsage, Err: err}
	var user *UserError
	var bad *source.Error
	switch {
	case errors.As(err, &user):
		l.bad.Hint = user.Hint
	case errors.As(err, &bad):
		l.bad.Hint = bad.Hint
	}
}

// line takes one line.
func (l *hostList) line(line string) error {
	if strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) && r != '\t' || r == unicode.ReplacementChar }) {
		return l.run.app.usageError("hosts-control")
	}
	if url, ok := l.asURL(line); ok {
		return l.url(url)
	}
	if l.filter && l.run.flags.via == "" {
		l.ids[strings.ToLower(line)], l.filtering = false, true
		return nil
	}
	path := strings.Trim(line, `"`)
	if _, err := os.Stat(path); err != nil {
		return l.run.app.usageError("hosts-line", message.Str("value", term.Safe(line)))
	}
	l.add(path)
	return nil
}

// asURL gives the URL that a line is, or that --via makes of a name. With --via a
// line with a path's separator that is there is still a file.
func (l *hostList) asURL(line string) (string, bool) {
	if _, known, err := l.run.machine(line); known || err != nil {
		return line, true
	}
	name := strings.TrimPrefix(firstColumn(line), `\\`)
	url, ok := l.run.via(strings.TrimSuffix(name, "$"))
	if ok && strings.ContainsAny(name, `/\`) {
		_, err := os.Stat(line)
		ok = err != nil
	}
	return url, ok
}

// url takes a machine.
func (l *hostList) url(url string) error {
	id, known, err := l.run.machine(url)
	switch {
	case err != nil:
		return err
	case !known || id == "":
		return l.run.app.usageError("hosts-scheme", message.Str("value", term.Safe(url)))
	}
	l.ids[strings.ToLower(id)] = true
	l.add(url)
	return nil
}

// add takes a source that was not named before.
func (l *hostList) add(source string) {
	if key := strings.ToLower(source); !l.seen[key] {
		l.seen[key] = true
		l.sources = append(l.sources, source)
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

// wanted says whether --hosts names a host, and notes that it was met.
func (r *run) wanted(id string) bool {
	if r.only == nil {
		return true
	}
	_, named := r.only[strings.ToLower(id)]
	if named {
		r.only[strings.ToLower(id)] = true
	}
	return named
}

// unmet tells of hosts that --hosts names and no source has: a list of which
// nothing is there is a mistake, not an all-clear.
func (r *run) unmet() error {
	var missing []string
	for id, met := range r.only {
		if !met {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	text := message.Str("names", strings.Join(missing[:min(len(missing), maxUnmet)], ", "))
	if len(missing) == len(r.only) {
		return r.app.usageError("hosts-unmet", message.Str("file", r.flags.hosts), text)
	}
	r.app.Warn(r.app.text("cli.warning.hosts-unmet", message.Str("file", r.flags.hosts), text))
	return nil
}

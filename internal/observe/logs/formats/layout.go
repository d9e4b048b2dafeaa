package formats

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"time"

	"tlsready"

	"tlsready/internal/message"
	"tlsready/internal/observe/logs/frame"
	"tlsready/internal/observe/logs/jsonscan"
)

// Options are what a user knows of a log and the log does not say.
type Options struct {
	// Format is the id of a format, for logs whose content does not tell; "" detects.
	Format string
	// LogFormat is the line that the server was configured with: the text of nginx's
	// log_format, of Apache's LogFormat or of HAProxy's log-format; "" for the usual ones.
	LogFormat string
	// ClientField is the field that holds the real client of connections that came
	// through a balancer, by its name in the log or as a header: "X-Forwarded-For",
	// "$http_x_forwarded_for". The balancer then is Via.
	ClientField string
	// Keep are fields that go into Identity.Fields, by their names in the log.
	Keep []string
	// Location is the zone of times that are written without one; nil is UTC.
	Location *time.Location
	// Now gives the year to times that are written without one: the last one before it.
	// The zero time is the clock's.
	Now time.Time
	// Workers is how many blocks of lines are read at once; 0 is one for each processor.
	Workers int
}

// Config is what all of one reading share; nothing in it changes.
type Config struct {
	Options

	suites map[string]tlsready.Suite
}

// NewConfig fills in what o leaves out.
func NewConfig(o Options) *Config {
	c := &Config{Options: o, suites: suiteNames()}
	if c.Location == nil {
		c.Location = time.UTC
	}
	if c.Now.IsZero() {
		c.Now = time.Now()
	}
	return c
}

// Framing is how a file is cut into records.
type Framing uint8

// The ways.
const (
	ByLine     Framing = iota
	ByCSV              // lines, but not within quotes
	ByDocument         // the objects of JSON, alone, in lists, or in the list of an envelope
	ByEvent            // <Event> elements
)

// Layout is one way in which a format's records are written: that of a file, from one
// header to the next.
type Layout struct {
	Format  string // the format's id
	Framing Framing
	// Missing says that no field holds the version and how one is added; zero if one does.
	Missing message.Text
	// Named says that Missing holds for all lines, since a header names their fields, or
	// since it asks for more than the version.
	Named bool
	// Header is how a line begins that changes the layout of a CSV; nil: none does.
	Header []byte

	// parse reads a record into a draft that is empty.
	parse func(d *draft, record []byte) Outcome
	// state is what a format keeps of its headers from one to the next.
	state any
}

// Framer gives what finds the records of a layout, nil if they are lines.
func (l *Layout) Framer() frame.Framer {
	switch l.Framing {
	case ByDocument:
		return frame.Document()
	case ByEvent:
		return frame.Events()
	}
	return nil
}

// sample is the beginning of a log, or one line of it, which a format recognises or not.
type sample struct {
	head   []byte // from line on, whole lines where there are several
	line   []byte // without its end
	record []byte // the first object, if the line begins one
	names  map[string]string
	alone  bool // record is the whole line, so that the file is read by lines
}

// newSample looks at head from the line that begins at from.
func newSample(head []byte) *sample {
	line, _, _ := bytes.Cut(head, []byte{'\n'})
	s := &sample{head: head, line: bytes.TrimSuffix(line, []byte{'\r'})}
	begin := bytes.TrimLeft(s.line, " \t")
	if len(begin) == 0 || begin[0] != '{' && begin[0] != '[' {
		return s
	}
	if s.names = jsonNames(s.line); s.names != nil {
		s.record, s.alone = s.line, true
	}
	if s.names == nil || frame.Enveloped(s.line) {
		s.names, s.alone = nil, false
		frame.Document().Feed(head, func(record []byte, _ int) bool {
			s.record, s.names = record, jsonNames(record)
			return false
		})
	}
	return s
}

// jsonNames gives the fields of an object; nil if it is none.
func jsonNames(record []byte) map[string]string {
	names := make(map[string]string)
	var s jsonscan.Scanner
	if !s.Object(record, func(path, value []byte) { names[string(path)] = string(value) }) {
		return nil
	}
	return names
}

// has says whether the sample is an object with all of these fields.
func (s *sample) has(names ...string) bool {
	for _, n := range names {
		if _, ok := s.names[n]; !ok {
			return false
		}
	}
	return s.names != nil
}

// resolve gives what a field of a log means, with what the user asked for.
func (c *Config) resolve(t table, name string) setter {
	s := t[name]
	if c.ClientField != "" && fieldName(name) == fieldName(c.ClientField) {
		s = forwarded
	}
	if slices.Contains(c.Keep, name) {
		s = keep(name, s)
	}
	return s
}

// fieldName makes the ways alike in which logs write the name of a header:
// $http_x_forwarded_for, cs(X-Forwarded-For), %{X-Forwarded-For}i.
func fieldName(name string) string {
	name = strings.ToLower(name)
	if open := strings.IndexAny(name, "({"); open >= 0 {
		if end := strings.IndexAny(name, ")}"); end > open {
			name = name[open+1 : end]
		}
	}
	name = strings.ReplaceAll(strings.TrimPrefix(name, "$"), "-", "_")
	return strings.TrimPrefix(name, "http_")
}

// jsonField is what a field of an object means, and whether it tells the format.
type jsonField struct {
	set  setter
	mark bool
}

// jsonLayout is the layout of a format of JSON objects, which have one of the marks at
// least. check is asked of each object whether it is a connection of the format, once its
// fields are in the draft; nil: all are.
func (c *Config) jsonLayout(format string, s *sample, t table, check func(d *draft) Outcome, marks ...string) *Layout {
	fields := make(map[string]jsonField, len(t))
	for _, name := range slices.Concat(slices.Collect(maps.Keys(t)), c.Keep, c.clientFields(), marks) {
		fields[name] = jsonField{c.resolve(t, name), slices.Contains(marks, name)}
	}
	l := &Layout{Format: format, Framing: ByDocument}
	if s.alone {
		l.Framing = ByLine
	}
	l.parse = func(d *draft, record []byte) Outcome {
		marked := false
		ok := d.scan.Object(record, func(path, value []byte) {
			f := fields[string(path)]
			marked = marked || f.mark
			if f.set != nil {
				d.set(f.set, value)
			}
		})
		switch {
		case !marked:
			return Foreign
		case !ok:
			return Broken
		}
		return d.checked(check)
	}
	return l
}

// clientFields are the names that JSON logs give the field of the real client.
func (c *Config) clientFields() []string {
	if c.ClientField == "" {
		return nil
	}
	plain := fieldName(c.ClientField)
	return []string{c.ClientField, strings.ToLower(c.ClientField), plain, "http_" + plain}
}

// columns is the layout of lines of values between separators, named by a header.
type columns struct {
	setters   []setter
	separator byte
	check     func(d *draft) Outcome
}

// columns resolves the names of a header. check is asked as in jsonLayout.
func (c *Config) columns(t table, names []string, separator byte, check func(d *draft) Outcome) *columns {
	k := &columns{separator: separator, check: check}
	for _, n := range names {
		k.setters = append(k.setters, c.resolve(t, n))
	}
	return k
}

// parse reads a line, which must have as many values as the header has names.
func (k *columns) parse(d *draft, line []byte) Outcome {
	for _, s := range k.setters {
		if line == nil {
			return Broken
		}
		value := line
		if i := bytes.IndexByte(line, k.separator); i >= 0 {
			value, line = line[:i], line[i+1:]
		} else {
			line = nil
		}
		d.set(s, value)
	}
	if line != nil {
		return Broken
	}
	return d.checked(k.check)
}

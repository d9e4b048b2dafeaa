package files

import (
	"cmp"
	"fmt"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/gather"
	"tlsready/internal/source/regquery"
)

// maxConsole bounds what was saved of a console: a query of a whole SOFTWARE key
// has some hundred megabytes, and nobody pastes that.
const maxConsole = 64 << 20

// Console reads what people save of a console: answers of reg query and systeminfo,
// with the command lines that asked, or without them.
func Console() source.Kind {
	return source.Kind{Name: "console", Sniff: sniffConsole, Limit: maxConsole, Read: readConsole, Extensions: []string{".txt", ".log"}}
}

func sniffConsole(head []byte, name string) bool {
	for _, ending := range []string{".cmd", ".bat", ".ps1", ".psm1", ".md", ".html", ".htm"} { // they may show such lines, and are no answers
		if source.HasSuffixFold(name, ending) {
			return false
		}
	}
	text, err := source.Text(head)
	if err != nil || strings.HasPrefix(strings.TrimSpace(text), "{") || strings.HasPrefix(strings.TrimSpace(text), "[") {
		return false
	}
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimRight(strings.TrimPrefix(line, "\ufeff"), "\r")
		l := regquery.Parse(line)
		if isKeyLine(l) || l.IsError && regquery.IsMissing(line) || isSystemInfo(line) {
			return true
		}
		if command, ok := prompt(line); ok && parseRegQuery(command) != nil {
			return true
		}
	}
	return false
}

// isKeyLine says whether a line is a key as reg query prints it, and not the
// beginning of a row of some other list.
func isKeyLine(l regquery.Line) bool {
	root, rest, _ := strings.Cut(l.Key, `\`)
	return rest != "" && host.NormalKey(root) != root && !strings.ContainsAny(l.Key, "\",;\t")
}

func readConsole(in source.Input, opt source.Options) ([]source.Host, error) {
	file := in.Files[0]
	c := console{Facts: gather.Facts{Whole: true}, path: file.Path}
	c.begin(&query{})
	for i, line := range regquery.Lines(file.Data) {
		c.line(i+1, line)
	}
	c.begin(nil)
	if err := c.gathered(); err != nil {
		return nil, err
	}
	if c.info.os.Build > 0 {
		opt.OS = fmt.Sprintf("%s.%d", c.info.os.Version, c.info.os.Build)
	}
	s, err := c.Snapshot("console", in, opt)
	if err != nil {
		return nil, err
	}
	c.info.fill(s)
	if name := cmp.Or(c.machine, c.info.host); name != "" {
		s.Name = name
	}
	if len(s.Covered)+len(s.Shallow)+len(s.Absent) == 0 && len(s.Registry) > 0 {
		s.Notes = append(s.Notes, message.New("console.not-asked"))
	}
	return source.One(in, s), nil
}

// console is such a text being read.
type console struct {
	gather.Facts
	path    string
	queries []*query
	machine string // that the command lines name; "": this one
	info    systemInfo
	next    string // what the next line is the answer of: "hostname"
}

func (c *console) query() *query { return c.queries[len(c.queries)-1] }

// begin ends the question before; nil: the text ends.
func (c *console) begin(q *query) {
	if len(c.queries) > 0 {
		c.query().end()
	}
	if q != nil {
		c.queries = append(c.queries, q)
	}
}

// line takes one line.
func (c *console) line(number int, line string) {
	if command, ok := prompt(line); ok {
		c.command(command)
		return
	}
	if c.next != "" && strings.TrimSpace(line) != "" {
		c.info.host, c.next = strings.TrimSpace(line), ""
		return
	}
	if c.info.take(line) {
		return
	}
	if strings.Contains(line, "\tREG_") { // as older reg.exe parts its columns
		line = strings.ReplaceAll(line, "\t", "    ")
	}
	if !c.query().take(line, regquery.Parse(line), number) {
		c.begin(&query{}) // it ended a search
	}
}

func (c *console) command(line string) {
	c.next = ""
	c.query().followed = true
	if q := parseRegQuery(line); q != nil {
		c.begin(q)
		return
	}
	c.begin(&query{})
	if strings.EqualFold(strings.TrimSpace(line), "hostname") {
		c.next = "hostname"
	}
}

// gathered makes facts of the questions and their answers.
func (c *console) gathered() error {
	var keys []string
	var values []host.Value
	for i, q := range c.queries {
		if i > 0 && q.known() && c.machine != q.machine && c.anyKnown(i) {
			return message.Error("console.machines", message.Str("first", c.machine), message.Str("second", q.machine)).OnLine(q.line).At(c.path).Hinted("console.hint.machines")
		}
		if q.known() {
			c.machine = q.machine
			keys = append(keys, q.key)
		}
		for _, s := range q.sections {
			keys = append(keys, s.key)
			values = append(values, s.values...)
		}
	}
	set := gather.ControlSetOf(keys, values)
	if set.Second != "" {
		c.Note("files.two-control-sets", message.Str("first", set.First), message.Str("second", set.Second))
	}
	said := answers{facts: &c.Facts, set: set, at: map[string]told{}}
	for _, q := range c.queries {
		said.query(q)
	}
	said.end()
	return nil
}

func (c *console) anyKnown(before int) bool {
	for _, q := range c.queries[:before] {
		if q.known() {
			return true
		}
	}
	return false
}

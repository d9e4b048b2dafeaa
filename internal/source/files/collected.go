package files

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/proxy"
	"tlsready/internal/source"
	"tlsready/internal/source/gather"
	"tlsready/internal/source/regquery"
)

const (
	collectedFormat = "tlsready.collect/v1"
	// collectedMark begins the lines that the collector itself writes.
	collectedMark = "## "
	// maxCollected bounds a collector file; the largest part, the list of servicing
	// packages, has some megabytes.
	maxCollected = 64 << 20
)

// Collected reads what the collector scripts write.
func Collected() source.Kind {
	return source.Kind{Name: "collected", Sniff: sniffCollected, Limit: maxCollected, Read: readCollected, Extensions: []string{".txt"}}
}

func sniffCollected(head []byte, name string) bool {
	return strings.HasPrefix(source.HeadText(head[:min(len(head), 64)]), "tlsready.collect/") || source.HasSuffixFold(name, ".tlsready.txt")
}

func readCollected(in source.Input, opt source.Options) ([]source.Host, error) {
	file := in.Files[0]
	c := collected{path: file.Path}
	if err := c.parse(regquery.Lines(file.Data)); err != nil {
		return nil, err
	}
	s, err := c.Snapshot("collected", in, opt)
	if err != nil {
		return nil, err
	}
	s.CollectedAt, s.Proxy = c.At, c.proxy
	if s.Updates != nil && !c.namesRollups() && gather.HasRollup(gather.EntriesBelow(gather.PackagesKey, c.Keys, c.Values)) {
		s.Updates.Complete = false
	}
	if c.host != "" && gather.HostName(gather.NewValues(c.Values)) == "" {
		s.Name = c.host
	}
	if s.OS.Architecture == "" {
		s.OS.Architecture = gather.ArchitectureWord(c.architecture)
	}
	return source.One(in, s), nil
}

// collected is a collector file being read.
type collected struct {
	gather.Facts
	path, host, architecture string
	proxy                    *host.Proxy // nil: not asked
	refused                  []string    // lists of which a part could not be read
	part                     part
	line                     int // of the current line, from 1
}

func (c *collected) parse(lines []string) error {
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	if len(lines) == 0 {
		return message.Error("files.empty").At(c.path).Hinted(hintAgain)
	}
	if first := strings.TrimSpace(lines[0]); first != collectedFormat {
		return message.Error("files.collected-format", message.Quote("found", shortText(first)), message.Quote("want", collectedFormat)).At(c.path)
	}
	if lines[len(lines)-1] != collectedMark+"end" {
		return message.Error("files.collected-cut", message.Quote("mark", collectedMark+"end")).OnLine(len(lines)).At(c.path).Hinted(hintAgain)
	}
	for i, line := range lines[1 : len(lines)-1] {
		c.line = i + 2
		var err error
		if mark, ok := strings.CutPrefix(line, collectedMark); ok {
			err = c.mark(mark)
		} else {
			err = c.answer(line)
		}
		if err != nil {
			return err
		}
	}
	if c.part.kind != "" {
		return message.Error("files.collected-open", message.Str("key", c.part.key)).OnLine(c.part.first).At(c.path).Hinted(hintAgain)
	}
	// A list is asked for in parts, and is whole only with all of them.
	c.Lists = slices.DeleteFunc(c.Lists, func(key string) bool { return slices.Contains(c.refused, key) })
	return nil
}

// namesRollups says whether the file holds where rollups came from, which is all
// that names them: the first collectors for cmd did not ask for it.
func (c *collected) namesRollups() bool {
	asked := 0
	for _, key := range c.Lists {
		if strings.EqualFold(key, gather.PackagesKey) {
			asked++
		}
	}
	return asked > 1
}

const hintAgain = "files.hint.collect-again"

// mark takes a line of the collector itself.
func (c *collected) mark(text string) error {
	word, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	switch word {
	case "present", "absent", "unreadable":
		return c.endPart(word, rest)
	}
	if c.part.kind != "" {
		return message.Error("files.collected-open", message.Str("key", c.part.key)).OnLine(c.part.first).At(c.path).Hinted(hintAgain)
	}
	switch word {
	case "host":
		c.host = rest
	case "architecture":
		c.architecture = rest
	case "tree", "key", "list", "value", "files", "config":
		key := host.CurrentControlSet(host.NormalKey(rest))
		if isRegistry := word != "files" && word != "config"; key == "" && word == "config" || isRegistry && !host.IsKey(key) {
			return message.Error("files.collected-no-key").OnLine(c.line).At(c.path).Hinted(hintAgain)
		}
		c.part = part{kind: word, key: key, at: key, first: c.line, fresh: true}
		if word == "tree" || word == "key" {
			c.Ask(key)
		}
	default:
		return message.Error("files.collected-mark", message.Quote("text", shortText(word))).OnLine(c.line).At(c.path).Hinted("files.hint.older")
	}
	return nil
}

// endPart closes a part: only a key that was read without an error, or is surely
// not there, was looked through.
func (c *collected) endPart(state, lines string) error {
	p := c.part
	c.part = part{}
	switch {
	case p.kind == "":
		return message.Error("files.collected-answer", message.Quote("text", state)).OnLine(c.line).At(c.path).Hinted(hintAgain)
	case lines != "" && lines != strconv.Itoa(c.line-p.first-1):
		return message.Error("files.collected-lines", message.Str("key", p.key), message.Int("found", c.line-p.first-1), message.Str("written", shortText(lines))).
			OnLine(c.line).At(c.path).Hinted(hintAgain)
	case p.kind == "files" || p.kind == "value":
		return nil
	case p.kind == "config":
		return c.config(p, state)
	}
	// Of a list that was asked for in parts, a later one may find nothing.
	doubt := p.doubt(state)
	if doubt == answerEmpty && p.kind == "list" && slices.ContainsFunc(c.Lists, func(key string) bool { return host.SameName(key, p.key) }) {
		doubt = ""
	}
	if doubt != "" {
		c.refuse(p, doubt)
		return nil
	}
	switch {
	case p.kind == "list":
		c.Lists = append(c.Lists, p.key)
	case state == "absent":
		c.Gone(p.key)
	case p.kind == "tree":
		c.Tree(p.key)
	default:
		c.Own(p.key)
	}
	return nil
}

// refuse notes a part whose answer proves nothing by what it lacks.
func (c *collected) refuse(p part, doubt string) {
	why := message.New(doubt)
	if doubt == saidError {
		why = message.Literal(shortText(p.err))
	}
	c.Note("collected.unreadable", message.Str("key", p.key), message.Sub("why", why))
	if p.kind == "list" {
		c.refused = append(c.refused, p.key)
	} else {
		c.Lost(p.key)
	}
}

// config takes what a machine.config says: the element <defaultProxy>, or nothing
// if the file has none.
func (c *collected) config(p part, state string) error {
	if c.proxy == nil {
		c.proxy = &host.Proxy{MachineConfig: map[string]string{}}
	}
	switch state {
	case "absent":
		return nil
	case "unreadable":
		c.Note("collected.unreadable", message.Str("key", p.key), message.Sub("why", message.New(saidUnreadable)))
		return nil
	}
	said, err := proxy.ParseConfig([]byte(strings.Join(p.lines, "\n")))
	if err != nil {
		return message.Error("files.collected-value", message.Str("name", p.key), message.Cause("why", err)).OnLine(p.first).At(c.path)
	}
	c.proxy.MachineConfig[strings.ToLower(p.key)] = said
	return nil
}

// answer takes a line of reg.exe, or of the file versions.
func (c *collected) answer(line string) error {
	if c.part.kind == "files" {
		return c.fileLine(line)
	}
	if c.part.kind == "config" {
		c.part.lines = append(c.part.lines, line)
		return nil
	}
	if c.part.kind == "" {
		return nil
	}
	l := regquery.Parse(line)
	c.part.take(line, l)
	switch {
	case l.Key != "":
		c.part.at, c.part.fresh = host.CurrentControlSet(host.NormalKey(l.Key)), true
		if c.part.own() {
			c.Keys = append(c.Keys, c.part.at)
		}
	case l.IsValue:
		return c.value(l)
	}
	return nil
}

// value takes "    Name    REG_DWORD    0x1".
func (c *collected) value(l regquery.Line) error {
	if !c.part.own() || c.part.stray || l.NotSet {
		return nil
	}
	if strings.HasSuffix(c.part.key, `\Packages`) && !c.part.fresh {
		return nil // the state of a package whose own line was filtered out
	}
	c.part.fresh = false
	data, err := l.Data()
	if err != nil {
		return message.Error("files.collected-value", message.Str("name", l.Name), message.Cause("why", err)).OnLine(c.line).At(c.path)
	}
	if c.part.kind == "value" && !wantedValue(c.part.at, l.Name) {
		return nil
	}
	c.Values = append(c.Values, host.Value{Key: c.part.at, Name: l.Name, Data: data})
	return nil
}

// wantedValue says whether a value that was asked for by name is one that counts: of the
// keys of accounts and of some others the rest is a person's own.
func wantedValue(key, name string) bool {
	return gather.Names(gather.Identities(), key, name) || gather.IsAccountValue(key, name) || gather.IsInterfaceValue(key, name)
}

// fileLine takes "file 6.1.7601.23375 System32\winhttp.dll", "time …" and "address 192.0.2.7".
func (c *collected) fileLine(line string) error {
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	switch word {
	case "time":
		t, err := time.Parse(time.RFC3339, rest)
		if t = t.UTC(); err != nil || t.Year() < 1 || t.Year() > 9999 {
			return message.Error("files.collected-time", message.Quote("text", shortText(rest))).OnLine(c.line).At(c.path)
		}
		c.At = t
	case "address":
		c.Addresses = append(c.Addresses, rest)
	case "file":
		version, name, _ := strings.Cut(rest, " ")
		if strings.Trim(version, "0123456789.") != "" || name == "" || version == "" {
			return message.Error("files.collected-version", message.Quote("text", shortText(rest))).OnLine(c.line).At(c.path)
		}
		if c.Files == nil {
			c.Files = map[string]string{}
		}
		c.Files[gather.FileName(name)] = version
	}
	return nil
}

// shortText is text that is short enough for a message.
func shortText(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

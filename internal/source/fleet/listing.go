package fleet

import (
	"regexp"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/source"
)

// PowerShell's list of what Get-ItemProperty gives: "Enabled : 0", one property a
// line, a blank line between objects. Types are lost in it, long lists are cut, and
// which values were asked for (-Name) does not show.

var listLine = regexp.MustCompile(`^(\S(?:.*?\S)?) *:(?: (.*))?$`)

func sniffListing(head []byte) bool {
	text := headText(head)
	if isJSON(text) || strings.HasPrefix(text, "<") {
		return false
	}
	for line := range strings.SplitSeq(text, "\n") {
		m := listLine.FindStringSubmatch(strings.TrimRight(line, "\r"))
		if m != nil && (strings.EqualFold(m[1], "PSPath") || strings.EqualFold(m[1], "PSParentPath")) && strings.Contains(m[2], "Registry::") {
			return true
		}
	}
	return false
}

func readListing(path string, data []byte, opt source.Options) ([]source.Host, error) {
	text, err := decodeText(data)
	if err != nil {
		return nil, message.At(path, err)
	}
	var all machines
	n := 0
	for _, o := range objectsOf(text) {
		if !o.has("PSPath") && !o.has("PSParentPath") {
			continue
		}
		n++
		m := all.get(o.one("PSComputerName"))
		m.note("fleet.types")
		m.listing(o)
	}
	if n == 0 {
		return nil, message.Error("fleet.no-objects").At(path)
	}
	return all.hosts("listing", path, opt), nil
}

// listedObject is an object of a list: the lines of each property, by its name.
type listedObject struct {
	names []string
	lines map[string][]string
}

func (o listedObject) has(name string) bool { return len(o.lines[strings.ToLower(name)]) > 0 }

// one is the text of a property that stands on one line; "" if it does not.
func (o listedObject) one(name string) string {
	if lines := o.lines[strings.ToLower(name)]; len(lines) == 1 {
		return strings.TrimSpace(lines[0])
	}
	return ""
}

// objectsOf parts a list into its objects. The last line of a text that does not end
// with a line end may be half of one, and does not count.
func objectsOf(text string) (list []listedObject) {
	var o listedObject
	flush := func() {
		if len(o.names) > 0 {
			list = append(list, o)
		}
		o = listedObject{lines: map[string][]string{}}
	}
	flush()
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for _, line := range lines[:len(lines)-1] {
		m := listLine.FindStringSubmatch(line)
		switch {
		case strings.TrimSpace(line) == "":
			flush()
		case m != nil && !strings.HasPrefix(line, " "):
			name := strings.ToLower(m[1])
			if o.lines[name] != nil {
				flush()
			}
			o.names, o.lines[name] = append(o.names, m[1]), []string{m[2]}
		case len(o.names) > 0:
			last := strings.ToLower(o.names[len(o.names)-1])
			o.lines[last] = append(o.lines[last], strings.TrimSpace(line))
		}
	}
	flush()
	return list
}

// path is the object's key, from its two paths if long ones were wrapped: a wrap
// may have taken a blank with it, and only one way to join them fits.
func (o listedObject) path() string {
	whole, parent, child := joined(o.lines["pspath"]), joined(o.lines["psparentpath"]), o.one("PSChildName")
	for _, p := range whole {
		if len(whole) == 1 && child == "" {
			return normalKey(p)
		}
		for _, above := range parent {
			if child != "" && normalKey(above+`\`+child) == normalKey(p) {
				return normalKey(p)
			}
		}
	}
	return ""
}

// joined are the ways to join the lines of a wrapped text.
func joined(lines []string) []string {
	const most = 5 // lines of a path of the registry's 255 characters at 60 a line
	if len(lines) == 0 || len(lines) > most {
		return nil
	}
	ways := []string{strings.TrimSpace(lines[0])}
	for _, line := range lines[1:] {
		var next []string
		for _, way := range ways {
			next = append(next, way+line, way+" "+line)
		}
		ways = next
	}
	return ways
}

// listing takes an object. Of values that were wrapped or cut it is known that they
// are there, and not what they are.
func (m *machine) listing(o listedObject) {
	key := o.path()
	if !strings.HasPrefix(key, "HK") {
		m.note("fleet.no-path")
		return
	}
	for _, name := range o.names {
		if isNoise(name) {
			continue
		}
		text := o.lines[strings.ToLower(name)]
		if len(text) != 1 || strings.TrimSpace(text[0]) == "" || isCutList(text[0]) {
			m.say(lost, key)
			continue
		}
		m.setBare(key, defaultName(name), strings.Trim(strings.TrimSpace(text[0]), "{}"))
	}
}

// isCutList says whether a list was cut, as PowerShell does after four items,
// or holds what cannot be told from text.
func isCutList(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasSuffix(text, "...}") || strings.HasSuffix(text, "…}") || strings.HasSuffix(text, "...") || strings.HasSuffix(text, "…")
}

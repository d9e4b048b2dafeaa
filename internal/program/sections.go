package program

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/script"
)

// maxParents bounds how many folders above a site are looked at for what it inherits.
const maxParents = 5

// apart says whether an element holds for a part of the site alone: it stands in a
// <location> with a path
// (https://learn.microsoft.com/iis/configuration/location-element).
func (c *config) apart(path []string, t xml.StartElement) bool {
	depth := len(path)
	if c.location > 0 && depth > c.location {
		return true
	}
	c.location = 0
	if path[depth-1] == "location" {
		if at := attr(t, "path"); at != "" && at != "." {
			c.location = depth
		}
		return true
	}
	return false
}

// section takes note of a section that stands elsewhere or is encrypted, of those that
// matter (https://learn.microsoft.com/dotnet/api/system.configuration.sectioninformation.configsource,
// https://learn.microsoft.com/previous-versions/aspnet/53tyfkaw(v=vs.100)).
func (c *config) section(name string, t xml.StartElement, line int) {
	if name != "appsettings" && name != "httpruntime" && name != "runtime" {
		return
	}
	if attr(t, "configProtectionProvider") != "" {
		c.hidden = append(c.hidden, place{"config-encrypted", name, line})
	}
	if file := attr(t, "configSource"); file != "" {
		c.elsewhere = append(c.elsewhere, place{name, file, line})
	}
	if file := attr(t, "file"); file != "" && name == "appsettings" {
		c.elsewhere = append(c.elsewhere, place{"optional", file, line})
	}
}

// place is something in a configuration that is looked at again.
type place struct {
	what, text string
	line       int
}

// forget takes switches out again: <clear/> and <remove/> in <appSettings>.
func (c *config) forget(t xml.StartElement, all bool) {
	name, ok := strings.CutPrefix(attr(t, "key"), setSwitch)
	switch {
	case all:
		clear(c.set[inAppSettings])
	case ok:
		delete(c.set[inAppSettings], strings.TrimSpace(name))
	}
}

// joinSections reads the sections that stand in files of their own. One that cannot be
// read hides what it sets.
func (p *inspection) joinSections(c *config) {
	for _, e := range c.elsewhere {
		if (e.what == "runtime") == c.aspNet() {
			continue // this kind of program takes nothing from it
		}
		data, err := p.read(p.dir + strings.ReplaceAll(e.text, `\`, "/"))
		if err == nil && len(data) <= maxConfig {
			err = c.readSection(data, e.line)
		}
		if err != nil && (e.what != "optional" || !errors.Is(err, fs.ErrNotExist)) { // file="…" need not be there
			c.hidden = append(c.hidden, place{"config-source", e.text, e.line})
		}
	}
	c.elsewhere = nil
	c.chooseSwitches()
}

// readSection takes the elements of a section's own file; what it sets is reported
// at the place where the section is named.
func (c *config) readSection(data []byte, line int) error {
	dec := xml.NewDecoder(bytes.NewReader([]byte(script.Decode(data))))
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	path := []string{"configuration"}
	for {
		tok, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if len(path) >= maxNested {
				return errors.New("nested")
			}
			path = append(path, strings.ToLower(t.Name.Local))
			if t.Attr != nil {
				c.element(path, withoutSource(t), line)
			}
		case xml.EndElement:
			if len(path) > 1 {
				path = path[:len(path)-1]
			}
		}
	}
}

// withoutSource keeps a section's file from naming another one.
func withoutSource(t xml.StartElement) xml.StartElement {
	t.Attr = slices.DeleteFunc(slices.Clone(t.Attr), func(a xml.Attr) bool {
		return strings.EqualFold(a.Name.Local, "configSource") || strings.EqualFold(a.Name.Local, "file")
	})
	return t
}

// inherit adds what a site takes over from the configurations in the folders above it
// (https://learn.microsoft.com/previous-versions/aspnet/ms178685(v=vs.100)).
func (p *inspection) inherit(c *config) {
	dir := p.dir
	for range maxParents {
		up := dirOf(strings.TrimRight(dir, `/\`))
		if up == "" || up == dir || strings.TrimRight(dir, `/\`) == ".." {
			return
		}
		dir = up
		data, err := p.read(dir + "web.config")
		if err != nil {
			continue
		}
		above, err := readConfig("web.config", data)
		if err != nil {
			continue
		}
		if c.httpRuntime.text == "" && above.httpRuntime.text != "" {
			c.httpRuntime, c.inherited = above.httpRuntime, true
		}
		for name, value := range above.set[inAppSettings] {
			if _, own := c.set[inAppSettings][name]; !own {
				c.set[inAppSettings][name] = value
			}
		}
	}
}

// hides takes note of sections that cannot be read and may set switches.
func (p *inspection) hides(c *config) {
	for _, h := range c.hidden {
		if h.what == "config-encrypted" && (h.text == "runtime") == c.aspNet() {
			continue // this kind of program takes nothing from it
		}
		p.why("unclear-"+h.what, "file", c.file, "line", strconv.Itoa(h.line), "text", h.text)
		p.Unclear = append(p.Unclear, p.Why[len(p.Why)-1])
	}
}

// isTransform says whether a configuration is a change to another one that is applied
// when a site is published: Web.Release.config
// (https://learn.microsoft.com/previous-versions/aspnet/dd465326(v=vs.110)).
func isTransform(path string, data []byte) bool {
	named := regexp.MustCompile(`(?i)^(web|app)\.[^.]+\.config$`)
	return named.MatchString(baseOf(path)) || bytes.Contains(data, []byte("http://schemas.microsoft.com/XML-Document-Transform"))
}

package program

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/script"
)

// Limits of a configuration: machine.config, the largest that Windows brings,
// has about 50 kB.
const (
	maxConfig = 16 << 20
	maxNested = 256
)

// config is what a .NET configuration file says that matters to TLS.
type config struct {
	file          string
	runtimes      []located         // <supportedRuntime version>, in their order
	switches      map[string]string // AppContext switches that count
	switchLines   map[string]int
	set           [2]map[string]located // the switches by their place, see switchPlace
	ignored       []string              // switches that stand where this kind of program does not read them
	web           bool                  // it has <system.web>
	httpRuntime   located
	compilation   located // <compilation targetFramework>, which does not count
	core          bool    // <aspNetCore>
	tcpBinding    int     // line of <netTcpBinding> with certificates or message, 0 without
	proxy         string
	anyConfigured bool // the root is <configuration>

	location  int     // depth of the <location path> at hand, 0 without
	elsewhere []place // sections that stand in files of their own
	hidden    []place // sections that cannot be read
	inherited bool    // httpRuntime stands in a folder above
}

// located is a word and its line.
type located struct {
	text string
	line int
}

// switchPlace is where a configuration sets AppContext switches. A program of its own
// reads <runtime> alone; ASP.NET, whose runtime has started before it reads a
// web.config, takes them from <appSettings> alone
// (Microsoft, "AppContextSwitchOverrides element").
type switchPlace int

const (
	inRuntime switchPlace = iota
	inAppSettings
)

// setSwitch is how ASP.NET takes a switch from <appSettings>.
const setSwitch = "AppContext.SetSwitch:"

// isConfig recognises configurations by their name or their root element.
func isConfig(path string, data []byte) bool {
	return hasExt(path, ".config") || bytes.Contains(data[:min(len(data), 1024)], []byte("<configuration"))
}

func readConfig(file string, data []byte) (*config, error) {
	if len(data) > maxConfig {
		return nil, message.Error("program-file.config-size", message.Int("size", len(data)), message.Int("limit", maxConfig))
	}
	c := &config{file: file, switches: map[string]string{}, switchLines: map[string]int{}, set: [2]map[string]located{{}, {}}}
	dec := xml.NewDecoder(strings.NewReader(script.Decode(data)))
	// The text is UTF-8 by now, whatever the declaration says.
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	dec.Strict = true
	var path []string
	for {
		tok, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			return c, c.complete(path)
		}
		if err != nil {
			return nil, xmlError(dec, err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if len(path) == maxNested {
				line, _ := dec.InputPos()
				return nil, message.OnLine(line, message.Error("program-file.nested", message.Int("limit", maxNested)))
			}
			path = append(path, strings.ToLower(t.Name.Local))
			line, _ := dec.InputPos()
			c.element(path, t, line)
		case xml.EndElement:
			if len(path) == 0 || path[len(path)-1] != strings.ToLower(t.Name.Local) {
				line, _ := dec.InputPos()
				return nil, message.OnLine(line, message.Error("program-file.closes-nothing", message.Str("element", t.Name.Local)))
			}
			path = path[:len(path)-1]
		}
	}
}

func (c *config) complete(path []string) error {
	if len(path) > 0 {
		return message.Error("program-file.config-cut", message.Str("element", path[len(path)-1]))
	}
	if !c.anyConfigured {
		return message.Error("program-file.no-configuration")
	}
	c.chooseSwitches()
	return nil
}

func xmlError(dec *xml.Decoder, err error) error {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return message.OnLine(syntax.Line, message.Error("problem.xml", message.Str("text", syntax.Msg)))
	}
	line, _ := dec.InputPos()
	return message.OnLine(line, err)
}

func attr(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if strings.EqualFold(a.Name.Local, name) {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// element takes what an element says. Its place counts only as far as the same
// name means something else elsewhere.
func (c *config) element(path []string, t xml.StartElement, line int) {
	within := func(name string) bool { return slices.Contains(path, name) }
	if c.apart(path, t) {
		return
	}
	c.section(path[len(path)-1], t, line)
	switch path[len(path)-1] {
	case "configuration":
		c.anyConfigured = true
	case "supportedruntime":
		c.runtimes = append(c.runtimes, located{attr(t, "version"), line})
	case "appcontextswitchoverrides":
		for _, pair := range strings.Split(attr(t, "value"), ";") {
			if name, value, ok := strings.Cut(pair, "="); ok {
				c.put(inRuntime, name, value, line)
			}
		}
	case "add":
		if name, ok := strings.CutPrefix(attr(t, "key"), setSwitch); ok && within("appsettings") {
			c.put(inAppSettings, name, attr(t, "value"), line)
		}
	case "clear", "remove":
		if within("appsettings") {
			c.forget(t, path[len(path)-1] == "clear")
		}
	case "system.web":
		c.web = true
	case "httpruntime":
		c.httpRuntime = located{attr(t, "targetFramework"), line}
	case "compilation":
		c.compilation = located{attr(t, "targetFramework"), line}
	case "aspnetcore":
		c.core = true
	case "nettcpbinding":
		c.tcpBinding = line
	case "defaultproxy":
		if strings.EqualFold(attr(t, "enabled"), "false") {
			c.proxy = "none"
		}
	case "proxy":
		if within("defaultproxy") {
			c.proxyElement(t)
		}
	}
}

func (c *config) put(place switchPlace, name, value string, line int) {
	if name = strings.TrimSpace(name); name != "" {
		c.set[place][name] = located{strings.ToLower(strings.TrimSpace(value)), line}
	}
}

// chooseSwitches keeps the switches of the place that this kind of program reads.
func (c *config) chooseSwitches() {
	clear(c.switches)
	clear(c.switchLines)
	c.ignored = nil
	read, other := inRuntime, inAppSettings
	if c.aspNet() {
		read, other = inAppSettings, inRuntime
	}
	for name, value := range c.set[read] {
		c.switches[name], c.switchLines[name] = value.text, value.line
	}
	for _, name := range sortedKeys(c.set[other]) {
		c.ignored = append(c.ignored, name)
		if _, counts := c.switchLines[name]; !counts {
			c.switchLines[name] = c.set[other][name].line
		}
	}
}

// aspNet says whether the configuration is one of ASP.NET: by its name, else by what
// stands in it.
func (c *config) aspNet() bool {
	base := strings.ToLower(filepath.Base(strings.ReplaceAll(c.file, `\`, "/")))
	switch {
	case base == "web.config":
		return true
	case strings.HasSuffix(base, ".exe.config"), strings.HasSuffix(base, ".dll.config"), base == "app.config":
		return false
	}
	return c.web
}

// proxyElement reads <proxy>; an address wins over a script.
func (c *config) proxyElement(t xml.StartElement) {
	switch address, script := attr(t, "proxyaddress"), attr(t, "scriptLocation"); {
	case c.proxy == "none":
	case address != "":
		c.proxy = address
	case script != "":
		c.proxy = "pac:" + script
	}
}

// runtime is the first runtime that the configuration asks for: "v4.0",
// "v2.0.50727", or "".
func (c *config) runtime() located {
	if c == nil || len(c.runtimes) == 0 {
		return located{}
	}
	return c.runtimes[0]
}

// configAlone reads a configuration that was named itself.
func (p *inspection) configAlone(data []byte) error {
	if program, ok := cutSuffixFold(p.Path, ".config"); ok && hasExt(program, ".exe", ".dll") {
		if image, err := p.read(program); err == nil && bytes.HasPrefix(image, []byte("MZ")) {
			p.Path = program
			return p.program(image)
		}
	}
	c, err := readConfig(baseOf(p.Path), data)
	if err != nil {
		return err
	}
	if isTransform(p.Path, data) {
		p.why("config-transform", "file", c.file)
		return nil
	}
	if c.aspNet() {
		p.inherit(c)
	}
	p.joinSections(c)
	p.Switches, p.Proxy = c.switches, c.proxy
	p.proxyReason(c)
	switch name := strings.ToLower(baseOf(p.Path)); {
	case c.core:
		p.why("core-web", "file", c.file)
		p.is("dotnetcore")
	case name == "w3wp.exe.config":
		bits := bitsOfFolder(p.Path)
		p.neutral = bits == "x64"
		p.why("worker", "file", c.file)
		p.framework(c, "", bits, nil)
	case c.web && name != "machine.config":
		p.site(c)
	default:
		p.why("config-alone", "file", c.file)
		p.switchReasons(c)
	}
	return nil
}

// site is an ASP.NET application: its target is what <httpRuntime targetFramework>
// says, and without that it has none.
func (p *inspection) site(c *config) {
	target, ok := cleanTarget(c.httpRuntime.text)
	switch {
	case ok && c.inherited:
		p.Target = target
		p.why("site-inherits", "file", c.file, "target", target)
	case ok:
		p.Target = target
		p.why("site", "file", c.file, "line", strconv.Itoa(c.httpRuntime.line), "target", target)
	case c.compilation.text != "":
		p.why("site-compilation", "file", c.file, "line", strconv.Itoa(c.compilation.line), "target", c.compilation.text)
	default:
		p.why("site-no-target", "file", c.file)
	}
	p.why("site-bits")
	p.neutral = true
	p.framework(c, target, "x64", nil)
	p.hides(c)
}

// bitsOfFolder is the bitness that the folders of 64-bit Windows stand for.
func bitsOfFolder(path string) string {
	if strings.Contains(strings.ToLower(path), "syswow64") {
		return "x86"
	}
	return "x64"
}

func cutSuffixFold(s, suffix string) (string, bool) {
	if len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix) {
		return s[:len(s)-len(suffix)], true
	}
	return s, false
}

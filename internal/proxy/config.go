package proxy

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"

	"tlsready/internal/message"
)

// What a configuration says if it names no address: the program uses no proxy; it takes
// what the account has set in Windows; it looks for a script by itself.
const (
	None   = "none"
	System = "system"
	Detect = "detect"
)

// ScriptPrefix stands before the address of a script (PAC).
const ScriptPrefix = "pac:"

// Limits of a configuration: machine.config, the largest that Windows brings, has
// about 50 kB and is nested some ten deep.
const (
	MaxConfig = 16 << 20
	maxNested = 256
)

// ParseConfig reads what <system.net><defaultProxy> of a .NET configuration says:
// an address, "pac:" and the address of a script, or one of the words above. The
// text is the whole file, in UTF-8, or that element alone. An address wins over a
// script, and a script over looking for one.
//
// Source: Microsoft, "<defaultProxy>" and "<proxy>" element (network settings).
func ParseConfig(text []byte) (string, error) {
	if len(text) > MaxConfig {
		return "", message.Error("proxy.config-size", message.Int("size", len(text)), message.Int("limit", MaxConfig))
	}
	dec := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(string(text), "\ufeff")))
	// The text is UTF-8 by now, whatever the declaration says.
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	var path []string
	said := System
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return said, nil
		}
		if err != nil {
			line, column := dec.InputPos()
			return "", &message.Problem{What: message.AtPosition(line, column, message.CauseOf(err)), Err: err}
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if len(path) == maxNested {
				return "", message.Error("proxy.nested", message.Int("limit", maxNested))
			}
			path = append(path, t.Name.Local)
			said = element(said, path, t)
		case xml.EndElement:
			path = path[:len(path)-1] // Token has held it against its start
		}
	}
}

// element takes what one element says; names of elements count by their case, as
// .NET has it.
func element(said string, path []string, t xml.StartElement) string {
	if path[0] == "configuration" {
		path = path[1:]
	}
	if len(path) > 0 && path[0] == "system.net" {
		path = path[1:]
	}
	switch {
	case slices.Equal(path, []string{"defaultProxy"}) && strings.EqualFold(attribute(t, "enabled"), "false"):
		return None
	case !slices.Equal(path, []string{"defaultProxy", "proxy"}) || said == None:
		return said
	}
	address, script := Address(attribute(t, "proxyaddress")), Address(attribute(t, "scriptLocation"))
	switch {
	case address != "":
		return address
	case script != "":
		return ScriptPrefix + script
	case strings.EqualFold(attribute(t, "autoDetect"), "true"):
		return Detect
	case strings.EqualFold(attribute(t, "usesystemdefault"), "false"):
		return None
	}
	return said
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if strings.EqualFold(a.Name.Local, name) {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// FromConfig is what [ParseConfig] gives as settings; system is true if the
// account's settings in Windows count.
func FromConfig(said string) (s Settings, system bool) {
	switch script, ok := strings.CutPrefix(said, ScriptPrefix); {
	case ok:
		s.Script = script
	case said == System || said == "":
		return s, true
	case said != None && said != Detect:
		s.Server = said
	}
	return s, false
}

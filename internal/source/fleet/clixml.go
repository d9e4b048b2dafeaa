package fleet

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/source"
)

// Limits of Clixml: Export-Clixml itself stops at the depth it is given, 2 by
// default.
const maxClixmlDepth = 100

func sniffClixml(head []byte) bool {
	return holdsAll(headText(head), "<Objs", "schemas.microsoft.com/powershell")
}

// readClixml reads what Export-Clixml writes ([MS-PSRP] section 2.2.5).
func readClixml(path string, data []byte, opt source.Options) ([]source.Host, error) {
	text, err := decodeText(data)
	if err != nil {
		return nil, message.At(path, err)
	}
	dec := xml.NewDecoder(strings.NewReader(text))
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is UTF-8 by now
	c := clixml{dec: dec, refs: map[string]any{}, escape: regexp.MustCompile(`_x([0-9A-Fa-f]{4})_`)}
	var values []any
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return fromPowerShell("clixml", path, values, opt)
		}
		if err == nil {
			if start, ok := tok.(xml.StartElement); ok && start.Name.Local != "Objs" {
				var v any
				if _, v, err = c.element(start, 0); err == nil {
					values = append(values, v)
				}
			}
		}
		if err != nil {
			line, _ := dec.InputPos()
			return nil, message.At(path, message.OnLine(line, err))
		}
	}
}

type clixml struct {
	dec    *xml.Decoder
	refs   map[string]any
	escape *regexp.Regexp
}

// element reads one value and the name of the property that it is.
func (c *clixml) element(start xml.StartElement, depth int) (name string, value any, err error) {
	if depth > maxClixmlDepth {
		return "", nil, message.Error("fleet.nested", message.Int("limit", maxClixmlDepth))
	}
	if stream := attribute(start, "S"); strings.EqualFold(stream, "error") {
		return "", nil, message.Error("fleet.clixml-error")
	}
	name = c.unescape(attribute(start, "N"))
	switch kind := start.Name.Local; kind {
	case "Obj":
		value, err = c.object(start, depth)
		return name, value, err
	case "LST", "IE", "STK", "QUE":
		value, err = c.list(depth)
		return name, value, err
	case "DCT":
		value, err = c.dictionary(depth)
		return name, value, err
	case "Ref":
		value, known := c.refs[attribute(start, "RefId")]
		if !known {
			return "", nil, message.Error("fleet.clixml-ref", message.Quote("id", attribute(start, "RefId")))
		}
		return name, value, c.dec.Skip()
	case "Nil", "TN", "TNRef", "ToString":
		return name, nil, c.dec.Skip()
	default:
		value, err = c.simple(kind)
		return name, value, err
	}
}

func attribute(start xml.StartElement, name string) string {
	for _, a := range start.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// unescape reads the escapes of names and texts, as _x000A_ for a line break
// ([MS-PSRP] section 2.2.5.3.2).
func (c *clixml) unescape(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	return c.escape.ReplaceAllStringFunc(text, func(m string) string {
		n, _ := strconv.ParseUint(m[2:6], 16, 16)
		return string(rune(n))
	})
}

// object reads an object: a list, a dictionary, an enumeration, or properties.
func (c *clixml) object(start xml.StartElement, depth int) (any, error) {
	properties := map[string]any{}
	var content any
	err := c.children(func(child xml.StartElement) error {
		switch child.Name.Local {
		case "MS", "Props":
			return c.children(func(property xml.StartElement) error {
				name, v, err := c.element(property, depth+1)
				properties[name] = v
				return err
			})
		case "TN", "TNRef", "ToString":
			return c.dec.Skip()
		}
		_, v, err := c.element(child, depth+1)
		content = v
		return err
	})
	if m, ok := content.(map[string]any); ok {
		for name, v := range m {
			properties[name] = v
		}
		content = nil
	}
	value := content
	if content == nil || len(properties) > 0 && properties["PSPath"] != nil {
		value = properties
	}
	if id := attribute(start, "RefId"); id != "" {
		c.refs[id] = value
	}
	return value, err
}

func (c *clixml) list(depth int) (any, error) {
	list := []any{}
	err := c.children(func(child xml.StartElement) error {
		_, v, err := c.element(child, depth+1)
		list = append(list, v)
		return err
	})
	return list, err
}

func (c *clixml) dictionary(depth int) (any, error) {
	m := map[string]any{}
	err := c.children(func(entry xml.StartElement) error {
		var key string
		var value any
		err := c.children(func(child xml.StartElement) error {
			name, v, err := c.element(child, depth+1)
			if name == "Key" {
				key, _ = v.(string)
			} else {
				value = v
			}
			return err
		})
		m[key] = value
		return err
	})
	return m, err
}

// children calls visit for each element up to the end of the current one.
func (c *clixml) children(visit func(xml.StartElement) error) error {
	for {
		tok, err := c.dec.Token()
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if err := visit(t); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

// simple reads a value without parts.
func (c *clixml) simple(kind string) (any, error) {
	var b strings.Builder
	for {
		tok, err := c.dec.Token()
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.StartElement:
			return nil, message.Error("fleet.within", message.Str("inner", t.Name.Local), message.Str("outer", kind))
		case xml.EndElement:
			return c.typed(kind, b.String())
		}
	}
}

func (c *clixml) typed(kind, text string) (any, error) {
	switch kind {
	case "I32", "U32", "I64", "U64", "I16", "U16", "By", "SB":
		return json.Number(strings.TrimSpace(text)), nil
	case "B":
		return text == "true", nil
	case "BA":
		return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	}
	return c.unescape(text), nil
}

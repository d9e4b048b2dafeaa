package stencil

import (
	"errors"
	"reflect"
	"strings"
)

var (
	errPlace  = errors.New("no value may stand at this place of HTML")
	errQuote  = errors.New("an attribute's value stands in no quotation marks")
	errStyle  = errors.New("only text of the type Style may stand in a style element")
	errScript = errors.New("only text of the type Script may stand in a script element")
)

// context is where in HTML a template is.
type context struct {
	place   placeIn
	element string // of a tag, or whose text is
	name    string // of an attribute
	value   string // what stands before in the attribute's value: "", "#", or anything else
}

type placeIn int

const (
	inText  placeIn = iota
	inTag           // behind the name of an element
	inValue         // of an attribute
	inRaw           // in a style or script element
)

// after is the context behind static text.
func (c context) after(text string) (context, error) {
	var err error
	for text != "" && err == nil {
		switch c.place {
		case inText:
			c, text = c.inText(text)
		case inTag:
			c, text, err = c.inTag(text)
		case inValue:
			before, rest, found := strings.Cut(text, `"`)
			if before != "" {
				c.value = seen(c.value, before)
			}
			if text = rest; found {
				c = context{place: inTag, element: c.element}
			}
		case inRaw:
			_, rest, found := strings.Cut(text, "</"+c.element)
			if text = rest; found {
				c = context{place: inTag, element: "/" + c.element}
			}
		}
	}
	return c, err
}

// seen is what stands in an attribute's value, as far as it matters.
func seen(before, text string) string {
	if before == "" && strings.HasPrefix(text, "#") {
		return "#"
	}
	if before == "#" {
		return before
	}
	return "-"
}

func (c context) inText(text string) (context, string) {
	_, rest, found := strings.Cut(text, "<")
	if !found {
		return c, ""
	}
	end := strings.IndexAny(rest, " \n/>")
	if end == 0 { // of an end tag
		end = 1 + strings.IndexAny(rest[1:], " \n>")
	}
	if end <= 0 {
		end = len(rest)
	}
	return context{place: inTag, element: strings.ToLower(rest[:end])}, rest[end:]
}

func (c context) inTag(text string) (context, string, error) {
	at := strings.IndexAny(text, "=>")
	if at < 0 {
		return c, "", nil
	}
	if text[at] == '>' {
		c.name, c.place = "", inText
		if c.element == "style" || c.element == "script" {
			c.place = inRaw
		}
		return c.settled(), text[at+1:], nil
	}
	names := strings.Fields(text[:at])
	if len(names) == 0 || !strings.HasPrefix(text[at+1:], `"`) {
		return c, "", errQuote
	}
	c.place, c.name = inValue, strings.ToLower(names[len(names)-1])
	return c, text[at+2:], nil
}

// settled forgets the element where it does not matter.
func (c context) settled() context {
	if c.place == inText {
		c.element = ""
	}
	return c
}

// escaper writes a text so that it is text where it stands.
type escaper func(out []byte, text Value) ([]byte, error)

// escaper is how a value is written at a place; it is behind it then.
func (c *context) escaper() (escaper, error) {
	switch c.place {
	case inText:
		return inElement, nil
	case inRaw:
		if c.element == "style" {
			return only[Style](errStyle), nil
		}
		return only[Script](errScript), nil
	case inValue:
		return c.inAttribute()
	}
	return nil, errPlace
}

func (c *context) inAttribute() (escaper, error) {
	before := c.value
	c.value = seen(before, "-")
	switch {
	case strings.HasPrefix(c.name, "on"), c.name == "style", c.name == "src", c.name == "srcdoc", c.name == "action":
		return nil, errPlace
	case c.name != "href":
		return inQuotes, nil
	case before == "":
		return address, nil
	case before == "#":
		return fragment, nil
	}
	return nil, errPlace
}

func only[T ~string](otherwise error) escaper {
	return func(out []byte, text Value) ([]byte, error) {
		if text.Type() != reflect.TypeFor[T]() {
			return out, otherwise
		}
		return append(out, text.String()...), nil
	}
}

func inElement(out []byte, text Value) ([]byte, error) {
	if text.Type() == reflect.TypeFor[Markup]() {
		return append(out, text.String()...), nil
	}
	return AppendEscaped(out, text.String()), nil
}

func inQuotes(out []byte, text Value) ([]byte, error) { return AppendEscaped(out, text.String()), nil }

// AppendEscaped writes text as HTML, for an element or an attribute in quotation marks.
// "+" is escaped for browsers that would take text for UTF-7.
func AppendEscaped(out []byte, text string) []byte {
	from := 0
	for i := range len(text) {
		escaped := ""
		switch text[i] {
		case 0:
			escaped = "\ufffd"
		case '"':
			escaped = "&#34;"
		case '&':
			escaped = "&amp;"
		case '\'':
			escaped = "&#39;"
		case '+':
			escaped = "&#43;"
		case '<':
			escaped = "&lt;"
		case '>':
			escaped = "&gt;"
		default:
			continue
		}
		out = append(append(out, text[from:i]...), escaped...)
		from = i + 1
	}
	return append(out, text[from:]...)
}

// refused stands where an address is none that a browser may open. (It is what
// html/template writes.)
const refused = "#ZgotmplZ"

// address writes a link: one of the web, one to write to, or one without a scheme.
func address(out []byte, text Value) ([]byte, error) {
	link := text.String()
	if scheme, _, found := strings.Cut(link, ":"); found && !strings.Contains(scheme, "/") {
		switch strings.ToLower(scheme) {
		case "http", "https", "mailto":
		default:
			return append(out, refused...), nil
		}
	}
	// What delimits the parts of an address stays (RFC 3986 section 2.2), but for what could end
	// the attribute or a sentence around it; so does "%" before two digits.
	return AppendEscaped(out, string(percent(nil, link, "!#$&*+,/:;=?@[]"))), nil
}

// fragment writes the name of a place behind "#".
func fragment(out []byte, text Value) ([]byte, error) { return percent(out, text.String(), ""), nil }

// percent writes what is neither unreserved (RFC 3986 section 2.3) nor kept in the form %XX.
func percent(out []byte, text, kept string) []byte {
	const digits = "0123456789abcdef"
	for i := range len(text) {
		b := text[i]
		switch {
		case isAlphanumeric(b), strings.IndexByte("-._~", b) >= 0, strings.IndexByte(kept, b) >= 0,
			b == '%' && kept != "" && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]):
			out = append(out, b)
		default:
			out = append(out, '%', digits[b>>4], digits[b&15])
		}
	}
	return out
}

func isAlphanumeric(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

func isHex(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F'
}

package fingerprint

import (
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/stack"
	"tlsready/internal/strictyaml"
	"tlsready/internal/wire"
)

// Schema is the name of the format of the files of stacks.
const Schema = "tlsready.fingerprint/v1"

//go:embed data/*.yaml
var files embed.FS

// Entry is the hellos of one stack, a file of data.
type Entry struct {
	Schema string  `yaml:"schema"`
	ID     string  `yaml:"id"`
	Name   string  `yaml:"name"`
	Remedy Remedy  `yaml:"remedy"` // where the hello does not reach TLS 1.2
	Hellos []Hello `yaml:"hellos"`
}

// Hello is one hello of a stack, without what differs from one connection to the next.
type Hello struct {
	Of                  string     `yaml:"of"`   // what exactly sent it
	JA3                 string     `yaml:"ja3"`  // as [JA3Text] writes it
	SignatureAlgorithms string     `yaml:"sigs"` // their codes in decimal, with hyphens; "" for none
	Max                 string     `yaml:"max"`  // the highest version: "TLS 1.2"
	SSL2                bool       `yaml:"ssl2"` // it has the form of SSL 2.0; then JA3 is that of its lists
	Confidence          Confidence `yaml:"confidence"`
	Provenance          string     `yaml:"provenance"`
}

// Table knows the hellos of stacks. It does not change and is safe for concurrent use.
type Table struct {
	known   map[string]Match
	windows func() map[string]Match // of the model; worked out when a hello asks for it
}

// NewTable makes the table of the built-in entries and of the hellos that the model
// predicts for Windows. An error is a defect of the data.
func NewTable(model *stack.Model) (*Table, error) {
	t := &Table{known: map[string]Match{}}
	folder := strictyaml.Folder{FS: files}
	for _, id := range folder.IDs() {
		data, _ := folder.Data(id)
		e, err := parse(data)
		if err != nil {
			return nil, message.At(id+".yaml", err)
		}
		if e.ID != id {
			return nil, message.At(id+".yaml", fmt.Errorf("its id is %q", e.ID))
		}
		if err := t.add(e); err != nil {
			return nil, message.At(id+".yaml", err)
		}
	}
	t.windows = sync.OnceValue(func() map[string]Match { return windowsHellos(model) })
	return t, nil
}

func parse(data []byte) (*Entry, error) {
	e := &Entry{}
	if err := strictyaml.Decode(data, e); err != nil {
		return nil, err
	}
	if e.Schema != Schema {
		return nil, message.Error("problem.schema", message.Quote("found", e.Schema), message.Quote("want", Schema))
	}
	return e, nil
}

// add takes the hellos of an entry. One that two stacks send is of neither: the earlier
// match is dropped and the hello stays unknown.
func (t *Table) add(e *Entry) error {
	for _, h := range e.Hellos {
		key, err := h.key()
		if err != nil {
			return err
		}
		if !slices.Contains([]Confidence{Measured, Documented, Inferred}, h.Confidence) || h.Provenance == "" {
			return fmt.Errorf("%s: no confidence or no provenance", h.Of)
		}
		m := Match{Stack: e.ID, Name: e.Name, Confidence: h.Confidence, Provenance: h.Provenance}
		if max, err := tlsready.ParseVersion(h.Max); err != nil {
			return err
		} else if max.Rank() < tlsready.TLS12.Rank() {
			m.Remedy = e.Remedy
		}
		if other, ok := t.known[key]; ok && other.Stack != m.Stack {
			m = Match{}
		}
		t.known[key] = m
	}
	return nil
}

// Stack is what sends the hello; false where no entry knows it, and where several stacks
// send the same.
func (t *Table) Stack(h *wire.ClientHello) (Match, bool) {
	if m, ok := t.known[keyOf(h)]; ok {
		return m, m.Stack != ""
	}
	if h.SSL2 || !windowsAlone(h) {
		return Match{}, false
	}
	m, ok := t.windows()[windowsKey(h)]
	return m, ok
}

// variable are the extensions that a stack sends or leaves out by what it connects to,
// and so no part of what it is known by.
func variable(code uint16) bool {
	switch wire.ExtensionType(code) {
	case wire.ExtServerName, wire.ExtALPN, wire.ExtPadding, wire.ExtPreSharedKey, wire.ExtEarlyData, wire.ExtCookie, wire.ExtSessionTicket, wire.ExtStatusRequest, extECH:
		return true
	}
	return false
}

// keyOf is by what a hello is found: what [Hello] says of it, with the extensions sorted,
// because browsers shuffle them.
func keyOf(h *wire.ClientHello) string {
	extensions := make([]uint16, 0, len(h.Extensions))
	for _, e := range h.Extensions {
		extensions = append(extensions, uint16(e.Type))
	}
	formats, _ := h.Extension(wire.ExtECPointFormats)
	if len(formats) > 0 {
		formats = formats[1:]
	}
	return key(form(h.SSL2, h.Max().String()), uint16(h.Version), h.Suites, extensions, h.Groups(), formats, withoutGREASE(h.SignatureAlgorithms()))
}

// form is the highest version and whether the hello has the form of SSL 2.0.
func form(ssl2 bool, top string) string {
	if ssl2 {
		return "ssl2 " + top
	}
	return top
}

func key(top string, version uint16, suites []tlsready.Suite, extensions []uint16, groups []tlsready.Group, formats []byte, schemes []tlsready.SignatureScheme) string {
	extensions = slices.DeleteFunc(withoutGREASE(extensions), variable)
	slices.Sort(extensions)
	return fmt.Sprint(top, version, withoutGREASE(suites), extensions, withoutGREASE(groups), formats, schemes)
}

// key is keyOf for an entry.
func (h Hello) key() (string, error) {
	fields := strings.Split(h.JA3, ",")
	if len(fields) != 5 {
		return "", fmt.Errorf("%s: %q is no JA3 text", h.Of, h.JA3)
	}
	fields = append(fields, h.SignatureAlgorithms)
	lists := make([][]uint32, len(fields))
	for i, f := range fields {
		for _, code := range strings.FieldsFunc(f, func(r rune) bool { return r == '-' }) {
			n, err := strconv.ParseUint(code, 10, 24)
			if err != nil {
				return "", fmt.Errorf("%s: %w", h.Of, err)
			}
			lists[i] = append(lists[i], uint32(n))
		}
	}
	if len(lists[0]) != 1 {
		return "", fmt.Errorf("%s: %q is no JA3 text", h.Of, h.JA3)
	}
	var formats []byte
	for _, f := range lists[4] {
		formats = append(formats, byte(f))
	}
	return key(form(h.SSL2, h.Max), uint16(lists[0][0]), as[tlsready.Suite](lists[1]), as[uint16](lists[2]), as[tlsready.Group](lists[3]), formats, as[tlsready.SignatureScheme](lists[5])), nil
}

// as is a list of codes as codes of a kind.
func as[T ~uint16 | ~uint32](codes []uint32) []T {
	list := make([]T, 0, len(codes))
	for _, code := range codes {
		list = append(list, T(code))
	}
	return list
}

package service

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/message"
)

// Draft is a new profile as its owner answers for it.
type Draft struct {
	ID, Name      string
	AsOf, From    Date
	Versions      []tlsready.Version // what is accepted from the day on; at least one
	Today         []tlsready.Version // what was found to be accepted until then; nil: not known
	Suites        []tlsready.Suite   // what was found beside it; nil: nothing is said of suites
	Callers       []string           // nil: [DraftCallers]
	Endpoint      string             // HOST:PORT, or ""
	Source        string             // the address of the announcement, or ""
	Contact, Test string             // who answers, and an endpoint that is already so; or ""
}

// DraftCallers are the kinds of program that a new profile is judged for: one of each
// stack, as the generic profile tls12 has them.
func DraftCallers() []string {
	return []string{"schannel", "winhttp-x64", "winhttp-x86", "dotnet-4.7.2-x64", "powershell-5.1-x64"}
}

// NewID makes an id from a name: small letters and digits with hyphens between; "" if no
// character of the name is allowed in an id.
func NewID(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, "-")
}

// YAML writes the profile with remarks in the words' language. What it gives has been
// read back: an error says what the program would refuse in it.
func (d *Draft) YAML(words *message.Catalog) ([]byte, error) {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	remark := func(id string) {
		for text := range strings.Lines(words.Text("service.draft." + id)) {
			line("# %s", strings.TrimRight(text, "\n"))
		}
	}
	remark("head")
	line("schema: %s\nid: %s", Schema, quoted(d.ID))
	line("name: {en: %s, ja: %[1]s}", quoted(d.Name))
	line("asOf: %s", d.AsOf)
	remark("callers")
	line("callers: %s", flow(d.callers()))
	if d.Endpoint != "" {
		line("endpoints: %s", flow([]string{d.Endpoint}))
	}
	remark("phases")
	line("phases:")
	d.phases(line)
	if d.Contact != "" {
		line("contact: {en: %s, ja: %[1]s}", quoted(d.Contact))
	}
	if d.Test != "" {
		line("testEndpoint: %s", quoted(d.Test))
	}
	if d.Source != "" {
		line("citations:\n  - {url: %s, says: %s}", quoted(d.Source), quoted(words.Text("service.draft.says", message.Str("date", d.From.String()))))
	}
	text := []byte(b.String())
	if _, err := Parse(text); err != nil {
		return nil, err
	}
	return text, nil
}

func (d *Draft) callers() []string {
	if len(d.Callers) > 0 {
		return d.Callers
	}
	return DraftCallers()
}

// phases writes how it was, as far as that is known, and what holds from the day on.
func (d *Draft) phases(line func(string, ...any)) {
	versions := "null" // not known
	if d.Today != nil {
		versions = flow(texts(d.Today))
	}
	was := "2000-01-01" // before any TLS 1.2: it always was so
	if d.From.String() <= was {
		line("  - {from: %s, status: announced, accepts: {versions: %s}}", d.From, flow(texts(d.Versions)))
		return
	}
	line("  - {from: %s, status: unverified, accepts: {versions: %s}}", was, versions)
	line("  - from: %s\n    status: announced\n    accepts:\n      versions: %s", d.From, flow(texts(d.Versions)))
	if kept := d.kept(); len(kept) > 0 {
		line("      suites: %s", flow(texts(kept)))
	}
}

// kept are the suites of the versions that stay, none unless all of these are known.
func (d *Draft) kept() []tlsready.Suite {
	return slices.DeleteFunc(slices.Clone(d.Suites), func(s tlsready.Suite) bool {
		return !slices.ContainsFunc(d.Versions, s.Fits)
	})
}

func texts[T fmt.Stringer](list []T) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = x.String()
	}
	return out
}

// quoted writes a text in a form that YAML reads back whatever it contains: a JSON string,
// which is also a YAML string.
func quoted(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		return `""` // a string can always be written
	}
	return string(text)
}

func flow(list []string) string {
	for i, s := range list {
		if strings.ContainsAny(s, `:*"'{}[],#&!|>%@`) {
			list = slices.Clone(list)
			list[i] = quoted(s)
		}
	}
	return "[" + strings.Join(list, ", ") + "]"
}

package fidelity

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/stack"
	"tlsready/internal/strictyaml"
	"tlsready/internal/testkit/golden"
)

// facts is clients.yaml.
type facts struct {
	Sources map[string]source `yaml:"sources"`
	Clients []seen            `yaml:"clients"`
}

type source struct {
	URL  string `yaml:"url"`
	Says string `yaml:"says"`
}

// seen is one hello and the system that sent it.
type seen struct {
	Name                string            `yaml:"name"`
	Source              string            `yaml:"source"` // of the sources; FILE#STREAM for a capture
	System              string            `yaml:"system"`
	Stack               string            `yaml:"stack"`
	Browser             string            `yaml:"browser"`
	TLS12               bool              `yaml:"tls12"`
	Updates             *[]string         `yaml:"updates"`
	Max                 string            `yaml:"max"`
	Suites              []string          `yaml:"suites"`
	Groups              []string          `yaml:"groups"`
	SignatureAlgorithms []string          `yaml:"signatureAlgorithms"`
	Differs             map[string]string `yaml:"differs"`
}

// signalling are the codes in a list of suites that are not suites (RFC 5746, RFC 7507).
var signalling = []string{"TLS_EMPTY_RENEGOTIATION_INFO_SCSV", "TLS_FALLBACK_SCSV"}

func read(t *testing.T) *facts {
	t.Helper()
	data, err := os.ReadFile("clients.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f := new(facts)
	if err := strictyaml.Decode(data, f); err != nil {
		t.Fatal(err)
	}
	return f
}

// axis is one axis of a hello as it was predicted and as it was seen.
type axis struct {
	name            string
	predicted, seen []string
	maybe           []string // of the predicted: what the facts of the host leave open
}

// agrees says whether what was seen is what was predicted, without some of what was left
// open.
func (a axis) agrees() bool {
	open := func(s string) bool { return slices.Contains(a.maybe, s) && !slices.Contains(a.seen, s) }
	return slices.Equal(slices.DeleteFunc(slices.Clone(a.predicted), open), a.seen)
}

// compare predicts the hello of a client and compares it with the one that was seen.
func compare(t *testing.T, m *stack.Model, c *seen) []axis {
	t.Helper()
	s, err := stack.Parse(c.Stack)
	if err != nil {
		t.Fatal(err)
	}
	p := m.Predict(view(t, m, c), s, stack.Ask{Suites: true, Groups: true, Signatures: true})
	if len(p.Missing) > 0 {
		t.Errorf("%s: not known: %v", c.Name, p.Missing)
	}
	var suites, groups, schemes, maybe []string
	for _, o := range p.Offer.Suites {
		name := o.Suite.String()
		if !slices.Contains(suites, name) && o.Suite.Fits(p.Offer.Max()) {
			suites = append(suites, name)
		}
		if o.Maybe {
			maybe = append(maybe, name)
		}
	}
	for _, o := range p.Offer.Groups {
		groups = append(groups, o.Group.String())
	}
	for _, o := range p.Offer.SignatureAlgorithms {
		schemes = append(schemes, o.Scheme.String())
		if o.Maybe {
			maybe = append(maybe, o.Scheme.String())
		}
	}
	seenSuites := slices.DeleteFunc(slices.Clone(c.Suites), func(s string) bool { return slices.Contains(signalling, s) })
	return []axis{
		{"versions", []string{"up to " + p.Offer.Max().String()}, []string{"up to " + c.Max}, nil},
		{"suites", suites, seenSuites, maybe},
		{"groups", groups, c.Groups, nil},
		{"signatureAlgorithms", schemes, c.SignatureAlgorithms, maybe},
	}
}

// view is the system of a client: nothing is set on it but what the facts say.
func view(t *testing.T, m *stack.Model, c *seen) *host.View {
	t.Helper()
	systems := m.Systems()
	at := slices.IndexFunc(systems, func(s stack.System) bool { return s.ID == c.System })
	if at < 0 {
		t.Fatalf("%s: no system %q", c.Name, c.System)
	}
	s := &host.Snapshot{OS: systems[at].OS, Covered: []string{"HKLM", "HKCU"}}
	if c.Browser != "" {
		s.Registry = append(s.Registry, host.Value{Key: `HKLM\SOFTWARE\Microsoft\Internet Explorer`, Name: "svcVersion", Data: host.String(c.Browser + ".0")})
	}
	if c.TLS12 {
		for name, n := range map[string]uint32{"Enabled": 1, "DisabledByDefault": 0} {
			s.Registry = append(s.Registry, host.Value{Key: `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`, Name: name, Data: host.Dword(n)})
		}
	}
	if c.Updates == nil {
		return host.NewView(s).AssumingUpdates()
	}
	s.Updates = &host.Updates{Complete: true, IDs: *c.Updates}
	return host.NewView(s)
}

func model(t *testing.T) *stack.Model {
	t.Helper()
	m, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestPredictions proves that the hello of every client that was seen is predicted as it
// was, versions, suites in order, groups and signature algorithms, but for differences
// that are explained; and that no explanation outlives its difference.
func TestPredictions(t *testing.T) {
	f, m := read(t), model(t)
	for i := range f.Clients {
		c := &f.Clients[i]
		t.Run(c.Name, func(t *testing.T) {
			for _, a := range compare(t, m, c) {
				why, known := c.Differs[a.name]
				switch {
				case a.agrees() && known:
					t.Errorf("%s: agree now, but a difference is explained: %s", a.name, why)
				case !a.agrees() && !known:
					t.Errorf("%s:\npredicted %s\nseen      %s", a.name, strings.Join(a.predicted, ", "), strings.Join(a.seen, ", "))
				}
			}
		})
	}
}

// TestPage holds that docs/fidelity.md says what the comparison finds. go test -update
// writes it anew.
func TestPage(t *testing.T) {
	golden.Equal(t, filepath.Join("..", "..", "docs", "fidelity.md"), page(t, read(t), model(t)))
}

// TestFactsAreThoseOfTheCaptures proves that what clients.yaml says of a capture is what
// tshark found in it.
func TestFactsAreThoseOfTheCaptures(t *testing.T) {
	captures := filepath.Join("..", "..", "..", "shared", "captures")
	if _, err := os.Stat(captures); errors.Is(err, fs.ErrNotExist) {
		t.Log("not run: the captures are not there")
		return
	}
	for _, c := range read(t).Clients {
		file, stream, isCapture := strings.Cut(c.Source, "#")
		if !isCapture {
			continue
		}
		row := rowOf(t, filepath.Join(captures, file+".tsv"), stream)
		for field, list := range map[string][]string{"ch_ciphers": c.Suites, "ch_groups": c.Groups, "ch_sigalgs": c.SignatureAlgorithms} {
			if got := names(row[field], field); !slices.Equal(got, list) {
				t.Errorf("%s: %s:\ncapture %v\nfacts   %v", c.Name, field, got, list)
			}
		}
		if want := strings.Replace(row["ch_max_version"], "TLSv", "TLS ", 1); c.Max != want {
			t.Errorf("%s: up to %s, the capture says %s", c.Name, c.Max, want)
		}
	}
}

// rowOf is the row of a stream in tshark's table, by its columns.
func rowOf(t *testing.T, file, stream string) map[string]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		if row[0] == stream {
			found := map[string]string{}
			for i, name := range rows[0] {
				found[name] = row[i]
			}
			return found
		}
	}
	t.Fatalf("%s has no stream %s", file, stream)
	return nil
}

// names are the code points of a column by their names.
func names(codes, field string) []string {
	list := []string{}
	for code := range strings.SplitSeq(codes, ",") {
		n, err := strconv.ParseUint(strings.TrimPrefix(code, "0x"), 16, 16)
		if err != nil {
			continue // "-": the extension is not there
		}
		switch field {
		case "ch_ciphers":
			list = append(list, tlsready.Suite(n).String())
		case "ch_groups":
			list = append(list, tlsready.Group(n).String())
		default:
			list = append(list, tlsready.SignatureScheme(n).String())
		}
	}
	return list
}

// page writes docs/fidelity.md.
func page(t *testing.T, f *facts, m *stack.Model) []byte {
	t.Helper()
	var table, details strings.Builder
	whole := 0
	for i := range f.Clients {
		c := &f.Clients[i]
		axes := compare(t, m, c)
		fmt.Fprintf(&table, "| %s | `%s` |", c.Name, c.System+"/"+c.Stack)
		agree := true
		for _, a := range axes {
			if a.agrees() {
				table.WriteString(" yes |")
				continue
			}
			agree = false
			table.WriteString(" **no** |")
			describe(&details, c, a)
		}
		table.WriteString("\n")
		if agree {
			whole++
		}
	}
	var b strings.Builder
	b.WriteString("# Fidelity: predicted hellos beside real ones\n\n")
	b.WriteString("`test/fidelity` predicts the hello of every Windows client that was seen and whose system is known or can be told, and\n")
	b.WriteString("compares it with what was seen: the highest version, the suites in their order, the groups, the signature algorithms. This\n")
	b.WriteString("page is made by it (`go test ./test/fidelity -update`); a difference without an explanation fails the test.\n\n")
	fmt.Fprintf(&b, "%d of %d hellos agree on every axis.\n\n", whole, len(f.Clients))
	b.WriteString("| client | predicted as | versions | suites | groups | signature algorithms |\n|---|---|---|---|---|---|\n")
	b.WriteString(table.String())
	b.WriteString("\n## Differences\n\n")
	if details.Len() == 0 {
		b.WriteString("None.\n\n")
	}
	b.WriteString(details.String())
	b.WriteString("## Sources\n\n")
	for _, id := range sorted(f.Sources) {
		fmt.Fprintf(&b, "- %s: %s\n  (%s)\n", id, f.Sources[id].Says, f.Sources[id].URL)
	}
	return []byte(b.String())
}

func describe(b *strings.Builder, c *seen, a axis) {
	fmt.Fprintf(b, "### %s: %s\n\n%s\n\n", c.Name, a.name, c.Differs[a.name])
	left, right := without(without(a.predicted, a.seen), a.maybe), without(a.seen, a.predicted)
	if len(left)+len(right) == 0 {
		fmt.Fprintf(b, "- the same, in another order; seen: %s\n", strings.Join(a.seen, ", "))
	}
	if len(left) > 0 {
		fmt.Fprintf(b, "- predicted only: %s\n", strings.Join(left, ", "))
	}
	if len(right) > 0 {
		fmt.Fprintf(b, "- seen only: %s\n", strings.Join(right, ", "))
	}
	b.WriteString("\n")
}

func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
}

func sorted(m map[string]source) []string {
	ids := make([]string, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// Package service says who accepts what from when: profiles with dated phases,
// ours and the user's own.
package service

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/strictyaml"
)

// Schema is the name of the profile format (docs/formats.md).
const Schema = "tlsready.service/v1"

// Profile is a service with its dated phases.
type Profile struct {
	Schema        string            `yaml:"schema"`
	ID            string            `yaml:"id"`
	Name          map[string]string `yaml:"name"`
	AsOf          Date              `yaml:"asOf"`
	Callers       []string          `yaml:"callers"`
	Endpoints     []string          `yaml:"endpoints"`
	Phases        []Phase           `yaml:"phases"`
	Roots         []string          `yaml:"roots"` // SHA-1; one is enough unless AllRoots
	AllRoots      bool              `yaml:"allRoots"`
	Intermediates []string          `yaml:"intermediates"` // SHA-1; one is enough
	Documented    []Recipe          `yaml:"documented"`
	Note          map[string]string `yaml:"note"` // what a reader has to know, by language
	Citations     []Citation        `yaml:"citations"`
	Contact       map[string]string `yaml:"contact"`      // whom customers ask, by language
	TestEndpoint  string            `yaml:"testEndpoint"` // HOST:PORT that already takes only what the last phase takes
	Brownouts     []Brownout        `yaml:"brownouts"`
}

// Brownout is a short, announced rejection of old clients before the last phase.
type Brownout struct {
	On    Date   `yaml:"on"`
	Hours string `yaml:"hours"` // as it is announced, such as "10:00-11:00 UTC"
}

// Phase is what the service accepts from a day on.
type Phase struct {
	From     Date    `yaml:"from"`
	Formerly []Date  `yaml:"formerly"` // days that were announced before From, in the order of the announcements
	Timezone string  `yaml:"timezone"`
	Status   string  `yaml:"status"` // announced, enforced, unverified
	Accepts  Accepts `yaml:"accepts"`
}

// Recipe is a part of the vendor's own instructions and the systems it names.
type Recipe struct {
	AppliesTo Systems           `yaml:"appliesTo"`
	Settings  []Setting         `yaml:"settings"`
	Updates   []string          `yaml:"updates"` // updates that the step asks for first
	Note      map[string]string `yaml:"note"`
	Citation  string            `yaml:"citation"`
}

// Systems limits a step to versions of Windows; zero values limit nothing.
type Systems struct {
	OSBelow string `yaml:"osBelow"` // version or version.build: "6.3", "10.0.17763"
	OSFrom  string `yaml:"osFrom"`
}

// Setting is a registry value that a vendor asks for.
type Setting struct {
	Key   string    `yaml:"key"`
	Name  string    `yaml:"name"`
	Type  host.Type `yaml:"type"`
	Value yaml.Node `yaml:"value"`
}

// What all files of knowledge share.
type (
	Citation = strictyaml.Citation
	Words    = strictyaml.Words
)

// Date is a day, written YYYY-MM-DD; the zero value is no day.
type Date struct{ time.Time }

// ParseDate reads YYYY-MM-DD.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, message.Error("service.date", message.Quote("text", s))
	}
	return Date{Time: t}, nil
}

// String writes YYYY-MM-DD, or nothing for no day.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}

// UnmarshalYAML reads a day.
func (d *Date) UnmarshalYAML(n *yaml.Node) error {
	parsed, err := ParseDate(n.Value)
	if err != nil {
		return message.OnLine(n.Line, err)
	}
	*d = parsed
	return nil
}

// MarshalText writes the day.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Parse reads a profile from YAML or JSON and checks it.
func Parse(data []byte) (*Profile, error) {
	var p Profile
	if err := strictyaml.Decode(data, &p); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		var phase *phaseError
		if errors.As(err, &phase) {
			return nil, message.OnLine(phaseLine(data, phase.at), phase.why)
		}
		return nil, err
	}
	slices.SortStableFunc(p.Phases, func(a, b Phase) int { return a.From.Compare(b.From.Time) })
	return &p, nil
}

var (
	idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)
	// endpointForm is HOST:PORT; an IPv6 address stands in brackets (RFC 3986 section 3.2.2).
	endpointForm = regexp.MustCompile(`^([^\s:\[\]]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5}$`)
	sha1Hex      = regexp.MustCompile(`^[0-9a-fA-F]{40}$`)
)

// CheckID says what is wrong with an id of a profile; nil if nothing is.
func CheckID(id string) error {
	if !idForm.MatchString(id) {
		return message.Error("problem.id", message.Quote("id", id))
	}
	return nil
}

func (p *Profile) check() error {
	switch {
	case p.Schema != Schema:
		return message.Error("problem.schema", message.Quote("found", p.Schema), message.Quote("want", Schema))
	case CheckID(p.ID) != nil:
		return CheckID(p.ID)
	case len(p.Phases) == 0:
		return message.Error("service.no-phases", message.Str("id", p.ID))
	}
	for i := range p.Phases {
		if err := p.checkPhase(i); err != nil {
			return &phaseError{i, err}
		}
	}
	if slices.ContainsFunc(p.Brownouts, func(b Brownout) bool { return b.On.IsZero() }) {
		return message.Error("service.brownout", message.Str("id", p.ID))
	}
	if p.TestEndpoint != "" && !endpointForm.MatchString(p.TestEndpoint) {
		return message.Error("service.test-endpoint", message.Str("id", p.ID), message.Quote("text", p.TestEndpoint))
	}
	for _, sha := range append(slices.Clone(p.Roots), p.Intermediates...) {
		if !sha1Hex.MatchString(sha) {
			return message.Error("service.thumbprint", message.Str("id", p.ID), message.Quote("text", sha))
		}
	}
	if link, bad := p.badLink(); bad {
		return message.Error("service.link", message.Str("id", p.ID), message.Quote("text", link))
	}
	for _, r := range p.Documented {
		for _, s := range r.Settings {
			if _, err := s.Change(); err != nil {
				return message.At(p.ID, message.OnLine(s.Value.Line, err))
			}
		}
	}
	return nil
}

// checkPhase says what is wrong with one phase.
func (p *Profile) checkPhase(i int) error {
	ph := p.Phases[i]
	if ph.From.IsZero() {
		return message.Error("service.no-from", message.Str("id", p.ID))
	}
	if ph.Status != "" && !slices.Contains(Statuses(), ph.Status) {
		return message.Error("service.status", message.Str("id", p.ID), message.Quote("text", ph.Status), message.List("known", Statuses()))
	}
	if slices.ContainsFunc(ph.Formerly, func(d Date) bool { return d.IsZero() || d.Equal(ph.From.Time) }) {
		return message.Error("service.formerly", message.Str("id", p.ID), message.Str("from", ph.From.String()))
	}
	if ph.Timezone != "" {
		if _, err := time.LoadLocation(ph.Timezone); err != nil && strings.Contains(err.Error(), "unknown time zone") && !strings.Contains(ph.Timezone, "/") {
			return message.Error("service.timezone", message.Str("id", p.ID), message.Quote("text", ph.Timezone))
		}
	}
	if slices.ContainsFunc(p.Phases[:i], func(other Phase) bool { return other.From.Equal(ph.From.Time) }) {
		return message.Error("service.overlap", message.Str("id", p.ID), message.Str("from", ph.From.String()))
	}
	return nil
}

// Statuses lists how certain a phase is.
func Statuses() []string { return []string{"announced", "enforced", "unverified"} }

// PhaseOn is the phase in force on a day: the last one that has begun, or the first one if none
// has.
func (p *Profile) PhaseOn(on Date) Phase { return p.Phases[p.phaseIndex(on)] }

func (p *Profile) phaseIndex(on Date) int {
	at := 0
	for i, ph := range p.Phases {
		if !ph.From.After(on.Time) {
			at = i
		}
	}
	return at
}

// Last is the last phase.
func (p *Profile) Last() Phase { return p.Phases[len(p.Phases)-1] }

// NameIn is the name in a language, else in English, else the id.
func (p *Profile) NameIn(lang string) string {
	for _, n := range []string{p.Name[lang], p.Name["en"], p.ID} {
		if n != "" {
			return n
		}
	}
	return ""
}

// Change turns a setting into a change.
func (s Setting) Change() (host.Change, error) {
	data, err := s.data()
	if err != nil {
		return host.Change{}, message.Error("service.setting", message.Str("key", s.Key), message.Str("name", s.Name), message.Cause("why", err))
	}
	return host.Change{Key: host.NormalKey(s.Key), Name: s.Name, Data: data}, nil
}

func (s Setting) data() (host.Data, error) {
	switch s.Type {
	case host.DWORD:
		var n uint32
		if err := s.Value.Decode(&n); err != nil {
			return host.Data{}, message.Error("service.dword", message.Quote("text", s.Value.Value))
		}
		return host.Dword(n), nil
	case host.SZ:
		return host.String(s.Value.Value), nil
	case host.MultiSZ:
		var list []string
		if err := s.Value.Decode(&list); err != nil {
			return host.Data{}, message.Error("service.strings")
		}
		return host.Multi(list...), nil
	}
	return host.Data{}, message.Error("service.type", message.Quote("type", string(s.Type)))
}

// DocumentedFor lists what the vendor asks for on a system, in its order.
func (p *Profile) DocumentedFor(os host.OS) []host.Change {
	var all []host.Change
	for _, r := range p.Documented {
		if !r.AppliesTo.Match(os) {
			continue
		}
		for _, s := range r.Settings {
			c, err := s.Change()
			if err != nil || (os.X86() && strings.Contains(strings.ToLower(c.Key), `\wow6432node\`)) {
				continue // check has refused errors; a 32-bit system has one view
			}
			all = append(all, c)
		}
	}
	return all
}

// otherScheme is an address that is neither http nor https, such as javascript:. What
// names no scheme is taken as text.
var otherScheme = regexp.MustCompile(`(?i)^\s*[a-z][a-z0-9+.-]*:`)

// badLink finds a source that a page would turn into something else than a link to a
// web page.
func (p *Profile) badLink() (string, bool) {
	links := make([]string, 0, len(p.Citations)+len(p.Documented))
	for _, c := range p.Citations {
		links = append(links, c.URL)
	}
	for _, r := range p.Documented {
		links = append(links, r.Citation)
	}
	for _, link := range links {
		low := strings.ToLower(link)
		if otherScheme.MatchString(link) && !strings.HasPrefix(low, "https://") && !strings.HasPrefix(low, "http://") {
			return link, true
		}
	}
	return "", false
}

// CitationOf is where the vendor asks for a value on a system: the step's own
// source, else the profile's first.
func (p *Profile) CitationOf(c host.Change, os host.OS) string {
	for _, r := range p.Documented {
		if r.Citation == "" || !r.AppliesTo.Match(os) {
			continue
		}
		for _, s := range r.Settings {
			if strings.EqualFold(s.Name, c.Name) && strings.EqualFold(host.NormalKey(s.Key), c.Key) {
				return r.Citation
			}
		}
	}
	if len(p.Citations) > 0 {
		return p.Citations[0].URL
	}
	return ""
}

// Match says whether a system is among those named.
func (s Systems) Match(os host.OS) bool {
	return (s.OSBelow == "" || os.Below(s.OSBelow)) && (s.OSFrom == "" || !os.Below(s.OSFrom))
}

// Acceptance turns the phase's `accepts` into the join's own type.
func (ph Phase) Acceptance() tlsready.Acceptance { return ph.Accepts.acceptance }

// UpdatesFor lists the updates that the vendor asks for first on a system.
func (p *Profile) UpdatesFor(os host.OS) []string {
	var all []string
	for _, r := range p.Documented {
		if r.AppliesTo.Match(os) {
			all = append(all, r.Updates...)
		}
	}
	return all
}

// NotesFor lists what the vendor's steps say of a system, in a language.
func (p *Profile) NotesFor(os host.OS, lang string) []string {
	var all []string
	for _, r := range p.Documented {
		if note := r.Note[lang]; r.AppliesTo.Match(os) && note != "" {
			all = append(all, note)
		}
	}
	return all
}

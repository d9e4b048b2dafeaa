// Package caller knows which programs use which TLS stacks, and how: ours, and
// the user's own files.
package caller

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/stack"
	"tlsready/internal/strictyaml"
)

// Schema is the name of the caller format (docs/formats.md).
const Schema = "tlsready.caller/v1"

// Caller is a program, or a kind of program, that uses stacks in a certain way.
type Caller struct {
	Schema     string             `yaml:"schema"`
	ID         string             `yaml:"id"`
	Name       map[string]string  `yaml:"name"`
	Programs   []string           `yaml:"programs"` // names of uninstall entries; * stands for anything, ! excludes
	Presence   []Key              `yaml:"presence"` // registry keys or values whose presence shows that it is installed
	RunsAs     string             `yaml:"runsAs"`   // "service", or "process" (the default): what has to be restarted
	Exe        string             `yaml:"exe"`      // full path, for per-program registry overrides
	Stacks     []Use              `yaml:"stacks"`
	Minimum    string             `yaml:"minimumVersion"` // older versions of the program cannot do without TLS 1.0, whatever the host is set to
	Minimums   []Minimum          `yaml:"minimums"`       // the same by line of versions, where a vendor mended several
	Gates      []Gate             `yaml:"gates"`
	OutOfScope bool               `yaml:"outOfScope"` // brings its own TLS: the registry does not govern it
	Basis      string             `yaml:"basis"`      // documented, source-code, measured, inferred
	Note       map[string]string  `yaml:"note"`
	Workaround map[string]string  `yaml:"workaround"` // what its user can do without changing the host
	Citations  []service.Citation `yaml:"citations"`

	// Files are the programs that this caller consists of, if it was made from them.
	Files []string `yaml:"-"`

	// Proxies is what configurations next to its programs say about a proxy, by file, in the
	// words of package proxy; every program has one if AllProxied is set.
	Proxies    map[string]string `yaml:"-"`
	AllProxied bool              `yaml:"-"`

	// Unclear says what about its programs was not understood and may choose the versions: if
	// set, the verdict is unknown, whatever the host's settings.
	Unclear []stack.Fired `yaml:"-"`

	presence []host.Ref // of Presence, folded once and for all hosts
}

// Key names a registry value whose presence is looked for.
type Key struct {
	Key  string `yaml:"key"`
	Name string `yaml:"name"`
}

// Use is one stack that the caller uses, on the systems and in the versions of
// the program to which it applies. Stack is a generic caller id: "winhttp-x64",
// "dotnet-4.5-x86", "schannel:tls1.2".
type Use struct {
	Stack        string `yaml:"stack"`
	OSBelow      string `yaml:"osBelow"`
	OSFrom       string `yaml:"osFrom"`
	ProgramBelow string `yaml:"programBelow"`
	ProgramFrom  string `yaml:"programFrom"`
	Update       string `yaml:"update"`  // an update without which the program behaves as Without says
	Without      string `yaml:"without"` // the stack used where that update is missing
	Or           string `yaml:"or"`      // sources differ between Stack and this one: only what both come to is known
	Warning      string `yaml:"warning"` // code of a warning that goes with it
	OnlyX86      bool   `yaml:"onlyX86"` // holds on 32-bit Windows alone: a program for any CPU is a 32-bit one there

	parsed, without stack.Stack // of Stack, and of Without or Or, once and for all hosts
}

// Minimum is the first version of a line (from From on, below Below) that can do without
// TLS 1.0.
type Minimum struct {
	From    string `yaml:"from"`
	Below   string `yaml:"below"`
	Version string `yaml:"version"`
}

// Parsed is the stack of the use, and the one without its update or by other sources.
func (u *Use) Parsed() (with, without *stack.Stack) { return &u.parsed, &u.without }

// Gate is what an installer demands before it goes on, whatever the TLS stack
// would do.
type Gate struct {
	ProgramFrom  string            `yaml:"programFrom"`
	ProgramBelow string            `yaml:"programBelow"`
	Settings     []service.Setting `yaml:"settings"`
	Citation     string            `yaml:"citation"`
}

var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)

// Parse reads a caller file, YAML or JSON, and checks it.
func Parse(data []byte) (*Caller, error) {
	var c Caller
	if err := strictyaml.Decode(data, &c); err != nil {
		return nil, err
	}
	switch {
	case c.Schema != Schema:
		return nil, message.Error("problem.schema", message.Quote("found", c.Schema), message.Quote("want", Schema))
	case !idForm.MatchString(c.ID):
		return nil, message.Error("problem.id", message.Quote("id", c.ID))
	case len(c.Stacks) == 0 && !c.OutOfScope:
		return nil, message.Error("caller.no-stack", message.Str("id", c.ID))
	}
	if err := c.checkParts(); err != nil {
		return &c, onItsLine(data, err)
	}
	return &c, nil
}

func (c *Caller) checkParts() error {
	if err := c.checkRanges(); err != nil {
		return err
	}
	for _, k := range c.Presence {
		c.presence = append(c.presence, host.NewRef(k.Key, k.Name))
	}
	for i := range c.Stacks {
		u := &c.Stacks[i]
		if err := u.parse(c.Exe); err != nil {
			return &partError{"stacks", i, message.At(c.ID, err)}
		}
		if (u.Update == "") != (u.Without == "") || (u.Or != "" && u.Without != "") {
			return &partError{"stacks", i, message.Error("caller.update-without", message.Str("id", c.ID))}
		}
	}
	for _, g := range c.Gates {
		for _, s := range g.Settings {
			if _, err := s.Change(); err != nil {
				return message.At(c.ID, message.OnLine(s.Value.Line, err))
			}
		}
	}
	return nil
}

func (u *Use) parse(exe string) (err error) {
	if u.parsed, err = stack.Parse(u.Stack); err != nil {
		return message.Error("caller.stack", message.Str("stack", u.Stack), message.Cause("why", err))
	}
	u.parsed.Exe = exe
	other := u.Without + u.Or
	if other == "" {
		return nil
	}
	if u.without, err = stack.Parse(other); err != nil {
		return message.Error("caller.stack", message.Str("stack", other), message.Cause("why", err))
	}
	u.without.Exe = exe
	return nil
}

// NameIn is the name in a language, else in English, else the id.
func (c *Caller) NameIn(lang string) string {
	for _, n := range []string{c.Name[lang], c.Name["en"], c.ID} {
		if n != "" {
			return n
		}
	}
	return ""
}

// Installed finds the caller's program among those of a host. known is false if the host's
// programs were not asked for.
func (c *Caller) Installed(v *host.View) (p host.Program, found, known bool) {
	asked := true
	for _, ref := range c.presence {
		switch _, state := v.Lookup(ref); state {
		case host.Present:
			found = true
		case host.NotAsked:
			asked = false
		}
	}
	v.Own(installed{c})
	if v.Programs == nil {
		return p, found, found
	}
	if len(c.Programs) == 0 { // a role of Windows, which no list of programs names
		return p, found, found || asked
	}
	if program, ok := c.pick(*v.Programs); ok {
		return program, true, true
	}
	return p, found, true
}

// installed is the question which of a host's programs is the caller's.
type installed struct{ *Caller }

// Answer tells apart what [Caller.Installed] goes by.
func (c installed) Answer(s *host.Snapshot) string {
	if s.Programs == nil {
		return "not asked"
	}
	if len(c.Programs) == 0 {
		return "asked"
	}
	p, found := c.pick(*s.Programs)
	return fmt.Sprintf("%t %q %q", found, p.Name, p.Version)
}

// pick finds the caller's program in a list. A name that is exactly a pattern
// wins over one that goes on after it: helpers are often called "Product Helper".
func (c *Caller) pick(list []host.Program) (host.Program, bool) {
	var second *host.Program
	for i, candidate := range list {
		if !c.names(candidate.Name) {
			continue
		}
		if slices.ContainsFunc(c.Programs, func(p string) bool { return strings.EqualFold(p, candidate.Name) }) {
			return candidate, true
		}
		if second == nil {
			second = &list[i]
		}
	}
	if second == nil {
		return host.Program{}, false
	}
	return *second, true
}

// names says whether an installed program of that name is the caller's. A
// pattern after ! excludes what it matches.
func (c *Caller) names(name string) bool {
	found := false
	for _, pattern := range c.Programs {
		if not, ok := strings.CutPrefix(pattern, "!"); ok && nameMatches(not, name) {
			return false
		} else if !ok && nameMatches(pattern, name) {
			found = true
		}
	}
	return found
}

// Recognisable says that there is something by which the program can be found.
func (c *Caller) Recognisable() bool { return len(c.Programs) > 0 || len(c.Presence) > 0 }

// nameMatches compares without case; * at either end stands for anything, and a
// pattern without one also matches a longer name that goes on after a space.
func nameMatches(pattern, name string) bool {
	if strings.HasPrefix(pattern, "*") {
		return strings.Contains(strings.ToLower(name), strings.ToLower(strings.Trim(pattern, "*")))
	}
	base, open := strings.CutSuffix(pattern, "*")
	if len(name) < len(base) || !strings.EqualFold(name[:len(base)], base) {
		return false
	}
	return open || len(name) == len(base) || name[len(base)] == ' '
}

// AppliesTo says whether the use applies on a system for a version of the program; decided is
// false if that depends on a version that is not known.
func (u Use) AppliesTo(os host.OS, program string) (applies, decided bool) {
	if !(service.Systems{OSBelow: u.OSBelow, OSFrom: u.OSFrom}).Match(os) {
		return false, true
	}
	return versionBetween(program, u.ProgramFrom, u.ProgramBelow)
}

// FirstWithoutTLS10 is the first version that can do without TLS 1.0 in the line that a
// program's version belongs to, or "" if nothing is said about that line. Without a version it
// is any that the file names.
func (c *Caller) FirstWithoutTLS10(version string) string {
	for _, m := range c.Minimums {
		if inside, decided := versionBetween(version, m.From, m.Below); inside || !decided {
			return m.Version
		}
	}
	return c.Minimum
}

func versionBetween(version, from, below string) (inside, decided bool) {
	if from == "" && below == "" {
		return true, true
	}
	if version == "" {
		return false, false
	}
	return (from == "" || host.CompareVersions(version, from) >= 0) &&
		(below == "" || host.CompareVersions(version, below) < 0), true
}

// AppliesTo says whether the gate stands in this version of the program.
func (g Gate) AppliesTo(program string) bool {
	inside, decided := versionBetween(program, g.ProgramFrom, g.ProgramBelow)
	return inside && decided
}

// Changes lists what the gate demands.
func (g Gate) Changes(os host.OS) []host.Change {
	all := make([]host.Change, 0, len(g.Settings))
	for _, s := range g.Settings {
		c, err := s.Change()
		if err != nil || (os.X86() && strings.Contains(strings.ToLower(c.Key), `\wow6432node\`)) {
			continue
		}
		all = append(all, c)
	}
	return all
}

package recipe

import (
	"regexp"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/script"
	"tlsready/internal/stack/nearmiss"
)

var (
	controlSet = regexp.MustCompile(`(?i)^HKLM\\SYSTEM\\(ControlSet\d{3})(\\|$)`)
	glued      = regexp.MustCompile(`(?i)(SOFTWAREMicrosoft|Microsoft\.NETFramework|NETFrameworkv[24]|SCHANNELProtocols|Wow6432NodeMicrosoft)`)
)

// Hazards adds to a reading what is to be said about its changes whatever the
// format: keys that Windows does not look at, values that are set twice.
func Hazards(file string, r *Reading) {
	last := map[string]Step{}
	for _, s := range r.Steps {
		find := func(severity Severity, rule string, args ...message.Arg) {
			r.Findings = append(r.Findings, Finding{File: file, Line: s.Line, Column: s.Column, Rule: rule, Severity: severity, Text: SayFinding(rule, args...)})
		}
		if m := controlSet.FindStringSubmatch(s.Key); m != nil {
			find(Warning, "key-control-set", message.Str("set", m[1]))
		}
		if m := glued.FindString(s.Key); m != "" {
			find(Error, "key-backslash-lost", message.Str("part", m))
		}
		id := host.ValueID(s.Key, s.Name)
		if old, twice := last[id]; twice && (old.Delete != s.Delete || !s.Delete && !old.Equal(s.Data)) {
			find(Warning, "value-twice", message.Str("value", s.Key+" "+s.Name))
		}
		last[id] = s
	}
	r.Sort()
}

// ScriptText is the text of a script file. It fails for one that is too large to
// be a recipe.
func ScriptText(file string, data []byte) (string, error) {
	if len(data) > MaxFile {
		return "", &message.Problem{Where: file, What: message.New("recipe.too-large", message.Int("size", len(data)), message.Int("limit", MaxFile))}
	}
	return script.Decode(data), nil
}

// NearMisses adds the changes that almost are ones that Windows reads: misspelled
// keys and names, a key too high, a number in the wrong base, a text in place of a
// number.
func NearMisses(file string, r *Reading, finder *nearmiss.Finder) {
	for _, s := range r.Steps {
		if s.Delete {
			continue
		}
		one := &host.Snapshot{Registry: []host.Value{{Key: s.Key, Name: s.Name, Data: s.Data}}}
		for _, miss := range finder.In(host.NewView(one)) {
			severity := Error
			if miss.Slip == nearmiss.SlipControlSet { // right where that one is current
				severity = Warning
			}
			r.Findings = append(r.Findings, Finding{
				File: file, Line: s.Line, Column: s.Column, Rule: "near-" + string(miss.Slip), Severity: severity, Text: miss.Text(),
			})
		}
	}
	r.Sort()
}

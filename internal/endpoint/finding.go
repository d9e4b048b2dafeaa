package endpoint

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
)

// Check is something that endpoints are held against.
type Check interface {
	// Findings lists each point that is not met or cannot be determined. An endpoint that
	// could not be judged, as its error says, has none.
	Findings(e *document.Endpoint) []document.EndpointFinding
	// Needs says what has to be known of an endpoint for it.
	Needs() Needs
}

// Needs is what has to be asked of an endpoint in addition to the versions from TLS 1.0 on.
type Needs struct {
	SSL          bool // SSL 2.0 and SSL 3.0
	Suites       bool // the suites of every version
	Groups       bool
	Certificates bool // with the size of the finite field
}

// And is what both need.
func (n Needs) And(other Needs) Needs {
	return Needs{
		SSL: n.SSL || other.SSL, Suites: n.Suites || other.Suites,
		Groups: n.Groups || other.Groups, Certificates: n.Certificates || other.Certificates,
	}
}

// findings gathers what a check finds in an endpoint.
type findings struct {
	e       *document.Endpoint
	against string
	list    []document.EndpointFinding
}

func (f *findings) add(rule string, met tlsready.Answer, id string, args ...message.Arg) {
	f.list = append(f.list, document.EndpointFinding{Against: f.against, Rule: rule, Met: met, Text: message.New(id, args...)})
}

// noVersionBut finds versions that are accepted and must not be. Of SSL that was not
// asked nothing is said.
func (f *findings) noVersionBut(allowed func(tlsready.Version) bool) {
	for _, v := range tlsready.Versions() {
		switch answer := f.e.Versions[v]; {
		case allowed(v):
		case answer == tlsready.Yes:
			f.add("version", tlsready.No, "probe.finding.version", message.Str("version", v.String()))
		case answer == tlsready.Unknown && v >= tlsready.TLS10:
			f.add("version", tlsready.Unknown, "probe.finding.version-unknown", message.Str("version", v.String()))
		}
	}
}

// version finds that a version which has to be accepted is not.
func (f *findings) version(v tlsready.Version) {
	switch f.e.Versions[v] {
	case tlsready.No:
		f.add("version-missing", tlsready.No, "probe.finding.version-missing", message.Str("version", v.String()))
	case tlsready.Unknown:
		f.add("version-missing", tlsready.Unknown, "probe.finding.version-unknown", message.Str("version", v.String()))
	}
}

// suites finds suites that are accepted and must not be, also in a list that is not
// known to its end.
func (f *findings) suites(allowed func(tlsready.Version, tlsready.Suite) bool) {
	for _, v := range tlsready.Versions() {
		if f.e.Versions[v] != tlsready.Yes || v == tlsready.SSL20 {
			continue
		}
		list, complete := suitesOf(f.e, v)
		var extra []tlsready.Suite
		for _, s := range list {
			if !allowed(v, s) {
				extra = append(extra, s)
			}
		}
		switch {
		case len(extra) > 0:
			f.add("suite", tlsready.No, "probe.finding.suite", message.Str("version", v.String()), message.Str("suites", named(extra)))
		case !complete:
			f.add("suite", tlsready.Unknown, "probe.finding.suite-unknown", message.Str("version", v.String()))
		}
	}
}

// suitesOf is what an endpoint takes in a version, as far as that is known.
func suitesOf(e *document.Endpoint, v tlsready.Version) (list []tlsready.Suite, complete bool) {
	if list, complete = e.Suites[v]; complete || e.Partial == nil {
		return list, complete
	}
	return e.Partial.Suites[v], false
}

// missingSuites finds suites that a profile states and the server does not take.
func (f *findings) missingSuites(stated tlsready.Acceptance) {
	for _, v := range tlsready.Versions() {
		list, complete := f.e.Suites[v]
		if !complete || f.e.Versions[v] != tlsready.Yes {
			continue
		}
		if _, missing := compare(stated.SuitesFor(v).List(), list); len(missing) > 0 {
			f.add("suite-missing", tlsready.No, "probe.finding.suite-missing", message.Str("version", v.String()), message.Str("suites", named(missing)))
		}
	}
}

func (f *findings) groups(allowed func(tlsready.Group) bool) {
	var extra []tlsready.Group
	for _, g := range f.e.Groups {
		if !allowed(g) {
			extra = append(extra, g)
		}
	}
	switch {
	case len(extra) > 0:
		f.add("group", tlsready.No, "probe.finding.group", message.Str("groups", named(extra)))
	case !groupsComplete(f.e):
		f.add("group", tlsready.Unknown, "probe.finding.group-unknown")
	}
}

// groupsComplete says whether there are no other groups than the listed ones.
func groupsComplete(e *document.Endpoint) bool { return e.GroupsComplete != nil && *e.GroupsComplete }

// compare gives what is beyond a list, and what of it is not there.
func compare[T comparable](list, is []T) (extra, lacking []T) {
	for _, x := range is {
		if !slices.Contains(list, x) {
			extra = append(extra, x)
		}
	}
	for _, x := range list {
		if !slices.Contains(is, x) {
			lacking = append(lacking, x)
		}
	}
	return extra, lacking
}

// maxNamed is the most items that a reason names one by one; the document has the
// whole lists.
const maxNamed = 4

// named names the items of a list, "-" if it is empty.
func named[T interface{ String() string }](list []T) string {
	var names []string
	for _, x := range list {
		if name := x.String(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	switch {
	case len(names) == 0:
		return "-"
	case len(names) > maxNamed:
		return strings.Join(names[:maxNamed], ", ") + ", … (" + strconv.Itoa(len(names)) + ")"
	}
	return strings.Join(names, ", ")
}

// certificateArgs name a certificate in a text, and its key.
func certificateArgs(c *document.EndpointCertificate) (subject, key message.Arg) {
	return message.Str("subject", cmp.Or(c.Subject, c.SHA256)), message.Str("key", strings.TrimSpace(strings.ToUpper(c.KeyType)+" "+strconv.Itoa(c.KeyBits)))
}

package endpoint

import (
	"cmp"
	"strings"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/winver"
)

// The reasons for a difference from a server's own settings, as they stand in JSON.
const (
	InFront        = "in-front"        // something else answers in the server's place
	RestartPending = "restart-pending" // the settings are not in force yet
	LegacyBinding  = "legacy-binding"  // the port alone refuses the version
	ChangedSince   = "changed-since"   // the settings were changed after they were collected
)

// differs writes a difference down with its likely reasons. untouched says that the
// endpoint does what the system does by default; legacy that the port alone
// may refuse the version.
func (d *comparison) differs(rule, id string, untouched, legacy bool, args ...message.Arg) {
	f := document.EndpointFinding{
		Against: d.against, Rule: rule, Met: tlsready.No, Likely: d.likely(untouched, legacy),
		What: message.New("probe.finding."+id, append(args, message.Str("host", d.name))...),
	}
	for i, code := range f.Likely {
		f.Reasons = append(f.Reasons, message.New("probe.likely", message.Int("n", i+1), message.Sub("why", d.reason(code, untouched))))
	}
	f.Text = WithReasons(f.What, f.Reasons)
	d.list = append(d.list, f)
}

// WithReasons is a text that says what is so, and then its reasons.
func WithReasons(what message.Text, reasons []message.Text) message.Text {
	for _, reason := range reasons {
		what = message.New("probe.likely.after", message.Sub("what", what), message.Sub("why", reason))
	}
	return what
}

// likely orders the reasons by what speaks for them. What Schannel cannot do at all is
// proof; an endpoint that does what the system does without any setting most likely
// waits for a restart; a certificate for other names speaks for another machine.
func (d *comparison) likely(untouched, legacy bool) []string {
	var list []string
	legacy = legacy && d.os.Build >= firstLegacyBinding
	switch {
	case len(d.proof) > 0:
		list = []string{InFront, RestartPending}
	case untouched:
		list = []string{RestartPending, InFront}
	case legacy:
		list = []string{LegacyBinding, RestartPending, InFront}
	case d.otherName() != "":
		list = []string{InFront, RestartPending}
	default:
		list = []string{RestartPending, InFront}
	}
	if d.collected != "" {
		list = append(list, ChangedSince)
	}
	return list
}

// firstLegacyBinding is the first build whose bindings can refuse TLS 1.0 and 1.1 on
// one port ("Disable Legacy TLS", netsh http add sslcert disablelegacytls).
const firstLegacyBinding = winver.Server2019

// otherName is the first name of the certificate if none of its names is the
// server's; a wildcard may be anything.
func (d *comparison) otherName() string {
	other := ""
	for _, chain := range d.chains {
		for _, name := range chain[0].Names {
			first, _, _ := strings.Cut(name, ".")
			own, _, _ := strings.Cut(d.name, ".")
			if first == "*" || strings.EqualFold(first, own) {
				return ""
			}
			other = cmp.Or(other, name)
		}
	}
	return other
}

// reason is one reason with what speaks for it.
func (d *comparison) reason(code string, untouched bool) message.Text {
	id, system := "probe.likely."+code, message.Str("system", d.system)
	if code != InFront {
		if code == RestartPending && untouched && len(d.proof) == 0 {
			id += "-default"
		}
		return message.New(id, system, message.Str("date", d.collected))
	}
	if len(d.proof) > 0 {
		shown := strings.Join(d.proof[:min(len(d.proof), maxNamed)], ", ")
		return message.New(id+"-proof", system, message.Str("items", shown))
	}
	if name := d.otherName(); name != "" {
		return message.New(id+"-name", message.Str("name", name), message.Str("host", d.name))
	}
	return message.New(id, system)
}

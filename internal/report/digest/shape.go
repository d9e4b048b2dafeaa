package digest

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/report/view"
	"tlsready/internal/winver"
)

// shapeOf says what a host has in common with the others of its block, but the
// services.
func shapeOf(h *document.Host, rows []*document.Verdict) Shape {
	s := Shape{Verdict: h.Verdict, Cause: view.Deref(h.Cause)}
	switch h.Verdict {
	case document.Fails:
		s.failing(h, rows)
	case document.Unknown:
		s.unknown(rows)
	case document.Connects:
		s.Later = view.Deref(h.FailsFrom)
	}
	return s
}

func (s *Shape) failing(h *document.Host, rows []*document.Verdict) {
	s.Restart, s.Way = h.Restart, wayOf(h).kind()
	var stacks, callers, why []string
	most, known := tlsready.Version(0), true
	for _, r := range rows {
		if r.Verdict != document.Fails || view.Deref(r.Cause) != s.Cause {
			continue
		}
		stacks = once(stacks, Family(r.Stack))
		if r.Caller != r.Stack {
			callers = once(callers, r.Caller)
		}
		versions := view.OfferVersions(r.Offer)
		known = known && len(versions) > 0
		for _, v := range versions {
			most = max(most, v)
		}
		why = tellingRules(why, r)
	}
	slices.Sort(stacks)
	slices.Sort(callers)
	slices.Sort(why)
	s.Stacks, s.Callers, s.Why = strings.Join(stacks, " "), strings.Join(callers, " "), strings.Join(why, ";")
	if s.Cause == "protocol-version" && known && most > 0 {
		s.Most = most.String()
	}
}

// unknown tells what was not collected from what nobody knows.
func (s *Shape) unknown(rows []*document.Verdict) {
	kinds := map[string]bool{}
	for _, r := range rows {
		if r.Verdict == document.Unknown {
			for _, f := range missing(r) {
				kinds[f.kind()] = true
			}
		}
	}
	if len(kinds) > 0 {
		var list []string
		for _, k := range []string{"settings", "updates", "certificates", "programs", "files"} {
			if kinds[k] {
				list = append(list, k)
			}
		}
		s.Why = strings.Join(list, ";")
		return
	}
	for _, r := range rows {
		if reason := open(r); reason != nil {
			s.Why = "rule " + reason.Rule
			return
		}
	}
	if s.Cause == "not-asked" {
		s.Why = "settings" // nothing at all is known
	}
}

// fact is something that was not asked.
type fact struct{ key, name string }

// kind says of which sort a missing fact is.
func (f fact) kind() string {
	switch f.key {
	case "updates", "certificates", "programs", "files":
		return f.key
	}
	return "settings"
}

// missing are the facts that a row depends on and that were not asked.
func missing(r *document.Verdict) []fact {
	var list []fact
	for i := range r.Reasons {
		for j := range r.Reasons[i].Evidence {
			if e := &r.Reasons[i].Evidence[j]; e.State == host.NotAsked {
				list = append(list, fact{e.Key, e.Name})
			}
		}
	}
	return list
}

// open is the reason why an unknown row is not settled, if nothing is missing.
func open(r *document.Verdict) *document.Reason {
	if r.Verdict != document.Unknown || len(r.Reasons) == 0 {
		return nil
	}
	for i := range r.Reasons {
		if reason := &r.Reasons[i]; strings.HasSuffix(reason.Rule, "-disputed") || strings.HasSuffix(reason.Rule, "-unclear") || reason.Rule == "out-of-scope" {
			return reason
		}
	}
	return &r.Reasons[len(r.Reasons)-1]
}

// Area names the part of Windows that a key belongs to, in English as Windows has it.
func Area(key string) string {
	k := strings.ToLower(key)
	for _, area := range [...][2]string{
		{`\schannel`, "Schannel"},
		{`\.netframework`, ".NET"},
		{`\net framework setup`, ".NET"},
		{`\winhttp`, "WinHTTP"},
		{`\internet settings`, "WinINET"},
		{`\cryptography\configuration`, "suites"},
	} {
		if strings.Contains(k, area[0]) {
			return area[1]
		}
	}
	return ""
}

// tellingRules adds the rules of a failing row that say more than the versions that
// it offers, each with the version that it is about.
func tellingRules(list []string, r *document.Verdict) []string {
	for i := range r.Reasons {
		reason := &r.Reasons[i]
		if !telling(reason.Rule, view.Deref(r.Cause)) {
			continue
		}
		version := aboutVersion(reason)
		if version != "" && !accepted(r, version) {
			continue
		}
		list = once(list, strings.TrimSpace(reason.Rule+" "+version))
	}
	return list
}

// telling says whether a rule names a cause of its own, for a row that fails at some
// step: the others make the offer what it is by default, or matter to another step.
func telling(rule, cause string) bool {
	switch rule {
	case "schannel-disabled", "schannel-disabled-by-default", "schannel-needs-update", "schannel-enabled-alone", "schannel-unsupported",
		"winhttp-needs-update", "dotnet2-needs-update", "dotnet4-needs-update", "dotnet4-too-old", "dotnet4-without-tls12",
		"dotnet-program-override", "dotnet-appcontext", "wcf-fixed", "installer-gate", "program-needs-update", "program-too-old":
		return cause != "cipher-suite" && cause != "group" && cause != "signature-algorithm" && cause != "certificate-trust"
	case "suites-policy", "suites-local", "suite-switched-off", "suites-need-update", "suites-none-left", "fips-mode":
		return cause == "cipher-suite" || cause == "nothing-to-offer"
	case "groups-configured":
		return cause == "group"
	case "signatures-configured", "signatures-need-update":
		return cause == "signature-algorithm"
	case "key-size-limit", "root-missing":
		return cause == "certificate-trust"
	}
	return false
}

// aboutVersion is the protocol version that a reason is about, or "" if it is about none.
func aboutVersion(r *document.Reason) string {
	for _, a := range r.Args {
		if a.Name == "version" && strings.Contains(a.Value, " ") {
			return a.Value
		}
	}
	return ""
}

// accepted says whether the other side takes a version.
func accepted(r *document.Verdict, version string) bool {
	if r.Accepts == nil || r.Accepts.Versions.IsAny() || r.Accepts.Versions.IsUnknown() {
		return true
	}
	return slices.ContainsFunc(r.Accepts.Versions.List(), func(v tlsready.Version) bool { return v.String() == version })
}

// Family is the kind of a stack, without its bitness and, for .NET 4, without what
// the program targets.
func Family(stack string) string {
	base, _, named := strings.Cut(stack, ":")
	base = strings.TrimSuffix(strings.TrimSuffix(base, "-x64"), "-x86")
	switch {
	case strings.HasPrefix(base, "dotnet-2"), strings.HasPrefix(base, "dotnet-3"):
		base = "dotnet-3.5"
	case strings.HasPrefix(base, "dotnet-"):
		base = "dotnet"
	case strings.HasPrefix(base, "wcf-tcp"):
		base = "wcf-tcp"
	case strings.HasPrefix(base, "powershell"):
		base = "powershell"
	}
	if named {
		return base + ":named"
	}
	return base
}

// wayOf is what helps a failing host.
func wayOf(h *document.Host) Way {
	if h.Fixable == nil {
		return ByFacts
	}
	most := ByRegistry
	if len(h.Changes) == 0 {
		most = ByNothing
		if len(h.Prerequisites) > 0 {
			most = ByPolicy
		}
	}
	for _, p := range h.Prerequisites {
		if w := Way(p.Kind); slices.Index(Ways(), w) > slices.Index(Ways(), most) {
			most = w
		}
	}
	return most
}

// kind puts the ways together that differ in what comes first alone.
func (w Way) kind() Way {
	switch w {
	case ByPolicy, ByUpdate, ByRoot:
		return ByRegistry
	}
	return w
}

// starred says whether a host was judged as if the service's programs were there.
func starred(h *document.Host) bool {
	return slices.ContainsFunc(h.Warnings, func(n document.Note) bool { return n.Code == "programs-not-asked" })
}

func nameOf(h *document.Host) Name {
	return Name{ID: h.Host, System: System(h.OS), Starred: starred(h)}
}

// System names a system as short as it can be told from the others: "2012 R2", "10
// 22H2".
func System(o *host.OS) string {
	if o == nil {
		return ""
	}
	name := o.Name
	if r, ok := winver.ByBuild(o.Build); ok {
		edition := r.Server
		if o.Type == "client" || edition.Product == "" || o.Type == "" && !strings.Contains(strings.ToLower(o.Name), "server") && r.Client.Product != "" && o.Name != "" {
			edition = r.Client
		}
		if edition.Product != "" {
			name = edition.Name()
		}
	}
	short := strings.TrimPrefix(name, "Microsoft ")
	for _, lead := range []string{"Windows Server ", "Windows "} {
		short = strings.TrimPrefix(short, lead)
	}
	if len(short) < len("10 x") && short != "" { // "7" alone says nothing
		short = "Windows " + short
	}
	return cmp.Or(strings.TrimSpace(short), o.Version)
}

// urgency gives the days left of the most urgent service of a block.
func urgency(c *document.Check) func(*Block) int {
	days := map[string]int{}
	for i := range c.Services {
		if d := c.Services[i].DaysLeft; d != nil {
			days[c.Services[i].ID] = *d
		}
	}
	return func(b *Block) int {
		least := math.MaxInt
		for id := range strings.FieldsSeq(b.Services) {
			if d, ok := days[id]; ok {
				least = min(least, d)
			}
		}
		return least
	}
}

func once(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

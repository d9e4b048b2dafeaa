package sourcetest

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"testing"

	"tlsready/internal/assess"
	"tlsready/internal/caller"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/source/gather"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
)

// Subject is a machine on which one key of those that the model reads holds what
// may decide. The suite is generated: every such key stands behind every source,
// and is denied, fails, is cut or emptied in each way that the source has.
type Subject struct {
	Key    string
	System []host.Value // which system it is, and what every machine has
	Values []host.Value // what the key holds
}

// Subjects are all of them: one for each key of the machine that the model reads.
func Subjects() []Subject {
	byKey := map[string][]host.Value{}
	for _, ref := range stack.Reads() {
		if strings.HasPrefix(ref.Key, "HKLM") {
			byKey[ref.Key] = append(byKey[ref.Key], host.Value{Key: ref.Key, Name: ref.Name, Data: deciding(ref)})
		}
	}
	var list []Subject
	for key, values := range byKey {
		slices.SortFunc(values, host.CompareValues)
		values = slices.CompactFunc(values, func(a, b host.Value) bool { return a.Name == b.Name })
		list = append(list, Subject{key, subjectSystem(key), values})
	}
	slices.SortFunc(list, func(a, b Subject) int { return cmp.Compare(a.Key, b.Key) })
	return list
}

// deciding is a value that makes a difference to what the system does by itself.
func deciding(ref host.Ref) host.Data {
	switch name := ref.Name; {
	case name == "Functions" || name == "EccCurves":
		return host.Multi("TLS_RSA_WITH_RC4_128_MD5")
	case name == "svcVersion":
		return host.String("11.0.9600.19867")
	case strings.HasPrefix(name, "Switch."):
		return host.String("true")
	case name == "Release":
		return host.Dword(528049)
	case name == "DefaultSecureProtocols" || name == "SecureProtocols":
		return host.Dword(0x80)
	case name == "Enabled" && !strings.Contains(ref.Key, "FIPS"):
		return host.Dword(0)
	}
	return host.Dword(1)
}

// subjectSystem is what else the machine holds: its system, and something in the
// keys above, which must not be empty.
func subjectSystem(key string) []host.Value {
	list := []host.Value{
		text(nt, "ProductName", "Windows Server 2012 R2 Standard"), text(nt, "CurrentVersion", "6.3"), text(nt, "CurrentBuild", "9600"),
		text(nt, "CurrentBuildNumber", "9600"), text(nt, "InstallationType", "Server"), text(control+`ProductOptions`, "ProductType", "ServerNT"),
		dword(schannel, "EventLogging", 1), dword(schannel+`\Ciphers\NULL`, "Enabled", 0), text(net64, "InstallRoot", `C:\Windows\`), text(net32, "InstallRoot", `C:\Windows\`),
		text(soft+internet, "User Agent", "Mozilla"), text(wow+internet, "User Agent", "Mozilla"),
	}
	return slices.DeleteFunc(list, func(v host.Value) bool {
		return host.SameName(v.Key, key) && slices.Contains([]string{"Enabled"}, v.Name)
	})
}

// All are the values of the machine, sorted by key and name.
func (s Subject) All() []host.Value {
	all := slices.Concat(s.System, s.Values)
	slices.SortStableFunc(all, host.CompareValues)
	return all
}

// Hold holds what a source read, after the key was spoilt, to the law: a host with an
// error, or a snapshot that says nothing false of the key, and no verdict for a
// caller that depends on it. how names what was done.
func (s Subject) Hold(t *testing.T, how string, read *host.Snapshot, err error) {
	t.Helper()
	if err != nil {
		return
	}
	view := host.NewView(read)
	for _, v := range s.Values {
		switch data, state := view.Lookup(host.NewRef(v.Key, v.Name)); {
		case state == host.Absent:
			t.Errorf("%s, %s: %s is absent; notes %q", how, s.Key, v.Name, message.English(read.Notes...))
		case state == host.Present && !data.Equal(v.Data):
			t.Errorf("%s, %s: %s is %+v, want %+v", how, s.Key, v.Name, data, v.Data)
		case state == host.Present:
			return // what decides was read all the same
		}
	}
	s.holdVerdicts(t, how, view)
}

// holdVerdicts judges the callers that depend on the key: those whose verdict is
// another one without it.
func (s Subject) holdVerdicts(t *testing.T, how string, view *host.View) {
	t.Helper()
	// The model takes a switch of which nothing is known as one that is not set. The
	// service of the suite restricts versions alone: of suites that were not asked for
	// the defaults of the system are taken.
	if strings.HasSuffix(s.Key, `\AppContext`) || strings.Contains(s.Key, `\Configuration\`) {
		return
	}
	j := judges()
	without := host.NewView(&host.Snapshot{OS: view.OS, Covered: []string{"HKLM", "HKCU"}, Registry: s.System})
	with := host.NewView(&host.Snapshot{OS: view.OS, Covered: []string{"HKLM", "HKCU"}, Registry: s.All()})
	for _, c := range j.callers {
		a, b := j.verdict(with, c), j.verdict(without, c)
		if got := j.verdict(view, c); a != b && (got == verdict.Connects || got == verdict.Fails) {
			t.Errorf("%s, %s: %s %s, though with the key it %s and without it %s", how, s.Key, c.ID, got, a, b)
		}
	}
}

type judged struct {
	judge   verdict.Judge
	demand  verdict.Demand
	callers []*caller.Caller
}

func (j *judged) verdict(v *host.View, c *caller.Caller) verdict.Verdict {
	return j.judge.Only(v, []*caller.Caller{c}, j.demand)
}

// judges is the generic service that takes only TLS 1.2 and later, and one caller of
// each stack.
var judges = sync.OnceValue(func() *judged {
	model, err := stack.New()
	if err != nil {
		panic(err)
	}
	p, _, err := service.ByID("tls12")
	if err != nil {
		panic(err)
	}
	on, err := service.ParseDate("2026-01-01")
	if err != nil {
		panic(err)
	}
	j := &judged{judge: verdict.Judge{Model: model}, demand: assess.DemandOf(p, on)}
	for _, id := range []string{"schannel", "winhttp-x64", "winhttp-x86", "dotnet-3.5-x64", "dotnet-3.5-x86", "dotnet-4.5.2-x64", "dotnet-4.5.2-x86", "dotnet-4.7.2-x64", "dotnet-4.7.2-x86", "powershell-5.1-x64"} {
		c, err := caller.Of(id, id)
		if err != nil {
			panic(err)
		}
		j.callers = append(j.callers, c)
	}
	return j
})

// Above are the keys that lead to the subject's: each of them spoilt spoils it too.
func (s Subject) Above() []string {
	var list []string
	for _, c := range gather.CoveredKeys() {
		if c.Shallow || !host.Under(s.Key, c.Key) {
			continue
		}
		for key := s.Key; host.Under(key, c.Key); key = key[:strings.LastIndexByte(key, '\\')] {
			list = append(list, key)
		}
	}
	if len(list) == 0 {
		list = []string{s.Key}
	}
	return list
}

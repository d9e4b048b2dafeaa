package assess

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"tlsready"
	"tlsready/internal/caller"
	"tlsready/internal/document"
	"tlsready/internal/fix"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/stack"
	"tlsready/internal/stack/nearmiss"
	"tlsready/internal/verdict"
)

// TestProxyWarnings proves that a configured proxy is a warning on each row that
// goes through it and once on the host, in both languages, while verdict and fix
// stay as they are; and that there is no warning if the proxy is not used for the
// service.
func TestProxyWarnings(t *testing.T) {
	model, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	const connections = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections`
	setting := func(bypass string) host.Value {
		b := binary.LittleEndian.AppendUint32(make([]byte, 8), 3)
		for _, text := range []string{"http://user:secret@proxy.example.com:8080", bypass} {
			b = append(binary.LittleEndian.AppendUint32(b, uint32(len(text))), text...)
		}
		return host.Value{Key: connections, Name: "WinHttpSettings", Data: host.Data{Type: host.Binary, Bytes: b}}
	}
	var callers []*caller.Caller
	for _, id := range []string{"winhttp-x64", "schannel", "other"} {
		c, _, err := caller.ByID(id)
		if err != nil {
			t.Fatal(err)
		}
		callers = append(callers, c)
	}
	tls12 := tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS12)}
	assess := func(values ...host.Value) *Judged {
		a := Assessor{near: nearmiss.New(), Fixer: &fix.Fixer{Judge: &verdict.Judge{Model: model}}, Services: []Demanded{{
			Profile:  &service.Profile{ID: "s", Endpoints: []string{"*.backup.example.net:443", "192.0.2.1:443", "[2001:db8::1]:443"}},
			Demand:   verdict.Demand{Service: "s", Phases: []verdict.Phase{{Accepts: Resolve(tls12)}}},
			Callers:  callers,
			Explicit: true,
		}}}
		s := &host.Snapshot{OS: host.OS{Version: "6.3", Build: 9600, Architecture: "x64", Type: "server"}, Covered: []string{"HKLM"}, Registry: values}
		list, err := a.Assess("fs01", s)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return list[0]
	}
	with, without := assess(setting("<local>")), assess()
	if with.Judgement.Verdict != without.Judgement.Verdict || with.Judgement.Cause != without.Judgement.Cause || len(with.Share) != len(without.Share) || with.Plan.Given != without.Plan.Given {
		t.Errorf("the proxy changes the verdict or the fix: %s, %s", with.Judgement.Verdict, without.Judgement.Verdict)
	}
	for _, lang := range message.Languages() {
		w := Writer{Words: message.For(lang), Model: model}
		warned := func(notes []document.Note) bool {
			return slices.ContainsFunc(notes, func(n document.Note) bool {
				return n.Code == "proxy" && strings.Contains(n.Text, "http://proxy.example.com:8080") && strings.Contains(n.Text, connections+" WinHttpSettings") && !strings.Contains(n.Text, "secret")
			})
		}
		if !warned(w.Host(with).Warnings) || len(w.Host(with).Warnings) != len(w.Host(without).Warnings)+1 {
			t.Errorf("%s: the host's warnings are %+v", lang, w.Host(with).Warnings)
		}
		for _, row := range w.Rows(with) {
			if want := row.Caller == "winhttp-x64"; warned(row.Warnings) != want {
				t.Errorf("%s: %s: %+v", lang, row.Caller, row.Warnings)
			}
		}
	}
	spared := assess(setting("*.example.net;192.0.2.*;2001:db8::1"))
	if w := (&Writer{Words: message.For("en"), Model: model}); len(w.Host(spared).Warnings) != len(w.Host(without).Warnings) {
		t.Errorf("a proxy that is not used for the service: %+v", w.Host(spared).Warnings)
	}
}

// TestOwnProxies proves that the proxy of a program's own configuration counts for
// its .NET Framework stacks alone, and takes the place of the host's if every
// program of the caller has one.
func TestOwnProxies(t *testing.T) {
	own := map[string]string{"a.exe.config": "http://user:secret@own.example.com:1", "b.exe.config": "none"}
	for id, c := range map[string]struct {
		caller caller.Caller
		own    string
		host   bool
	}{
		"dotnet-4.5-x64": {caller.Caller{Proxies: own}, "http://own.example.com:1 a.exe.config", true},
		"dotnet-4.5-x86": {caller.Caller{Proxies: own, AllProxied: true}, "http://own.example.com:1 a.exe.config", false},
		"dotnet-3.5-x64": {caller.Caller{}, "", true},
		"winhttp-x64":    {caller.Caller{Proxies: own, AllProxied: true}, "", true},
	} {
		s, err := stack.Parse(id)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range ownProxies(&c.caller, s) {
			got = append(got, p.Server+" "+p.Place)
		}
		if strings.Join(got, ", ") != c.own {
			t.Errorf("%s: %q, want %q", id, got, c.own)
		}
		model, err := stack.New()
		if err != nil {
			t.Fatal(err)
		}
		b := binary.LittleEndian.AppendUint32(make([]byte, 8), 3)
		b = append(binary.LittleEndian.AppendUint32(b, 3), "h:1\x00\x00\x00\x00"...)
		data := host.Data{Type: host.Binary, Bytes: b}
		const internet = `Software\Microsoft\Windows\CurrentVersion\Internet Settings\Connections`
		v := host.NewView(&host.Snapshot{OS: host.OS{Version: "6.3", Build: 9600}, Registry: []host.Value{
			{Key: `HKCU\` + internet, Name: "DefaultConnectionSettings", Data: data}, {Key: `HKLM\` + internet, Name: "WinHttpSettings", Data: data},
		}})
		if got := len(hostProxies(&c.caller, s, model.Proxies(v))) > 0; got != c.host {
			t.Errorf("%s: the host's proxy counts: %t", id, got)
		}
	}
}

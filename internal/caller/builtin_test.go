package caller_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/caller"
	"tlsready/internal/host"
	"tlsready/internal/service"
)

// Every built-in program parses, names itself as its file does, and says in
// both languages what it is, what that rests on, and where it stands.
func TestBuiltinPrograms(t *testing.T) {
	ids := caller.Programs()
	if len(ids) < 20 {
		t.Fatalf("%d built-in programs, want at least 20", len(ids))
	}
	for _, id := range ids {
		t.Run(id, func(t *testing.T) {
			c, ok, err := caller.ByID(id)
			if err != nil || !ok {
				t.Fatalf("ByID: found %v, %v", ok, err)
			}
			if c.ID != id {
				t.Errorf("the file of %s holds the id %s", id, c.ID)
			}
			for what, words := range map[string]map[string]string{"name": c.Name, "note": c.Note} {
				if words["en"] == "" || words["ja"] == "" || len(words) != 2 {
					t.Errorf("%s: %v, want en and ja", what, words)
				}
			}
			if (c.Workaround["en"] == "") != (c.Workaround["ja"] == "") {
				t.Errorf("workaround in one language only: %v", c.Workaround)
			}
			if !slices.Contains([]string{"documented", "source-code", "measured", "inferred"}, c.Basis) {
				t.Errorf("basis %q", c.Basis)
			}
			if len(c.Citations) == 0 {
				t.Error("no citation")
			}
			for _, cite := range c.Citations {
				if u, err := url.Parse(cite.URL); err != nil || u.Scheme != "https" || cite.Says["en"] == "" || cite.Says["ja"] == "" {
					t.Errorf("citation %+v", cite)
				}
			}
		})
	}
}

// Every caller that a built-in profile names exists.
func TestProfilesNameKnownCallers(t *testing.T) {
	for _, id := range service.IDs() {
		p, _, err := service.ByID(id)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range p.Callers {
			if _, ok, err := caller.ByID(name); err != nil || !ok {
				t.Errorf("%s names the caller %s: found %v, %v", id, name, ok, err)
			}
		}
	}
}

// Which stacks a program is judged by depends on the system and on its version.
func TestWhichStacks(t *testing.T) {
	seven := host.OS{Version: "6.1", Build: 7601}
	r2 := host.OS{Version: "6.3", Build: 9600}
	w2016 := host.OS{Version: "10.0", Build: 14393}
	w2019 := host.OS{Version: "10.0", Build: 17763}
	tests := []struct {
		caller  string
		os      host.OS
		program string
		want    string
	}{
		{"mars", seven, "2.0.9207.0", "dotnet-4.5-x64 dotnet-4.5-x86 winhttp-x64 winhttp-x86"},
		{"mars", r2, "2.0.9207.0", "dotnet-4.5-x64 dotnet-4.5-x86"},
		{"mars", w2019, "2.0.9207.0", "dotnet-4.7.2-x64 dotnet-4.7.2-x86"},
		{"wsus-import", w2016, "", "dotnet-4.0-x64"},
		{"wsus-sync", r2, "", "dotnet-4.0-x64:tls1.0,tls1.1,tls1.2"},
		{"wsus-sync", w2016, "", "dotnet-4.0-x64:tls1.0,tls1.1,tls1.2"},
		{"entra-connect", w2019, "1.6.16.0", "dotnet-4.5-x64"},
		{"entra-connect", w2019, "2.0.3.0", "dotnet-4.5-x64:tls1.2"},
		{"entra-connect", w2019, "2.2.8.0", "dotnet-4.7.1-x64"},
		{"azure-file-sync", w2016, "18.0.0.0", "dotnet-4.7.2-x64:tls1.2 winhttp-x64"},
		{"azure-file-sync", w2019, "18.0.0.0", "dotnet-4.7.2-x64:tls1.2 winhttp-x64"},
		{"configmgr-client", seven, "5.00.9088.1025", "winhttp-x64 winhttp-x86"},
		{"java", w2019, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.caller+" "+tt.os.Version+" "+tt.program, func(t *testing.T) {
			c, _, err := caller.ByID(tt.caller)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, u := range c.Stacks {
				if applies, _ := u.AppliesTo(tt.os, tt.program); applies {
					got = append(got, u.Stack)
				}
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("stacks %q, want %q", s, tt.want)
			}
		})
	}
}

// WSUS reads Schannel's keys only with the rollup of its own system.
func TestWSUSUpdates(t *testing.T) {
	c, _, err := caller.ByID("wsus-sync")
	if err != nil {
		t.Fatal(err)
	}
	for version, want := range map[string]string{"6.2": "KB4022721", "6.3": "KB4022720", "10.0": ""} {
		for _, u := range c.Stacks {
			if applies, _ := u.AppliesTo(host.OS{Version: version, Build: 9200}, ""); applies && u.Update != want {
				t.Errorf("Windows %s: update %q, want %q", version, u.Update, want)
			}
		}
	}
}

// The installer of Entra Connect asks for eight values in two ranges of versions:
// those that enforced TLS 1.2 first, and 2.3.20.0 up to and not including 2.4.131.0.
func TestEntraConnectGate(t *testing.T) {
	c, _, err := caller.ByID("entra-connect")
	if err != nil || len(c.Gates) != 2 {
		t.Fatalf("%d gates, %v", len(c.Gates), err)
	}
	first, gate := c.Gates[0], c.Gates[1]
	for version, want := range map[string]bool{"1.6.16.0": false, "2.0.3.0": true, "2.0.10.0": true, "2.2.8.0": false, "": false} {
		if got := first.AppliesTo(version); got != want {
			t.Errorf("version %q: first gate %v, want %v", version, got, want)
		}
	}
	for version, want := range map[string]bool{"2.3.8.0": false, "2.3.20.0": true, "2.4.129.0": true, "2.4.131.0": false, "2.10.0.0": false, "": false} {
		if got := gate.AppliesTo(version); got != want {
			t.Errorf("version %q: gate %v, want %v", version, got, want)
		}
	}
	if n := len(gate.Changes(host.OS{Version: "10.0", Build: 17763, Architecture: "x64"})); n != 8 {
		t.Errorf("the gate asks for %d values, want 8", n)
	}
}

// A PowerShell user can be offered a line that changes nothing on the host.
func TestPowerShellWorkaround(t *testing.T) {
	for _, id := range []string{"powershell-5.1-x64", "powershell-5.1-x86"} {
		c, _, err := caller.ByID(id)
		if err != nil {
			t.Fatal(err)
		}
		for _, lang := range []string{"en", "ja"} {
			if !strings.Contains(c.Workaround[lang], "[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12") {
				t.Errorf("%s: workaround in %s: %q", id, lang, c.Workaround[lang])
			}
		}
		if len(c.Stacks) != 1 || c.Stacks[0].Stack != id {
			t.Errorf("%s: stacks %+v, want itself", id, c.Stacks)
		}
	}
}

// Programs are found by what their uninstall entries are called, or by a key.
func TestInstalled(t *testing.T) {
	programs := func(names ...string) *host.View {
		list := []host.Program{}
		for _, n := range names {
			list = append(list, host.Program{Name: n, Version: "1.0"})
		}
		return host.NewView(&host.Snapshot{Programs: &list})
	}
	tests := []struct {
		name, caller string
		view         *host.View
		found, known bool
	}{
		{"by name", "mars", programs("Microsoft Azure Recovery Services Agent"), true, true},
		{"without case", "mars", programs("MICROSOFT AZURE RECOVERY SERVICES AGENT"), true, true},
		{"not there", "mars", programs("Contoso Backup"), false, true},
		{"empty list", "mars", programs(), false, true},
		{"not asked", "mars", host.NewView(&host.Snapshot{}), false, false},
		{"any version", "sql-client", programs("Microsoft ODBC Driver 17 for SQL Server"), true, true},
		{"a role that was not asked for", "wsus-sync", programs("Contoso Backup"), false, false},
		{"a role that is not there", "wsus-sync", host.NewView(&host.Snapshot{Programs: &[]host.Program{}, Covered: []string{`HKLM\SOFTWARE`}}), false, true},
		{"by key", "wsus-sync", host.NewView(&host.Snapshot{Registry: []host.Value{{Key: `HKLM\SOFTWARE\Microsoft\Update Services\Server\Setup`, Name: "ContentDir", Data: host.String(`D:\WSUS`)}}}), true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, _, err := caller.ByID(tt.caller)
			if err != nil {
				t.Fatal(err)
			}
			if _, found, known := c.Installed(tt.view); found != tt.found || known != tt.known {
				t.Errorf("found %v, known %v; want %v, %v", found, known, tt.found, tt.known)
			}
		})
	}
}

// A helper program with a longer name does not stand in for the program, nor
// does it lend it its version.
func TestInstalledPicksTheProgram(t *testing.T) {
	c, _, err := caller.ByID("entra-connect")
	if err != nil {
		t.Fatal(err)
	}
	health := host.Program{Name: "Microsoft Entra Connect Health Agent", Version: "4.5.2428.0"}
	updater := host.Program{Name: "Microsoft Azure AD Connect Agent Updater", Version: "1.1.1584.0"}
	sync := host.Program{Name: "Microsoft Azure AD Connect", Version: "2.3.20.0"}
	later := host.Program{Name: "Microsoft Azure AD Connect Preview", Version: "9.9"}
	tests := []struct {
		list []host.Program
		want string
	}{
		{[]host.Program{health, updater}, ""},
		{[]host.Program{health, updater, sync}, "2.3.20.0"},
		{[]host.Program{later, sync}, "2.3.20.0"},
		{[]host.Program{later}, "9.9"},
	}
	for _, tt := range tests {
		p, found, _ := c.Installed(host.NewView(&host.Snapshot{Programs: &tt.list}))
		if p.Version != tt.want || found != (tt.want != "") {
			t.Errorf("%v: found %v, %+v; want %q", tt.list, found, p, tt.want)
		}
	}
}

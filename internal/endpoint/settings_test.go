package endpoint

import (
	"strings"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/stack"
)

// Proves that of several servers each is held against the endpoint of its name alone.
func TestSettingsByName(t *testing.T) {
	a, b := &Settings{name: "WSUS01"}, &Settings{name: "web.example.com"}
	for target, want := range map[string][2]bool{"wsus01.example.com:8531": {true, false}, "web:443": {false, true}, "other:443": {false, false}} {
		if got := [2]bool{a.about(target), b.about(target)}; got != want {
			t.Errorf("%s: %v", target, got)
		}
	}
	a.Everywhere = true
	if !a.about("192.0.2.1:443") {
		t.Error("the only server is held against every endpoint")
	}
}

// settingsOf are those of a Windows Server 2012 R2 with these versions switched off.
func settingsOf(t *testing.T, off ...tlsready.Version) *Settings {
	t.Helper()
	model, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	s := &host.Snapshot{
		Name: "lab", CollectedAt: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Covered: []string{"HKLM"},
		OS: host.OS{Name: "Windows Server 2012 R2", Version: "6.3", Build: 9600, Type: "server", Architecture: "x64"}, Updates: &host.Updates{Complete: true, IDs: []string{"KB2919355"}},
	}
	for _, v := range off {
		key := `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\` + v.String() + `\Server`
		s.Registry = append(s.Registry, host.Value{Key: key, Name: "Enabled", Data: host.Dword(0)})
	}
	c := NewSettings(model, s)
	c.Everywhere = true
	return c
}

// asPredicted is an endpoint that does what those settings predict.
func asPredicted(c *Settings) *document.Endpoint {
	e := document.NewEndpoint("lab.example.com:443")
	e.Certificates = []document.EndpointCertificate{{Names: []string{"lab.example.com"}, KeyType: "rsa", KeyBits: 2048}}
	d := &comparison{Settings: c, findings: findings{e: e}, chains: e.Chains()}
	complete := true
	e.Groups, e.GroupsComplete = c.accepts.Groups.List(), &complete
	e.DHBits = c.accepts.DHBits
	for _, v := range tlsready.Versions() {
		e.Versions[v] = tlsready.No
		if d.predicts(v) {
			e.Versions[v], e.Suites[v] = tlsready.Yes, d.fitting(c.accepts.Suites, v)
		}
	}
	return e
}

// Proves that an endpoint which does as the settings predict has no finding, that each
// difference is one, and what its likeliest reason is: what the system does without any
// setting waits for a restart, what no Schannel can is not Schannel, a certificate for
// others speaks for another machine.
func TestSettingsAgainstEndpoint(t *testing.T) {
	for name, c := range map[string]struct {
		off    []tlsready.Version
		change func(*document.Endpoint)
		want   string
		likely string
	}{
		"as predicted":   {nil, func(*document.Endpoint) {}, "", ""},
		"restart":        {[]tlsready.Version{tlsready.TLS10}, func(e *document.Endpoint) { e.Versions[tlsready.TLS10] = tlsready.Yes }, "version=no", RestartPending},
		"TLS 1.3":        {nil, func(e *document.Endpoint) { e.Versions[tlsready.TLS13] = tlsready.Yes }, "version=no", InFront},
		"version not on": {nil, func(e *document.Endpoint) { e.Versions[tlsready.TLS10] = tlsready.No }, "version-missing=no", RestartPending},
		"another machine": {nil, func(e *document.Endpoint) {
			e.Versions[tlsready.TLS10] = tlsready.No
			e.Certificates[0].Names[0] = "edge.example.com"
		}, "version-missing=no", InFront},
		"not known":        {nil, func(e *document.Endpoint) { e.Versions[tlsready.TLS10] = tlsready.Unknown }, "version=unknown", ""},
		"strange suite":    {nil, func(e *document.Endpoint) { e.Suites[tlsready.TLS12] = append(e.Suites[tlsready.TLS12], 0xcca8) }, "suite=no", InFront},
		"suite not there":  {nil, func(e *document.Endpoint) { e.Suites[tlsready.TLS12] = e.Suites[tlsready.TLS12][1:] }, "suite-missing=no", RestartPending},
		"strange group":    {nil, func(e *document.Endpoint) { e.Groups = append(e.Groups[:len(e.Groups):len(e.Groups)], tlsready.X25519) }, "group=no", InFront},
		"group not there":  {nil, func(e *document.Endpoint) { e.Groups = e.Groups[1:] }, "group-missing=no", RestartPending},
		"other DH":         {nil, func(e *document.Endpoint) { e.DHBits = 4096 }, "dh-bits=no", RestartPending},
		"could not be had": {nil, func(e *document.Endpoint) { e.Error = new(message.Text); e.Versions[tlsready.TLS13] = tlsready.Yes }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := settingsOf(t, c.off...)
			e := asPredicted(s)
			c.change(e)
			list := s.Findings(e)
			if got := found(list); got != c.want {
				t.Fatalf("%q, want %q", got, c.want)
			}
			for _, f := range list {
				text := message.For("en").Render(f.Text)
				if c.likely != "" && (f.Likely[0] != c.likely || f.Likely[len(f.Likely)-1] != ChangedSince || len(f.Reasons) != len(f.Likely)) {
					t.Errorf("%v %v", f.Likely, f.Reasons)
				}
				if strings.Contains(text, "{") || strings.HasPrefix(text, "probe.") || c.likely != "" && !strings.Contains(text, "Likely reason 1: ") {
					t.Errorf("%s", text)
				}
			}
		})
	}
}

// Proves that settings of which the decisive ones were not collected leave the
// comparison open, and name them.
func TestSettingsNotCollected(t *testing.T) {
	model, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	s := NewSettings(model, &host.Snapshot{OS: host.OS{Version: "6.3", Build: 9600}})
	s.Everywhere = true
	e := goodEndpoint()
	e.Groups = nil
	list := s.Findings(e)
	if found(list) != "version=unknown" || s.Name() != "host" || !strings.Contains(message.For("en").Render(list[0].Text), "HKLM") {
		t.Errorf("%s: %+v", s.Name(), list)
	}
}

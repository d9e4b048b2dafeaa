package fleet

import (
	"slices"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/source"
)

// fuzzKind proves of one kind that no bytes make it panic, and that what it takes
// for a host is one: a snapshot in order that the project's own reader accepts,
// or an error that names the file.
func fuzzKind(f *testing.F, name string, fixtures ...string) {
	at := slices.IndexFunc(Kinds(), func(k source.Kind) bool { return k.Name == name })
	k := Kinds()[at]
	f.Add([]byte(healthXML(`<I32 N="ClientEnabledValue">0</I32>`)))
	for _, fixture := range fixtures {
		f.Add(read(f, fixture))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		k.Sniff(data, "f")
		hosts, err := readKind(k, "f.x", data, option2012())
		if err != nil && !strings.HasPrefix(err.Error(), "f.x: ") {
			t.Fatalf("the error %q does not name the file", err)
		}
		for _, h := range hosts {
			if (h.Snapshot == nil) == (h.Err == nil) {
				t.Fatalf("host %q has %v and %v", h.ID, h.Snapshot, h.Err)
			}
			if h.Snapshot != nil {
				checkSnapshot(t, h.Snapshot)
			}
		}
	})
}

func checkSnapshot(t *testing.T, s *host.Snapshot) {
	if !slices.IsSortedFunc(s.Registry, host.CompareValues) {
		t.Fatal("the registry is not in order")
	}
	for _, v := range s.Registry {
		if v.Key == "" || v.Type == "" {
			t.Fatalf("value %+v", v)
		}
		if raw, err := v.JSON(); err != nil {
			t.Fatalf("%+v: %v", v, err)
		} else if back, err := host.ParseData(v.Type, raw); err != nil || v.Type == host.DWORD && !back.Equal(v.Data) {
			t.Fatalf("%+v comes back as %+v, %v", v, back, err)
		}
	}
}

func FuzzOsquery(f *testing.F) {
	fuzzKind(f, "osquery", "osquery-fleetctl.json", "osquery-report.json", "osquery-tables.json", "osquery-log.json")
}
func FuzzVelociraptor(f *testing.F) { fuzzKind(f, "velociraptor", "velociraptor.jsonl") }
func FuzzPowerShell(f *testing.F) {
	fuzzKind(f, "powershell", "powershell.json", "itemproperty.json")
}
func FuzzClixml(f *testing.F)  { fuzzKind(f, "clixml", "snippet.clixml", "itemproperty.clixml") }
func FuzzAnsible(f *testing.F) { fuzzKind(f, "ansible", "ansible-cache.json", "ansible-play.json") }
func FuzzCMPivot(f *testing.F) { fuzzKind(f, "cmpivot", "cmpivot.csv") }
func FuzzIntune(f *testing.F)  { fuzzKind(f, "intune", "intune.csv") }
func FuzzAzure(f *testing.F)   { fuzzKind(f, "azure", "azure.json") }
func FuzzListing(f *testing.F) {
	f.Add([]byte(listedKey("Enabled           : 0\r\nFunctions         : {a, b}\r\n")))
	fuzzKind(f, "listing")
}

func FuzzEntra(f *testing.F) {
	f.Add([]byte(entraTable("Not Found")))
	f.Add([]byte(`[{"Path":"HKLM:\\SOFTWARE\\A","Name":"Enabled","Value":1}]`))
	fuzzKind(f, "entra")
}

func FuzzHealthChecker(f *testing.F) {
	f.Add([]byte(health("0")))
	fuzzKind(f, "healthchecker")
}

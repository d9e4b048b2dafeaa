package cli

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/cli/frame"
	"tlsready/internal/endpoint"
	"tlsready/internal/survey/judge"
)

const serverKeys = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`

// registryJSON is one registry value of a snapshot.
func registryJSON(key, name, kind, value string) string {
	k, _ := json.Marshal(key)
	return fmt.Sprintf(`{"key":%s,"name":%q,"type":%q,"value":%s}`, k, name, kind, value)
}

func serverOff(version string) string {
	return registryJSON(serverKeys+`\Protocols\`+version+`\Server`, "Enabled", "REG_DWORD", "0")
}

// serverFile writes the snapshot of a Windows server of which every key was looked at.
func serverFile(t *testing.T, name, version string, build int, values ...string) string {
	t.Helper()
	text := fmt.Sprintf(`{"schema":"tlsready.host/v1","name":%q,"os":{"name":"Windows Server","version":%q,"build":%d,"type":"server","architecture":"x64"},
"covered":["HKLM"],"updates":{"complete":true,"ids":["KB2919355"]},"registry":[%s]}`, name, version, build, strings.Join(values, ","))
	file := filepath.Join(t.TempDir(), name+".host.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// asSchannel is a server that does nothing which Windows Server 2012 R2 could not do.
func asSchannel(t *testing.T, low, high uint16, suites ...uint16) *tls.Config {
	if len(suites) == 0 {
		suites = []uint16{0xc014, 0xc013, 0x35, 0x2f, 0x0a}
	}
	return &tls.Config{
		Certificates: []tls.Certificate{certificateOf(t, "rsa", 2048)}, MinVersion: low, MaxVersion: high, CipherSuites: suites,
		CurvePreferences: []tls.CurveID{tls.CurveP256, tls.CurveP384},
	}
}

// Proves that a difference between what a server's settings predict and what its
// endpoint does is found on each axis, with the likeliest reason first: what waits for
// a restart, what Schannel cannot do at all, what a binding refuses.
func TestProbedAgainstPredicted(t *testing.T) {
	gcm := registryJSON(`HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002`, "Functions", "REG_SZ", `"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"`)
	curves := registryJSON(`HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002`, "EccCurves", "REG_MULTI_SZ", `["NistP256","NistP384"]`)
	only12 := []string{serverOff("SSL 3.0"), serverOff("TLS 1.0"), serverOff("TLS 1.1"), gcm, curves}
	modern := &tls.Config{Certificates: []tls.Certificate{certificateOf(t, "rsa", 2048)}, MinVersion: tls.VersionTLS10}
	for name, c := range map[string]struct {
		file   string
		config *tls.Config
		want   map[string]string // rule and version to the first reason
		status int
	}{
		"restart pending": {
			serverFile(t, "WSUS01", "6.3", 9600, serverOff("TLS 1.0"), serverOff("TLS 1.1")), asSchannel(t, tls.VersionTLS10, tls.VersionTLS12),
			map[string]string{"version TLS 1.0": endpoint.RestartPending, "version TLS 1.1": endpoint.RestartPending},
			frame.ExitFails,
		},
		"something in front": {
			serverFile(t, "WSUS01", "6.3", 9600, serverOff("TLS 1.0")), modern,
			map[string]string{"version TLS 1.0": endpoint.InFront, "version TLS 1.3": endpoint.InFront},
			frame.ExitFails,
		},
		"a binding without old versions": {
			serverFile(t, "lab", "10.0", 17763), asSchannel(t, tls.VersionTLS12, tls.VersionTLS12),
			map[string]string{"version-missing TLS 1.0": endpoint.LegacyBinding, "version-missing TLS 1.1": endpoint.LegacyBinding},
			frame.ExitFails,
		},
		"another machine by its certificate": {
			serverFile(t, "WSUS01", "10.0", 14393), asSchannel(t, tls.VersionTLS12, tls.VersionTLS12),
			map[string]string{"version-missing TLS 1.0": endpoint.InFront, "version-missing TLS 1.1": endpoint.InFront},
			frame.ExitFails,
		},
		"as the settings say": {
			serverFile(t, "WSUS01", "10.0", 14393, only12...), asSchannel(t, tls.VersionTLS12, tls.VersionTLS12, 0xc02f), nil, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			status, out, errs := runProbe(t, "", "probe", tlsServer(t, c.config), "--rate", "0", "--service", judge.ServerPrefix+c.file, "-f", "jsonl")
			found := findingsIn(t, out)
			for rule, likely := range c.want {
				f, ok := found[rule]
				if !ok || len(f.Likely) == 0 || f.Likely[0] != likely || f.Against != "host:"+strings.TrimSuffix(filepath.Base(c.file), ".host.json") || !strings.Contains(f.Text, "Likely reason 1: ") {
					t.Errorf("%s: %+v", rule, f)
				}
			}
			for rule := range found {
				if strings.HasPrefix(rule, "version") && c.want[rule] == "" || c.want == nil {
					t.Errorf("also %s: %s", rule, found[rule].Text)
				}
			}
			if status != c.status {
				t.Errorf("status %d: %s", status, errs)
			}
		})
	}
}

type foundDifference struct {
	Against, Rule, Text string
	Likely              []string
}

// findingsIn gives the findings of the first line, versions by rule and version.
func findingsIn(t *testing.T, out string) map[string]foundDifference {
	t.Helper()
	var line struct{ Findings []foundDifference }
	if err := json.Unmarshal([]byte(strings.SplitN(out, "\n", 2)[0]), &line); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	found := map[string]foundDifference{}
	for _, f := range line.Findings {
		rule := f.Rule
		for _, v := range []string{"TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"} {
			if what, _, _ := strings.Cut(f.Text, ". Likely"); strings.Contains(what, v+",") {
				rule += " " + v
			}
		}
		found[rule] = f
	}
	return found
}

// Proves that suites and groups are compared too, and that a snapshot which says
// nothing of the server's keys leaves the comparison open, with status 3.
func TestPredictedSuitesAndGaps(t *testing.T) {
	server := tlsServer(t, asSchannel(t, tls.VersionTLS12, tls.VersionTLS12, 0xc02f, 0x2f))
	gcm := registryJSON(`HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002`, "Functions", "REG_SZ", `"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"`)
	file := serverFile(t, "WSUS01", "10.0", 14393, serverOff("TLS 1.0"), serverOff("TLS 1.1"), gcm)
	_, out, _ := runProbe(t, "", "probe", server, "--rate", "0", "--service", judge.ServerPrefix+file, "-f", "jsonl")
	for rule, item := range map[string]string{"suite": "TLS_RSA_WITH_AES_128_CBC_SHA", "suite-missing": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "group-missing": "x25519"} {
		if f := findingsIn(t, out)[rule]; !strings.Contains(f.Text, item) {
			t.Errorf("%s: %+v", rule, f)
		}
	}
	empty := filepath.Join(t.TempDir(), "EMPTY.json")
	if err := os.WriteFile(empty, []byte(`{"schema":"tlsready.host/v1","name":"EMPTY","os":{"version":"6.3","build":9600},"covered":[]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	status, out, errs := runProbe(t, "", "probe", server, "--rate", "0", "--service", judge.ServerPrefix+empty, "-f", "jsonl")
	if status != frame.ExitIncomplete || !strings.Contains(out, "cannot be told; not collected: HKLM") {
		t.Errorf("%d %s %s", status, errs, out)
	}
}

// Proves that check tells where the probed endpoint and the server's own settings
// differ: on the error stream, in JSON, and in the report of either language; --with
// changes the prediction of the verdicts, not what is compared.
func TestCheckComparesEndpointAndServer(t *testing.T) {
	server := tlsServer(t, asSchannel(t, tls.VersionTLS10, tls.VersionTLS12))
	file := serverFile(t, "WSUS01", "6.3", 9600, serverOff("TLS 1.0"), serverOff("TLS 1.1"))
	client := filepath.Join("..", "..", "examples", "fleet", "osaka", "FS01.json")
	args := []string{"check", client, "--service", judge.ServerPrefix + file, "--endpoint", server, "--caller", "schannel"}
	_, out, errs := runProbe(t, "", append(args, "-f", "json")...)
	type service struct {
		ID       string
		Findings []foundDifference
	}
	var doc struct{ Services []service }
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	at := slices.IndexFunc(doc.Services, func(s service) bool { return s.ID == "endpoint:"+server })
	if at < 0 || len(doc.Services[at].Findings) < 2 || doc.Services[at].Findings[0].Likely[0] != endpoint.RestartPending {
		t.Fatalf("%+v", doc.Services)
	}
	if !strings.Contains(errs, "the endpoint accepts TLS 1.0, and by its settings WSUS01 does not") || !strings.Contains(errs, "wait for a restart") {
		t.Errorf("%s", errs)
	}
	_, out, _ = runProbe(t, "", append(args, "--lang", "ja")...)
	if text := strings.Join(strings.Fields(out), ""); !strings.Contains(text, "再起動していない") {
		t.Errorf("%s", out)
	}
}

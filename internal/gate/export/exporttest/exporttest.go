// Package exporttest is what every engine must keep to.
package exporttest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tlsready/internal/gate"
	"tlsready/internal/gate/export"
	"tlsready/internal/message"
	"tlsready/internal/testkit/golden"
)

// Full is a plan with all that a plan can have.
const Full = `schema: tlsready.gate/v1
listen: ["0.0.0.0:443", "[2001:db8::1]:443"]
upstream: 192.0.2.10:443
timezone: Europe/Berlin
stages:
  - {from: 2027-01-04, mode: observe}
  - {from: 2027-03-01, mode: flag}
  - {from: 2027-03-15, to: 2027-03-17, mode: brownout, windows: ["mon 10:00-10:30", "22:00-02:00"]}
  - {from: 2027-04-01, to: 2027-04-08, mode: brownout, percent: 20}
  - {from: 2027-05-01, to: 2027-05-08, mode: divert, upstream: 192.0.2.20:443}
  - {from: 2027-06-01T09:00, mode: enforce}
routes:
  - {sni: "*.example.com", upstream: 192.0.2.12:443}
  - {sni: api.example.com, upstream: 192.0.2.11:443}
  - {sni: sandbox.example.com, upstream: 192.0.2.13:443, stages: [{from: 2027-02-15, mode: enforce}]}
  - {sni: legacy.example.com, upstream: 192.0.2.14:443, minimum: TLS 1.0, until: 2027-11-30}
exemptions:
  - {cidr: 203.0.113.0/24, until: 2027-06-30, reason: "tills of line 3; \"x\" # {y}", owner: ops@example.com}
  - {cidr: 198.51.100.7/32, sni: api.example.com, until: 2027-06-15, reason: "partner bank"}
rollback: {above: 2, over: 5m, minClients: 50}
onStage: {webhook: "https://hooks.example.com/tls"}
metrics: 127.0.0.1:9109
`

// Plan is the plan of a configuration.
func Plan(t *testing.T, text string) *export.Plan {
	t.Helper()
	config, err := gate.Reading{Local: time.UTC}.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := export.New(config, "gate.yaml", export.DefaultRefuse())
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// Run holds an engine to what all of them promise, and what it writes to golden files.
func Run(t *testing.T, e export.Engine) {
	for _, lang := range []string{"en", "ja"} {
		t.Run(lang, func(t *testing.T) {
			plan := Plan(t, Full)
			files, err := e.Files(plan, message.For(lang))
			if err != nil {
				t.Fatal(err)
			}
			again, err := e.Files(Plan(t, Full), message.For(lang))
			if err != nil || !slices.Equal(files, again) {
				t.Errorf("the same plan gives something else the second time: %v", err)
			}
			for _, f := range files {
				if strings.HasSuffix(f.Name, ".pem") || strings.HasPrefix(f.Name, "listener-") && f.Name != "listener-02.yaml" {
					continue // no text; many alike
				}
				golden.Equal(t, "testdata/"+lang+"/"+f.Name, []byte(f.Text))
				clean(t, f)
			}
			for _, lack := range e.Lacks(plan) {
				if !strings.Contains(files[0].Text, strings.SplitN(message.For(lang).Render(lack), "\n", 2)[0]) {
					t.Errorf("the head does not say: %s", message.For(lang).Render(lack))
				}
			}
		})
	}
	t.Run("only remarks have a language", func(t *testing.T) {
		en, _ := e.Files(Plan(t, Full), message.For("en"))
		ja, _ := e.Files(Plan(t, Full), message.For("ja"))
		for i := range en {
			if a, b := plain(en[i].Text), plain(ja[i].Text); a != b {
				t.Errorf("%s differs by more than its remarks", en[i].Name)
			}
		}
	})
	t.Run("rollback, hooks and metrics are named", func(t *testing.T) {
		for _, id := range []string{"gate.export.lack-rollback", "gate.export.lack-on-stage", "gate.export.lack-metrics"} {
			if !slices.ContainsFunc(e.Lacks(Plan(t, Full)), func(x message.Text) bool { return x.ID == id }) {
				t.Errorf("%s is not said", id)
			}
		}
	})
}

// clean says that a file holds nothing that an engine or a terminal would stumble over.
func clean(t *testing.T, f export.File) {
	t.Helper()
	if !strings.HasSuffix(f.Text, "\n") || strings.HasSuffix(f.Text, "\n\n") {
		t.Errorf("%s does not end with one line end", f.Name)
	}
	for line := range strings.Lines(f.Text) {
		if line = strings.TrimSuffix(line, "\n"); strings.TrimRight(line, " \t\r") != line {
			t.Errorf("%s: blanks at the end of %q", f.Name, line)
		}
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Errorf("%s: control characters in %q", f.Name, line)
		}
	}
}

// plain is a file without its remarks: of a page, what stands between fences.
func plain(text string) string {
	var b strings.Builder
	if strings.Contains(text, "\n```") {
		for i, part := range strings.Split(text, "\n```") {
			if i%2 == 1 {
				b.WriteString(part)
			}
		}
		return b.String()
	}
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			b.WriteString(line)
		}
	}
	return b.String()
}

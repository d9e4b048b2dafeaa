package gate

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/service"
)

// read parses a configuration whose head is given.
func read(t *testing.T, rest string) *Config {
	t.Helper()
	c, err := reading().Parse([]byte(head + rest))
	if err != nil {
		t.Fatalf("%v\n%s", err, rest)
	}
	return c
}

const head = "schema: tlsready.gate/v1\nlisten: 127.0.0.1:443\nupstream: 192.0.2.10:443\n"

func reading() Reading {
	return Reading{Local: time.UTC, Service: func(name string) (*service.Profile, error) {
		if name == "own.yaml" {
			return service.Parse([]byte("schema: tlsready.service/v1\nid: own\nphases:\n  - {from: 2026-01-01, accepts: {versions: [TLS 1.2, TLS 1.3], suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]}}\n"))
		}
		return nil, errors.New("no such service")
	}}
}

// Proves that the whole format is read, with what is left out.
func TestParse(t *testing.T) {
	c := read(t, `minimum: TLS 1.3
protocol: smtp
timezone: Asia/Tokyo
stages:
  - {from: 2026-12-01T09:00, mode: enforce}
  - {from: 2026-10-01, mode: observe}
  - {from: 2026-11-16, to: 2026-11-17, mode: brownout, windows: ["mon-fri 10:00-10:30", "wed 15:00-16:00"]}
  - {from: 2026-11-20T00:00:00Z, to: 2026-11-21, mode: brownout, percent: 20, windows: ["hourly :00-:10"], scatter: true}
  - {from: 2026-11-24, mode: divert, upstream: "192.0.2.20:443"}
routes:
  - {sni: API.example.com, upstream: "192.0.2.11:443"}
  - {sni: "*.example.com", upstream: "[2001:db8::1]:443", minimum: TLS 1.0, until: 2027-05-31}
  - {sni: sandbox.example.com, upstream: "backend:443", stages: [{from: 2026-10-15, mode: enforce}]}
exemptions:
  - {cidr: 203.0.113.0/24, until: 2027-03-31, reason: "till line 3", owner: ops@example.com}
proxyProtocol: {in: true, trusted: [192.0.2.0/24], out: v2}
rollback: {above: 2, over: 5m, minClients: 50}
helloTimeout: 5s
onStage: {command: [/usr/local/bin/notify], webhook: "https://hooks.example.com/tls"}
log: gate.jsonl
metrics: 127.0.0.1:9109
`)
	tokyo := time.FixedZone("JST", 9*3600)
	if len(c.Stages) != 5 || c.Stages[0].Mode != Observe || !c.Stages[0].From.Equal(time.Date(2026, 10, 1, 0, 0, 0, 0, tokyo)) ||
		!c.Stages[4].From.Equal(time.Date(2026, 12, 1, 9, 0, 0, 0, tokyo)) || c.Stages[1].Percent != 100 || c.Stages[2].Percent != 20 ||
		!c.Stages[2].From.Equal(time.Date(2026, 11, 20, 9, 0, 0, 0, tokyo)) {
		t.Errorf("%+v", c.Stages)
	}
	if c.Demand.Minimum != tlsready.TLS13 || c.Protocol != "smtp" || c.Zone != "Asia/Tokyo" || c.HelloTimeout != 5*time.Second || c.Rollback.Above != 2 {
		t.Errorf("%+v", c)
	}
	r := c.Routes
	if r[0].SNI != "api.example.com" || r[0].Demand.Minimum != tlsready.TLS13 || r[1].Demand.Minimum != tlsready.TLS10 || !r[2].Own ||
		!r[1].Ends.Equal(time.Date(2027, 6, 1, 0, 0, 0, 0, tokyo)) || !c.Exemptions[0].Ends.Equal(time.Date(2027, 4, 1, 0, 0, 0, 0, tokyo)) {
		t.Errorf("%+v", r)
	}
	least := read(t, "")
	if least.Demand.Minimum != tlsready.TLS12 || least.Protocol != "tls" || least.HelloTimeout != DefaultHelloTimeout || least.Location != time.UTC || least.Proxy.Out != "none" {
		t.Errorf("%+v", least)
	}
	json := `{"schema": "tlsready.gate/v1", "listen": ["127.0.0.1:443", ":8443"], "upstream": "a:1", "service": "own.yaml"}`
	if c, err := reading().Parse([]byte(json)); err != nil || len(c.Listen) != 2 || c.Demand.Service == nil {
		t.Errorf("%v", err)
	}
}

// Proves that each mistake is named with its line and column, and what to do instead.
func TestParseErrors(t *testing.T) {
	english, japanese := message.For("en"), message.For("ja")
	for _, c := range []struct{ rest, want, hint string }{
		{"stage: []\n", `line 4, column 1: unknown key "stage"`, "stages"},
		{"stages:\n  - {from: 2026-10-01, mod: flag}\n", `line 5, column 24: unknown key "mod"`, "mode"},
		{"upstream: 192.0.2.11:443\n", "line 4, column 1: the key upstream stands in line 3 already", ""},
		{"stages: {}\n", "line 4, column 9: a list is needed", ""},
		{"stages: [5]\n", "line 4, column 10: keys with values are needed", "from"},
		{"log:\n", "the key has no value", ""},
		{"log: [a]\n", "one value is needed", ""},
		{"log: \"a\\nb\"\n", "control characters", ""},
		{"minimum: TLS 1.4\n", `line 4, column 10: "TLS 1.4" is no version`, "TLS 1.2"},
		{"minimum: TLS 1.2\nservice: own.yaml\n", "both minimum and service", "one of them"},
		{"service: other.yaml\n", "line 4, column 10: no such service", ""},
		{"protocol: smpt\n", `"smpt" is none of tls, smtp`, "smtp"},
		{"timezone: Asia/Tokio\n", `line 4, column 11: "Asia/Tokio" is no known time zone`, "Asia/Tokyo"},
		{"timezone: Local\n", "is no known time zone", ""},
		{"timezone: ../../etc/passwd\n", "is no known time zone", ""},
		{"helloTimeout: 10\n", "no time span", "10s"},
		{"helloTimeout: 0s\n", "no time span", ""},
		{"helloTimeout: 48h\n", "no time span", ""},
		{"metrics: here\n", "no ADDRESS:PORT", ""},
		{"onStage: {webhook: 'ftp://x'}\n", "no address", ""},
		{"proxyProtocol: {in: yes}\n", "neither true nor false", ""},
		{"proxyProtocol: {in: true}\n", "which peers", "trusted"},
		{"rollback: {above: 2, over: 5m}\n", "the key minClients is missing", ""},
		{"rollback: {above: NaN, over: 5m, minClients: 1}\n", "no number above 0", ""},
		{"stages: [{mode: flag}]\n", "the key from is missing", ""},
		{"stages: [{from: 2026-10-01}]\n", "the key mode is missing", ""},
		{"stages: [{from: 2026-13-01, mode: flag}]\n", "neither a day", "2026-12-01T09:00"},
		{"stages: [{from: 2026-10-01 09:00, mode: flag}]\n", "neither a day", "2026-12-01T09:00"},
		{"stages: [{from: 0001-01-01, mode: flag}]\n", "not between the years", ""},
		{"stages: [{from: 2026-10-02, to: 2026-10-02, mode: flag}]\n", "ends before it begins", "the day after"},
		{"stages: [{from: 2026-10-02, mode: flag}, {from: 2026-10-02T00:00, mode: enforce}]\n", "line 4, column 42: this stage begins at the same moment as the one in line 4", "move"},
		{"stages: [{from: 2026-10-02, mode: divert}]\n", "the key upstream is missing", "old clients"},
		{"stages: [{from: 2026-10-02, mode: enforce, windows: ['10:00-11:00']}]\n", "line 4, column 53: windows belongs to the mode brownout", ""},
		{"stages: [{from: 2026-10-02, mode: flag, percent: 5}]\n", "percent belongs", ""},
		{"stages: [{from: 2026-10-02, mode: brownout, percent: 0}]\n", `"0" is no whole number from 1 to 100`, ""},
		{"stages: [{from: 2026-10-02, mode: brownout, percent: 101}]\n", "no whole number", ""},
		{"stages: [{from: 2026-10-02, mode: brownout, scatter: true}]\n", "has none", ""},
		{"stages: [{from: 2026-10-02, mode: brownout, windows: ['monday 10:00-11:00']}]\n", "the days in", "mon-fri"},
		{"stages: [{from: 2026-10-02, mode: brownout, windows: ['10:00-10:00']}]\n", "ends before", ""},
		{"stages: [{from: 2026-10-02, mode: brownout, windows: ['10-11']}]\n", "is no window", ""},
		{"stages: [{from: 2026-10-02, mode: brownout, windows: ['hourly :50-:10']}]\n", "ends before", ""},
		{"routes: [{sni: a.example.com}]\n", "the key upstream is missing", ""},
		{"routes: [{upstream: 'a:1'}]\n", "the key sni is missing", ""},
		{"routes: [{sni: 'a*.example.com', upstream: 'a:1'}]\n", "is no server name", "whole label"},
		{"routes: [{sni: 日本.example, upstream: 'a:1'}]\n", "is no server name", "xn--"},
		{"routes:\n  - {sni: a.example.com, upstream: 'a:1'}\n  - {sni: A.example.com, upstream: 'b:1'}\n", "line 6, column 5: the route for \"a.example.com\" stands in line 5", ""},
		{"exemptions: [{cidr: 203.0.113.7/24, until: 2027-01-01}]\n", "is no network", "203.0.113.0/24"},
		{"exemptions: [{cidr: 203.0.113.7, until: 2027-01-01}]\n", "is no network", "203.0.113.7/32"},
		{"exemptions: [{cidr: 203.0.113.0/24}]\n", "the key until is missing", "2027-03-31"},
		{"exemptions: [{cidr: 203.0.113.0/24, until: soon}]\n", "soon", ""},
		{"exemptions: [{until: 2027-01-01}]\n", "the key cidr is missing", ""},
	} {
		_, err := reading().Parse([]byte(head + c.rest))
		if err == nil {
			t.Errorf("%s: no error", c.rest)
			continue
		}
		what, hint := japanese.Problem(err)
		if strings.Contains(what+hint, "gate.") || strings.Contains(what+hint, "{") {
			t.Errorf("%s: a text is missing: %q %q", c.rest, what, hint)
		}
		what, hint = english.Problem(err)
		if !strings.Contains(what, c.want) || !strings.Contains(hint, c.hint) {
			t.Errorf("%s: %q, hint %q; want %q, hint %q", c.rest, what, hint, c.want, c.hint)
		}
	}
	for _, text := range []string{"", "# nothing\n", "- a\n", "schema: tlsready.gate/v2\nlisten: ':1'\nupstream: 'a:1'\n", "schema: tlsready.gate/v1\nupstream: 'a:1'\n", "schema: tlsready.gate/v1\nlisten: ':1'\n", "a: &a [*a]\n", head + "---\n"} {
		if _, err := reading().Parse([]byte(text)); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

// Proves that no list is longer than what is meant to be read.
func TestParseLimits(t *testing.T) {
	windows := strings.Repeat("'10:00-11:00', ", maxWindows+1)
	if _, err := reading().Parse([]byte(head + "stages: [{from: 2026-10-02, mode: brownout, windows: [" + windows + "]}]\n")); err == nil {
		t.Error("too many windows are read")
	}
	if _, err := reading().Parse([]byte(head + "exemptions: [" + strings.Repeat("{}, ", maxExemptions+1) + "]\n")); err == nil {
		t.Error("too many exemptions are read")
	}
	shared := read(t, "stages: &all [{from: 2026-10-02, mode: flag}]\nroutes: [{sni: a.example.com, upstream: 'a:1', stages: *all}]\n")
	if len(shared.Routes[0].Stages) != 1 {
		t.Error("an alias is not followed")
	}
}

// Proves that no input makes the reader panic or hang, and that what it takes can be asked.
func FuzzParse(f *testing.F) {
	f.Add([]byte(head))
	f.Add([]byte(head + "timezone: Asia/Tokyo\nstages: [{from: 2026-11-16, to: 2026-11-17, mode: brownout, percent: 20, windows: ['mon-fri 10:00-10:30', 'hourly :00-:10'], scatter: true}, {from: 2026-12-01T09:00, mode: enforce}]\n"))
	f.Add([]byte(head + "routes: [{sni: '*.example.com', upstream: 'a:1', until: 2027-05-31, stages: &s [{from: 2026-10-15, mode: enforce}]}]\nexemptions: [{cidr: 203.0.113.0/24, until: 2027-03-31}]\n"))
	f.Add([]byte(head + "a: &a [*a, *a]\n"))
	f.Add([]byte(`{"schema":"tlsready.gate/v1","listen":[":1"],"upstream":"a:1","stages":[]}`))
	words := message.For("ja")
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := reading().Parse(data)
		if err != nil {
			if what, _ := words.Problem(err); what == "" {
				t.Error("an error without words")
			}
			return
		}
		from := time.Date(2026, 11, 15, 0, 0, 0, 0, time.UTC)
		spans := c.Course("a.example.com", from, from.AddDate(0, 1, 0), 200)
		for i, s := range spans {
			if !s.From.Before(s.To) || i > 0 && !s.From.Equal(spans[i-1].To) {
				t.Errorf("spans do not follow each other: %v", spans)
			}
		}
	})
}

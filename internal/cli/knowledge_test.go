package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/explain"
	"tlsready/internal/service"
	"tlsready/internal/stack"
	"tlsready/internal/testkit/golden"
)

// runQuiet runs a command and returns its status, result and errors.
func runQuiet(t *testing.T, args ...string) (status int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status = Run(context.Background(), args, Streams{In: strings.NewReader(""), Out: &stdout, Err: &stderr}, nil)
	return status, stdout.String(), stderr.String()
}

// services list shows deadline, days left, certainty and as-of of every service,
// in both languages.
func TestServicesList(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		status, out, errs := runQuiet(t, "services", "list", "--today", "2021-06-15", "--lang", lang)
		if status != 0 || errs != "" {
			t.Fatalf("status %d, %s", status, errs)
		}
		golden.Equal(t, filepath.Join("testdata", "knowledge", "services-"+lang+".txt"), []byte(out))
	}
}

// The days left count from --today to the day on which the versions change,
// whatever else a later phase changes; without a deadline there are none.
func TestServicesListDays(t *testing.T) {
	_, out, _ := runQuiet(t, "services", "list", "--today", "2021-08-31", "--json")
	var doc struct {
		Today    string
		Services []document.ListedService
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	rows := map[string]document.ListedService{}
	for _, r := range doc.Services {
		rows[r.ID] = r
	}
	tests := []struct {
		id, deadline, status, asOf string
		days                       int
		dated                      bool
	}{
		{"azure-backup", "2021-09-01", "announced", "2026-11-28", 1, true},
		{"azure-devops", "2022-01-31", "unverified", "2026-11-21", 153, true},
		{"powershell-gallery", "2020-04-01", "enforced", "2026-11-21", -517, true},
		{"azure-portal", "", "unverified", "2026-11-28", 0, false},
		{"tls12", "", "", "2026-11-21", 0, false},
	}
	for _, tt := range tests {
		r := rows[tt.id]
		if r.Deadline != tt.deadline || r.Status != tt.status || r.AsOf != tt.asOf || (r.DaysLeft != nil) != tt.dated || tt.dated && *r.DaysLeft != tt.days {
			t.Errorf("%s: %+v, want %+v", tt.id, r, tt)
		}
	}
	if len(rows) != len(service.IDs()) || doc.Today != "2021-08-31" {
		t.Errorf("%d services of %d, today %s", len(rows), len(service.IDs()), doc.Today)
	}
}

// services show and callers show say everything in both languages.
func TestShow(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		for _, args := range [][]string{{"services", "show", "azure-backup"}, {"callers", "show", "entra-connect"}, {"callers", "list"}} {
			status, out, errs := runQuiet(t, append(args, "--lang", lang)...)
			if status != 0 {
				t.Fatalf("%v: status %d, %s", args, status, errs)
			}
			golden.Equal(t, filepath.Join("testdata", "knowledge", strings.Join(args, "-")+"-"+lang+".txt"), []byte(out))
		}
	}
}

// What services show writes as JSON is a profile that reads back the same.
func TestShowJSONIsAProfile(t *testing.T) {
	for _, id := range service.IDs() {
		_, out, errs := runQuiet(t, "services", "show", id, "--json")
		again, err := service.Parse([]byte(out))
		if err != nil {
			t.Errorf("%s: %v %s", id, err, errs)
			continue
		}
		p, _, err := service.ByID(id)
		if err != nil || again.Last().From != p.Last().From || len(again.Documented) != len(p.Documented) || again.AsOf != p.AsOf {
			t.Errorf("%s reads back differently (%v)", id, err)
		}
	}
}

// lint tells what is wrong where, and fails only for errors.
func TestServicesLint(t *testing.T) {
	const whole = "schema: tlsready.service/v1\nid: own\nname: {en: Own, ja: 自社}\nasOf: 2026-11-01\ncallers: [mars]\n" +
		"phases:\n  - {from: 2020-01-01, accepts: {versions: [TLS 1.0, TLS 1.2]}}\n  - {from: 2027-01-01, status: announced, accepts: {versions: [TLS 1.2]}}\n" +
		"citations: [{url: 'https://example.com/tls'}]\n"
	tests := []struct {
		name, text string
		status     int
		want       []string // rule and line
	}{
		{"whole", whole, 0, nil},
		{"bad version", strings.Replace(whole, "[TLS 1.2]", "[TLS 9.2]", 1), 1, []string{"service-invalid:8"}},
		{"unknown caller", strings.Replace(whole, "mars", "marz", 1), 1, []string{"service-unknown-caller:0"}},
		{
			"bare", "schema: tlsready.service/v1\nid: own\nphases: [{from: 2020-01-01, accepts: {}}]\n", 0,
			[]string{"service-no-name:0", "service-no-name:0", "service-no-asof:0", "service-no-citation:0", "service-no-caller:0"},
		},
		{"no status", strings.Replace(whole, "status: announced, ", "", 1), 0, []string{"service-no-status:0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "own.yaml")
			if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			status, out, _ := runQuiet(t, "services", "lint", file, "--json")
			var doc struct{ Findings []document.Finding }
			if err := json.Unmarshal([]byte(out), &doc); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range doc.Findings {
				got = append(got, f.Rule+":"+string(rune('0'+f.Line)))
				if f.Text == "" || strings.HasPrefix(f.Text, "lint.") {
					t.Errorf("no words: %+v", f)
				}
			}
			if status != tt.status || strings.Join(got, " ") != strings.Join(tt.want, " ") {
				t.Errorf("status %d, %v; want %d, %v", status, got, tt.status, tt.want)
			}
		})
	}
}

// Every rule is explained in both languages, with what it rests on, and no
// argument is left in braces.
func TestExplainRules(t *testing.T) {
	rules, err := stack.Rules()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		for _, lang := range []string{"en", "ja"} {
			status, out, errs := runQuiet(t, "explain", r.ID, "--lang", lang)
			if status != 0 || strings.Contains(out, "rule."+r.ID) || strings.ContainsAny(out, "{}") {
				t.Errorf("%s, %s: status %d\n%s%s", r.ID, lang, status, out, errs)
			}
			for _, c := range r.Citations {
				if !strings.Contains(out, c) {
					t.Errorf("%s, %s: the source %s is not named", r.ID, lang, c)
				}
			}
		}
	}
}

// explain finds errors, services, callers and rules, in this form and that.
func TestExplain(t *testing.T) {
	tests := []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"0x80090331"}, 0, "SEC_E_ALGORITHM_MISMATCH"},
		{[]string{"-f", "table", "--", "-2146893007"}, 0, "SEC_E_ALGORITHM_MISMATCH"},
		{[]string{"-2146893007"}, 2, "tlsready explain -- -2146893007"},
		{[]string{"event", "36871", "state", "10013"}, 0, "no credential could be made"},
		{[]string{"接続が切断されました: 送信時に、予期しないエラーが発生しました。", "--lang", "ja"}, 0, ".NET の送信中に切断された"},
		{[]string{"azure-backup"}, 0, "2021-09-01 (America/Los_Angeles)"},
		{[]string{"mars"}, 0, "dotnet-4.5-x86"},
		{[]string{"RULE.dotnet4-legacy-default"}, 0, "Rule dotnet4-legacy-default"},
		{[]string{"no-common-suite"}, 0, "no cipher suite"},
		{[]string{"azure-bakup"}, 2, "azure-backup"},
		{[]string{"out of paper"}, 2, `nothing is known of "out of paper"`},
		{nil, 2, "explain"},
	}
	for _, tt := range tests {
		status, out, errs := runQuiet(t, append([]string{"explain"}, tt.args...)...)
		if status != tt.status || !strings.Contains(out+errs, tt.want) {
			t.Errorf("%q: status %d, want %d and %q\n%s%s", tt.args, status, tt.status, tt.want, out, errs)
		}
	}
}

// Every text of an error that is known finds it through the command as well.
func TestExplainEveryText(t *testing.T) {
	book, err := explain.Open()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range book.Entries() {
		for lang, texts := range e.Texts {
			for _, text := range texts {
				_, out, errs := runQuiet(t, "explain", "--json", "--lang", lang, "--", text)
				var doc struct{ Entries []struct{ ID string } }
				if err := json.Unmarshal([]byte(out), &doc); err != nil || len(doc.Entries) == 0 || doc.Entries[0].ID != e.ID {
					t.Errorf("%q: %v %+v %s", text, err, doc, errs)
				}
			}
		}
	}
}

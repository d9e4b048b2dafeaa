package serving_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsready/internal/console/access"
	"tlsready/internal/document"
	"tlsready/internal/store"
)

// report sends what a host collected, as the collector scripts do, and gives the answer.
func (s *server) report(t *testing.T, secret, path, query string) *httptest.ResponseRecorder {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/api/v1/hosts"+query, bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+secret)
	w := httptest.NewRecorder()
	s.whole.ServeHTTP(w, r)
	return w
}

// enrol makes a token for one report, bound to a computer or to none.
func (s *server) enrol(t *testing.T, computer string) string {
	t.Helper()
	return s.issue(t, access.Wanted{Name: "gpo", Kind: store.TokenEnrol, Tenant: store.DefaultTenant, Host: computer, Now: time.Now()})
}

// Proves that a token for one report is spent by the host that is recorded with it: a report
// that is refused does not spend it, the same report may come again, and any other is
// refused, said, and stands in the audit log with the host that sent it; a token that is
// bound to a computer takes no other one's report.
func TestEnrolment(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const fs01, fs02 = "../../../examples/fleet/osaka/FS01.json", "../../../examples/fleet/osaka/FS02.json"
	nothing := filepath.Join(t.TempDir(), "nothing.txt")
	if err := os.WriteFile(nothing, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	once, bound := s.enrol(t, ""), s.enrol(t, "FS01")
	for _, tc := range []struct {
		secret, file, query string
		code                int
		says                string
	}{
		{once, nothing, "", 400, ""},
		{once, fs01, "?odd=1", 400, "no parameter"},
		{once, fs01, "", 201, `"tenant":"default"`},
		{once, fs01, "", 201, document.RecordedSchema}, // the answer was lost
		{once, fs02, "", 401, "has been used"},
		{once, fs01, "?host=other", 401, "has been used"},
		{bound, fs02, "", 401, "another computer"},
		{bound, fs01, "?host=osaka/FS02", 401, "another computer"},
		{bound, fs02, "?host=FS01", 401, "another computer"},
		{bound, fs01, "?host=osaka/fs01", 201, ""},
	} {
		if w := s.report(t, tc.secret, tc.file, tc.query); w.Code != tc.code || !strings.Contains(w.Body.String(), tc.says) {
			t.Errorf("%s%s: %d %s, want %d %s", filepath.Base(tc.file), tc.query, w.Code, w.Body, tc.code, tc.says)
		}
	}
	log, err := s.db.Accounts().AuditLog(t.Context(), store.AuditQuery{Who: "gpo"})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, e := range log {
		counts[e.What+" "+e.Outcome]++
	}
	for what, want := range map[string]int{"fs01.example.com done": 2, "fs02.example.com refused": 2, "other refused": 1, "osaka/FS02 refused": 1, "FS01 refused": 1, "osaka/fs01 done": 1} {
		if counts[what] != want {
			t.Errorf("%q stands in the audit log %d times, not %d: %v", what, counts[what], want, counts)
		}
	}
	tenant, err := s.db.Tenant(t.Context(), store.DefaultTenant)
	if err != nil {
		t.Fatal(err)
	}
	if hosts, err := tenant.Hosts(t.Context(), "", 99); err != nil || len(hosts) != 2 {
		t.Errorf("%+v, %v", hosts, err)
	}
}

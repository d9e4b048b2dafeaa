package access_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"tlsready/internal/console/access"
	"tlsready/internal/console/web"
	"tlsready/internal/store"
)

// issue makes a token in the store.
func (s *site) issue(t *testing.T, kind store.TokenKind, role string, until time.Time) string {
	t.Helper()
	token, secret, err := access.Issue(access.Wanted{Name: "of the test", Kind: kind, Role: role, Tenant: "zenith", Now: time.Now(), Until: until})
	if err == nil {
		err = s.db.Accounts().AddToken(context.Background(), token)
	}
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// Proves what each kind of token reaches, and that those that are not good say why.
func TestTokens(t *testing.T) {
	t.Parallel()
	s := opened(t, nil)
	c := s.Client()
	for _, tc := range []struct {
		kind    store.TokenKind
		role    string
		reaches string
	}{
		{store.TokenAPI, "view", "open view"},
		{store.TokenAPI, "operate", "open enrol view operate"},
		{store.TokenAPI, "admin", "open enrol view operate approve admin"},
		{store.TokenWorker, "", "open work"},
		{store.TokenEnrol, "", "open enrol"},
	} {
		secret, got := s.issue(t, tc.kind, tc.role, time.Time{}), ""
		for right := web.Open; right <= web.Admin; right++ {
			a := s.send(t, c, "GET", "/api/v1/"+right.String(), nil, "Authorization", "bearer "+secret)
			if a.code == http.StatusOK {
				got += " " + right.String()
				if right != web.Open && !strings.Contains(a.body, `"zenith"`) {
					t.Errorf("%s: %s", tc.kind, a.body)
				}
			}
		}
		if got != " "+tc.reaches {
			t.Errorf("%s %s reaches%s", tc.kind, tc.role, got)
		}
	}
	good := s.issue(t, store.TokenAPI, "view", time.Now().Add(time.Hour))
	for secret, says := range map[string]string{
		"Bearer " + good[:len(good)-1]:                            "cut off",
		"Bearer " + good + "a":                                    "cut off",
		"Bearer " + strings.Replace(good, "_api_", "_worker_", 1): "cut off",
		"Bearer " + access.NewToken(store.TokenAPI):               "not known",
		"Bearer ":                    "cut off",
		"Basic YWxpY2U6cGFzc3dvcmQ=": "no bearer",
		"Bearer " + s.issue(t, store.TokenAPI, "view", time.Now().Add(-time.Second)): "expired",
	} {
		a := s.send(t, c, "GET", "/api/v1/view", nil, "Authorization", secret)
		if a.code != http.StatusUnauthorized || !strings.Contains(a.body, says) || !strings.Contains(a.header.Get("WWW-Authenticate"), "invalid_token") {
			t.Errorf("%s: %d %s", secret, a.code, a.body)
		}
	}
	s.clock.Add(4000)
	if a := s.send(t, c, "GET", "/api/v1/view", nil, "Authorization", "Bearer "+good); a.code != http.StatusUnauthorized {
		t.Errorf("an hour later: %d", a.code)
	}
}

// Proves that a token for one use comes to what takes its use, that looking does not, and
// that those which were used are bounded as those that are not good.
func TestForOneUse(t *testing.T) {
	t.Parallel()
	s := opened(t, nil)
	s.stop()
	secret := s.issue(t, store.TokenEnrol, "", time.Time{})
	header := []string{"Authorization", "Bearer " + secret}
	for range 2 {
		if a := s.send(t, s.Client(), "POST", "/api/v1/enrol", nil, header...); a.code != http.StatusOK || !strings.Contains(a.body, string(store.TokenHash(secret))) {
			t.Errorf("%d %s", a.code, a.body)
		}
	}
	token := s.tokens(t)[0]
	if !token.Used.IsZero() {
		t.Error("a look has used the token")
	}
	token.Used = time.Now()
	if err := s.db.Accounts().AddToken(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	last := 0
	for range 40 {
		last = s.send(t, s.Client(), "POST", "/api/v1/enrol", nil, header...).code
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("a token that was used, forty times: %d", last)
	}
}

// Proves that a flood of tokens that are not good is bounded, what is written down of it as
// well, and that it keeps out nobody at the same address whose token is good.
func TestFloodOfTokens(t *testing.T) {
	t.Parallel()
	s := opened(t, nil)
	good := s.issue(t, store.TokenAPI, "view", time.Time{})
	last := 0
	for range 60 {
		last = s.send(t, s.Client(), "GET", "/api/v1/view", nil, "Authorization", "Bearer "+access.NewToken(store.TokenAPI)).code
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("sixty bad tokens: %d", last)
	}
	if a := s.send(t, s.Client(), "GET", "/api/v1/view", nil, "Authorization", "Bearer "+good); a.code != http.StatusOK {
		t.Errorf("a good one beside them: %d %s", a.code, a.body)
	}
	log, err := s.db.Accounts().AuditLog(t.Context(), store.AuditQuery{Action: "token", Limit: store.MaxLimit})
	if n := len(log); err != nil || n < 30 || n > 45 {
		t.Errorf("%d entries, %v", n, err)
	}
}

// Proves that a token for enrolment whose reports are refused, and which they do not spend,
// is bounded.
func TestRefusedReports(t *testing.T) {
	t.Parallel()
	s := opened(t, nil)
	secret, codes := s.issue(t, store.TokenEnrol, "", time.Time{}), map[int]int{}
	for range 20 {
		codes[s.send(t, s.Client(), "POST", "/api/v1/refused", nil, "Authorization", "Bearer "+secret).code]++
	}
	if codes[http.StatusBadRequest] < 10 || codes[http.StatusTooManyRequests] < 5 {
		t.Errorf("%v", codes)
	}
	if a := s.send(t, s.Client(), "POST", "/api/v1/refused", nil, "Authorization", "Bearer "+s.issue(t, store.TokenEnrol, "", time.Time{})); a.code != http.StatusBadRequest {
		t.Errorf("another one: %d", a.code)
	}
}

// Proves that the page of tokens has a bound, and leads to all of them.
func TestTokenPages(t *testing.T) {
	t.Parallel()
	s := opened(t, nil)
	var list []store.Token
	for i := range 250 {
		list = append(list, store.Token{Hash: store.TokenHash(strconv.Itoa(i)), Name: "gpo", Kind: store.TokenEnrol, Tenant: []string{"acme", "zenith"}[i/240], Created: time.Now()})
	}
	if err := s.db.Accounts().AddToken(t.Context(), list...); err != nil {
		t.Fatal(err)
	}
	carol, seen := s.in(t, "carol", password), map[string]bool{}
	for _, step := range []struct {
		path, next string
		rows       int
	}{{"/people", "after=100", 100}, {"/people?after=100", "after=200", 100}, {"/people?after=200", "", 40}, {"/people?after=999", "", 0}, {"/people?after=-1", "after=100", 100}} {
		body := s.send(t, carol, "GET", step.path, nil).body
		rows := strings.Split(body, `name="hash" value="`)[1:]
		for _, row := range rows {
			hash, _, _ := strings.Cut(row, `"`)
			seen[hash] = true
		}
		if len(rows) != step.rows || strings.Contains(body, `rel="next"`) != (step.next != "") || !strings.Contains(body, step.next) {
			t.Errorf("%s: %d rows", step.path, len(rows))
		}
	}
	if len(seen) != 240 {
		t.Errorf("%d of 240 tokens are shown", len(seen))
	}
}

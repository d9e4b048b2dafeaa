//go:build unix

package deploy_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tlsready/internal/testkit/postgreskit"
)

// sample is a file that a console judges.
func sample(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "examples", "fleet", "osaka", "FS01.json"))
	must(t, err)
	return text
}

// post sends something, and gives the status, the headers and the answer; 0 if there is none.
func post(ctx context.Context, url string, body io.Reader, header ...string) (int, http.Header, string) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, body)
	if err != nil {
		return 0, nil, err.Error()
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err.Error()
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		return 0, nil, err.Error()
	}
	return a.StatusCode, a.Header, string(text)
}

// Proves that a server whose PostgreSQL goes away says that it is not ready, shows people a
// page that says so in words and asks again by itself, tells programs when to come again,
// counts itself as without a store; and that everything is as it was when it comes back.
func testDatabaseAway(t *testing.T, database *postgreskit.Server) {
	home := t.TempDir()
	s, base := serve(t, home, "--store", database.URL(database.New(t)), "--log-format", "json")
	until(t, "it is ready", func() bool { code, _ := get(t.Context(), base+"/readyz"); return code == http.StatusOK })
	send := func(name string) (int, http.Header, string) {
		return post(t.Context(), base+"/api/v1/hosts?host="+name, bytes.NewReader(sample(t)))
	}
	if code, _, text := send("before"); code != http.StatusOK && code != http.StatusCreated {
		t.Fatalf("%d %s", code, text)
	}
	database.Stop(t)
	until(t, "it is not ready", func() bool {
		code, _ := get(t.Context(), base+"/readyz")
		return code == http.StatusServiceUnavailable
	})
	if code, _ := get(t.Context(), base+"/healthz"); code != http.StatusOK {
		t.Errorf("it does not live: %d", code)
	}
	for lang, words := range map[string]string{"en": "nothing that was recorded is lost", "ja": "失われていません"} {
		code, text := get(t.Context(), base+"/hosts", "Accept-Language", lang)
		if code != http.StatusServiceUnavailable || !strings.Contains(text, words) || strings.Contains(text, "postgres") || !strings.Contains(text, "<h1>") {
			t.Errorf("a page in %s: %d %s", lang, code, text)
		}
	}
	code, header, text := send("meanwhile")
	if code != http.StatusServiceUnavailable || header.Get("Retry-After") == "" || !strings.Contains(text, `"hint"`) {
		t.Errorf("a program is told %d %v %s", code, header, text)
	}
	database.Run(t)
	until(t, "it is ready again", func() bool { code, _ := get(t.Context(), base+"/readyz"); return code == http.StatusOK })
	if code, _, text := send("meanwhile"); code != http.StatusOK && code != http.StatusCreated {
		t.Errorf("%d %s", code, text)
	}
	code, text = get(t.Context(), base+"/api/v1/hosts")
	if code != http.StatusOK || !strings.Contains(text, `"before"`) || !strings.Contains(text, `"meanwhile"`) {
		t.Errorf("something is lost: %d %s", code, text)
	}
	if _, text := get(t.Context(), base+"/metrics"); !strings.Contains(text, "\ntlsready_store_up 1\n") || !strings.Contains(text, `tlsready_build_info{version="`) {
		t.Errorf("the numbers: %s", text)
	}
	if log := s.said.String(); !strings.Contains(log, "cannot be reached") {
		t.Error("the log does not say why")
	}
	if took, status := s.stop(t, syscall.SIGTERM); status != 0 || took > patience/2 {
		t.Errorf("it ended after %v with status %d", took, status)
	}
}

// Proves that what is being sent when a server is told to stop comes to its end, is in the
// store afterwards, and that the server ends with it and with status 0.
func TestStopDuringUpload(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	s, base := serve(t, home, "--store", filepath.Join(home, "tlsready.db"))
	text := sample(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	must(t, err)
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(patience)))
	_, err = fmt.Fprintf(conn, "POST /api/v1/hosts?host=slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", len(text))
	must(t, err)
	in := bufio.NewReader(conn)
	if line, err := in.ReadString('\n'); err != nil || !strings.Contains(line, " 100 ") {
		t.Fatalf("it does not begin to read: %q %v", line, err)
	}
	must(t, s.Process.Signal(syscall.SIGTERM))
	until(t, "nobody new is let in", func() bool { code, _ := get(t.Context(), base+"/healthz"); return code == 0 })
	_, err = conn.Write(text)
	must(t, err)
	if _, err := in.ReadString('\n'); err != nil { // the empty line after 100
		t.Fatal(err)
	}
	if line, err := in.ReadString('\n'); err != nil || !strings.Contains(line, " 201 ") {
		t.Errorf("it is answered with %q %v", line, err)
	}
	until(t, "it ends", s.over)
	if s.ProcessState.ExitCode() != 0 {
		t.Errorf("status %d", s.ProcessState.ExitCode())
	}
	_, base = serve(t, home, "--store", filepath.Join(home, "tlsready.db"))
	if code, text := get(t.Context(), base+"/api/v1/hosts"); code != http.StatusOK || !strings.Contains(text, `"slow"`) {
		t.Errorf("it is not in the store: %d %s", code, text)
	}
}

// Proves that neither a password nor a token nor a key of a link comes into the log, however
// it was sent, and that each line is JSON with the id that the answer had.
func TestLogHasNoSecret(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	file := filepath.Join(home, "tlsready.db")
	secrets := []string{"correct horse battery", "wrong+horse-battery", "tlsready_api_wrongwrongwrong", "codecodecode", "cookiecookie"}
	must(t, os.WriteFile(filepath.Join(home, "word.txt"), []byte(secrets[0]+"\n"), 0o600))
	program(t, home, "serve", "user", "add", "alice", "--role", "admin", "--all-tenants", "--password-file", filepath.Join(home, "word.txt"), "--store", file)
	token := strings.TrimSpace(lastLine(program(t, home, "serve", "token", "add", "nightly", "--role", "operate", "--store", file)))
	s, base := serve(t, home, "--store", file, "--log-format", "json")
	if code, text := get(t.Context(), base+"/services", "Authorization", "Bearer "+token); code != http.StatusOK {
		t.Fatalf("the token %q: %d %s", token, code, text)
	}
	if code, text := get(t.Context(), base+"/metrics"); strings.Contains(text, "tlsready_") {
		t.Errorf("whoever has no token sees the numbers: %d %s", code, text)
	}
	for _, word := range secrets[:2] {
		form := url.Values{"name": {"alice"}, "user": {"alice"}, "password": {word}}.Encode()
		post(t.Context(), base+"/sign-in", strings.NewReader(form), "Content-Type", "application/x-www-form-urlencoded", "Cookie", "tlsready="+secrets[4])
	}
	get(t.Context(), base+"/services?token="+token)
	get(t.Context(), base+"/api/v1/hosts", "Authorization", "Bearer "+secrets[2])
	get(t.Context(), base+"/sign-in/back?code="+secrets[3]+"&state=x")
	get(t.Context(), base+"/sign-in/link?key="+secrets[3])
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/hosts", nil)
	must(t, err)
	answer, err := http.DefaultClient.Do(request)
	must(t, err)
	must(t, answer.Body.Close())
	id := answer.Header.Get("X-Request-Id")
	if _, status := s.stop(t, syscall.SIGTERM); status != 0 {
		t.Errorf("status %d", status)
	}
	log := s.said.String()
	for _, secret := range append(secrets, token, strings.TrimPrefix(token, "tlsready_api_")) {
		if strings.Contains(log, secret) || strings.Contains(log, url.QueryEscape(secret)) {
			t.Errorf("%q is in the log:\n%s", secret, log)
		}
	}
	if id == "" || !strings.Contains(log, `"request":"`+id+`"`) || !strings.Contains(log, `"who":"nightly"`) {
		t.Errorf("the request %q is not in the log:\n%s", id, log)
	}
	for line := range strings.Lines(log) {
		var parsed struct{ Time, Level, Msg string }
		if err := json.Unmarshal([]byte(line), &parsed); !strings.HasPrefix(line, "The console is at") && (err != nil || parsed.Msg == "") {
			t.Errorf("no JSON: %q", line)
		}
	}
}

// Proves what this page's tests say of PostgreSQL, on one server.
func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	database := postgreskit.Start(t)
	t.Run("stop", func(t *testing.T) { testStopDuringJob(t, database) })
	t.Run("away", func(t *testing.T) { testDatabaseAway(t, database) })
}

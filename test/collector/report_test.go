package collector

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tlsready/internal/source"
	"tlsready/internal/source/files"
	"tlsready/internal/source/list"
)

// TestCollectorReports proves that a collector with --report finds the token of its machine
// in a list beside it, has curl send what it collected to the console's route for hosts and
// with that token, keeps the file, and does not report twice with one token. Wine has no
// curl: a script stands in for it, which keeps what it was told, and the test sends that.
func TestCollectorReports(t *testing.T) {
	wine := prepare(t)
	dir := t.TempDir()
	told, curl := filepath.Join(dir, "told"), filepath.Join(dir, "curl.cmd")
	fake := "@copy /y %2 " + wine.Path(t, told) + " >nul\r\n@echo {\"schema\":\"tlsready.recorded/v1\"}\r\n"
	if err := os.WriteFile(curl, []byte(fake), 0o600); err != nil {
		t.Fatal(err)
	}
	var host, token string
	console := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		host, token = string(body), r.Header.Get("Authorization")
		if r.Method != http.MethodPost || r.URL.Path != "/api/v1/hosts" {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer console.Close()
	text := string(files.Collector{Report: console.URL + "/api/v1/hosts"}.CMD())
	text = strings.ReplaceAll(strings.ReplaceAll(text, `"%SYS%\curl.exe" -K`, `call "%SYS%\curl.exe" -K`), `%SYS%\curl.exe`, wine.Path(t, curl))
	path := script(t, "plain", []byte(text))
	run := func(state string, status int) {
		t.Helper()
		code, out := wine.Status(t, "cmd", "/c", wine.Path(t, path))
		if code != status || !strings.Contains(lastLine(out), state) {
			t.Fatalf("exit status %d, want %d and %q\n%s", code, status, state, out)
		}
	}
	name := strings.TrimSpace(wine.Run(t, "cmd", "/c", "echo %COMPUTERNAME%"))
	tokens := "OTHER,tlsr_other\r\n" + name + ",tlsr_secret-1\r\n"
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "tokens.csv"), []byte(tokens), 0o600); err != nil {
		t.Fatal(err)
	}
	run("report=sent", 0)
	post(t, told, collected(t, filepath.Join(wine.DriveC(), "Program Files", "tlsready")))
	if token != "Bearer tlsr_secret-1" {
		t.Errorf("token %q", token)
	}
	sent := filepath.Join(t.TempDir(), "sent.txt")
	if err := os.WriteFile(sent, []byte(host), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := source.ReadOne(t.Context(), sent, source.Options{Kinds: list.Kinds()}); err != nil {
		t.Error(err)
	}
	run("state=reported-before", 0)
}

// post sends what curl was told to send, by the few options that the script has, with the
// file that it names by a path of Windows.
func post(t *testing.T, config, file string) {
	t.Helper()
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^([a-z-]+) = "([^"\\]*)"`).FindAllStringSubmatch(string(text), -1) {
		if name, value, ok := strings.Cut(m[2], ": "); ok && m[1] == "header" {
			values[name] = value
		} else {
			values[m[1]] = m[2]
		}
	}
	if !strings.HasSuffix(values["data-binary"], "/"+filepath.Base(file)) || !strings.HasPrefix(values["data-binary"], "@C:/") {
		t.Errorf("the file is %q", values["data-binary"])
	}
	body, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	r, err := http.NewRequestWithContext(t.Context(), values["request"], values["url"], body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", values["Authorization"])
	r.Header.Set("Content-Type", values["Content-Type"])
	answer, err := http.DefaultClient.Do(r)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer, err)
	}
	_ = answer.Body.Close()
}

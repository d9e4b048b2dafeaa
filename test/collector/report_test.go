package collector

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tlsready/internal/cli"
	"tlsready/internal/document"
	"tlsready/internal/source/files"
	"tlsready/internal/testkit/heard"
)

// command runs the program, and gives what it printed.
func command(t *testing.T, args ...string) string {
	t.Helper()
	var out, said bytes.Buffer
	if status := cli.Run(t.Context(), args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &said}, nil); status != 0 {
		t.Fatalf("%q: status %d\n%s", args, status, said.String())
	}
	return out.String()
}

// console begins a server over a store, as the command does, and gives its address.
func console(t *testing.T, where string) string {
	t.Helper()
	var said heard.Text
	ended := make(chan int, 1)
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		ended <- cli.Run(ctx, []string{"serve", "--store", where, "--listen", "127.0.0.1:0"}, cli.Streams{In: strings.NewReader(""), Out: &said, Err: &said}, nil)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	for end := time.Now().Add(time.Minute); time.Now().Before(end); <-time.After(10 * time.Millisecond) {
		if at := said.Find(`http://[0-9.:]+`); at != "" {
			return at
		}
	}
	t.Fatalf("the server did not begin: %s", said.String())
	return ""
}

// TestCollectorReports proves that a collector with --report finds the token of its machine
// in the list that "serve token add --hosts" writes, has curl send what it collected in a
// request that the console's own server takes, and again when the answer was lost; that it
// keeps the file, does not report twice with one token, and says so and keeps the file if
// the token is that of another machine. Wine has no curl: a script stands in for it, which
// keeps what it was told, and the test sends that. The collector asks for the system and
// Schannel alone here, for the time: that it asks for everything is another test's.
func TestCollectorReports(t *testing.T) {
	wine := prepare(t)
	dir := t.TempDir()
	name := strings.TrimSpace(wine.Run(t, "cmd", "/c", "echo %COMPUTERNAME%"))
	computers, where := filepath.Join(dir, "computers.txt"), filepath.Join(dir, "store.db")
	write(t, computers, "Name\r\nOTHER\r\n"+name+"\r\n")
	tokens := command(t, "serve", "token", "add", "gpo", "--kind", "enrol", "--hosts", computers, "--store", where)
	told, answers, curl := filepath.Join(dir, "told"), filepath.Join(dir, "answers"), filepath.Join(dir, "curl.cmd")
	write(t, curl, "@copy /y %2 "+wine.Path(t, told)+" >nul\r\n@type "+wine.Path(t, answers)+"\r\n")
	write(t, answers, `{"schema":"`+document.RecordedSchema+`"}`)
	text := string(files.Collector{Report: console(t, where) + "/api/v1/hosts"}.CMD())
	text = strings.ReplaceAll(strings.ReplaceAll(text, `"%SYS%\curl.exe" -K`, `call "%SYS%\curl.exe" -K`), `%SYS%\curl.exe`, wine.Path(t, curl))
	path := script(t, "plain", []byte(quickly(text)))
	list := filepath.Join(filepath.Dir(path), "tokens.csv")
	write(t, list, strings.ReplaceAll(tokens, "\n", "\r\n"))
	run := func(state string, status int) string {
		t.Helper()
		code, out := wine.Status(t, "cmd", "/c", wine.Path(t, path))
		if code != status || !strings.Contains(lastLine(out), state) {
			t.Fatalf("exit status %d, want %d and %q\n%s", code, status, state, out)
		}
		return out
	}
	run("report=sent", 0)
	kept := collected(t, filepath.Join(wine.DriveC(), "Program Files", "tlsready"))
	for range 2 {
		if code, says := post(t, told, kept); code != http.StatusCreated || !strings.Contains(says, document.RecordedSchema) || !strings.Contains(says, strings.ToLower(name)) {
			t.Errorf("%d %s", code, says)
		}
	}
	run("state=reported-before", 0)
	if err := os.Remove(filepath.Join(filepath.Dir(kept), "reported.txt")); err != nil { // Wine's findstr finds every token there
		t.Fatal(err)
	}
	other, _, _ := strings.Cut(tokens, "\n")
	write(t, list, name+other[strings.Index(other, ","):]+"\r\n")
	write(t, answers, "curl: (22) The requested URL returned error: 401\r\n")
	if out := run("report=failed", 4); !strings.Contains(out, "error: 401") {
		t.Errorf("it does not say why:\n%s", out)
	}
	if code, says := post(t, told, collected(t, filepath.Dir(kept))); code != http.StatusUnauthorized || !strings.Contains(says, "another computer") {
		t.Errorf("the token of another machine: %d %s", code, says)
	}
}

// quickly has a collector ask for the system and Schannel alone.
func quickly(script string) string {
	script = regexp.MustCompile(`(?m)^call :ask (tree|key|list) .*\r\n`).ReplaceAllStringFunc(script, func(line string) string {
		if strings.Contains(line, `\SCHANNEL"`) {
			return line
		}
		return ""
	})
	return regexp.MustCompile(`(?m)^(for %%S in \(obengine .*|call :rollups)\r\n`).ReplaceAllString(script, "")
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// post sends what curl was told to send, by the few options that the script has, with the
// file that it names by a path of Windows.
func post(t *testing.T, config, file string) (code int, says string) {
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
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(said)
}

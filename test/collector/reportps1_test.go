package collector

import (
	"maps"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/script/powershell"
	"tlsready/internal/source"
	"tlsready/internal/source/files"
	"tlsready/internal/source/sourcetest"
)

// TestPowerShellReports proves that the collector for PowerShell with --report, followed
// statement by statement by the project's own reader of PowerShell, finds the token of its
// machine in the list that "serve token add --hosts" writes, or in the environment, sends
// what it collected in a request that the console's own server takes, with TLS 1.2 alone and
// again when the answer was lost; that it does not report twice with one token, keeps its
// file whatever happens, the same that a collector without --report writes, and says so and
// ends with 4 if there is no token or it is that of another machine. The collector asks for
// the system and Schannel alone here, for the time. How .NET fails is not followed.
func TestPowerShellReports(t *testing.T) {
	where := filepath.Join(t.TempDir(), "store.db")
	computers := filepath.Join(t.TempDir(), "computers.txt")
	write(t, computers, "Name\r\nOTHER\r\nFS01\r\n")
	tokens := command(t, "serve", "token", "add", "gpo", "--kind", "enrol", "--hosts", computers, "--store", where)
	other, own, _ := strings.Cut(tokens, "\n")
	_, other, _ = strings.Cut(other, ",")
	own = strings.TrimSpace(own[strings.Index(own, ",")+1:])
	const keep, beside = `C:\Program Files\tlsready\`, `C:\start\`
	w := &windows{t: t, values: machine(), files: map[string]string{}}
	run := func(text, token, want string, status int) {
		t.Helper()
		if out := w.follow(text, started(token)); !strings.Contains(out, want) || w.status != status {
			t.Errorf("answer %d %s, want %d\n%s\nwant %s", w.status, w.said, status, out, want)
		}
	}
	run(quicklyPS1(string(files.Collector{}.PS1())), "", "state=collected unreadable=0 file=\"C:\\start\\FS01.tlsready.txt\"\nexit 0", 0)
	plain := w.files[beside+"FS01.tlsready.txt"]
	text := quicklyPS1(string(files.Collector{Report: console(t, where) + "/api/v1/hosts"}.PS1()))
	run(text, "", "unreadable=0 report=no-token file=\"C:\\Program Files\\tlsready\\FS01.tlsready.txt\"\nexit 4", 0)
	if got := w.files[keep+"FS01.tlsready.txt"]; got != plain || plain == "" {
		t.Errorf("the file is\n%s\nand without --report\n%s", got, plain)
	}
	if s, err := sourcetest.ReadOne(t, sourcetest.Write(t, "", "FS01.tlsready.txt", []byte(plain)), source.Options{}); err != nil || s.OS.Build != 9600 {
		t.Errorf("%+v %v", s, err)
	}
	run(text, other, "report=failed file=", http.StatusUnauthorized)
	if !strings.Contains(w.said, "another computer") {
		t.Error(w.said)
	}
	for _, list := range []string{tokens, "\"COMPUTER\";\"TOKEN\"\r\n\"fs01\" ; \"" + own + "\"\r\n"} { // as a spreadsheet saves it
		w.files[beside+"tokens.csv"] = strings.ReplaceAll(strings.ReplaceAll(list, "\r", ""), "\n", "\r\n")
		delete(w.files, keep+"reported.txt") // the answer was lost
		run(text, "", "report=sent file=\"C:\\Program Files\\tlsready\\FS01.tlsready.txt\"\nexit 0", http.StatusCreated)
		if w.tls != 3072 || !strings.Contains(w.said, document.RecordedSchema) || w.files[keep+"reported.txt"] != own+"\r\n" {
			t.Errorf("TLS %d, answer %s, noted %q", w.tls, w.said, w.files[keep+"reported.txt"])
		}
	}
	run(text, "", "state=reported-before\nexit 0", 0)
	w.files[beside+"FS01.token"] = other + "\r\n"
	run(text, "", "report=failed", http.StatusUnauthorized)
}

// started is how a script begins on a machine, with a token in the environment or none.
func started(token string) map[string]powershell.Value {
	none, environment := powershell.Value{Kind: powershell.Null}, powershell.Value{Kind: powershell.Null}
	if token != "" {
		environment = powershell.TextValue(token)
	}
	table := func(name string, v powershell.Value) powershell.Value {
		return powershell.Value{Kind: powershell.Table, Table: map[string]powershell.Value{name: v}}
	}
	given := map[string]powershell.Value{
		"env:tlsready_token": environment, "env:processor_architew6432": none, "executioncontext": table("sessionstate", table("languagemode", powershell.TextValue("FullLanguage"))),
		"myinvocation": table("mycommand", table("path", powershell.TextValue(`C:\start\collect.ps1`))),
	}
	maps.Copy(given, map[string]powershell.Value{
		"env:computername": powershell.TextValue("FS01"), "env:programfiles": powershell.TextValue(`C:\Program Files`),
		"env:systemroot": powershell.TextValue(`C:\Windows`), "env:processor_architecture": powershell.TextValue("AMD64"),
	})
	return given
}

// quicklyPS1 has a collector ask for the system and Schannel alone.
func quicklyPS1(script string) string {
	return regexp.MustCompile(`(?m)^    Read-[A-Z].*\r\n`).ReplaceAllStringFunc(script, func(line string) string {
		if strings.Contains(line, `\SCHANNEL'`) || strings.Contains(line, "Read-Values") || strings.Contains(line, "Read-Files") {
			return line
		}
		return ""
	})
}

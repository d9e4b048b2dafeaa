package cli

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"unicode"

	"tlsready/internal/cli/frame"
)

// What comes from a host and tries to be more than text: to a terminal (escape
// sequences, C1, a bell, directions, a line of its own), to a browser, to Markdown, to a
// calendar, and at its beginning to a spreadsheet. secret is the password of a proxy.
const (
	injected = "\x1b[2J\x1b]0;x\a\u009b31m\u202e\u2066<img src=x onerror=alert(1)>[go](javascript:alert(1))"
	newLines = "\nFS99  connects\r\nBEGIN:VALARM\nATTACH:file\n"
	secret   = "hunter2-secret"
	schannel = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`
	net4     = `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`
	internet = `HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings`
	proxyURL = "http://admin:" + secret + "@proxy.example.com:8080"
)

// hostileSources are a host of each kind of source whose name, owner, program, values
// and path are all hostile; begin is what a spreadsheet would compute.
func hostileSources(t *testing.T, begin string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	bad := begin + injected + newLines
	text := func(v any) string {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	oneLine := begin + injected
	path := strings.NewReplacer("/", "", "\x00", "").Replace(bad)
	if runtime.GOOS == "windows" { // which has no such names
		path = begin + "\u202e\u2066(1)"
	}
	value := func(key, name string, v any) map[string]any {
		kind := "REG_SZ"
		if _, number := v.(int); number {
			kind = "REG_DWORD"
		}
		return map[string]any{"key": strings.Replace(key, "HKEY_LOCAL_MACHINE", "HKLM", 1), "name": name, "type": kind, "value": v}
	}
	snapshot := text(map[string]any{
		"schema": "tlsready.host/v1", "name": bad, "labels": map[string]string{"owner": bad, bad: bad}, "os": map[string]any{"name": "Windows " + bad, "version": "6.3", "build": 9600},
		"covered":  []string{`HKLM\SOFTWARE`, `HKLM\SYSTEM`},
		"registry": []any{value(net4, "SchUseStrongCrypto", bad), value(net4, bad, bad), value(schannel, "Enabled", bad), value(internet, "ProxyServer", proxyURL)},
		"updates":  map[string]any{"complete": true, "ids": []string{}}, "programs": []any{map[string]any{"name": "Microsoft Azure Recovery Services Agent " + bad, "version": bad}},
	})
	reg := "Windows Registry Editor Version 5.00\r\n\r\n[" + net4 + "]\r\n\"SchUseStrongCrypto\"=\"" + strings.ReplaceAll(oneLine, `"`, `\"`) + "\"\r\n\r\n"
	collected := "tlsready.collect/v1\r\n## host " + oneLine + "\r\n## architecture AMD64\r\n## value HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\r\n" +
		"HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\r\n    CurrentBuild    REG_SZ    9600\r\n    CurrentVersion    REG_SZ    6.3\r\n    ProductName    REG_SZ    Windows Server 2012 R2 " + oneLine +
		"\r\n## present 3\r\n## tree " + net4 + "\r\n" + net4 + "\r\n    SchUseStrongCrypto    REG_SZ    " + oneLine + "\r\n## present 1\r\n"
	hunt := text(map[string]any{"Fqdn": bad, "Caption": "Windows " + bad, "Version": "6.3.9600", "BuildNumber": "9600", "OSArchitecture": "64-bit", "ProductType": 3}) + "\n" +
		text(map[string]any{"Fqdn": bad, "OSPath": net4 + `\SchUseStrongCrypto`, "Data": map[string]any{"type": "SZ", "value": bad}}) + "\n" +
		text(map[string]any{"Fqdn": bad, "Asked": net4}) + "\n"
	var list bytes.Buffer
	rows := csv.NewWriter(&list)
	for _, row := range [][]string{{"Computer name", "Owner", "OS", "OS version", "Programs"}, {oneLine, oneLine, "Windows Server 2012 R2 Standard", "6.3 (9600)", "Microsoft Azure Recovery Services Agent 2.0.9169.0"}} {
		if err := rows.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	rows.Flush()
	sources := map[string]string{}
	for name, data := range map[string]string{"snapshot.json": snapshot, "export.reg": reg, "collected.txt": collected, "hunt.jsonl": hunt, "list.csv": list.String()} {
		below := filepath.Join(dir, strings.TrimSuffix(name, filepath.Ext(name)))
		file := filepath.Join(below, path+filepath.Ext(name))
		if err := os.Mkdir(below, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		sources[name] = file
	}
	return sources
}

// Proves that no name, owner, program, value or path of any kind of source becomes more
// than text, in any format of a report or in the messages that go with it, and that no
// password of a proxy is shown.
func TestHostileNamesStayText(t *testing.T) {
	begins := []string{"=cmd|' /C calc'!A1", "@SUM(1)", "+1", "-1", "\t=1"}
	for i, begin := range begins {
		for source, file := range hostileSources(t, begin) {
			for _, form := range []string{"table", "json", "jsonl", "csv", "html", "markdown", "sarif", "hosts"} {
				if i > 0 && form != "csv" && form != "hosts" {
					continue // a beginning is the same to all others
				}
				for _, more := range [][]string{nil, {"--details"}, {"--by", "owner"}} {
					if more != nil && form != "table" {
						continue
					}
					args := append([]string{"check", file, "--service", "azure-backup", "--on", "2021-09-01", "--os", "Windows Server 2012 R2", "-f", form}, more...)
					var out, told bytes.Buffer
					status := Run(context.Background(), args, Streams{In: strings.NewReader(""), Out: &out, Err: &told}, []string{"LANG=C"})
					where := fmt.Sprintf("%s as %s %v", source, form, more)
					if status == frame.ExitUsage || out.Len() == 0 && (form != "hosts" || source == "list.csv") { // others have facts enough to be judged
						t.Errorf("%s: status %d, %s", where, status, told.String())
					}
					staysText(t, where, form, out.String())
					staysText(t, where+", told", "table", told.String())
				}
			}
		}
	}
}

// staysText looks for what a terminal, a browser, a calendar or a spreadsheet would
// obey.
func staysText(t *testing.T, where, form, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && r != '\t' && r != '\r' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			t.Errorf("%s: %q", where, r)
			break
		}
	}
	switch form {
	case "csv":
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
		if err != nil || len(rows) < 2 {
			t.Errorf("%s: %d rows, %v", where, len(rows), err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if first := strings.TrimLeft(cell, " \t\r\n"); first != "" && strings.ContainsRune("=+-@", rune(first[0])) {
					t.Errorf("%s: the cell %q is a formula", where, cell)
				}
			}
		}
	case "html":
		if strings.Contains(text, "<img src=x") || regexp.MustCompile(`(?i)href=["']?\s*javascript:`).MatchString(text) {
			t.Errorf("%s: markup", where)
		}
	case "markdown":
		text := regexp.MustCompile(`(?m)^    .*$`).ReplaceAllString(text, "") // an indented block: nothing in it can end it
		if at := regexp.MustCompile(`(^|[^\\])<img.*|[^\\]\]\(javascript:.*`).FindString(text); at != "" {
			t.Errorf("%s: markup: %s", where, at)
		}
	case "json", "sarif", "jsonl":
		for dec := json.NewDecoder(strings.NewReader(text)); dec.More(); {
			var v any
			if err := dec.Decode(&v); err != nil {
				t.Fatalf("%s: %v", where, err)
			}
		}
	}
	for line := range strings.Lines(text) {
		if form == "csv" || form == "html" {
			break // between quotes and in a paragraph, a line does not stand for itself
		}
		for _, start := range []string{"FS99", "BEGIN:VALARM", "ATTACH:"} {
			if strings.HasPrefix(line, start) {
				t.Errorf("%s: %q is a line of its own", where, line)
			}
		}
	}
	if form != "json" && form != "jsonl" && strings.Contains(text, secret) {
		t.Errorf("%s: the password of the proxy is shown", where)
	}
}

// Proves that the password of a proxy is in no error, and in no list of settings.
func TestProxyPasswordIsNotShown(t *testing.T) {
	for _, proxy := range []string{
		"http://admin:" + secret + "@127.0.0.1:1", "ftp://admin:" + secret + "@127.0.0.1:1", "http://admin:" + secret + "@127.0.0.1:port", "http://admin:" + secret + "@", "admin:" + secret + "@127.0.0.1:1",
		"http://admin:" + secret + "%zz@127.0.0.1:1", "http://admin:" + secret + "@127.0.0.1:1/\x1b[2J", "socks5://admin:" + secret + "@127.0.0.1:1", "http:\\\\admin:" + secret + "@127.0.0.1:1", " http://admin:" + secret + "@[::1",
	} {
		for _, c := range []struct{ args, environ []string }{
			{[]string{"probe", "192.0.2.1", "--timeout", "1s", "--proxy", proxy}, nil},
			{[]string{"probe", "192.0.2.1", "--timeout", "1s", "--proxy", proxy, "--json"}, nil},
			{[]string{"probe", "192.0.2.1", "--timeout", "1s"}, []string{"TLSREADY_PROXY=" + proxy}},
			{[]string{"config", "show"}, []string{"TLSREADY_PROXY=" + proxy}},
			{[]string{"config", "show", "--json"}, []string{"TLSREADY_PROXY=" + proxy}},
		} {
			var out, told bytes.Buffer
			status := Run(context.Background(), c.args, Streams{In: strings.NewReader(""), Out: &out, Err: &told}, append(c.environ, "LANG=C"))
			if both := out.String() + told.String(); status == 0 && c.args[0] == "probe" || strings.Contains(both, secret) || strings.ContainsRune(both, 0x1b) {
				t.Errorf("%q: status %d, %s", proxy, status, both)
			}
		}
	}
}

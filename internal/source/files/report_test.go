package files

import (
	"strings"
	"testing"

	"tlsready/internal/script/powershell/syntax"
)

// Proves that a collector without --report has nothing of it, and that one with it is the
// same script and more: it names the URL once, calls what reports after the file is there,
// and its line of PowerShell is one that can be parsed, asks for TLS 1.2 before it connects,
// and holds no double quote that would end the argument.
func TestCollectorReport(t *testing.T) {
	plain := string(CollectorCMD())
	for _, word := range []string{"TOKEN", "curl", "== report", "== call", "@URL@"} {
		if strings.Contains(plain, word) {
			t.Errorf("a collector that reports to nobody has %q", word)
		}
	}
	text := string(Collector{Report: "https://console.example.com/api/v1/hosts"}.CMD())
	if strings.Count(text, "https://console.example.com/api/v1/hosts") != 1 || strings.Contains(text, "@URL@") || strings.Contains(text, "\r\r") {
		t.Error("the URL does not stand in the script once")
	}
	moved, call, sends := strings.Index(text, `move /y "%PART%" "%FILE%"`), strings.Index(text, "\r\ncall :report\r\n"), strings.Index(text, "\r\n:report\r\n")
	if moved < 0 || call < moved || sends < call {
		t.Errorf("moved at %d, called at %d, reports at %d", moved, call, sends)
	}
	_, command, _ := strings.Cut(text[sends:], `-Command "`)
	command, _, _ = strings.Cut(command, `" >`)
	if parsed := syntax.Parse(command); len(parsed.Statements) == 0 || strings.ContainsAny(command, "\"%") {
		t.Errorf("PowerShell takes something else: %s", command)
	}
	if tls, connects := strings.Index(command, "3072"), strings.Index(command, "UploadData"); tls < 0 || connects < tls {
		t.Error("TLS 1.2 is not asked for before the connection")
	}
	for url, want := range map[string]bool{"https://h:1/api/v1/hosts": true, "https://h/%41": false, "https://h/a&b": false, "https://h/a b": false, "https://h/\"": false, "https://h/^!": false, "https://日本/": false} {
		if ReportURL(url) != want {
			t.Errorf("%s: %t", url, !want)
		}
	}
}

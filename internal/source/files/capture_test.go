package files_test

import (
	"bytes"
	"strings"
	"testing"

	"tlsready/internal/source/files"
)

// Proves that the capture script is one that cmd.exe reads the same everywhere: ASCII,
// line ends for its labels, every label that is jumped to there, and what was asked for in
// its place.
func TestCaptureCMD(t *testing.T) {
	script, ok := files.CaptureCMD(8443, "cbengine.exe")
	text := string(script)
	if !ok || !strings.Contains(text, "set \"PORT=8443\"\r\n") || !strings.Contains(text, "set \"PROGRAM=cbengine.exe\"\r\n") || strings.Contains(text, "@P") {
		t.Errorf("%t\n%s", ok, text)
	}
	if bytes.Count(script, []byte("\n")) != bytes.Count(script, []byte("\r\n")) {
		t.Error("lines without CR")
	}
	labels, jumps := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		for _, r := range line {
			if r > '~' {
				t.Errorf("not ASCII: %q", line)
			}
		}
		if strings.HasPrefix(line, ":") {
			labels[line[1:]] = true
		}
		words := strings.Fields(line)
		for i, w := range words[:max(0, len(words)-1)] {
			if w == "goto" || w == "call" && strings.HasPrefix(words[i+1], ":") {
				jumps[strings.TrimPrefix(words[i+1], ":")] = true
			}
		}
	}
	for label := range jumps {
		if !labels[label] && !strings.HasPrefix(label, "\"") {
			t.Errorf("no label %q", label)
		}
	}
	if len(jumps) < 6 {
		t.Errorf("%d jumps", len(jumps))
	}
	all, ok := files.CaptureCMD(0, "")
	if !ok || !bytes.Contains(all, []byte("set \"PORT=\"\r\n")) {
		t.Errorf("%t without a port", ok)
	}
}

// Proves that no name of a program can say something to cmd.exe.
func TestCaptureCMDRefusesNames(t *testing.T) {
	for _, name := range []string{`a"b`, "a&b", "a%b", "a|b", "a^b", "a!b", "a\nb", "a>b", " a", `..\a`, "é", strings.Repeat("a", 200)} {
		if _, ok := files.CaptureCMD(0, name); ok {
			t.Errorf("%q is taken", name)
		}
	}
}

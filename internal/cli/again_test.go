package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestPrintedCommandsFindTheSame proves that a command which a report prints for the
// same hosts judges them as the first one did: every flag that matters is repeated and
// quoted.
func TestPrintedCommandsFindTheSame(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("not run: the commands are cut as a POSIX shell cuts them")
		return
	}
	dir := t.TempDir()
	t.Chdir(dir)
	reg := "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Client]\r\n\"Enabled\"=dword:00000000\r\n\r\n"
	for name, text := range map[string]string{
		"it's one $HOST.reg": reg,
		"what if.reg":        strings.Replace(reg, "00000000", "00000001", 1),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{
		"check", "it's one $HOST.reg", "--os", "Windows Server 2012 R2", "--covered", `HKLM\SOFTWARE\Microsoft\.NETFramework`,
		"--service", "tls12", "--caller", "schannel", "--caller", "dotnet-4.5.2-x64", "--on", "2026-01-01", "--today", "2026-01-01",
	}
	_, table, _ := program(t, args...)
	first, firstJSON, _ := program(t, append(args, "-f", "json")...)
	found := 0
	for line := range strings.Lines(table) {
		_, command, ok := strings.Cut(line, "tlsready fix ")
		if !ok {
			continue
		}
		found++
		words := append([]string{"check"}, shellWords(strings.TrimSpace(command))...)
		at := slices.Index(words, "--dir")
		words[at], words[at+1] = "-o", "json="+filepath.Join(dir, "again.json")
		status, _, stderr := program(t, words...)
		again, err := os.ReadFile(filepath.Join(dir, "again.json"))
		if err != nil || status != first {
			t.Fatalf("%q: status %d, want %d; %v %s", line, status, first, err, stderr)
		}
		if !sameJSON(t, again, []byte(firstJSON)) {
			t.Errorf("%q finds something else", line)
		}
	}
	if found == 0 {
		t.Errorf("no command is printed:\n%s", table)
	}
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y bytes.Buffer
	if json.Compact(&x, a) != nil || json.Compact(&y, b) != nil {
		t.Fatal("no JSON")
	}
	return bytes.Equal(x.Bytes(), y.Bytes())
}

// shellWords cuts a line as a POSIX shell does, as far as quoteArg quotes.
func shellWords(line string) []string {
	var words []string
	var word strings.Builder
	inWord, quoted := false, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\'':
			quoted, inWord = !quoted, true
		case quoted:
			word.WriteByte(c)
		case c == '\\' && i+1 < len(line):
			i++
			word.WriteByte(line[i])
			inWord = true
		case c == ' ':
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if inWord {
		words = append(words, word.String())
	}
	return words
}

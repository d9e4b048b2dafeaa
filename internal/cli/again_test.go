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

	"tlsready/internal/cli/frame"
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

// TestEveryPrintedCommandRuns proves that what check, fix, explain and services print
// as a command is one: it is run as it stands, with its files written elsewhere, and is
// no mistake of usage. Commands of the same kind find the hosts of the first one.
func TestEveryPrintedCommandRuns(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("not run: the commands are cut as a POSIX shell cuts them")
		return
	}
	t.Chdir(filepath.Join("..", ".."))
	dir := t.TempDir()
	for name, text := range map[string]string{
		"set it.cmd": "reg add \"HKLM\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319\" /v SchUseStrongCrypto /t REG_DWORD /d 1 /f /reg:64\r\n",
		"mine.yaml":  "assume: updates=current\ntoday: 2021-06-15\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fleet := []string{"examples/fleet", "--service", "azure-backup", "--on", "2021-09-01"}
	for _, args := range [][]string{
		append([]string{"check"}, fleet...),
		append([]string{"check", "--lang", "ja", "--config", filepath.Join(dir, "mine.yaml"), "--with", filepath.Join(dir, "set it.cmd")}, fleet...),
		append([]string{"check", "--assume", "updates=current", "--by", "folder", "--only", "osaka/FS01"}, fleet...),
		append([]string{"fix", "--dir", filepath.Join(dir, "a fix"), "--documented"}, fleet...),
		append([]string{"fix"}, fleet...),
		{"explain", "36871"},
		{"explain", "dotnet4-legacy-default"},
		{"services", "show", "azure-backup"},
		{"services", "guide", "azure-backup"},
	} {
		_, out, _ := program(t, args...)
		for _, words := range printedCommands(out) {
			words = elsewhere(t, words)
			if status, _, stderr := program(t, words...); status == frame.ExitUsage {
				t.Errorf("%q prints %q: %s", args, words, stderr)
			}
			if judges(args[0]) && judges(words[0]) && slices.Contains(words, fleet[0]) {
				sameHosts(t, args, words)
			}
		}
	}
}

func judges(command string) bool { return command == "check" || command == "fix" }

// sameHosts compares what two commands find.
func sameHosts(t *testing.T, first, second []string) {
	t.Helper()
	var texts [2]string
	for i, args := range [][]string{first, second} {
		args = slices.Clone(args)
		args[0] = "check"
		args = slices.DeleteFunc(args, func(s string) bool { return s == "--documented" })
		for _, flag := range []string{"--dir", "--as", "-o"} {
			for at := slices.Index(args, flag); at >= 0; at = slices.Index(args, flag) {
				args = slices.Delete(args, at, at+2)
			}
		}
		_, texts[i], _ = program(t, append(args, "-f", "json")...)
	}
	if slices.Contains(second, "--only") != slices.Contains(first, "--only") {
		return
	}
	if texts[0] != texts[1] {
		t.Errorf("%q and %q find different things", first, second)
	}
}

// printedCommands are the commands in a text, without those that name what only the
// reader knows, that reach for the network or that wait for a terminal.
func printedCommands(text string) [][]string {
	var list [][]string
	for line := range strings.Lines(text) {
		_, command, ok := strings.Cut(line, "tlsready ")
		if !ok {
			continue
		}
		command, _, _ = strings.Cut(command, "`")
		command, _, _ = strings.Cut(command, ";")
		command, _, _ = strings.Cut(command, " を")
		words := shellWords(strings.TrimSpace(command))
		known := []string{"check", "fix", "collector", "explain", "services", "callers", "lint", "diff"}
		open := func(w string) bool {
			return strings.ContainsAny(w, "…<>|%") || w == strings.ToUpper(w) && strings.ContainsAny(w, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") || strings.HasSuffix(w, ":")
		}
		prose := len(words) > 1 && judges(words[0]) && words[1] == "with" // "tlsready check with the service"
		if len(words) > 0 && !prose && slices.Contains(known, words[0]) && !slices.ContainsFunc(words, open) {
			list = append(list, words)
		}
	}
	return list
}

// elsewhere has a command write into a folder of its own.
func elsewhere(t *testing.T, words []string) []string {
	t.Helper()
	dir := t.TempDir()
	for i := range len(words) - 1 {
		kind, name, ok := strings.Cut(words[i+1], "=")
		switch {
		case words[i] == "--dir":
			words[i+1] = filepath.Join(dir, "out")
		case words[i] == "-o" && ok:
			words[i+1] = kind + "=" + filepath.Join(dir, filepath.Base(name))
		case words[i] == "-o":
			words[i+1] = filepath.Join(dir, filepath.Base(words[i+1]))
		}
	}
	return words
}

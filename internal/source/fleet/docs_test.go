package fleet_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/source/fleet"
	"tlsready/internal/source/gather"
)

const currentVersion = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`

func docsPage(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "sources", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Every page of a source has what to run, the command that reads the result, what
// absence proves, and the least rights; every kind of export has a page.
func TestPages(t *testing.T) {
	pages := []string{"local.md", "smb.md", "ssh.md", "winrm.md", "image.md"}
	for _, k := range fleet.Kinds() {
		pages = append(pages, fleet.Page(k.Name)+".md")
	}
	for _, name := range pages {
		text := strings.ToLower(docsPage(t, name))
		if !strings.Contains(text, "`tlsready ") || !strings.Contains(text, "not asked") && !strings.Contains(text, "not read") {
			t.Errorf("%s has no command, or does not say what is not known", name)
		}
		if !strings.Contains(text, "least rights") && !strings.Contains(text, "\n- to read:") {
			t.Errorf("%s does not say which rights it takes", name)
		}
	}
}

// The snippet of every page asks for each key that a source is to look through, and
// for no other: no page may lag behind.
func TestSnippetsAskForAllKeys(t *testing.T) {
	inAsked := func(page, from, to string) func(*testing.T) []string {
		return func(t *testing.T) []string { return keysIn(between(t, docsPage(t, page), from, to)) }
	}
	for name, c := range map[string]struct {
		keys  func(*testing.T) []string
		exact bool // asks for these and no other
	}{
		"osquery, asked":      {inAsked("osquery.md", "SELECT 'asked', key", ");\n"), true},
		"osquery, rows":       {inAsked("osquery.md", "'registry' AS what, key", "\n)\n"), false},
		"velociraptor, asked": {inAsked("velociraptor.md", "LET asked", "\n)\n"), true},
		"velociraptor, globs": {inAsked("velociraptor.md", "LET globs", "\n)\n"), false},
		"powershell":          {inAsked("powershell.md", "$asked = @(", "\n)\n"), true},
		"ansible":             {inAsked("ansible.md", "tls_keys:", "tasks:"), false},
		"cmpivot":             {inAsked("cmpivot.md", "```kusto", "\n```"), false},
	} {
		t.Run(name, func(t *testing.T) {
			keys := c.keys(t)
			for _, key := range gather.Prefixes() {
				if !hasFold(keys, key) {
					t.Errorf("%s is not asked for", key)
				}
			}
			if !c.exact && !hasFold(keys, currentVersion) {
				t.Errorf("the system is not asked for: %s", currentVersion)
			}
			for _, key := range keys {
				if c.exact && !hasFold(gather.Prefixes(), key) {
					t.Errorf("%s counts as looked through, and is none of the keys", key)
				}
			}
		})
	}
}

// What a page's snippet names as looked through with all below it, it also reads
// with all below it, but for the keys of which no source looks below.
func TestSnippetsReadBelow(t *testing.T) {
	shallow := []string{
		`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings`, `HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings`,
		`HKLM\SOFTWARE\Microsoft\Internet Explorer`,
	}
	for page, mark := range map[string]string{"osquery.md": `\%%'`, "velociraptor.md": `\**'`} {
		text := docsPage(t, page)
		for _, key := range gather.Prefixes() {
			below := strings.Contains(text, strings.Replace(key, "HKLM", "HKEY_LOCAL_MACHINE", 1)+mark)
			if want := !hasFold(shallow, key); below != want {
				t.Errorf("%s: below %s is read: %v, want %v", page, key, below, want)
			}
		}
	}
	if text := docsPage(t, "powershell.md"); !strings.Contains(text, `-notmatch '\\(Internet Explorer|Internet Settings)$'`) {
		t.Error("powershell.md looks below the shallow keys")
	}
}

func between(t *testing.T, text, from, to string) string {
	t.Helper()
	_, after, found := strings.Cut(text, from)
	part, _, ended := strings.Cut(after, to)
	if !found || !ended {
		t.Fatalf("there is no part from %q to %q", from, to)
	}
	return part
}

// keysIn are the registry keys in quotes, without what stands for all below them.
func keysIn(text string) []string {
	var keys []string
	for _, m := range regexp.MustCompile(`'(HKEY_LOCAL_MACHINE|HKLM:)(\\[^']*?)(?:\\(?:\*\*?|%%))*'`).FindAllStringSubmatch(text, -1) {
		keys = append(keys, `HKLM`+m[2])
	}
	return keys
}

func hasFold(list []string, text string) bool {
	return slices.ContainsFunc(list, func(one string) bool { return strings.EqualFold(one, text) })
}

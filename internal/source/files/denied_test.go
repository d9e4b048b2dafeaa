package files_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/source"
	"tlsready/internal/source/gather"
	"tlsready/internal/source/sourcetest"
	"tlsready/internal/testkit/hivegen"
)

// spoil is a way in which the answer of a collector about a key is lost or damaged.
// It gets the lines of the answer, without its state, and the key that is meant.
type spoil func(lines []string, key string) (spoilt []string, state string)

func spoils() map[string]spoil {
	denied := "ERROR: Access is denied."
	return map[string]spoil{
		"unreadable": func([]string, string) ([]string, string) { return nil, "unreadable" },
		"denied":     func([]string, string) ([]string, string) { return []string{denied}, "absent" },
		"denied in part": func(lines []string, key string) ([]string, string) {
			return append(without(lines, key), denied), "present"
		},
		"empty": func([]string, string) ([]string, string) { return nil, "present" },
		"blank": func([]string, string) ([]string, string) { return []string{"", ""}, "present" },
		"of another key": func([]string, string) ([]string, string) {
			return []string{"", `HKEY_LOCAL_MACHINE\SOFTWARE\Other`, "    n    REG_DWORD    0x1"}, "present"
		},
		"its line is lost": func(lines []string, key string) ([]string, string) {
			var kept []string
			for _, line := range lines {
				if line != key {
					kept = append(kept, line)
				}
			}
			return kept, "present"
		},
		"half a line": func(lines []string, key string) ([]string, string) {
			return append(without(lines, key), "    Ena"), "present"
		},
	}
}

// without leaves out the lines of a key and of all below.
func without(lines []string, key string) []string {
	var kept []string
	skip := false
	for _, line := range lines {
		if strings.HasPrefix(line, "HKEY_") {
			skip = host.Under(line, key)
		}
		if !skip {
			kept = append(kept, line)
		}
	}
	return kept
}

// collectedOf is what the collector for cmd writes of a machine; spoilt, if it is
// not nil, changes the answer that the key is part of.
func collectedOf(values []host.Value, key string, spoilt spoil) string {
	b := &strings.Builder{}
	b.WriteString("tlsready.collect/v1\r\n## host FS01\r\n")
	part := func(kind, asked string, deep bool) {
		var lines []string
		last := ""
		for _, v := range values {
			if !host.Under(v.Key, asked) || !deep && !host.SameName(v.Key, asked) {
				continue
			}
			if v.Key != last {
				lines = append(lines, "", long(v.Key))
				last = v.Key
			}
			lines = append(lines, strings.TrimRight(ps1Line(v), "\r\n"))
		}
		state := "present"
		if len(lines) == 0 {
			state = "absent"
		}
		if spoilt != nil && host.Under(key, asked) && (deep || host.SameName(key, asked)) && kind != "value" {
			lines, state = spoilt(lines, long(key))
		}
		fmt.Fprintf(b, "## %s %s\r\n%s\r\n## %s\r\n", kind, long(asked), strings.Join(lines, "\r\n"), state)
	}
	part("value", `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`, false)
	for _, c := range gather.CoveredKeys() {
		part(map[bool]string{true: "key", false: "tree"}[c.Shallow], c.Key, !c.Shallow)
	}
	b.WriteString("## end\r\n")
	return b.String()
}

// answerLines are the lines of reg query about a key of a machine.
func answerLines(values []host.Value, asked string, deep bool) (lines []string) {
	last := ""
	for _, v := range values {
		if !host.Under(v.Key, asked) || !deep && !host.SameName(v.Key, asked) {
			continue
		}
		if v.Key != last {
			lines = append(lines, "", long(v.Key))
			last = v.Key
		}
		lines = append(lines, strings.TrimRight(ps1Line(v), "\r\n"))
	}
	return lines
}

// directlyBelow are the lines by which reg query without /s shows the keys below.
func directlyBelow(values []host.Value, asked string) (lines []string) {
	for _, v := range values {
		if !host.Under(v.Key, asked) || host.SameName(v.Key, asked) {
			continue
		}
		name, _, _ := strings.Cut(v.Key[len(asked)+1:], `\`)
		if line := long(asked + `\` + name); !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return append([]string{""}, lines...)
}

// consoleText is what is copied of a console in which a machine was asked for every
// key that sources look through; spoilt as in collectedOf.
func consoleText(values []host.Value, key string, spoilt spoil) string {
	b := &strings.Builder{}
	ask := func(asked string, deep bool) {
		lines := answerLines(values, asked, deep)
		if !deep {
			lines = append(lines, directlyBelow(values, asked)...)
		}
		if len(lines) == 0 {
			lines = []string{notFound}
		}
		if spoilt != nil && host.Under(key, asked) && (deep || host.SameName(key, asked)) {
			lines, _ = spoilt(lines, long(key))
		}
		fmt.Fprintf(b, "C:\\>reg query \"%s\"%s\r\n%s\r\n\r\n", asked, map[bool]string{true: " /s"}[deep], strings.Join(lines, "\r\n"))
	}
	ask(`HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`, false)
	for _, c := range gather.CoveredKeys() {
		ask(c.Key, !c.Shallow)
	}
	b.WriteString("C:\\>\r\n")
	return b.String()
}

// Proves the same of texts of a console, even if they end after any line.
func TestConsoleDenied(t *testing.T) {
	for _, s := range sourcetest.Subjects() {
		read := func(text string) (*host.Snapshot, error) {
			return sourcetest.ReadOne(t, sourcetest.Write(t, "", "FS01.txt", []byte(text)), source.Options{OS: "Windows Server 2012 R2"})
		}
		whole := consoleText(s.All(), s.Key, nil)
		got, err := read(whole)
		if err != nil {
			t.Fatal(s.Key, err)
		}
		view := host.NewView(got)
		for _, v := range s.Values {
			if _, state := view.Lookup(host.NewRef(v.Key, v.Name)); state != host.Present {
				t.Errorf("%s %s of a whole text is %s", v.Key, v.Name, state)
			}
		}
		if _, state := view.Lookup(host.NewRef(gather.CoveredKeys()[3].Key, "not there")); state != host.Absent {
			t.Errorf("%s: a value that is not there is %s", s.Key, state)
		}
		for how, spoilt := range spoils() {
			got, err := read(consoleText(s.All(), s.Key, spoilt))
			s.Hold(t, "console, "+how, got, err)
		}
		lines := strings.SplitAfter(whole, "\r\n")
		for n := range lines {
			if !strings.Contains(lines[n], long(s.Key)) {
				continue
			}
			for end := max(0, n-2); end < min(len(lines), n+len(s.Values)+3); end++ {
				got, err := read(strings.Join(lines[:end], ""))
				s.Hold(t, fmt.Sprintf("console, cut behind line %d", end), got, err)
			}
		}
	}
}

// Proves, for every key that the model reads, that a collector file whose answer
// about it is lost or damaged in any way is never judged as if the key were absent.
func TestCollectedDenied(t *testing.T) {
	for _, s := range sourcetest.Subjects() {
		read := func(spoilt spoil) (*host.Snapshot, error) {
			text := collectedOf(s.All(), s.Key, spoilt)
			return sourcetest.ReadOne(t, sourcetest.Write(t, "", "FS01.tlsready.txt", []byte(text)), source.Options{})
		}
		whole, err := read(nil)
		if err != nil {
			t.Fatal(s.Key, err)
		}
		for _, v := range s.Values {
			if _, state := host.NewView(whole).Lookup(host.NewRef(v.Key, v.Name)); state != host.Present {
				t.Errorf("%s %s of a whole file is %s", v.Key, v.Name, state)
			}
		}
		for how, spoilt := range spoils() {
			got, err := read(spoilt)
			s.Hold(t, "collector, "+how, got, err)
		}
	}
}

// Proves the same of hives whose count of values or keys was lost, or in which a key
// is a link or no key at all.
func TestHivesDenied(t *testing.T) {
	for _, s := range sourcetest.Subjects() {
		system := []host.Value{{Key: "Select", Name: "Current", Data: host.Dword(1)}}
		var software []host.Value
		for _, v := range s.All() {
			if key, ok := strings.CutPrefix(v.Key, gather.CurrentControlSet); ok {
				system = append(system, host.Value{Key: `ControlSet001\` + key, Name: v.Name, Data: v.Data})
			} else {
				software = append(software, host.Value{Key: strings.TrimPrefix(v.Key, gather.SoftwareRoot), Name: v.Name, Data: v.Data})
			}
		}
		hives := map[string][]host.Value{"SYSTEM": system, "SOFTWARE": software}
		spoilt := "SOFTWARE"
		if strings.HasPrefix(s.Key, gather.CurrentControlSet) {
			spoilt = "SYSTEM"
		}
		last := func(key string) string { return key[strings.LastIndexByte(key, '\\')+1:] }
		for how, change := range map[string]func([]byte){
			"values not counted": func(nk []byte) { copy(nk[36:40], []byte{0, 0, 0, 0}) },
			"a link":             func(nk []byte) { nk[2] |= 0x10 },
			"no key":             func(nk []byte) { nk[0] = 'x' },
			"unknown list":       func(nk []byte) { copy(nk[40:44], []byte{0xf0, 0xff, 0xff, 0x7f}) },
		} {
			dir := t.TempDir()
			for name, values := range hives {
				hive := hivegen.Build(values)
				if name == spoilt {
					every(hive, last(s.Key), change)
				}
				sourcetest.Write(t, dir, name, hive)
			}
			got, err := sourcetest.ReadOne(t, dir, source.Options{})
			s.Hold(t, "hive, "+how, got, err)
		}
	}
}

// every changes the records of all keys with a name.
func every(hive []byte, name string, change func(nk []byte)) {
	for at := 0; at+80 < len(hive); at++ {
		if string(hive[at:at+2]) == "nk" && strings.HasPrefix(string(hive[at+76:min(len(hive), at+76+len(name))]), name) && int(hive[at+72]) == len(name) {
			change(hive[at:])
		}
	}
}

// Proves the same of snapshots: one that is cut, lost a member, or names a key as no snapshot
// does is an error, and keys that it does not cover are not asked.
func TestSnapshotsDenied(t *testing.T) {
	for _, s := range sourcetest.Subjects() {
		all := &host.Snapshot{Name: "FS01", OS: host.OS{Version: "6.3", Build: 9600, Type: "server", Architecture: "x64"}, Registry: s.All()}
		for _, c := range gather.CoveredKeys() {
			if c.Shallow {
				all.Shallow = append(all.Shallow, c.Key)
			} else {
				all.Covered = append(all.Covered, c.Key)
			}
		}
		bare := *all
		bare.Covered = slices.DeleteFunc(slices.Clone(all.Covered), func(key string) bool { return host.Under(s.Key, key) })
		bare.Shallow = slices.DeleteFunc(slices.Clone(all.Shallow), func(key string) bool { return host.SameName(s.Key, key) })
		bare.Registry = slices.DeleteFunc(slices.Clone(all.Registry), func(v host.Value) bool { return host.SameName(v.Key, s.Key) })
		whole := string(encoded(t, all))
		inJSON := strings.ReplaceAll(s.Key, `\`, `\\`)
		for how, text := range map[string]string{
			"whole":                  whole,
			"its key is not covered": string(encoded(t, &bare)),
			"no registry":            whole[:strings.Index(whole, `"registry"`)] + `"programs": []}`,
			"registry is null":       whole[:strings.Index(whole, `"registry"`)] + `"registry": null}`,
			"cut in its middle":      whole[:strings.LastIndex(whole, inJSON)],
			"cut at its end":         strings.TrimRight(whole, "}\n "),
			"a drive for the root":   strings.ReplaceAll(whole, inJSON, strings.Replace(inJSON, "HKLM", "HKLM:", 1)),
			"doubled backslashes":    strings.ReplaceAll(whole, inJSON, strings.ReplaceAll(inJSON, `\\`, `\\\\`)),
			"another type":           strings.ReplaceAll(whole, `"type": "REG_DWORD"`, `"type": "DWORD"`),
			"a member is misspelled": strings.ReplaceAll(whole, `"registry"`, `"Registry"`),
		} {
			got, err := sourcetest.ReadOne(t, sourcetest.Write(t, "", "FS01.json", []byte(text)), source.Options{})
			if how == "whole" {
				if err != nil {
					t.Fatal(s.Key, err)
				}
				continue
			}
			if how != "its key is not covered" && how != "another type" && err == nil {
				t.Errorf("%s, %s: read without an error", s.Key, how)
			}
			s.Hold(t, "snapshot, "+how, got, err)
		}
	}
}

func encoded(t *testing.T, s *host.Snapshot) []byte {
	t.Helper()
	text, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

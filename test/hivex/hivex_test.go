// Package hivex holds the hive reader against other readers of the format:
// hivex (hivexregedit) and the registry editor of chntpw (reged).
package hivex

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/testkit/parts"

	"tlsready/internal/hive"
	"tlsready/internal/host"
	"tlsready/internal/regtext"
	"tlsready/internal/testkit/hivegen"
)

const prefix = `HKEY_LOCAL_MACHINE\SOFTWARE`

// shared finds a file of the shared test material next to the project; "", with a line in
// the log, if it is not there.
func shared(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		path := filepath.Join(dir, "shared", name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Logf("not run: no shared/%s beside the project", name)
	return ""
}

func run(t *testing.T, program string, args ...string) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, errs.String())
	}
	return out.Bytes()
}

// exported reads what hivexregedit exports, by key and name in lower case.
func exported(t *testing.T, file, key string) map[string]host.Data {
	t.Helper()
	return parsed(t, run(t, "hivexregedit", "--export", "--prefix", prefix, file, `\`+key))
}

func parsed(t *testing.T, text []byte) map[string]host.Data {
	t.Helper()
	f, err := regtext.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	root := strings.ToLower(host.NormalKey(prefix))
	got := map[string]host.Data{}
	place := func(key string) string {
		return strings.Trim(strings.TrimPrefix(strings.ToLower(key), root), `\`)
	}
	for _, s := range f.Keys {
		got[place(s.Key)] = host.Data{}
	}
	for _, op := range f.Ops {
		got[place(op.Key)+"\x00"+strings.ToLower(op.Name)] = op.Data
	}
	return got
}

// walked reads the same with our own reader.
func walked(t *testing.T, file, key string) map[string]host.Data {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	h, err := hive.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	top, ok, err := h.Key(key)
	if err != nil || !ok {
		t.Fatalf("%s: present %v, error %v", key, ok, err)
	}
	got := map[string]host.Data{}
	var visit func(k *hive.Key, path string)
	visit = func(k *hive.Key, path string) {
		got[path] = host.Data{}
		values, err := k.Values()
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			got[path+"\x00"+strings.ToLower(v.Name)] = v.Data
		}
		subs, err := k.Subkeys()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range subs {
			visit(s, strings.Trim(path+`\`+strings.ToLower(s.Name()), `\`))
		}
	}
	visit(top, strings.ToLower(key))
	return got
}

func compare(t *testing.T, ours, theirs map[string]host.Data) {
	t.Helper()
	for _, place := range slices.Sorted(maps.Keys(theirs)) {
		if d, ok := ours[place]; !ok || !d.Equal(theirs[place]) {
			t.Errorf("%q: we read %+v (present %v), they %+v", place, d, ok, theirs[place])
		}
	}
	for _, place := range slices.Sorted(maps.Keys(ours)) {
		if _, ok := theirs[place]; !ok {
			t.Errorf("%q: we read %+v, they nothing", place, ours[place])
		}
	}
	t.Logf("%d keys and values compared", len(theirs))
}

// values are of every type; the names stay ASCII, since neither program exports
// others faithfully.
func values() []host.Value {
	big := bytes.Repeat([]byte{1, 2, 3, 4, 5}, 8000)
	v := func(key, name string, d host.Data) host.Value { return host.Value{Key: key, Name: name, Data: d} }
	return []host.Value{
		v(`Microsoft`, "", host.String("default")),
		v(`Microsoft\.NETFramework`, "OnlyUseLatestCLR", host.Dword(1)),
		v(`Microsoft\.NETFramework\v4.0.30319`, "text", host.String("some text")),
		v(`Microsoft\.NETFramework\v4.0.30319`, "list", host.Multi("one", "two")),
		v(`Microsoft\.NETFramework\v4.0.30319`, "path", host.Data{Type: host.ExpandSZ, Text: "%SystemRoot%"}),
		v(`Microsoft\.NETFramework\v4.0.30319`, "number", host.Data{Type: host.QWORD, Number: 1<<63 + 5}),
		v(`Microsoft\Windows`, "bytes", host.Data{Type: host.Binary, Bytes: []byte{1, 2, 3, 4, 5}}),
		v(`Microsoft\Windows`, "none", host.Data{Type: host.None, Bytes: []byte{9}}),
		v(`Microsoft\Windows`, "big", host.Data{Type: host.Binary, Bytes: big}),
	}
}

// A hive of our generator holds the same for hivex as for our reader.
func TestGeneratedHive(t *testing.T) {
	parts.Need(t, "hivexregedit", "libwin-hivex-perl")
	file := filepath.Join(t.TempDir(), "SOFTWARE")
	var many []string
	for _, a := range "abcdefghijklmnopqrstuvwxyz" {
		for _, b := range "abcdefghijklmnopqrstuvwxyz" {
			many = append(many, `many\`+string(a)+string(b))
		}
	}
	if err := os.WriteFile(file, hivegen.Build(values(), many...), 0o600); err != nil {
		t.Fatal(err)
	}
	compare(t, walked(t, file, ""), exported(t, file, ""))
}

// merged is the empty hive of the hivex project with our values, written as .reg
// text by us and merged by hivexregedit.
func merged(t *testing.T) string {
	t.Helper()
	parts.Need(t, "hivexregedit", "libwin-hivex-perl")
	empty := shared(t, "hives/hivex/minimal.hive")
	if empty == "" {
		return ""
	}
	data, err := os.ReadFile(empty)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, recipe := filepath.Join(dir, "SOFTWARE"), filepath.Join(dir, "values.reg")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(recipe, mergeable(t), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "hivexregedit", "--merge", "--prefix", prefix, file, recipe)
	return file
}

// mergeable is our .reg text as hivexregedit takes it: in UTF-8, and with a
// section for every parent.
func mergeable(t *testing.T) []byte {
	t.Helper()
	var list []host.Change
	var text bytes.Buffer
	for _, v := range values() {
		list = append(list, host.Change{Key: prefix + `\` + v.Key, Name: v.Name, Data: v.Data})
	}
	if err := regtext.Write(&text, list); err != nil {
		t.Fatal(err)
	}
	var utf8 []byte
	for i := 2; i < text.Len(); i += 2 { // all of it is ASCII
		utf8 = append(utf8, text.Bytes()[i])
	}
	head, rest, _ := strings.Cut(string(utf8), "\r\n")
	return []byte(head + "\r\n\r\n[" + prefix + `\Microsoft]` + "\r\n" + rest)
}

// A hive that hivex has written holds for our reader what was put in.
func TestHiveWrittenByHivex(t *testing.T) {
	file := merged(t)
	if file == "" {
		return
	}
	got := walked(t, file, "")
	for _, v := range values() {
		if d := got[strings.ToLower(v.Key+"\x00"+v.Name)]; !d.Equal(v.Data) {
			t.Errorf("%s %s = %+v, want %+v", v.Key, v.Name, d, v.Data)
		}
	}
	compare(t, got, exported(t, file, ""))
}

// reged reads the same from it as our reader.
func TestAgainstReged(t *testing.T) {
	parts.Need(t, "reged", "chntpw")
	file := merged(t)
	if file == "" {
		return
	}
	ours := walked(t, file, "")
	out := filepath.Join(t.TempDir(), "out.reg")
	run(t, "reged", "-x", file, prefix, `\`, out)
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, ours, parsed(t, text))
}

// In real hives the keys that the TLS model reads hold the same for hivex as
// for our reader.
func TestRealHives(t *testing.T) {
	parts.Need(t, "hivexregedit", "libwin-hivex-perl")
	parts.Need(t, "xz", "xz-utils")
	for _, name := range []string{"SYSTEM_win7sp1_x86", "SYSTEM_win10_1709_x64_dirty", "SYSTEM_B_win10_x64_dirty"} {
		packed := shared(t, "hives/regipy/"+name+".xz")
		if packed == "" {
			return
		}
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "SYSTEM")
			if err := os.WriteFile(file, run(t, "xz", "-dkc", packed), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{`Select`, `ControlSet001\Control\SecurityProviders`, `ControlSet001\Control\Cryptography`, `ControlSet001\Control\Lsa`, `ControlSet001\Control\Windows`} {
				compare(t, walked(t, file, key), exported(t, file, key))
			}
		})
	}
}

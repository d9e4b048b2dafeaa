package page_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/testkit/hivegen"
)

// root is the module's folder; shared lies beside it, where it is there.
var (
	root   = filepath.Join("..", "..")
	shared = filepath.Join("..", "..", "..", "shared")
)

// acceptance are the acceptance cases: those of the project, and the shared ones where
// they are there.
func acceptance(t *testing.T) []one {
	t.Helper()
	var list []one
	for _, dir := range []string{
		filepath.Join(root, "internal", "assess", "testdata", "cases"), filepath.Join(shared, "cases"), filepath.Join(shared, "field", "cases"),
	} {
		names, err := filepath.Glob(filepath.Join(dir, "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		if len(names) == 0 {
			t.Logf("not run: %s is not there", dir)
		}
		for _, name := range names {
			list = append(list, acceptanceCase(t, name))
		}
	}
	return list
}

// acceptanceCase is a case as check is asked.
func acceptanceCase(t *testing.T, name string) one {
	t.Helper()
	var c struct {
		Host, Service json.RawMessage
		Callers       []string
		On            string
	}
	text, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{"host.json": c.Host, "service.json": c.Service} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	q := question{Sources: []string{"host.json"}, Services: []string{"service.json"}, Callers: c.Callers, On: c.On}
	return asked(t, filepath.Base(name), dir, []string{"host.json", "service.json"}, q)
}

// asked puts a question to the page and to the program. Names are files and folders
// below dir.
func asked(t *testing.T, name, dir string, names []string, q question) one {
	t.Helper()
	full, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	q.Today = today
	c := one{Name: name, Question: q, dir: full, args: slices.Clone(q.Sources)}
	for flag, values := range map[string][]string{"--service": q.Services, "--caller": q.Callers, "--with": {q.With}, "--on": {q.On}, "--os": {q.OS}} {
		for _, v := range values {
			if v != "" {
				c.args = append(c.args, flag, v)
			}
		}
	}
	for _, name := range names {
		for below, data := range below(t, filepath.Join(dir, name)) {
			path := name
			if below != "." {
				path += "/" + below
			}
			c.Files = append(c.Files, file{path, base64.StdEncoding.EncodeToString(data)})
		}
	}
	slices.SortFunc(c.Files, func(a, b file) int { return strings.Compare(a[0], b[0]) })
	return c
}

// below are the files of a folder, or the file itself as ".".
func below(t *testing.T, path string) map[string][]byte {
	t.Helper()
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return folder(t, path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{".": data}
}

// misleading are files that were made to be misread: those of the field, where they are
// there, and those of the sources.
func misleading(t *testing.T) []one {
	t.Helper()
	const q, os12 = "tls12", "Windows Server 2012 R2"
	var list []one
	for _, at := range []string{
		filepath.Join(shared, "field", "attack"), filepath.Join(shared, "field", "inputs", "exports"),
		filepath.Join(root, "internal", "source", "list", "testdata"),
	} {
		if _, err := os.Stat(at); err != nil {
			t.Logf("not run: %s is not there", at)
			continue
		}
		err := filepath.WalkDir(at, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || d.Name() == "tlsready.yaml" { // which would be the program's configuration
				return err
			}
			for _, system := range []string{"", os12} {
				name := filepath.Base(path)
				one := question{Sources: []string{name}, Services: []string{q}, Callers: []string{"schannel", "winhttp-x64"}, OS: system}
				list = append(list, asked(t, filepath.Base(at)+"/"+name+" "+system, filepath.Dir(path), []string{name}, one))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// fleets are whole folders, with their fixes.
func fleets(t *testing.T) []one {
	t.Helper()
	var list []one
	for _, q := range []question{
		{Sources: []string{"fleet"}, Services: []string{"azure-backup"}, On: "2021-09-01"},
		{Sources: []string{"fleet"}},
		{Sources: []string{"fleet/tokyo"}, Services: []string{"tls12"}, OS: "Windows Server 2016"},
		{Sources: []string{"fleet/osaka/FS01.json"}, Services: []string{"azure-backup", "entra-connect"}},
	} {
		for _, lang := range []string{"en", "ja"} {
			c := asked(t, fmt.Sprint(q.Sources, q.Services, lang), filepath.Join(root, "examples"), []string{"fleet"}, q)
			c.Zip, c.Lang = []string{"ps1", "reg", "cmd"}, lang
			list = append(list, c)
		}
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"fix.reg": recipe, "host.json": snapshot("fs01")} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	with := question{Sources: []string{"host.json"}, Services: []string{"azure-backup"}, Callers: []string{"dotnet-4.5.2-x64"}, With: "fix.reg"}
	list = append(list, asked(t, "with a recipe", dir, []string{"fix.reg", "host.json"}, with))
	return list
}

// snapshot is a small host.
func snapshot(name string) string {
	return fmt.Sprintf(`{"schema": "tlsready.host/v1", "name": %q, "os": {"name": "Windows Server 2012 R2", "version": "6.3", "build": 9600}, "covered": ["HKLM"], "registry": []}`, name)
}

// manyFiles is a folder of n snapshots, a hundred in each of its own.
func manyFiles(t *testing.T, n int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "many")
	for i := range n {
		if i%100 == 0 {
			if err := os.MkdirAll(filepath.Join(dir, fmt.Sprintf("d%03d", i/100)), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		name := fmt.Sprintf("host%05d", i)
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("d%03d", i/100), name+".json"), []byte(snapshot(name)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// writeHuge writes a hive of 2 GB, of which only the beginning is on the disk.
func writeHuge(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(hivegen.Build(nil)); err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(2 << 30); err != nil {
		t.Fatal(err)
	}
}

package program

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func writeAll(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, data := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A folder gives its programs, sites and scripts in order; a library goes with
// its program, what shows no TLS is left out, a damaged file does not stop the
// walk, and a link back does not trap it.
func TestWalk(t *testing.T) {
	dir := t.TempDir()
	writeAll(t, dir, map[string][]byte{
		"app/p.exe":               exe(clrSpec{version: "v4.0.30319", flags: 1, target: ".NETFramework,Version=v4.8", refs: []string{"Net"}, code: il(ret)}),
		"app/Net.dll":             spec{dll: true, machine: machineX86, clr: ptr(coded(il(ldc, uint32(192), set, uint32(tokSet), ret)))}.build(),
		"app/p.exe.config":        configOf(""),
		"app/System.Net.Http.dll": spec{dll: true, machine: machineX86, clr: ptr(framework(""))}.build(),
		"app/plain.dll":           spec{dll: true, machine: machineX86}.build(),
		"app/readme.txt":          []byte("MZ"),
		"bad.exe":                 []byte("MZ"),
		"site/web.config":         configOf(`<system.web/>`),
		"site/lib.dll":            spec{dll: true, machine: machineX86, imports: []string{"winhttp.dll"}}.build(),
		"x/s.ps1":                 []byte("'x'"),
	})
	if runtime.GOOS != "windows" {
		if err := os.Symlink(dir, filepath.Join(dir, "x", "loop")); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for f, err := range Walk(context.Background(), []string{dir, filepath.Join(dir, "missing")}) {
		name, _ := filepath.Rel(dir, f.Path)
		id := f.Caller
		if err != nil {
			id = "error"
		}
		got = append(got, filepath.ToSlash(name)+" "+id)
	}
	want := "bad.exe error, app/p.exe dotnet-4.8-x64:tls1.0, site/web.config dotnet-4.0-x64, site/lib.dll winhttp-x86, x/s.ps1 powershell-5.1-x64, missing error"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("walk\n got %s\nwant %s", s, want)
	}
}

// A cancelled context ends the walk with its error.
func TestWalkEnds(t *testing.T) {
	dir := t.TempDir()
	writeAll(t, dir, map[string][]byte{"a.ps1": nil, "b.ps1": nil})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	var last error
	for _, err := range Walk(ctx, []string{dir}) {
		n, last = n+1, err
		cancel()
	}
	if n != 2 || last == nil {
		t.Errorf("%d findings, last error %v; want one finding and the error", n, last)
	}
}

package programs

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/cli"
	"tlsready/internal/program"
	"tlsready/internal/testkit/parts"
)

// platforms are compiled programs of one target for each platform, with the ids
// that they have, and those that take their place on 32-bit Windows.
var platforms = []struct{ name, platform, caller, onX86 string }{
	{"any.exe", "anycpu", "dotnet-4.7.2-x64", "dotnet-4.7.2-x86"},
	{"preferred.exe", "anycpu32bitpreferred", "dotnet-4.7.2-x86", ""},
	{"x86.exe", "x86", "dotnet-4.7.2-x86", ""},
	{"x64.exe", "x64", "dotnet-4.7.2-x64", ""},
}

func compilePlatform(t *testing.T, dir, name, platform, body string) string {
	t.Helper()
	return compile(t, dir, "p.cs", target(".NETFramework,Version=v4.7.2")+mainOf(body), name, "mcs", "-nologo", "-platform:"+platform, "-out:OUT", "SRC")
}

// TestPlatforms proves as what a compiled program of each platform runs on 64-bit
// and on 32-bit Windows.
func TestPlatforms(t *testing.T) {
	parts.Need(t, "mcs", "mono-mcs")
	const body = `new WebClient().DownloadString("https://api.example.com/");`
	for _, p := range platforms {
		f, _, err := program.Inspect(compilePlatform(t, t.TempDir(), p.name, p.platform, body), nil)
		if err != nil {
			t.Fatal(err)
		}
		if f.Caller != p.caller || strings.Join(f.OnX86, " ") != p.onX86 {
			t.Errorf("%s: %s, on 32-bit Windows %q", p.name, f.Caller, f.OnX86)
		}
	}
	named := compilePlatform(t, t.TempDir(), "named.exe", "anycpu", `ServicePointManager.SecurityProtocol = SecurityProtocolType.Tls11;`+body)
	if f, _, err := program.Inspect(named, nil); err != nil || !slices.Equal(f.OnX86, []string{"dotnet-4.7.2-x86:tls1.1"}) {
		t.Errorf("with a version in its code: %q, %v", f.OnX86, err)
	}
}

// stacksOn judges the programs of a folder on a host of an architecture and gives
// "caller stack verdict" of each row.
func stacksOn(t *testing.T, dir, architecture string) []string {
	t.Helper()
	snapshot := filepath.Join(t.TempDir(), "host.json")
	text := `{"schema": "tlsready.host/v1", "os": {"version": "10.0", "build": 17763, "architecture": "` + architecture + `", "type": "client"}, "covered": ["HKLM"], "registry": []}`
	if err := os.WriteFile(snapshot, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	cli.Run(t.Context(), []string{"check", snapshot, "--callers-from", dir, "--on", "2026-01-01", "--today", "2026-01-01", "-f", "json"}, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, nil)
	var doc struct {
		Verdicts []struct{ Caller, Stack, Verdict string }
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatalf("%v: %s%s", err, out.String(), errs.String())
	}
	var rows []string
	for _, v := range doc.Verdicts {
		rows = append(rows, v.Caller+" "+v.Stack+" "+v.Verdict)
	}
	return rows
}

// TestAnyCPUOnEachHost proves that "check --callers-from" judges a program for any
// CPU with the 64-bit stack on 64-bit hosts and with the 32-bit one on 32-bit
// hosts, each id once.
func TestAnyCPUOnEachHost(t *testing.T) {
	parts.Need(t, "mcs", "mono-mcs")
	const body = `new WebClient().DownloadString("https://api.example.com/");`
	for _, c := range []struct {
		programs   []int // of platforms
		x64, onX86 []string
	}{
		{[]int{0}, []string{"dotnet-4.7.2-x64 dotnet-4.7.2-x64 connects"}, []string{"dotnet-4.7.2-x86 dotnet-4.7.2-x86 connects"}},
		{[]int{1}, []string{"dotnet-4.7.2-x86 dotnet-4.7.2-x86 connects"}, []string{"dotnet-4.7.2-x86 dotnet-4.7.2-x86 connects"}},
		{
			[]int{0, 1, 2, 3},
			[]string{"dotnet-4.7.2-x64 dotnet-4.7.2-x64 connects", "dotnet-4.7.2-x86 dotnet-4.7.2-x86 connects"},
			[]string{"dotnet-4.7.2-x86 dotnet-4.7.2-x86 connects"},
		},
	} {
		dir := t.TempDir()
		for _, i := range c.programs {
			compilePlatform(t, dir, platforms[i].name, platforms[i].platform, body)
		}
		if got := stacksOn(t, dir, "x64"); !slices.Equal(got, c.x64) {
			t.Errorf("%v on x64: %q", c.programs, got)
		}
		if got := stacksOn(t, dir, "x86"); !slices.Equal(got, c.onX86) {
			t.Errorf("%v on x86: %q", c.programs, got)
		}
	}
}

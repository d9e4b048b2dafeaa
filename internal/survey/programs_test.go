package survey

import (
	"errors"
	"strings"
	"testing"

	"tlsready/internal/message"
	"tlsready/internal/testkit/programdir"
)

// Proves that the callers of a folder come once per id, named after their programs,
// ready to be judged.
func TestPrograms(t *testing.T) {
	var warned []string
	list, err := Programs(t.Context(), programdir.New(t), func(w message.Text) { warned = append(warned, message.English(w)) })
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range list {
		got = append(got, c.ID+" = "+c.NameIn("ja"))
		if len(c.Stacks) != 1 || c.Stacks[0].Stack != c.ID {
			t.Errorf("%s: stacks %+v", c.ID, c.Stacks)
		}
		if only := strings.Contains(c.ID, "-x86"); len(c.Stacks) > 0 && c.Stacks[0].OnlyX86 != only { // all of them are of the system's bitness
			t.Errorf("%s: on 32-bit Windows alone: %t", c.ID, !only)
		}
	}
	want := "dotnet-4.7-x64 = site/web.config; dotnet-4.7-x86 = site/web.config; " +
		"powershell-5.1-x64:tls1.0 = old.ps1; powershell-5.1-x64:tls1.2 = again.ps1, newest.ps1; " +
		"powershell-5.1-x86:tls1.0 = old.ps1; powershell-5.1-x86:tls1.2 = again.ps1, newest.ps1"
	if site := list[0]; site.Proxies["site/web.config"] != "http://proxy.example.com:8080" || !site.AllProxied || list[2].AllProxied || len(list[2].Proxies) > 0 {
		t.Errorf("proxies %v, %v", site.Proxies, list[2].Proxies)
	}
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("callers\n got %s\nwant %s", s, want)
	}
	if !strings.Contains(strings.Join(warned, "\n"), "broken.exe") {
		t.Errorf("no warning about the damaged file: %q", warned)
	}
	var wrong *Mistake
	if _, err := Programs(t.Context(), t.TempDir(), nil); !errors.As(err, &wrong) {
		t.Errorf("an empty folder: %v", err)
	}
}

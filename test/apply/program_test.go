package apply_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Proves what a user of the machine sees: check says that it fails, fix changes
// nothing without a yes, --apply makes it connect, and --undo brings the state of
// before back, byte for byte.
func TestFixThisMachine(t *testing.T) {
	m := newMachine(t)
	exe := m.Program(t, "tlsready/cmd/tlsready")
	m.Run(t, "winecfg", "-v", "win81")
	m.Run(t, "reg", "add", net64+`\v4.0.30319`, "/v", "SchUseStrongCrypto", "/t", "REG_DWORD", "/d", "0", "/f")
	m.Run(t, "reg", "add", net32+`\v4.0.30319`, "/v", "Other", "/d", "1", "/f")
	m.Run(t, "reg", "add", `HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full`, "/v", "Release", "/t", "REG_DWORD", "/d", "379893", "/f")
	judge := []string{"local:", "--caller", "dotnet-4.5.2-x64", "--on", "2021-09-01", "--lang", "en"}
	tlsready := func(want int, command string, args ...string) string {
		t.Helper()
		code, out := m.Status(t, append([]string{exe, command}, args...)...)
		if code != want {
			t.Fatalf("%s %q: exit status %d, want %d\n%s", command, args, code, want, out)
		}
		return out
	}
	first := m.state(t)
	tlsready(1, "check", judge...)
	tlsready(0, "fix", judge...)
	if out := tlsready(2, "fix", append(judge, "--apply")...); !strings.Contains(out, "nobody can be asked") || !bytes.Equal(first, m.state(t)) {
		t.Errorf("without a yes:\n%s", out)
	}

	out := tlsready(0, "fix", append(judge, "--apply", "--yes", "--dir", m.Path(t, m.file("undo")))...)
	if !strings.Contains(out, "judged again: connects") || bytes.Equal(first, m.state(t)) {
		t.Errorf("applied:\n%s", out)
	}
	tlsready(0, "check", judge...)

	files, err := filepath.Glob(m.file("undo/*.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("undo files %q, %v", files, err)
	}
	out = tlsready(0, "fix", "--undo", m.Path(t, files[0]), "--yes", "--lang", "en")
	if last := m.state(t); !bytes.Equal(first, last) {
		t.Errorf("%s\nbefore\n%s\nafter\n%s", out, readable(first), readable(last))
	}
	tlsready(1, "check", judge...)
	if err := os.Remove(files[0]); err != nil {
		t.Error(err)
	}
}

package wine

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/testkit/winekit"
)

// TestStart proves what a double-click does, apart from the window itself: the question
// is answered, this machine is judged, the report is in the folder, and the registry is
// as it was.
func TestStart(t *testing.T) {
	w := winekit.Prefix(t)
	exe := w.Program(t, "tlsready/cmd/tlsready")
	dir := t.TempDir()
	export := func() []byte {
		path := filepath.Join(t.TempDir(), "all.reg")
		w.Run(t, "reg", "export", `HKLM\SOFTWARE\Microsoft\.NETFramework`, w.Path(t, path), "/y")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	w.Run(t, "reg", "add", `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`, "/v", "SchUseStrongCrypto", "/t", "REG_DWORD", "/d", "0", "/f")
	before := export()
	_, out := w.Status(t, "cmd", "/c", "echo azure-backup|"+w.Path(t, exe)+" start --lang en --dir "+w.Path(t, dir))
	files, err := filepath.Glob(filepath.Join(dir, "tlsready-*.html"))
	if err != nil || len(files) != 1 {
		t.Fatalf("reports %q, %v\n%s", files, err, out)
	}
	page, err := os.ReadFile(files[0])
	if err != nil || !strings.Contains(string(page), "Azure Backup") {
		t.Errorf("the report, %v:\n%.500s", err, page)
	}
	if !bytes.Equal(before, export()) {
		t.Error("start changed the registry")
	}
}

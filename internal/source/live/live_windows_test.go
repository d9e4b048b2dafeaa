package live

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/windows"

	"tlsready/internal/registry"
	"tlsready/internal/registry/registrytest"
	"tlsready/internal/source"
)

// Proves that this machine's registry keeps the contract. HKCU, since every
// account may write there.
func TestRegistry(t *testing.T) {
	w, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	base := `HKCU\Software\tlsready contract`
	if err := w.CreateKey(t.Context(), base); err != nil {
		t.Fatal(err)
	}
	registrytest.Contract(t, w, base)
	if err := w.DeleteKey(t.Context(), base); err != nil {
		t.Error(err)
	}
	if _, err := w.Values(t.Context(), `HKXX\a`); err == nil {
		t.Error("an unknown root is taken")
	}
	if err := w.CreateKey(t.Context(), "HKCU"); err == nil {
		t.Error("a root is created")
	}
}

// Proves that what Windows says becomes the errors that callers tell apart.
func TestWrap(t *testing.T) {
	for cause, want := range map[error]error{
		windows.ERROR_ACCESS_DENIED: registry.ErrDenied, windows.ERROR_PRIVILEGE_NOT_HELD: registry.ErrDenied,
		windows.ERROR_FILE_NOT_FOUND: registry.ErrNotExist, windows.ERROR_KEY_DELETED: registry.ErrNotExist,
		windows.ERROR_DISK_FULL: windows.ERROR_DISK_FULL,
	} {
		if err := wrap(`HKLM\a`, cause); !errors.Is(err, want) || !strings.HasPrefix(err.Error(), `HKLM\a: `) {
			t.Errorf("%v became %v", cause, err)
		}
	}
	if wrap("x", nil) != nil {
		t.Error("success became an error")
	}
}

// Proves that this machine is read: its own version, a file's version, and the
// keys looked through.
func TestThisMachine(t *testing.T) {
	s, err := source.ReadOne(t.Context(), "local:", source.Options{Schemes: []source.Scheme{Scheme()}})
	if err != nil {
		t.Fatal(err)
	}
	if v := windows.RtlGetVersion(); s.OS.Build != int(v.BuildNumber) {
		t.Errorf("build %d, want %d", s.OS.Build, v.BuildNumber)
	}
	if s.Source != "local:" || s.Name == "" || s.CollectedAt.IsZero() || len(s.Covered) == 0 {
		t.Errorf("snapshot %+v", s)
	}
	if version := s.Files["schannel.dll"]; strings.Count(version, ".") != 3 {
		t.Errorf("files %v", s.Files)
	}
}

// Measures the reading of this machine; the aim is 200 ms.
func BenchmarkThisMachine(b *testing.B) {
	options := source.Options{Schemes: []source.Scheme{Scheme()}}
	for b.Loop() {
		if _, err := source.ReadOne(b.Context(), "local:", options); err != nil {
			b.Fatal(err)
		}
	}
}

package rehearse

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"tlsready"
	"tlsready/internal/endpoint"
	"tlsready/internal/userfile"
	"tlsready/internal/wire"
)

// Proves that hellos of one client are kept once, whatever is random in them, that hellos
// of different clients are kept apart, that a later run leaves what is there, and that what
// is kept is the hello byte for byte, as probe reads it.
func TestRecorder(t *testing.T) {
	dir := t.TempDir()
	folder, err := userfile.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	read := func(raw []byte) *wire.ClientHello {
		h, err := endpoint.ParseHello(raw)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	plain := read(hello(t, nil))
	different := []*wire.ClientHello{
		plain,
		read(hello(t, func(h *wire.ClientHello) { h.Suites = h.Suites[1:] })),
		read(hello(t, func(h *wire.ClientHello) { h.Suites[0], h.Suites[1] = h.Suites[1], h.Suites[0] })),
		read(hello(t, func(h *wire.ClientHello) { h.Extensions[0] = wire.GroupsExtension([]tlsready.Group{24}) })),
		read(hello(t, func(h *wire.ClientHello) { h.Version = tlsready.TLS11 })),
		read(helloOf13(t)),
		{Version: tlsready.TLS10, SSL2: true, Random: make([]byte, 16), Suites: []tlsready.Suite{0x010080, 0x2f}},
	}
	same := []*wire.ClientHello{
		read(hello(t, func(h *wire.ClientHello) { h.Random, h.SessionID = bytes.Repeat([]byte{7}, 32), []byte{1, 2} })),
		read(hello(t, func(h *wire.ClientHello) { h.Suites = append([]tlsready.Suite{0x1a1a}, h.Suites...) })),
		read(hello(t, func(h *wire.ClientHello) { h.Extensions[0], h.Extensions[1] = h.Extensions[1], h.Extensions[0] })),
		read(helloOf13(t)),
	}
	r := NewRecorder(folder)
	for _, h := range append(different, same...) {
		r.Record(h)
	}
	if kept, full, err := r.End(); kept != len(different) || full || err != nil {
		t.Errorf("%d kept, full %v, %v", kept, full, err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(files) != len(different) {
		t.Fatalf("%q", files)
	}
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := read(text).Records(0)
		for _, h := range different {
			if want, bad := h.Records(0); err == nil && bad == nil && bytes.Equal(got, want) {
				found++
			}
		}
	}
	if found != len(different) {
		t.Errorf("%d of %d are what was sent", found, len(different))
	}
	again := NewRecorder(folder)
	if again.Record(plain); again.kept != 0 || again.err != nil {
		t.Errorf("%d kept again, %v", again.kept, again.err)
	}
}

// Proves that a folder that is gone is told, and does not end the visits.
func TestRecorderWithoutFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	folder, err := userfile.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	r := NewRecorder(folder)
	r.Record(&wire.ClientHello{Version: tlsready.TLS12, Random: make([]byte, 32), Suites: []tlsready.Suite{0x2f}, Compression: []byte{0}})
	if kept, _, err := r.End(); kept != 0 || err == nil {
		t.Errorf("%d kept, %v", kept, err)
	}
}

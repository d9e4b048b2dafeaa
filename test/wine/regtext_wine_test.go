package wine

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/regtext"
	"tlsready/internal/testkit/winekit"
)

const wineKey = `HKLM\SOFTWARE\tlsready test\sub [1]`

// wineChanges has a value of every type that a .reg file can hold.
func wineChanges() []host.Change {
	set := func(name string, d host.Data) host.Change { return host.Change{Key: wineKey, Name: name, Data: d} }
	long := bytes.Repeat([]byte{0, 1, 0xfe, 0xff}, 50)
	return []host.Change{
		set("", host.String("default")),
		set("Enabled", host.Dword(1)),
		set("All bits", host.Dword(0xffffffff)),
		set(`quoted "name" \ here`, host.String(`C:\Program Files\"x"`)),
		set("表ソ", host.String("機器 表ソ 𠮷")),
		set("Functions", host.Multi("TLS_AES_256_GCM_SHA384", "TLS_RSA_WITH_AES_128_CBC_SHA", "日本")),
		set("none in list", host.Multi()),
		set("path", host.Data{Type: host.ExpandSZ, Text: `%SystemRoot%\System32`}),
		set("long", host.Data{Type: host.Binary, Bytes: long}),
		set("empty", host.Data{Type: host.Binary}),
		set("big", host.Data{Type: host.QWORD, Number: 1<<63 + 5}),
		set("none", host.Data{Type: host.None, Bytes: []byte{1, 2}}),
		set("big endian", host.Data{Type: "REG_DWORD_BIG_ENDIAN", Bytes: []byte{0, 0, 0, 1}}),
	}
}

func wineImport(t *testing.T, w *winekit.Wine, changes []host.Change) {
	t.Helper()
	var b bytes.Buffer
	if err := regtext.Write(&b, changes); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "in.reg")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	w.Run(t, "reg", "import", w.Path(t, path))
}

func wineExport(t *testing.T, w *winekit.Wine) map[string]host.Data {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.reg")
	w.Run(t, "reg", "export", `HKEY_LOCAL_MACHINE\SOFTWARE\tlsready test`, w.Path(t, path), "/y")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !regtext.Sniff(data) {
		t.Error("Wine's export is not recognised")
	}
	f, err := regtext.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]host.Data{}
	for _, op := range f.Ops {
		if strings.EqualFold(op.Key, wineKey) {
			got[op.Name] = op.Data
		}
	}
	return got
}

// What we write, Wine imports and exports again with the same types and content;
// a deletion removes the value and nothing else.
func TestRegTextThroughWine(t *testing.T) {
	w := winekit.Prefix(t)
	changes := wineChanges()
	wineImport(t, w, changes)
	got := wineExport(t, w)
	for _, c := range changes {
		if d, ok := got[c.Name]; !ok || !d.Equal(c.Data) {
			t.Errorf("%q came back as %+v, want %+v", c.Name, d, c.Data)
		}
	}
	if len(got) != len(changes) {
		t.Errorf("%d values came back, want %d", len(got), len(changes))
	}

	wineImport(t, w, []host.Change{{Key: wineKey, Name: "Enabled", Delete: true}, {Key: wineKey, Delete: true}})
	got = wineExport(t, w)
	if _, there := got["Enabled"]; there || len(got) != len(changes)-2 {
		t.Errorf("after two deletions %d values are left, want %d", len(got), len(changes)-2)
	}
}

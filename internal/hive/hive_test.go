package hive_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsready/internal/hive"
	"tlsready/internal/host"
	"tlsready/internal/testkit/hivegen"
)

const netFramework = `Microsoft\.NETFramework\v4.0.30319`

// sample has a value of every kind, names in both encodings, and big data.
func sample() []host.Value {
	big := make([]byte, 40000)
	for i := range big {
		big[i] = byte(i * 7)
	}
	v := func(key, name string, d host.Data) host.Value { return host.Value{Key: key, Name: name, Data: d} }
	return []host.Value{
		v("", "at the root", host.Dword(7)),
		v(netFramework, "", host.String("default")),
		v(netFramework, "SystemDefaultTlsVersions", host.Dword(1)),
		v(netFramework, "text", host.String("機器 𠮷")),
		v(netFramework, "表ソ", host.Data{Type: host.ExpandSZ, Text: "%SystemRoot%"}),
		v(netFramework, "café", host.Multi("a", "b c")),
		v(netFramework, "empty list", host.Multi()),
		v("日本\\Größe", "bytes", host.Data{Type: host.Binary, Bytes: []byte{1, 2, 3, 4, 5}}),
		v("日本\\Größe", "no bytes", host.Data{Type: host.Binary}),
		v("日本\\Größe", "big", host.Data{Type: host.Binary, Bytes: big}),
		v("日本\\Größe", "number", host.Data{Type: host.QWORD, Number: 1<<63 + 1}),
		v("日本\\Größe", "short", host.Data{Type: "REG_DWORD (2 bytes)", Bytes: []byte{1, 0}}),
		v("日本\\Größe", "property", host.Data{Type: "REG_0xffff0012", Bytes: []byte("x")}),
	}
}

// Every value that was built in is read back, in each variant of the format.
func TestReadsWhatWasBuilt(t *testing.T) {
	for _, list := range []string{"lh", "lf", "li"} {
		for _, minor := range []uint32{3, 5, 6} {
			spec := hivegen.Spec{Values: sample(), Keys: []string{`Microsoft\Empty`}, List: list, Minor: minor, Padding: 100}
			for i := range 1200 { // more than one list holds: an ri
				spec.Keys = append(spec.Keys, fmt.Sprintf(`many\Key %d`, i))
			}
			h := open(t, spec.Build())
			for _, v := range spec.Values {
				wantValue(t, h, v.Key, v.Name, v.Data)
				wantValue(t, h, strings.ToUpper(v.Key), strings.ToUpper(v.Name), v.Data)
			}
			if n := len(subkeyNames(t, h, "many")); n != 1200 {
				t.Errorf("%s: %d subkeys, want 1200", list, n)
			}
			if keys, vals, err := walk(h); err != nil || vals != len(spec.Values) || keys != 1208 {
				t.Errorf("%s: the walk meets %d keys, %d values, error %v", list, keys, vals, err)
			}
			for _, absent := range []string{"Microsoft\\none", "many\\Key 1200", "none\\none", "many\\Key"} {
				if _, ok, err := h.Key(absent); ok || err != nil {
					t.Errorf("%s: %s present %v, error %v", list, absent, ok, err)
				}
			}
			k, _, _ := h.Key(`\microsoft\\EMPTY\`)
			if k == nil || k.Name() != "Empty" || !k.Modified().Equal(time.Date(2021, 6, 15, 5, 0, 0, 0, time.UTC)) {
				t.Errorf("Empty is %+v", k)
			}
			if _, ok, err := k.Value("x"); ok || err != nil {
				t.Errorf("a value of an empty key: %v, %v", ok, err)
			}
		}
	}
}

func open(t testing.TB, data []byte, logs ...[]byte) *hive.Hive {
	t.Helper()
	h, err := hive.Open(data, logs...)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// find gives the position of a record by its bytes.
func find(t *testing.T, data []byte, text string) int {
	t.Helper()
	at := strings.Index(string(data), text)
	if at < 0 {
		t.Fatalf("%q is not in the hive", text)
	}
	return at
}

// Each kind of damage is an error that names the offset, and is never taken for
// an absent key or value.
func TestDamage(t *testing.T) {
	values := []host.Value{
		{Key: `a\b`, Name: "value", Data: host.String("some text")},
		{Key: `a\c`, Name: "other", Data: host.Dword(1)},
	}
	put := binary.LittleEndian.PutUint32
	key := func(t *testing.T, d []byte, name string) []byte { return d[find(t, d, name)-76:] }
	for _, c := range []struct {
		name   string
		change func(t *testing.T, d []byte)
		want   string
	}{
		{"signature", func(_ *testing.T, d []byte) { d[0] = 'x' }, "regf"},
		{"checksum", func(_ *testing.T, d []byte) { d[100] ^= 1 }, "checksum"},
		{"version", func(_ *testing.T, d []byte) { d[24] = 9; hivegen.SetChecksum(d) }, "version 1.9"},
		{"format", func(_ *testing.T, d []byte) { d[32] = 2; hivegen.SetChecksum(d) }, "format 2"},
		{"bins size", func(_ *testing.T, d []byte) { put(d[40:], 8192); hivegen.SetChecksum(d) }, "ends here"},
		{"odd bins size", func(_ *testing.T, d []byte) { put(d[40:], 100); hivegen.SetChecksum(d) }, "100 bytes"},
		{"a log", func(_ *testing.T, d []byte) { d[28] = 6; hivegen.SetChecksum(d) }, "transaction log"},
		{"root", func(_ *testing.T, d []byte) { put(d[36:], 0x7ffffff8); hivegen.SetChecksum(d) }, "cannot be here"},
		{"bin", func(_ *testing.T, d []byte) { d[4096] = 'x' }, "hbin"},
		{"bin offset", func(_ *testing.T, d []byte) { d[4100] = 1 }, "another offset"},
		{"bin size", func(_ *testing.T, d []byte) { put(d[4104:], 0) }, "0 bytes"},
		{"key signature", func(t *testing.T, d []byte) { key(t, d, "\x00\x00a\x00")[2] = 'x' }, "no key"},
		{"subkey count", func(t *testing.T, d []byte) { put(d[find(t, d, "ROOT")-76+20:], 2) }, "2 subkeys"},
		{"huge subkey count", func(t *testing.T, d []byte) { put(d[find(t, d, "ROOT")-76+20:], 1<<31) }, "subkeys"},
		{"list signature", func(t *testing.T, d []byte) { d[find(t, d, "lh\x01")] = 'x' }, "no list"},
		{"list length", func(t *testing.T, d []byte) { d[find(t, d, "lh\x01")+2] = 200 }, "more than fit"},
		{"list entry free", func(t *testing.T, d []byte) { d[find(t, d, "ROOT")-76-1] = 0 }, "free"},
		{"value record", func(t *testing.T, d []byte) { d[find(t, d, "value")-20] = 'x' }, "no value"},
		{"value size", func(t *testing.T, d []byte) { put(d[find(t, d, "value")-20+4:], 1<<30) }, "more than the hive"},
		{"value beyond its cell", func(t *testing.T, d []byte) { put(d[find(t, d, "value")-20+4:], 200) }, "too small"},
		{"inline size", func(t *testing.T, d []byte) { put(d[find(t, d, "value")-20+4:], 1<<31|9) }, "4 have room"},
		{"value name", func(t *testing.T, d []byte) { d[find(t, d, "value")-20+3] = 1 }, "longer than its cell"},
		{"circle", func(t *testing.T, d []byte) { // a lists the root as its subkey
			at := find(t, d, "lh\x02")
			put(d[at+4:], binary.LittleEndian.Uint32(d[36:]))
		}, "another parent"},
		{"twice the same", func(t *testing.T, d []byte) {
			at := find(t, d, "lh\x02")
			copy(d[at+12:at+16], d[at+4:at+8])
		}, "twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := hivegen.Build(values)
			c.change(t, data)
			h, err := hive.Open(data)
			if err == nil {
				_, _, err = walk(h)
			}
			var d *hive.DamageError
			if !errors.As(err, &d) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want a DamageError with %q", err, c.want)
			}
		})
	}
}

// A damaged sibling cannot make a key look absent.
func TestAbsentNeedsTheWholeList(t *testing.T) {
	data := hivegen.Build(nil, `a\left`, `a\right`)
	data[find(t, data, "left")-76] = 'x'
	h := open(t, data)
	if _, ok, err := h.Key(`a\right`); !ok || err != nil {
		t.Errorf("right is found by its hash: %v, %v", ok, err)
	}
	var d *hive.DamageError
	if _, ok, err := h.Key(`a\middle`); ok || !errors.As(err, &d) {
		t.Errorf("middle: present %v, error %v, want a DamageError", ok, err)
	}
}

// A wrong name hash is ignored: the list is searched to its end.
func TestWrongHash(t *testing.T) {
	data := hivegen.Build(nil, `a\left`, `a\right`)
	data[find(t, data, "lh\x02")+8] ^= 0x55
	if _, ok, err := open(t, data).Key(`A\LEFT`); !ok || err != nil {
		t.Errorf("left: present %v, error %v", ok, err)
	}
}

// Keys nested deeper than the registry allows are refused, and 512 are not.
func TestDepth(t *testing.T) {
	for depth, fine := range map[int]bool{512: true, 513: false} {
		h := open(t, hivegen.Build(nil, strings.Repeat(`x\`, depth)))
		keys, _, err := walk(h)
		if (err == nil) != fine {
			t.Errorf("depth %d: %d keys, error %v", depth, keys, err)
		}
	}
}

// Values that share one large cell are refused before they fill the memory.
func TestSharedData(t *testing.T) {
	const n = 300
	values := []host.Value{{Key: "k", Name: "large", Data: host.Data{Type: host.Binary, Bytes: make([]byte, 1<<20)}}}
	for i := range n {
		values = append(values, host.Value{Key: "k", Name: fmt.Sprintf("v%05d", i), Data: host.String("12345")})
	}
	data := hivegen.Spec{Values: values, Minor: 3}.Build()
	at := binary.LittleEndian.Uint32(data[find(t, data, "large")-20+8:])
	for i := range n {
		record := data[find(t, data, fmt.Sprintf("v%05d", i))-20:]
		binary.LittleEndian.PutUint32(record[4:], 1<<20)
		binary.LittleEndian.PutUint32(record[8:], at)
		binary.LittleEndian.PutUint32(record[12:], 3)
	}
	if _, _, err := walk(open(t, data)); err == nil || !strings.Contains(err.Error(), "share") {
		t.Errorf("got %v", err)
	}
}

// The beginning of a file tells hive, log and other things apart.
func TestSniff(t *testing.T) {
	data := hivegen.Build(nil)
	log := hivegen.NewLog(data, hivegen.Entry{Sequence: 1, Size: 4096})
	for _, c := range []struct {
		name string
		head []byte
		hive bool
	}{
		{"hive", data[:512], true},
		{"log", log, false},
		{"old log", hivegen.OldLog(data, data[4096:]), false},
		{"only four bytes", []byte("regf"), true},
		{"text", []byte("Windows Registry Editor Version 5.00"), false},
		{"nothing", nil, false},
	} {
		if got := hive.Sniff(c.head); got != c.hive {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// Only what is asked for is read: opening a hive of 40,000 keys and looking up
// what the TLS model needs allocates next to nothing.
func TestReadsOnlyWhatIsAsked(t *testing.T) {
	data := large()
	allocated := testing.AllocsPerRun(5, func() { lookUp(t, data) })
	if allocated > 200 {
		t.Errorf("%v allocations, want at most 200", allocated)
	}
}

// large is a SOFTWARE hive of 40,000 keys; 5,000 lie in one list.
func large() []byte {
	values := slices.Clone(sample())
	for i := range 5000 {
		values = append(values, host.Value{Key: fmt.Sprintf(`Microsoft\Windows\CurrentVersion\Uninstall\{%08x}`, i), Name: "DisplayName", Data: host.String("Program")})
	}
	for i := range 35000 {
		values = append(values, host.Value{Key: fmt.Sprintf(`Classes\CLSID\%d\{%08x}`, i%100, i), Name: "x", Data: host.String("some text as it is found")})
	}
	return hivegen.Build(values)
}

func lookUp(t testing.TB, data []byte) {
	h := open(t, data)
	for _, path := range []string{netFramework, `Wow6432Node\Microsoft\.NETFramework\v4.0.30319`, `Microsoft\Windows\CurrentVersion\Uninstall\{000003ff}`, `Microsoft\Windows\CurrentVersion\Uninstall\absent`} {
		k, ok, err := h.Key(path)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			if _, err := k.Values(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// The time to open a hive of 40,000 keys and read what is covered; it is to stay
// under 50 ms.
func BenchmarkOpenAndLookUp(b *testing.B) {
	data := large()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		lookUp(b, data)
	}
}

func BenchmarkWalk(b *testing.B) {
	data := large()
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := walk(open(b, data)); err != nil {
			b.Fatal(err)
		}
	}
}

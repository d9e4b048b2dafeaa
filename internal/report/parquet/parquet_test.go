package parquet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
)

// whole is a connection of which every member is set.
func whole() *document.Connection {
	return &document.Connection{
		Schema: document.ConnectionSchema, Source: "境界.pcap", Line: 1 << 33, Format: "pcap", Time: time.Date(2021, 6, 15, 5, 0, 0, 123456000, time.UTC),
		Client: "192.0.2.7:49301", Server: "198.51.100.9:443", Transport: "tcp", ClientName: "PC01", ServerHost: "FS01", Via: "192.0.2.1",
		ServerName: "www.example.com", Before: "smtp",
		Offered: &document.ConnectionOffer{
			Max: tlsready.TLS13, Versions: []tlsready.Version{tlsready.TLS13, 0x0305}, Exact: true, Suites: []tlsready.Suite{0xc02f, 0xfff1},
			Groups: []tlsready.Group{29, 0x7777}, SignatureAlgorithms: []tlsready.SignatureScheme{0x0403}, Outer: true,
		},
		Negotiated: &document.ConnectionNegotiated{Version: tlsready.TLS10, Suite: "TLS_RSA_WITH_AES_128_CBC_SHA", Group: "x25519"},
		Alert:      &document.ConnectionAlert{From: "server", Level: 2, Description: 70, Name: "protocol_version"}, Refused: true,
		JA3: "a", JA4: "b", Stack: "windows-7/schannel", Owner: "Example KK", OwnerMail: "it@example.com",
		Identity: document.ConnectionIdentity{Principal: "p", Account: "a", ClientCertificate: "CN=c", UserAgent: "u", ServerCertificate: "CN=s", Process: "x.exe"},
		Survives: tlsready.No, Likely: document.LikelyNo, Basis: document.BasisInferred, Old: true, Finding: document.FindingCannot,
		Why: message.New("clients.why.negotiated", message.Str("version", "TLS 1.0")), Remedy: message.New("clients.remedy.server"),
	}
}

// write gives connections as a file.
func write(t *testing.T, list ...*document.Connection) *parquet.File {
	t.Helper()
	var b bytes.Buffer
	w := newWriter(&b, view.WatchOptions{})
	for _, c := range list {
		if err := w.Connection(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.End(nil); err != nil {
		t.Fatal(err)
	}
	file, err := parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// plain takes away in what JSON and Parquet differ by design: what JSON leaves out is null
// or false.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, one := range v {
			if one = plain(one); one != nil && one != false {
				out[name] = one
			}
		}
		return out
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	}
	return v
}

// jsonOf is a value as JSON has it, without what plain takes away.
func jsonOf(t *testing.T, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return plain(out)
}

// clearSome leaves out what a connection may lack.
func clearSome(random *rand.Rand, v reflect.Value) {
	for i := range v.NumField() {
		switch field := v.Field(i); {
		case field.Kind() == reflect.Struct && field.Type() == reflect.TypeFor[document.ConnectionIdentity]():
			clearSome(random, field)
		case random.IntN(3) > 0:
			field.SetZero()
		}
	}
}

// Proves that a row has every member of a line of JSON under its name and with its value,
// and nothing else: of a connection with all of them, of one with none, of one of which a
// log alone is known, and of one at the beginning of 1970.
func TestRowsAreTheLines(t *testing.T) {
	v := reflect.ValueOf(*whole())
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; v.Field(i).IsZero() && name != "Gate" && name != "Rehearsal" {
			t.Fatalf("%s is not set, so that nothing would be proved of it", name)
		}
	}
	// As many with everything as there were without before them, and then none for long: of
	// these the library once made some empty that were null.
	lists := slices.Concat(slices.Repeat([]*document.Connection{{}}, 5), slices.Repeat([]*document.Connection{whole()}, 5), slices.Repeat([]*document.Connection{{}}, 60))
	lists = append(
		lists,
		whole(),
		&document.Connection{},
		&document.Connection{Schema: document.ConnectionSchema, Time: time.Unix(0, 0).UTC(), Negotiated: &document.ConnectionNegotiated{Version: tlsready.TLS12}},
		&document.Connection{Offered: &document.ConnectionOffer{Max: tlsready.SSL30, Versions: []tlsready.Version{}, Suites: []tlsready.Suite{}, Groups: []tlsready.Group{}, SignatureAlgorithms: []tlsready.SignatureScheme{}}},
	)
	random := rand.New(rand.NewPCG(1, 2))
	for range 700 { // every order of what is there and what is not
		c := whole()
		clearSome(random, reflect.ValueOf(c).Elem())
		lists = append(lists, c)
	}
	file := write(t, lists...)
	rows := parquet.NewReader(file)
	defer rows.Close()
	for i, c := range lists {
		got := map[string]any{}
		if err := rows.Read(&got); err != nil {
			t.Fatal(err)
		}
		if at, ok := got["time"].(int64); ok {
			got["time"] = time.UnixMicro(at).UTC()
		}
		if got, want := jsonOf(t, got), jsonOf(t, c); !reflect.DeepEqual(got, want) {
			t.Errorf("%d:\n%v\n%v", i, got, want)
		}
	}
}

// Proves the types that readers see: a time in UTC to the microsecond, lists in the form
// that the format's specification gives them, texts as texts, and numbers as numbers.
func TestTypes(t *testing.T) {
	text := parquet.SchemaOf(row{}).String()
	for _, want := range []string{
		"optional int64 time (TIMESTAMP(isAdjustedToUTC=true,unit=MICROS));", "optional int64 line (INT(64,true));", "required boolean old;",
		"required group suites (LIST) {", "repeated group list {", "required binary element (STRING);", "required binary client (STRING);",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// Proves that memory does not grow with the rows: they are written in groups, and come
// back whole and in their order.
func TestGroups(t *testing.T) {
	const n = 2*groupRows + 1000
	const most = 64 << 20
	var b bytes.Buffer
	w, c := newWriter(&b, view.WatchOptions{}), whole()
	for i := range n {
		c.Client = fmt.Sprintf("192.0.2.7:%d", i)
		if err := w.Connection(c); err != nil {
			t.Fatal(err)
		}
		if i%groupRows == groupRows-1 {
			var m runtime.MemStats
			runtime.GC()
			if runtime.ReadMemStats(&m); m.HeapAlloc > most {
				t.Errorf("%d MiB after %d rows", m.HeapAlloc>>20, i+1)
			}
		}
	}
	if err := w.End(nil); err != nil {
		t.Fatal(err)
	}
	rows, err := parquet.Read[row](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || len(rows) != n {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	for i := range rows {
		if want := fmt.Sprintf("192.0.2.7:%d", i); rows[i].Client != want || len(rows[i].Offered.Suites) != 2 {
			t.Fatalf("row %d: %+v", i, rows[i])
		}
	}
	if file, err := parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len())); err != nil || len(file.RowGroups()) != 3 {
		t.Errorf("%d groups: %v", len(file.RowGroups()), err)
	}
}

// Proves that the same connections give the same bytes, that none give a file too, and
// that a disk that is full is an error.
func TestSteady(t *testing.T) {
	var files [2]bytes.Buffer
	for i := range files {
		w := newWriter(&files[i], view.WatchOptions{})
		if err := errors.Join(w.Connection(whole()), w.Connection(&document.Connection{}), w.End(nil)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0].Bytes(), files[1].Bytes()) {
		t.Error("two files of the same differ")
	}
	if file := write(t); file.NumRows() != 0 {
		t.Errorf("%d rows of nothing", file.NumRows())
	}
	if w := newWriter(full{}, view.WatchOptions{}); errors.Join(w.Connection(whole()), w.End(nil)) == nil {
		t.Error("no error from a full disk")
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

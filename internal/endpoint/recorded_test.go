package endpoint

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/caller"
	"tlsready/internal/stack"
	"tlsready/internal/wire"
)

// helloOf is the first hello of a modelled client.
func helloOf(t testing.TB, system, callerID string) *wire.ClientHello {
	t.Helper()
	model, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := caller.ByID(callerID)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(model.Systems(), func(s stack.System) bool { return s.ID == system })
	sending, err := NewSimulator(model, ClientsOnSystem(model.Systems()[at], []*caller.Caller{c})).Sending()
	if err != nil {
		t.Fatal(err)
	}
	return sending.Hellos("lab.example.com", nil)[0]
}

// Proves that a recorded hello is read in every form in which tools write one down,
// and that anything else is refused.
func TestHelloFiles(t *testing.T) {
	h := helloOf(t, "windows-10-1809", "schannel")
	record, err := h.Records(0)
	if err != nil {
		t.Fatal(err)
	}
	text := hex.EncodeToString(record)
	for name, data := range map[string][]byte{
		"record": record, "message": record[5:], "hex": []byte(text[:40] + "\n" + text[40:] + "\n"), "hex of the message": []byte(text[10:]),
		"base64": []byte(base64.StdEncoding.EncodeToString(record[5:])), "upper case": []byte(strings.ToUpper(text)),
	} {
		got, err := ParseHello(data)
		if err != nil || len(got.Suites) != len(h.Suites) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, data := range map[string][]byte{
		"empty": nil, "cut": record[:40], "text": []byte("hello"), "a ServerHello": append([]byte{22, 3, 3, 0, 42, 2, 0, 0, 38}, make([]byte, 38)...), "http": []byte("GET / HTTP/1.1\r\n\r\n"),
	} {
		if _, err := ParseHello(data); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// FuzzHelloFile proves that no file makes the reader panic.
func FuzzHelloFile(f *testing.F) {
	f.Add([]byte("16030100050100000100"))
	f.Add([]byte{22, 3, 1, 0, 5, 1, 0, 0, 1, 0})
	f.Add([]byte("FgMBAAUBAAABAA=="))
	f.Fuzz(func(t *testing.T, data []byte) {
		if h, err := ParseHello(data); err == nil && h == nil {
			t.Error("neither a hello nor an error")
		}
	})
}

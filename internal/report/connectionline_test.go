package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
)

// bothWays writes connections as watch does, and as encoding/json does.
func bothWays(t testing.TB, list ...*document.Connection) (got, want string) {
	t.Helper()
	var ours, theirs bytes.Buffer
	l := newLines(&ours)
	w := newConnectionLines(l)
	enc := json.NewEncoder(&theirs)
	enc.SetEscapeHTML(false)
	for _, c := range list {
		if err := errors.Join(w.write(c), enc.Encode(c)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.out.Flush(); err != nil {
		t.Fatal(err)
	}
	return ours.String(), theirs.String()
}

// fill sets every field of a document to something, or to nothing, by chance.
func fill(r *rand.Rand, v reflect.Value) {
	words := []string{"", "a", "192.0.2.7:443", "日本", `"quoted" \\ <b>&`, "tab\t\x00\x7f", "\xff\u2028", strings.Repeat("x", 300)}
	texts := []message.Text{
		{},
		message.Literal("said <so>"), message.New("clients.why.nothing"), message.New("clients.why.log-old", message.Str("version", "TLS 1.0")),
		message.CauseOf(errors.New("one")), message.CauseOf(errors.New("two")), message.New("clients.why.log-old", message.Str("version", "TLS 1.1")),
	}
	switch x := v.Addr().Interface().(type) {
	case *message.Text:
		*x = texts[r.IntN(len(texts))]
		return
	case *time.Time:
		if *x = (time.Time{}); r.IntN(4) > 0 {
			*x = time.Unix(r.Int64N(4e9), r.Int64N(2)*r.Int64N(1e9)).UTC()
		}
		return
	case *tlsready.Answer:
		*x = tlsready.Answer(r.IntN(3))
		return
	case *json.RawMessage:
		if *x = nil; r.IntN(8) == 0 {
			*x = json.RawMessage(`{"mode":"brownout"}`)
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i))
		}
	case reflect.Pointer:
		if v.SetZero(); r.IntN(4) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(r, v.Elem())
		}
	case reflect.Slice:
		if v.SetZero(); r.IntN(4) > 0 {
			v.Set(reflect.MakeSlice(v.Type(), r.IntN(3), 3))
			for i := range v.Len() {
				fill(r, v.Index(i))
			}
		}
	case reflect.String:
		v.SetString(words[r.IntN(len(words))])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int:
		v.SetInt(int64(r.IntN(300)))
	case reflect.Uint16:
		v.SetUint(uint64([]int{0x0301, 0x0303, 0x0304, 29, 0x2f, 0xc02f, 0x0403, 0xffff, 0}[r.IntN(9)]))
	case reflect.Uint32:
		v.SetUint(uint64([]int{0x2f, 0xc02f, 0x1301, 0xff, 0x010080}[r.IntN(5)]))
	default:
		panic("a field of a kind that no other has: " + v.Type().String())
	}
}

// Proves that a connection's line is what encoding/json writes of it, byte for byte,
// whatever is in its fields, and also where several share an offer or a text.
func TestConnectionLines(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var list []*document.Connection
	for range 3000 {
		c := &document.Connection{}
		fill(r, reflect.ValueOf(c).Elem())
		if n := len(list); n > 0 && r.IntN(2) == 0 {
			other := list[r.IntN(n)]
			c.Offered, c.Why, c.Remedy = other.Offered, other.Why, other.Remedy
		}
		list = append(list, c)
	}
	got, want := bothWays(t, list...)
	theirs := strings.Split(want, "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(theirs) || line != theirs[i] {
			t.Fatalf("line %d\ngot  %s\nwant %s", i, line, theirs[min(i, len(theirs)-1)])
		}
	}
	if got != want {
		t.Errorf("%d and %d bytes", len(got), len(want))
	}
}

// Measures a line of a client of which many came before.
func BenchmarkConnectionLine(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	c := &document.Connection{}
	for c.Offered == nil || c.Negotiated == nil || c.Gate != nil || c.Rehearsal != nil {
		fill(r, reflect.ValueOf(c).Elem())
	}
	c.Identity, c.Source, c.Client, c.Server = document.ConnectionIdentity{}, "a.pcap", "192.0.2.7:49301", "198.51.100.9:443"
	w := newConnectionLines(newLines(new(bytes.Buffer)))
	for b.Loop() {
		if err := w.write(c); err != nil {
			b.Fatal(err)
		}
	}
}

package document

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/message"
)

// TestAppendJSON proves that what is written by hand is what encoding/json writes, to the
// byte, whatever stands in any field: a field that is added to a document and not written
// fails here.
func TestAppendJSON(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 7))
	for range 3000 {
		var h Host
		var v Verdict
		fill(random, reflect.ValueOf(&h).Elem())
		fill(random, reflect.ValueOf(&v).Elem())
		for _, html := range []bool{true, false} {
			same(t, h.AppendJSON([]byte("before"), html), &h, html)
			same(t, v.AppendJSON([]byte("before"), html), &v, html)
		}
	}
}

func same(t *testing.T, got []byte, v any, html bool) {
	t.Helper()
	var want bytes.Buffer
	want.WriteString("before")
	enc := json.NewEncoder(&want)
	enc.SetEscapeHTML(html)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	if string(got)+"\n" != want.String() {
		t.Fatalf("html %v\ngot  %s\nwant %s", html, got, want.String())
	}
}

// TestValuesByHand proves the same of what has no fields to reflect on: registry values in
// changes and evidence, which are read back by these structs.
func TestValuesByHand(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(8, 8))
	typedOf := func(d host.Data) typed {
		if d.Type == "" {
			return typed{}
		}
		raw, err := d.JSON()
		if err != nil {
			t.Fatal(err)
		}
		return typed{d.Type, raw}
	}
	for range 3000 {
		var c Change
		var e Evidence
		fill(random, reflect.ValueOf(&c).Elem())
		fill(random, reflect.ValueOf(&e).Elem())
		raw := struct {
			rawChange
			Before *rawBefore `json:"before,omitempty"` // in the place of the one inside
		}{rawChange: rawChange{c.Key, c.Name, typedOf(c.Data), c.Delete, c.WholeKey, nil, c.Owner, c.Policy, c.Services, c.Citation}}
		if c.Before != nil {
			raw.Before = &rawBefore{c.Before.State, typedOf(c.Before.Data)}
		}
		for _, one := range []struct{ got, want any }{{c, raw}, {e, rawEvidence{e.Key, e.Name, e.State, typedOf(e.Data)}}} {
			got, err := marshal(one.got)
			want, wrong := marshal(one.want)
			if err != nil || wrong != nil || !sameMembers(t, got, want) {
				t.Fatalf("%v, %v\ngot  %s\nwant %s", err, wrong, got, want)
			}
		}
	}
}

// sameMembers compares without the order of members.
func sameMembers(t *testing.T, a, b []byte) bool {
	t.Helper()
	var one, other any
	if json.Unmarshal(a, &one) != nil || json.Unmarshal(b, &other) != nil {
		t.Fatalf("no JSON: %s, %s", a, b)
	}
	return len(a) == len(b) && reflect.DeepEqual(one, other)
}

// hard are texts with all that JSON and HTML escape, and bytes that are no text.
var hard = []string{"", "a", "TLS 1.2", `HKLM\SOFTWARE\x`, `\`, `"`, `a"b\c`, "<b>&amp;", "\x00\x1f\b\f\n\r\t\x7f", "長い名前", "\u2028\u2029", "a\xffb\xc3", "🙂"}

// fill puts something random into every field.
func fill(random *rand.Rand, v reflect.Value) {
	switch to := v.Addr().Interface().(type) {
	case *host.Data:
		*to = anyData(random)
		return
	case *tlsready.Axis[tlsready.Version]:
		*to = anyAxis(random, tlsready.TLS10, tlsready.TLS12)
		return
	case *tlsready.Axis[tlsready.Suite]:
		*to = anyAxis(random, tlsready.Suite(0xc02f), tlsready.Suite(0x1301))
		return
	case *tlsready.Axis[tlsready.Group]:
		*to = anyAxis(random, tlsready.X25519, tlsready.Group(9999))
		return
	case *tlsready.Axis[tlsready.SignatureScheme]:
		*to = anyAxis(random, tlsready.RSAPSSRSAESHA256, tlsready.SignatureScheme(1))
		return
	case *[]message.Arg:
		return // for reports alone
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(hard[random.IntN(len(hard))])
	case reflect.Bool:
		v.SetBool(random.IntN(2) == 0)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(random.IntN(3)))
	case reflect.Uint16:
		v.SetUint([]uint64{0x0300, 0x0301, 0x0303, 0x0304, 7}[random.IntN(5)])
	case reflect.Pointer:
		if random.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(random, v.Elem())
		}
	case reflect.Slice:
		if n := random.IntN(4); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n-1, n-1))
		}
		for i := range v.Len() {
			fill(random, v.Index(i))
		}
	case reflect.Map:
		for range random.IntN(3) {
			if v.IsNil() {
				v.Set(reflect.MakeMap(v.Type()))
			}
			text := hard[random.IntN(len(hard))]
			v.SetMapIndex(reflect.ValueOf(text), reflect.ValueOf(text))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(random, v.Field(i))
		}
	default:
		panic(v.Type())
	}
}

func anyAxis[T comparable](random *rand.Rand, list ...T) tlsready.Axis[T] {
	switch random.IntN(5) {
	case 0:
		return tlsready.AnyOf[T]()
	case 1:
		return tlsready.UnknownOf[T]()
	case 2:
		return tlsready.Only[T]()
	case 3:
		return tlsready.Only(list...).Except(list[0])
	}
	return tlsready.Only(list...)
}

func anyData(random *rand.Rand) host.Data {
	text := hard[random.IntN(len(hard))]
	list := []host.Data{
		{},
		host.Dword(3),
		{Type: host.QWORD, Number: 1 << 60},
		{Type: host.QWORD, Number: 5},
		host.String(text),
		{Type: host.ExpandSZ, Text: text},
		host.Multi(text, "b"),
		{Type: host.MultiSZ},
		{Type: host.Binary, Bytes: []byte(text)},
		{Type: host.None},
		{Type: host.Type(text), Bytes: []byte("x")},
	}
	return list[random.IntN(len(list))]
}

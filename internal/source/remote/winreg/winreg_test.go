package winreg

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"testing"

	"tlsready/internal/registry"
)

// wire is a pipe on which a server answers each request at once.
type wire struct {
	out    bytes.Buffer // what the server has sent and nobody has read
	answer func(request []byte) []byte
}

func (w *wire) Write(p []byte) (int, error) {
	w.out.Write(w.answer(p))
	return len(p), nil
}

func (w *wire) Read(p []byte) (int, error) { return w.out.Read(p) }

// bound answers a bind.
func bound() []byte {
	body := []byte{0xb8, 0x10, 0xb8, 0x10, 1, 0, 0, 0, 13, 0}
	body = append(body, "\\PIPE\\winreg\x00"...)
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	body = append(body, 1, 0, 0, 0, 0, 0, 0, 0)
	body = append(append(body, transferSyntax...), 2, 0, 0, 0)
	return pdu{kind: typeBindAck, flags: flagFirst | flagLast, call: 1, body: body}.encode()
}

// response is a fragment of an answer.
func response(call uint32, flags byte, stub []byte) []byte {
	return pdu{kind: typeResponse, flags: flags, call: call, body: append(make([]byte, 8), stub...)}.encode()
}

// serving is a server that answers the bind and the opening of HKLM, and then
// each call by its number and arguments.
func serving(answer func(opnum uint16, call uint32, args []byte) []byte) *wire {
	return &wire{answer: func(request []byte) []byte {
		call := binary.LittleEndian.Uint32(request[12:])
		if request[2] == typeBind {
			return bound()
		}
		opnum := binary.LittleEndian.Uint16(request[22:])
		if opnum == opOpenLocalMachine || opnum == opOpenKey || opnum == opCloseKey {
			return response(call, flagFirst|flagLast, make([]byte, 24))
		}
		return answer(opnum, call, request[stubOffset:])
	}}
}

func opened(t testing.TB, w *wire) *Registry {
	t.Helper()
	r, err := Open(t.Context(), w, func() {})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// key is the answer to EnumKey.
func keyReply(name string) []byte {
	e := encoder{}
	e.text(name)
	e.null()
	e.null()
	e.u32(0)
	return e.b
}

// valueReply is the answer to QueryValue.
func valueReply(kind uint32, data []byte) []byte {
	e := encoder{}
	e.number(kind)
	e.pointer()
	e.u32(uint32(len(data)))
	e.u32(0)
	e.u32(uint32(len(data)))
	e.b = append(e.b, data...)
	e.number(uint32(len(data)))
	e.number(uint32(len(data)))
	e.u32(0)
	return e.b
}

// Proves that an answer in several fragments is put together.
func TestFragments(t *testing.T) {
	reply := valueReply(4, []byte{1, 0, 0, 0})
	w := serving(func(_ uint16, call uint32, _ []byte) []byte {
		parts := response(call, flagFirst, reply[:5])
		parts = append(parts, response(call, 0, nil)...)
		parts = append(parts, response(call, 0, reply[5:20])...)
		return append(parts, response(call, flagLast, reply[20:])...)
	})
	v, err := opened(t, w).Value(t.Context(), `HKLM\SOFTWARE`, "x")
	if err != nil || v.Type != 4 || !bytes.Equal(v.Bytes, []byte{1, 0, 0, 0}) {
		t.Errorf("%+v %v", v, err)
	}
}

// Proves that answers that are wrong are errors that say what is wrong, never a
// value, a panic or an endless loop.
func TestWrongAnswers(t *testing.T) {
	number := func(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }
	whole := byte(flagFirst | flagLast)
	huge := valueReply(3, []byte{1, 2, 3, 4})
	binary.LittleEndian.PutUint32(huge[12:], 1<<31) // the size of the array
	binary.LittleEndian.PutUint32(huge[20:], 1<<31) // how much of it was sent
	for _, c := range []struct {
		name   string
		answer func(call uint32) []byte
		want   string
	}{
		{"nothing", func(uint32) []byte { return nil }, "EOF"},
		{"empty", func(call uint32) []byte { return response(call, whole, nil) }, "cut short"},
		{"half a value", func(call uint32) []byte {
			return response(call, whole, append(valueReply(4, make([]byte, 4))[:20], 0, 0, 0, 0))
		}, "cut short"},
		{"another call", func(call uint32) []byte { return response(call+1, whole, valueReply(4, nil)) }, "belongs to call"},
		{"no first fragment", func(call uint32) []byte { return response(call, flagLast, valueReply(4, nil)) }, "out of order"},
		{"a fault", func(call uint32) []byte {
			return pdu{kind: typeFault, flags: whole, call: call, body: append(make([]byte, 8), number(0x1c010003)...)}.encode()
		}, "0x1c010003"},
		{"a denied fault", func(call uint32) []byte {
			return pdu{kind: typeFault, flags: whole, call: call, body: append(make([]byte, 8), number(5)...)}.encode()
		}, registry.ErrDenied.Error()},
		{"a bind again", func(call uint32) []byte { return pdu{kind: typeBindAck, flags: whole, call: call}.encode() }, "type 12"},
		{"big-endian", func(call uint32) []byte { b := response(call, whole, nil); b[4] = 0; return b }, "big-endian"},
		{"another version", func(call uint32) []byte { b := response(call, whole, nil); b[0] = 4; return b }, "version 4"},
		{"a fragment of 65535 bytes", func(call uint32) []byte { b := response(call, whole, nil); b[8], b[9] = 0xff, 0xff; return b }, "65535"},
		{"a fragment of 3 bytes", func(call uint32) []byte { b := response(call, whole, nil); b[8] = 3; return b }, "3 bytes"},
		{"an array of 2 GB", func(call uint32) []byte { return response(call, whole, huge) }, "2147483648"},
		{"error 5", func(call uint32) []byte { return response(call, whole, number(5)) }, registry.ErrDenied.Error()},
		{"error 2", func(call uint32) []byte { return response(call, whole, number(2)) }, registry.ErrNotExist.Error()},
		{"error 1018", func(call uint32) []byte { return response(call, whole, number(1018)) }, "being deleted"},
		{"error 234 for ever", func(call uint32) []byte { return response(call, whole, number(234)) }, "more than 1048576 bytes"},
		{"fragments without end", func(call uint32) []byte {
			b := response(call, flagFirst, nil)
			return append(b, bytes.Repeat(response(call, 0, nil), maxFragments+1)...)
		}, "fragments"},
		{"more than the limit", func(call uint32) []byte {
			b := response(call, flagFirst, nil)
			return append(b, bytes.Repeat(response(call, 0, make([]byte, fragment-stubOffset)), maxReply/(fragment-stubOffset)+2)...)
		}, "more than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := serving(func(_ uint16, call uint32, _ []byte) []byte { return c.answer(call) })
			v, err := opened(t, w).Value(t.Context(), `HKLM\SOFTWARE`, "x")
			if err == nil || !strings.Contains(err.Error(), c.want) || len(v.Bytes) > 0 {
				t.Errorf("value %+v, error %v, want %q", v, err, c.want)
			}
		})
	}
}

// listing is a server with a key of two values and three keys, and notes the calls.
func listing(calls map[uint16]int) *wire {
	return serving(func(opnum uint16, call uint32, args []byte) []byte {
		calls[opnum]++
		e := encoder{}
		switch index := binary.LittleEndian.Uint32(args[20:]); {
		case opnum == opQueryInfoKey:
			e.text("")
			for _, n := range []uint32{3, 8, 0, 2, 8, 4, 0, 0, 0} {
				e.u32(n)
			}
			e.u32(0)
		case opnum == opEnumKey && index < 3:
			e.b = keyReply(fmt.Sprint("key", index))
		case opnum == opEnumValue && index < 2:
			e.text(fmt.Sprint("value", index))
			e.b = append(e.b, valueReply(4, []byte{1, 0, 0, 0})...)
		default:
			e.u32(uint32(codeNoMore))
		}
		return response(call, flagFirst|flagLast, e.b)
	})
}

// Proves that a machine that is read once is asked for fewer things and gives the
// same: no last question of a list, no closing of keys.
func TestOnce(t *testing.T) {
	for _, once := range []bool{false, true} {
		calls := map[uint16]int{}
		closed := 0
		w := listing(calls)
		answer := w.answer
		w.answer = func(request []byte) []byte {
			if request[2] == typeRequest && binary.LittleEndian.Uint16(request[22:]) == opCloseKey {
				closed++
			}
			return answer(request)
		}
		r := opened(t, w)
		if once {
			r.ReadOnly()
		}
		for _, key := range []string{`HKLM\A`, `HKLM\B`} {
			values, err := r.Values(t.Context(), key)
			if err != nil || len(values) != 2 || values[1].Name != "value1" || !bytes.Equal(values[1].Bytes, []byte{1, 0, 0, 0}) {
				t.Errorf("%v: values %+v %v", once, values, err)
			}
			keys, err := r.Subkeys(t.Context(), key)
			if err != nil || strings.Join(keys, " ") != "key0 key1 key2" {
				t.Errorf("%v: keys %q %v", once, keys, err)
			}
		}
		want, wantClosed := map[uint16]int{opEnumValue: 6, opEnumKey: 8}, 1
		if once {
			want, wantClosed = map[uint16]int{opQueryInfoKey: 2, opEnumValue: 4, opEnumKey: 6}, 0
		}
		if !maps.Equal(calls, want) || closed != wantClosed {
			t.Errorf("%v: calls %v and %d closed, want %v and %d", once, calls, closed, want, wantClosed)
		}
	}
}

// Proves that a list that never ends is given up.
func TestEndlessList(t *testing.T) {
	w := serving(func(_ uint16, call uint32, _ []byte) []byte {
		return response(call, flagFirst|flagLast, keyReply("again"))
	})
	if _, err := opened(t, w).Subkeys(t.Context(), `HKLM\SOFTWARE`); err == nil || !strings.Contains(err.Error(), "more than 131072 keys") {
		t.Errorf("error %v", err)
	}
}

// Proves that a bind is refused if the server refuses it, and that only HKLM, names
// and paths of a sensible length are asked for.
func TestBind(t *testing.T) {
	refused := bound()
	refused[headerSize+28] = 2 // provider rejection
	for _, c := range []struct {
		name   string
		answer []byte
		want   string
	}{
		{"nak", pdu{kind: typeBindNak, flags: 3, call: 1, body: []byte{0, 0}}.encode(), "refuses"},
		{"rejection", refused, "refuses"},
		{"cut", bound()[:30], "cut short"},
		{"response", response(1, 3, nil), "type 2"},
	} {
		if _, err := Open(t.Context(), &wire{answer: func([]byte) []byte { return c.answer }}, func() {}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	r := opened(t, serving(func(uint16, uint32, []byte) []byte { return nil }))
	long := strings.Repeat("x", maxPath+1)
	for _, err := range []error{
		errorOf(r.Subkeys(t.Context(), `HKLM\`+long)), errorOf(r.Value(t.Context(), "HKLM", long)), errorOf(r.Subkeys(t.Context(), "HKLMX")),
		r.Delete(t.Context(), "HKLM", long), r.CreateKey(t.Context(), "HKLM"), r.DeleteKey(t.Context(), "HKLM"),
	} {
		if err == nil {
			t.Error("no error")
		}
	}
}

func errorOf[T any](_ T, err error) error { return err }

// blocking is a pipe on which the server is silent until it is closed.
type blocking struct {
	wire
	closed chan struct{}
}

func (b *blocking) Read(p []byte) (int, error) {
	if b.out.Len() > 0 {
		return b.out.Read(p)
	}
	<-b.closed
	return 0, io.ErrClosedPipe
}

// Proves that the end of the context ends a call that the server does not answer,
// and that the error is the context's.
func TestSilentServer(t *testing.T) {
	b := &blocking{closed: make(chan struct{})}
	b.wire = *serving(func(uint16, uint32, []byte) []byte { return nil })
	r, err := Open(t.Context(), b, func() { close(b.closed) })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go cancel()
	if _, err := r.Values(ctx, `HKLM\SOFTWARE`); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// FuzzServer proves that whatever a server sends ends in an answer or an error.
func FuzzServer(f *testing.F) {
	f.Add(response(3, 3, valueReply(4, []byte{1, 0, 0, 0})))
	f.Add(response(3, 3, keyReply("TLS 1.2")))
	f.Add(append(response(3, 1, keyReply("TLS")), response(3, 2, nil)...))
	f.Add(bound())
	f.Fuzz(func(t *testing.T, data []byte) {
		ctx := t.Context()
		if _, err := Open(ctx, &wire{answer: func([]byte) []byte { return data }}, func() {}); err == nil && len(data) == 0 {
			t.Error("an empty answer opened the registry")
		}
		for _, call := range []func(*Registry) error{
			func(r *Registry) error { return errorOf(r.Value(ctx, `HKLM\a`, "x")) },
			func(r *Registry) error { return errorOf(r.Values(ctx, `HKLM\a`)) },
			func(r *Registry) error { return errorOf(r.Subkeys(ctx, `HKLM\a`)) },
			func(r *Registry) error { return r.DeleteKey(ctx, `HKLM\a`) },
			func(r *Registry) error { return r.CreateKey(ctx, `HKLM\a\b`) },
		} {
			once := data
			w := serving(func(uint16, uint32, []byte) []byte { answer := once; once = nil; return answer })
			if err := call(opened(t, w)); len(data) < headerSize && err == nil {
				t.Error("no error without an answer")
			}
		}
	})
}

// FuzzReply proves that the arguments of every answer are read within their
// bytes.
func FuzzReply(f *testing.F) {
	f.Add(valueReply(4, []byte{1, 0, 0, 0}))
	f.Add(keyReply("TLS 1.2"))
	f.Add(make([]byte, 64))
	f.Fuzz(func(t *testing.T, reply []byte) {
		d, err := split(reply)
		if err != nil {
			return
		}
		again := d
		if v, err := d.value(again.text()); err == nil && len(v.data) > len(reply) {
			t.Errorf("%d bytes out of %d", len(v.data), len(reply))
		}
		one := decoder{b: reply}
		if v, err := one.value(""); err == nil && len(v.data) > len(reply) {
			t.Errorf("%d bytes out of %d", len(v.data), len(reply))
		}
		two := decoder{b: reply}
		if text := two.text(); two.err == nil && len(text) > 2*len(reply) {
			t.Errorf("%d characters out of %d bytes", len(text), len(reply))
		}
		two.handle()
		if two.at > len(reply) {
			t.Errorf("at %d of %d", two.at, len(reply))
		}
	})
}

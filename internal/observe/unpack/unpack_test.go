package unpack

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func gzipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zstded(t testing.TB, text string) string {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(z.EncodeAll([]byte(text), nil))
}

func content(t testing.TB, file string) (string, bool, error) {
	t.Helper()
	u, err := New(iotest.OneByteReader(strings.NewReader(file)))
	if err != nil {
		return "", false, err
	}
	defer u.Close()
	got, err := io.ReadAll(u)
	return string(got), u.Packed(), err
}

// Proves that both packings are recognised by their content, in several members and
// frames one after the other, and that everything else passes as it is.
func TestReader(t *testing.T) {
	skippable := "\x50\x2a\x4d\x18\x03\x00\x00\x00abc"
	for _, c := range []struct {
		name, file, want string
		packed           bool
	}{
		{"empty", "", "", false},
		{"one byte", "x", "x", false},
		{"the beginning of gzip", "\x1f\x8b", "\x1f\x8b", false},
		{"plain", "a line\n", "a line\n", false},
		{"gzip", gzipped(t, "a line\n"), "a line\n", true},
		{"gzip of nothing", gzipped(t, ""), "", true},
		{"two members", gzipped(t, "one\n") + gzipped(t, "two\n"), "one\ntwo\n", true},
		{"zstd", zstded(t, "a line\n"), "a line\n", true},
		{"two frames", zstded(t, "one\n") + zstded(t, "two\n"), "one\ntwo\n", true},
		{"a skippable frame first", skippable + zstded(t, "a line\n"), "a line\n", true},
		{"packed twice is unpacked once", gzipped(t, gzipped(t, "x")), gzipped(t, "x"), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, packed, err := content(t, c.file)
			if got != c.want || packed != c.packed || err != nil {
				t.Errorf("%q, packed %t, %v", got, packed, err)
			}
		})
	}
}

// Proves that a file cut anywhere gives what could be unpacked and says that it is cut.
func TestCut(t *testing.T) {
	text := strings.Repeat("one line of many, each a little like the others\n", 2000)
	for name, whole := range map[string]string{"gzip": gzipped(t, text), "zstd": zstded(t, text)} {
		for n := magicLength; n < len(whole); n += 7 {
			got, _, err := content(t, whole[:n])
			if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasPrefix(text, got) {
				t.Fatalf("%s cut at %d: %d bytes, %v", name, n, len(got), err)
			}
		}
	}
}

// Proves that a bomb is given up, in either packing, without its content being kept.
func TestBomb(t *testing.T) {
	zeros := func(w io.WriteCloser) {
		if _, err := io.CopyN(w, zero{}, 2*bombStart); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var g, z bytes.Buffer
	zeros(gzip.NewWriter(&g))
	w, err := zstd.NewWriter(&z)
	if err != nil {
		t.Fatal(err)
	}
	zeros(w)
	for name, file := range map[string]*bytes.Buffer{"gzip": &g, "zstd": &z} {
		u, err := New(file)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, u)
		if !errors.Is(err, ErrBomb) || n > bombStart+1<<20 {
			t.Errorf("%s: %d bytes, %v", name, n, err)
		}
		u.Close()
	}
}

type zero struct{}

func (zero) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// Proves that broken packings are an error that says so, and that a reader's own error
// comes through.
func TestBroken(t *testing.T) {
	for name, file := range map[string]string{
		"gzip header": "\x1f\x8b\x08\xff" + strings.Repeat("\x00", 40),
		"gzip body":   gzipped(t, "some text that is here")[:12] + "\xff\xff\xff\xff\xff\xff\xff\xff",
		"zstd body":   zstded(t, "some text")[:5] + "\xff\xff\xff\xff\xff\xff\xff\xff",
	} {
		if _, _, err := content(t, file); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	mine := errors.New("mine")
	if _, err := New(iotest.ErrReader(mine)); !errors.Is(err, mine) {
		t.Errorf("%v", err)
	}
}

// Proves that no bytes make the reader panic or give more than a bomb may.
func FuzzReader(f *testing.F) {
	f.Add([]byte(gzipped(f, "text")))
	f.Add([]byte(zstded(f, "text")))
	f.Fuzz(func(t *testing.T, file []byte) {
		u, err := New(bytes.NewReader(file))
		if err != nil {
			return
		}
		defer u.Close()
		if n, _ := io.Copy(io.Discard, io.LimitReader(u, bombStart)); n < 0 {
			t.Error("less than nothing")
		}
	})
}

package site

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

const text = "<!doctype html><title>page</title>"

func site(t *testing.T) *Site {
	t.Helper()
	s, err := New([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Proves that the page is given packed to those who take it so, once to those who have
// it, and that there is nothing else to be had.
func TestServe(t *testing.T) {
	s := site(t)
	for _, c := range []struct {
		method, path, accept, known string
		status                      int
		packed                      bool
	}{
		{"GET", "/", "gzip, br", "", 200, true},
		{"GET", "/index.html", "", "", 200, false},
		{"GET", "/tlsready.html", "br, GZIP;q=0.5", "", 200, true},
		{"GET", "/", "gzip;q=0, br", "", 200, false},
		{"GET", "/", "", s.tag, 304, false},
		{"HEAD", "/", "", "", 200, false},
		{"GET", "/../etc/passwd", "", "", 404, false},
		{"GET", "/favicon.ico", "", "", 404, false},
		{"POST", "/", "", "", 405, false},
	} {
		r := httptest.NewRequest(c.method, "http://127.0.0.1"+c.path, nil)
		r.Header.Set("Accept-Encoding", c.accept)
		r.Header.Set("If-None-Match", c.known)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != c.status || (w.Header().Get("Content-Encoding") == "gzip") != c.packed {
			t.Errorf("%+v: %d %v", c, w.Code, w.Header())
			continue
		}
		body := w.Body.Bytes()
		if c.packed {
			body = unpack(t, body)
		}
		if c.status == http.StatusOK && c.method == "GET" && string(body) != text {
			t.Errorf("%+v: %q", c, body)
		}
	}
}

func unpack(t *testing.T, data []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Proves that the page is found beside the program, also through a link, and that its
// absence is told from other errors.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "tlsready")
	if _, err := Open(program); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a page: %v", err)
	}
	for path, data := range map[string]string{program: "", filepath.Join(dir, FileName): text} {
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	paths := []string{program}
	if runtime.GOOS != "windows" { // links need rights there
		link := filepath.Join(t.TempDir(), "tlsready")
		if err := os.Symlink(program, link); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, link)
	}
	for _, path := range paths {
		s, err := Open(path)
		if err != nil || string(s.html) != text {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// Proves that the folder holds the page, and the same packed.
func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "www")
	if err := site(t).Write(dir); err != nil {
		t.Fatal(err)
	}
	plain, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil || string(plain) != text {
		t.Errorf("%q, %v", plain, err)
	}
	packed, err := os.ReadFile(filepath.Join(dir, "index.html.gz"))
	if err != nil || string(unpack(t, packed)) != text {
		t.Error(err)
	}
}

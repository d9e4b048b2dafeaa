package formats_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"golang.org/x/text/encoding/japanese"

	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/recipe/formats"
	"tlsready/internal/recipe/recipetest"
	"tlsready/internal/regdata"
	"tlsready/internal/testkit/golden"
)

// Proves that each format writes each sample as it was last checked by eye, in
// both languages. UTF-16 and code page 932 stand in the golden files as UTF-8;
// TestEncodings holds the bytes.
func TestGolden(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		for _, p := range append(recipetest.Samples(), recipetest.Rehearsed()) {
			for _, f := range formats.All() {
				files, err := f.Write(p, message.For(lang))
				if err != nil {
					t.Fatalf("%s %s %s: %v", p.What, f.Name, lang, err)
				}
				for _, file := range files {
					golden.Equal(t, filepath.Join("testdata", "golden", lang, p.What, file.Name), readable(t, file))
				}
			}
		}
	}
}

// readable is a file's text in UTF-8.
func readable(t *testing.T, f recipe.File) []byte {
	t.Helper()
	switch filepath.Ext(f.Name) {
	case ".reg":
		return []byte(regdata.Text(f.Data[2:]))
	case ".cmd":
		text, err := japanese.ShiftJIS.NewDecoder().Bytes(f.Data)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	return f.Data
}

// Proves the bytes that old tools insist on: .reg UTF-16LE with its mark, .ps1
// UTF-8 with its mark, .cmd without any, ASCII in English; CR LF everywhere.
func TestEncodings(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		for _, f := range formats.All() {
			files, err := f.Write(recipetest.Samples()[0], message.For(lang))
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				checkBytes(t, file, lang)
			}
		}
	}
}

func checkBytes(t *testing.T, f recipe.File, lang string) {
	t.Helper()
	marks := map[string][]byte{".reg": {0xff, 0xfe}, ".ps1": {0xef, 0xbb, 0xbf}, ".cmd": []byte("@echo off\r\n")}
	if !bytes.HasPrefix(f.Data, marks[filepath.Ext(f.Name)]) {
		t.Errorf("%s begins with % x", f.Name, f.Data[:4])
	}
	if filepath.Ext(f.Name) == ".cmd" && lang == "en" && bytes.ContainsFunc(f.Data, func(r rune) bool { return r > 0x7e }) {
		t.Errorf("%s: not ASCII", f.Name)
	}
	text := readable(t, f)
	if bytes.Count(text, []byte("\n")) != bytes.Count(text, []byte("\r\n")) || bytes.ContainsRune(text, 0xFFFD) {
		t.Errorf("%s: lone line feeds, or characters that were lost", f.Name)
	}
}

package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// Proves that text of seven bits a character holds the bytes, and nothing that may not
// stand in a script element.
func TestSevenBits(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		data := make([]byte, n)
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		text := sevenBits(data)
		if strings.ContainsAny(text, forbidden) || !utf8.ValidString(text) {
			t.Fatalf("%d bytes: %q", n, text)
		}
		var back []byte
		held, bits := 0, 0
		for _, c := range text {
			held, bits = held<<7|int(c)&0x7f, bits+7
			if bits >= 8 {
				bits -= 8
				back = append(back, byte(held>>bits))
				held &= 1<<bits - 1
			}
		}
		if !bytes.Equal(back, data) {
			t.Fatalf("%d bytes come back as %d", n, len(back))
		}
	}
}

// program is a module with one function, which pushes two addresses of its own, a
// constant that is none, and has a table of branches.
var program = []byte("\x00asm\x01\x00\x00\x00" + "\x01\x04\x01\x60\x00\x00" + "\x0a\x1d\x01\x1b\x01\x02\x7f" +
	"\x42\x81\x80\x80\x80\x01" + "\x42\x83\x80\x80\x80\x01" + "\x42\x08" + "\x0e\x01\x00\x00" + "\x10\x00" + "\x1a\x1a\x1a\x0b")

// Proves that addresses become short, come back, and that what is no program is an error.
func TestAddresses(t *testing.T) {
	short, err := shorten(program)
	if err != nil {
		t.Fatal(err)
	}
	if want := "\x27\x01\x27\x02\x42\x08"; !bytes.Contains(short, []byte(want)) || len(short) >= len(program) {
		t.Errorf("% x", short)
	}
	back, err := lengthen(short)
	if err != nil || !bytes.Equal(back, program) {
		t.Errorf("% x, %v", back, err)
	}
	for n := range len(program) {
		if got, err := shorten(program[:n]); err == nil && n > 14 && !bytes.Equal(got, program[:n]) {
			t.Errorf("cut after %d bytes: % x", n, got)
		}
	}
}

// Proves which texts a program keeps: those that its code names, whole or by how they
// begin.
func TestNamedTexts(t *testing.T) {
	named := map[string]bool{"web.title": true, "digest.": true, "survey.hint.did-": true, "basis": true}
	for id, want := range map[string]bool{"web.title": true, "basis.measured": true, "basisx": false, "web.other": false, "digest.cause.x": true, "survey.hint.did-you-mean": true, "survey.hint.list": false} {
		if isNamed(id, named) != want {
			t.Errorf("%s: %v", id, !want)
		}
	}
}

// Proves that what Internet Explorer has to read has nothing newer than ECMAScript 5.
func TestOldScript(t *testing.T) {
	text, err := os.ReadFile("../web/old.js")
	if err != nil {
		t.Fatal(err)
	}
	if newer := regexp.MustCompile("=>|`|\\b(const|let|class|async|await)\\s|\\.\\.\\.|\\.(includes|startsWith|padStart)\\b").Find(text); newer != nil {
		t.Errorf("old.js has %q", newer)
	}
}

package main

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"tlsready/internal/testkit/parts"
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
		held, bits, key := 0, 0, 0
		for i, c := range []rune(text) {
			if i%(block+1) == 0 {
				key = int(c)
				continue
			}
			held, bits = held<<7|(int(c)^key)&0x7f, bits+7
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
// constant that is none and one of ten bytes, has loads, stores, a block with a result, a
// table of branches, and goes to a block.
var program = module("\x01\x02\x7f" + "\x02\x40\x03\x40" +
	"\x42\x81\x80\x80\x80\x01" + "\x42\x83\x80\x80\x80\x01" + "\x42\x08" + "\x42\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f" +
	"\x29\x03\x88\x01" + "\x3a\x00\x05" + "\x04\x7f\x41\x01\x0b" + "\x4412345678" + "\xfc\x0a\x00\x00" + "\x11\x01\x00" +
	"\x0e\x02\x00\x01\x00" + "\x41\x07\x21\x00\x0c\x00" + "\x0d\x02" + "\x10\x00" + "\x1a\x0b\x0b\x0b")

// module is a program of one function.
func module(code string) []byte {
	section := binary.AppendUvarint([]byte{1}, uint64(len(code)))
	section = append(section, code...)
	out := binary.AppendUvarint([]byte("\x00asm\x01\x00\x00\x00"+"\x01\x04\x01\x60\x00\x00"+"\x0a"), uint64(len(section)))
	return append(append(out, section...), "\x0b\x01\x00"...)
}

// Proves that what belongs to instructions is written so that the same reads the same, and
// that a program comes back: in Go, and in the browser's script as Node runs it.
func TestCompact(t *testing.T) {
	parts.Need(t, "node", "nodejs")
	var got []instruction
	_, err := rewriteSection(program, codeSection, func(section []byte) ([]byte, error) {
		got = canonical(section)[0].instructions
		return section, nil
	})
	want := []instruction{{opShort, "\x01"}, {opShort, "\x02"}, {opI64Const, "\x08"}}
	if err != nil || len(got) < 5 || !slices.Equal(got[2:5], want) {
		t.Errorf("%v, %q", err, got)
	}
	for _, one := range []instruction{{0x29, "\x88\x01"}, {opBlock, "\x04\x7f"}, {opTable, "\x02\x00\x01\x7f"}, {opGoto, "\x04"}, {opBranch, "\x02"}, {opBranch + 1, "\x00"}} {
		if !slices.Contains(got, one) {
			t.Errorf("no %q in %q", one, got)
		}
	}
	small, same, err := compact(program)
	if err != nil || !bytes.Equal(same, program) {
		t.Fatalf("% x, %v", same, err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "small")
	if err := os.WriteFile(file, small, 0o600); err != nil {
		t.Fatal(err)
	}
	const run = `const fs = require("fs"); process.stdout.write(eval(fs.readFileSync("../web/restore.js", "utf8") + "; restore")(fs.readFileSync(process.argv[1]), Number(process.argv[2])))`
	back, err := exec.Command("node", "-e", run, file, strconv.Itoa(len(program))).Output()
	if err != nil || !bytes.Equal(back, program) {
		t.Errorf("in the browser: % x, %v", back, err)
	}
	for n := range len(program) {
		if _, _, err := compact(program[:n]); err == nil && n > 14 && n != len(program)-3 {
			t.Errorf("cut after %d bytes: no error", n)
		}
	}
	unaligned := bytes.Replace(program, []byte("\x29\x03"), []byte("\x29\x02"), 1)
	if _, _, err := compact(unaligned); err == nil {
		t.Error("a load that is not aligned as Go does would be lost")
	}
}

// Proves that the two instructions that follow each other most often become one symbol,
// never over the end of a function, and that symbols come back from what is written.
func TestSymbols(t *testing.T) {
	a, b, c := instruction{op: 0x1a}, instruction{op: 0x0f}, instruction{0x20, "\x01"}
	s := findSymbols([]function{{instructions: []instruction{a, b, c, a, b}}, {instructions: []instruction{b, a, b, c}}})
	var rows [][]byte
	for i, text := range s.text {
		rows = append(rows, nil)
		for _, symbol := range text {
			for _, one := range s.all[symbol] {
				rows[i] = append(rows[i], one.op)
			}
		}
	}
	if !bytes.Equal(rows[0], []byte{0x1a, 0x0f, 0x20, 0x1a, 0x0f}) || !bytes.Equal(rows[1], []byte{0x0f, 0x1a, 0x0f, 0x20}) {
		t.Errorf("% x", rows)
	}
	if len(s.text[0]) >= 5 || !slices.ContainsFunc(s.all, func(row []part) bool { return slices.Equal(row, []part{{op: 0x1a}, {op: 0x0f}}) }) {
		t.Errorf("%v of %v", s.text, s.all)
	}
	if back := readSymbols(&body{in: s.append(nil)}); !slices.EqualFunc(back, s.all, slices.Equal[[]part]) {
		t.Errorf("%v, not %v", back, s.all)
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

// linesOfThree is memory with the tables of three functions, as the linker of Go lays them
// out: the first has tables of lines, the second is one whose name is compared.
func linesOfThree() (memory []byte, names, tables, records int) {
	le := binary.LittleEndian
	text := "\x00main.one\x00reflect.makeFuncStub\x00main.three\x00"
	pctab := []byte{0, 2, 5, 4, 6, 0, 8, 9, 0, 0, 3, 0, 0, 7, 0} // frame sizes at 1, lines at 6, stack maps at 9, where the first value is 0
	names = 16 + 72
	units := names + len(text)
	tables = units + 8 + 8
	records = tables + len(pctab)
	record := func(name, lines uint32) []byte {
		r := make([]byte, 44)
		le.PutUint32(r[4:], name)
		le.PutUint32(r[16:], 1)
		le.PutUint32(r[20:], lines)
		le.PutUint32(r[24:], lines)
		le.PutUint32(r[28:], 2) // tables: unsafe points, stack maps
		le.PutUint32(r[32:], 5)
		le.PutUint32(r[36:], 77)
		r[43] = 4
		r = le.AppendUint32(le.AppendUint32(r, lines), 9)
		for _, data := range []uint32{11, 12, 13, 14} {
			r = le.AppendUint32(r, data)
		}
		return r
	}
	memory = make([]byte, 16)
	memory = append(memory, 0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8)
	for _, n := range []int{3, 1, 0, 72, units - 16, units - 16 + 8, tables - 16, records - 16} {
		memory = le.AppendUint64(memory, uint64(n))
	}
	memory = append(append(append(memory, text...), "unit0000file0000"...), pctab...)
	var all []byte
	for i, name := range []uint32{1, 10, 31} {
		memory = le.AppendUint32(le.AppendUint32(memory, uint32(i)), uint32(24+len(all)))
		all = append(all, record(name, 6)...)
	}
	return append(memory, all...), names, tables, records
}

// Proves what is taken out of the tables of functions and what stays, and that tables
// that are laid out otherwise are an error.
func TestForgetLines(t *testing.T) {
	memory, names, tables, records := linesOfThree()
	if err := forgetLines(memory); err != nil {
		t.Fatal(err)
	}
	if got, want := string(memory[names:tables]), "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00reflect.makeFuncStub"+strings.Repeat("\x00", 12+16); got != want {
		t.Errorf("names are %q", got)
	}
	if got, want := memory[tables:records], []byte{0, 2, 5, 4, 6, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0}; !bytes.Equal(got, want) {
		t.Errorf("tables are %v", got)
	}
	for i, name := range []uint32{0, 10, 0} {
		r := memory[records+24+i*68:]
		number := func(at int) uint32 { return binary.LittleEndian.Uint32(r[at:]) }
		got := []uint32{number(4), number(16), number(20), number(24), number(32), number(36), number(44), number(48), number(52), number(56), number(60), number(64)}
		if want := []uint32{name, 1, 0, 0, 0, 0, 0, 9, 11, 12, 13, noData}; !slices.Equal(got, want) {
			t.Errorf("function %d: %v, want %v", i, got, want)
		}
	}
	for _, at := range []int{16, 48, 72, 79} { // the magic number, and offsets
		memory, _, _, _ := linesOfThree()
		memory[at] ^= 0x55
		if forgetLines(memory) == nil {
			t.Errorf("byte %d is changed and nobody sees it", at)
		}
	}
}

// Proves that memory comes back from the pieces that it is written in, and that what is no
// program is an error.
func TestMemory(t *testing.T) {
	memory := append(append(make([]byte, 100), "one\x00\x00two"...), append(make([]byte, 200), "three"...)...)
	section := appendPieces(nil, memory)
	if got := readPieces(section); !bytes.Equal(got, memory) || section[0] != 2 {
		t.Errorf("%d pieces: %q", section[0], got)
	}
	one := append([]byte("\x00asm\x01\x00\x00\x00\x0b"), binary.AppendUvarint(nil, uint64(len(section)))...)
	one = append(one, section...)
	got, err := withMemory(one, func(m []byte) error { m[100] = 'O'; return nil })
	if err != nil || !bytes.Contains(got, []byte("One\x00\x00two")) || len(got) != len(one) {
		t.Errorf("%q, %v", got, err)
	}
	for n := 9; n < len(one); n++ {
		if _, err := withMemory(one[:n], func([]byte) error { return nil }); err == nil {
			t.Errorf("cut after %d bytes", n)
		}
	}
}

// Proves that the page sorts as the standard library does.
func TestSorting(t *testing.T) {
	dir := t.TempDir()
	program := strings.Replace(sortingSource, "package slices", "package main\n\nimport (\"fmt\"; \"math/rand/v2\"; \"slices\")\n\n"+`
func main() {
	random := rand.New(rand.NewPCG(1, 2))
	byTens := func(a, b int) int { return a/10 - b/10 }
	for n := range 200 {
		list := make([]int, n)
		for i := range list { list[i] = random.IntN(300) }
		stable, other, part := slices.Clone(list), slices.Clone(list), slices.Clone(list)
		slices.SortStableFunc(list, byTens)
		stableCmpFunc(stable, n, byTens)
		pdqsortCmpFunc(other, 0, n, 0, byTens)
		pdqsortCmpFunc(part, n/3, n/2, 0, byTens)
		if !slices.Equal(list, stable) || !slices.Equal(list, other) || !slices.IsSortedFunc(part[n/3:n/2], byTens) { fmt.Println(n, list, stable, other) }
	}
}`, 1)
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "run", filepath.Join(dir, "main.go")).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

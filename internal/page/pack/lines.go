package main

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// A program of Go carries the names of its functions and the line of every instruction,
// for traces of a stack. They are an eighth of the packed program, and nobody reads such
// traces in a browser. forgetLines takes them out of the data. What the runtime itself
// needs stays: sizes of frames, maps of pointers and the places of deferred calls.
// (runtime/symtab.go: pcHeader; runtime/runtime2.go: _func; runtime/symtabinl.go:
// inlinedCall. Of names the runtime compares two alone, runtime/stkframe.go.)
//
// The data keeps its length and its places.

// Where the fields of a pcHeader are, in bytes, and those of a _func.
const (
	pcMagic       = 0xfffffff1 // since Go 1.20
	pcFunctions   = 8
	pcNames       = 32
	pcUnits       = 40
	pcFiles       = 48
	pcTables      = 56
	pcRecords     = 64
	pcHeaderSize  = 72
	recordName    = 4
	recordFrame   = 16 // the table of frame sizes; those of files and lines follow
	recordTables  = 28 // how many further tables there are
	recordUnit    = 32
	recordLine    = 36
	recordSize    = 44
	functionEntry = 8
)

// Tables and data of a function by their number (internal/abi/symtab.go). Those of
// inlining and of arguments serve traces, and nothing stops a goroutine where it does not
// ask for it, so that the table of unsafe points is not read.
const (
	stackMapIndex = 1 // PCDATA_StackMapIndex
	panicBounds   = 4 // PCDATA_PanicBounds
	inlineTree    = 3 // FUNCDATA_InlTree
	argumentInfo  = 5 // FUNCDATA_ArgInfo
	argumentLive  = 6 // FUNCDATA_ArgLiveInfo
	noData        = 0xffffffff
)

var errLines = errors.New("the tables of lines are not as this version of Go is known to write them")

// forgetLines works on the memory that a program begins with.
func forgetLines(memory []byte) (err error) {
	defer func() {
		if recover() != nil { // an offset out of range
			err = errLines
		}
	}()
	t, err := findTables(memory)
	if err != nil {
		return err
	}
	needed := make([]bool, t.records-t.tables)
	for _, record := range t.functions() {
		t.forget(record, needed)
	}
	for i, keep := range needed {
		if !keep {
			t.data[t.tables+i] = 0
		}
	}
	clear(t.data[t.units:t.tables])
	t.forgetNames()
	return nil
}

// lineTables are the tables behind a pcHeader, as offsets from it.
type lineTables struct {
	data                                 []byte
	count                                int
	names, units, files, tables, records int
}

func findTables(memory []byte) (*lineTables, error) {
	magic := binary.LittleEndian.AppendUint32(nil, pcMagic)
	magic = append(magic, 0, 0, 1, 8) // an instruction has one byte at least, a pointer eight
	at := bytes.Index(memory, magic)
	if at < 0 || bytes.Contains(memory[at+1:], magic) {
		return nil, errLines
	}
	t := &lineTables{data: memory[at:]}
	field := func(offset int) int { return int(binary.LittleEndian.Uint64(t.data[offset:])) }
	t.count, t.names, t.units, t.files = field(pcFunctions), field(pcNames), field(pcUnits), field(pcFiles)
	t.tables, t.records = field(pcTables), field(pcRecords)
	if t.names != pcHeaderSize || t.units < t.names || t.files < t.units || t.tables < t.files || t.records < t.tables {
		return nil, errLines
	}
	return t, nil
}

// functions gives the record of each function.
func (t *lineTables) functions() [][]byte {
	var all [][]byte
	for i := range t.count {
		offset := binary.LittleEndian.Uint32(t.data[t.records+i*functionEntry+4:])
		all = append(all, t.data[t.records+int(offset):])
	}
	return all
}

// forget takes the name, file and lines out of a record, and marks the tables that it
// still needs.
func (t *lineTables) forget(record []byte, needed []bool) {
	put := binary.LittleEndian.PutUint32
	number := func(offset int) int { return int(binary.LittleEndian.Uint32(record[offset:])) }
	if !t.comparedName(number(recordName)) {
		put(record[recordName:], 0)
	}
	put(record[recordFrame+4:], 0)
	put(record[recordFrame+8:], 0)
	put(record[recordUnit:], 0)
	put(record[recordLine:], 0)
	t.mark(number(recordFrame), needed)
	tables := number(recordTables)
	for i := range tables {
		if i == stackMapIndex || i == panicBounds {
			t.mark(number(recordSize+4*i), needed)
		} else {
			put(record[recordSize+4*i:], 0)
		}
	}
	for i := range int(record[recordSize-1]) {
		if i == inlineTree || i == argumentInfo || i == argumentLive {
			put(record[recordSize+4*(tables+i):], noData)
		}
	}
}

// mark marks a table: pairs of numbers up to a first of zero, which only the first pair
// may have (runtime/symtab.go: step).
func (t *lineTables) mark(offset int, needed []bool) {
	if offset == 0 {
		return
	}
	table := t.data[t.tables+offset : t.records]
	at := 0
	for first := true; ; first = false {
		value, n := binary.Uvarint(table[at:])
		if value == 0 && !first {
			at += n
			break
		}
		_, m := binary.Uvarint(table[at+n:])
		at += n + m
	}
	for i := range at {
		needed[offset+i] = true
	}
}

// comparedName says whether the runtime asks for the name at an offset.
func (t *lineTables) comparedName(offset int) bool {
	name, _, _ := bytes.Cut(t.data[t.names+offset:t.units], []byte{0})
	return string(name) == "reflect.makeFuncStub" || string(name) == "reflect.methodValueCall"
}

// forgetNames clears the names that nobody compares.
func (t *lineTables) forgetNames() {
	for at := 0; at < t.units-t.names; {
		rest := t.data[t.names+at : t.units]
		end := bytes.IndexByte(rest, 0)
		if end < 0 {
			return
		}
		if !t.comparedName(at) {
			clear(rest[:end])
		}
		at += end + 1
	}
}

package main

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// Go writes a call, the end of a function, a string or a pointer as always the same row
// of instructions. Each row that comes often becomes a symbol of one byte: the two that
// most often follow each other become one, again and again, as long as there are bytes
// (byte pair encoding; P. Gage, A New Algorithm for Data Compression, 1994). What packs
// behind it has a quarter to look at, and finds more in it.

const (
	maxSymbols = 256
	// often is how many times an instruction is there with the same number before it
	// becomes a symbol with it. More such symbols make the page larger: tried from 3,000 on.
	often = 15_000
	// boundary stands between functions.
	boundary = -1
)

// part is an instruction of a symbol. What belongs to it is fixed, or stands in a stream.
type part struct {
	op    byte
	fixed bool
	with  string
}

// symbols are rows of instructions, and the functions as numbers of them.
type symbols struct {
	all  [][]part
	text [][]int16
}

// findSymbols finds the rows that come often.
func findSymbols(functions []function) *symbols {
	s := &symbols{}
	flat := s.single(functions)
	for len(s.all) < maxSymbols {
		left, right := mostFrequent(flat)
		if left == boundary {
			break
		}
		flat = joined(flat, left, right, int16(len(s.all)))
		s.all = append(s.all, slices.Concat(s.all[left], s.all[right]))
	}
	for len(flat) > 0 {
		end := slices.Index(flat, boundary)
		s.text = append(s.text, flat[:end])
		flat = flat[end+1:]
	}
	return s
}

// single makes each instruction a symbol: with its number where that comes often.
func (s *symbols) single(functions []function) []int16 {
	count := map[instruction]int{}
	for _, f := range functions {
		for _, one := range f.instructions {
			count[one]++
		}
	}
	known := map[instruction]int16{}
	for one, n := range count {
		if n >= often && one.with != "" {
			known[one] = 0
		}
	}
	for one := range count {
		known[instruction{op: one.op}] = 0
	}
	for _, one := range sorted(known) {
		known[one] = int16(len(s.all))
		s.all = append(s.all, []part{{one.op, one.with != "", one.with}})
	}
	var flat []int16
	for _, f := range functions {
		for _, one := range f.instructions {
			number, special := known[one]
			if !special {
				number = known[instruction{op: one.op}]
			}
			flat = append(flat, number)
		}
		flat = append(flat, boundary)
	}
	return flat
}

func sorted(known map[instruction]int16) []instruction {
	var all []instruction
	for one := range known {
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b instruction) int { return cmp.Or(cmp.Compare(a.op, b.op), cmp.Compare(a.with, b.with)) })
	return all
}

// mostFrequent gives the two that most often follow each other, or boundary if none does
// twice.
func mostFrequent(flat []int16) (left, right int16) {
	var count [maxSymbols * maxSymbols]int
	best := 0
	for i := range len(flat) - 1 {
		if flat[i] != boundary && flat[i+1] != boundary {
			count[int(flat[i])*maxSymbols+int(flat[i+1])]++
		}
	}
	for pair, n := range count {
		if n > count[best] {
			best = pair
		}
	}
	if count[best] < 2 {
		return boundary, boundary
	}
	return int16(best / maxSymbols), int16(best % maxSymbols)
}

// joined puts one in place of left and right where they follow each other.
func joined(flat []int16, left, right, one int16) []int16 {
	out := flat[:0]
	for i := 0; i < len(flat); i++ {
		if flat[i] == left && i+1 < len(flat) && flat[i+1] == right {
			out = append(out, one)
			i++
		} else {
			out = append(out, flat[i])
		}
	}
	return out
}

// append writes the symbols: of each how many instructions it has, and of each of these
// its number and what is fixed, behind its length.
func (s *symbols) append(out []byte) []byte {
	out = binary.AppendUvarint(out, uint64(len(s.all)))
	for _, symbol := range s.all {
		out = binary.AppendUvarint(out, uint64(len(symbol)))
		for _, one := range symbol {
			out = append(out, one.op, byte(len(one.with)))
			out = append(out, one.with...)
		}
	}
	return out
}

func readSymbols(in *body) [][]part {
	all := make([][]part, in.unsigned())
	for i := range all {
		for range in.unsigned() {
			op, size := in.in[in.at], int(in.in[in.at+1])
			in.at += 2
			all[i] = append(all[i], part{op, size > 0, string(in.in[in.at : in.at+size])})
			in.at += size
		}
	}
	return all
}

package source

import (
	"bytes"
	"context"
	"encoding/binary"
	"strings"

	"tlsready/internal/host"
)

// HeadLength is how much of a file the kinds look at to recognise it.
const HeadLength = 4096

// Snapshot is the name of the kind that this program writes itself: that of
// standard input, and of what an earlier run saved.
const Snapshot = "snapshot"

// Kind is one form in which hosts come as files. The lists of kinds stand in
// source/list.
type Kind struct {
	Name string
	// Sniff says whether a file is meant as this kind, by its first bytes and its
	// name. A file whose name says so but whose content is broken is meant as it.
	Sniff func(head []byte, name string) bool
	// Limit is the largest file, in bytes, that is read.
	Limit int64
	// ReadPath takes the place of Limit and Read if files are too large to be read
	// whole: it gets Input without Files.
	ReadPath func(ctx context.Context, in Input, opt Options) ([]Host, error)
	// Read makes hosts of the files of one input. The ids of the hosts are
	// relative to the input: "" for the one host of a file. An error costs the
	// whole input.
	Read func(in Input, opt Options) ([]Host, error)

	// Many says that a file is a list of hosts, which is read at once, so that its
	// hosts stand among those of other files.
	Many bool
	// Extensions are further endings that are no part of a host's name.
	Extensions []string
	// Together picks, out of the files of a folder, those that are one host
	// together, and gives the files that are still to be looked at one by one. May
	// be nil: every file is a host.
	Together func(f Folder) (together, rest []string)
	// Beside names the files that belong to one that was named alone, as the logs
	// of a hive do; may be nil.
	Beside func(path string) []string
	// Silent says that a file that no kind recognises belongs to files of this kind, and
	// can be skipped without telling anybody; may be nil.
	Silent func(name string) bool
}

// Input is what a kind reads at a time: a file, or the files that together are
// one host.
type Input struct {
	Path  string // what messages and Snapshot.Source name
	ID    string // id of the host, which names it if the files do not
	Files []File
}

// File is a file's name and content.
type File struct {
	Path string
	Data []byte
}

// Recognise gives the first of the kinds that takes a file, by its first
// HeadLength bytes and its name, or -1.
func Recognise(kinds []Kind, head []byte, name string) int {
	for i, k := range kinds {
		if k.Sniff(head, name) {
			return i
		}
	}
	return -1
}

// HeadText is the beginning of a file as text, good enough to look for ASCII
// words: byte order marks and the NULs of UTF-16 are dropped.
func HeadText(head []byte) string {
	head = bytes.TrimPrefix(head, []byte{0xef, 0xbb, 0xbf})
	if len(head) > 1 && (binary.LittleEndian.Uint16(head) == 0xfeff || binary.BigEndian.Uint16(head) == 0xfeff) {
		head = head[2:]
	}
	if bytes.IndexByte(head, 0) >= 0 {
		head = bytes.ReplaceAll(head, []byte{0}, nil)
	}
	return string(head)
}

// HasSuffixFold says whether a file name ends in suffix, without case.
func HasSuffixFold(name, suffix string) bool {
	return len(name) >= len(suffix) && strings.EqualFold(name[len(name)-len(suffix):], suffix)
}

// One is the answer of a kind whose file is a single host.
func One(in Input, s *host.Snapshot) []Host {
	return []Host{{Path: in.Path, Snapshot: s}}
}

package source

import (
	"bytes"
	"context"
	"encoding/binary"
	"strings"

	"tlsready/internal/host"
)

// sniffLength is how much of a file the kinds look at to recognise it.
const sniffLength = 4096

// Kind is one form in which hosts come as files.
type Kind struct {
	Name string
	// Sniff says whether a file is meant as this kind, by its first bytes and its
	// name. A file whose name says so but whose content is broken is meant as it.
	Sniff func(head []byte, name string) bool
	// Limit is the largest file, in bytes, that is read.
	Limit int64
	// ReadPath takes the place of Limit and Read where files are too large to be
	// read whole: it gets Input without Files.
	ReadPath func(ctx context.Context, in Input, opt Options) ([]Host, error)
	// Read makes hosts of the files of one input. The ids of the hosts are
	// relative to the input: "" for the one host of a file. An error costs the
	// whole input.
	Read func(in Input, opt Options) ([]Host, error)
}

// Input is what a kind reads at a time: a file, or the files that together are
// one host.
type Input struct {
	Path  string // what messages and Snapshot.Source name
	ID    string // id of the host, which names it where the files do not
	Files []File
}

// File is a file's name and content.
type File struct {
	Path string
	Data []byte
}

// Kinds lists the kinds in the order in which they are asked. The first that
// recognises a file reads it: those that know it by its content come before the
// one that goes by a name.
func Kinds() []Kind {
	list := []Kind{collectedKind(), snapshotKind(), exportKind(), hiveKind(), imageKind()}
	return append(append(list, exportKinds()...), brokenSnapshotKind(), inventoryKind())
}

// headText is the beginning of a file as text, good enough to look for ASCII
// words: byte order marks and the NULs of UTF-16 are dropped.
func headText(head []byte) string {
	head = bytes.TrimPrefix(head, []byte{0xef, 0xbb, 0xbf})
	if len(head) > 1 && (binary.LittleEndian.Uint16(head) == 0xfeff || binary.BigEndian.Uint16(head) == 0xfeff) {
		head = head[2:]
	}
	return string(bytes.ReplaceAll(head, []byte{0}, nil))
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

// one is the answer of a kind whose file is a single host.
func one(in Input, s *host.Snapshot) []Host {
	return []Host{{Path: in.Path, Snapshot: s}}
}

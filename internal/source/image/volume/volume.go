// Package volume finds the partitions of a disk and says what is in each.
package volume

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"

	"tlsready/internal/message"
)

// Limits: GPT has 128 entries, more are rare; logical drives of MBR have letters.
const (
	maxEntries = 1024
	maxLogical = 128
	sector     = 512
)

// Reader is a disk: ReadAt gives io.EOF past its end.
type Reader interface {
	io.ReaderAt
	Size() int64
}

// Volume is a partition, or a disk without partitions.
type Volume struct {
	Number         int // as Windows counts partitions, from 1; 0 is the whole disk
	Offset, Length int64
	Content        Content
}

// Content is what a volume holds, by its first sectors.
type Content string

// The contents that are told apart.
const (
	NTFS      Content = "NTFS"
	BitLocker Content = "BitLocker"
	ReFS      Content = "ReFS"
	FAT       Content = "FAT"
	ExFAT     Content = "exFAT"
	LVM       Content = "LVM"
	LUKS      Content = "LUKS"
	Dynamic   Content = "dynamic disk"
	Spaces    Content = "storage space"
	Other     Content = "unknown"
)

// ID is how catalogs call the content.
func (c Content) ID() string { return strings.ToLower(strings.ReplaceAll(string(c), " ", "-")) }

// Text is the content as people read it: a name, or words.
func (c Content) Text() message.Text {
	switch c {
	case Dynamic, Spaces, Other:
		return message.New("volume.content-" + c.ID())
	}
	return message.Literal(string(c))
}

// ErrNone says that there is neither a partition table nor a file system.
var ErrNone error = message.Error("volume.none")

// ErrDamaged is a partition table that contradicts itself.
var ErrDamaged error = message.Error("volume.damaged")

// ErrCut is a disk that ends within its partition table.
var ErrCut error = message.Error("volume.cut")

// The types that say what the first sectors of a partition cannot, as GPT stores
// them: the mixed byte order of Windows.
const (
	typeDynamic = "\xa0\x60\x9b\xaf\x31\x14\x62\x4f\xbc\x68\x33\x11\x71\x4a\x69\xad" // AF9B60A0-1431-4F62-BC68-3311714A69AD
	typeSpaces  = "\x8f\xaf\x5c\xe7\x80\xf6\xee\x4c\xaf\xa3\xb0\x01\xe5\x6e\xfc\x2d" // E75CAF8F-F680-4CEE-AFA3-B001E56EFC2D
)

// Find lists the volumes of a disk in the order of the partition table. Errors
// wrap ErrNone, ErrDamaged or ErrCut, or come from the disk.
func Find(d Reader) ([]Volume, error) {
	first, err := read(d, 0, min(8*sector, d.Size()))
	if err != nil {
		return nil, err
	}
	if content := contentOf(first); content != Other {
		return []Volume{{Length: d.Size(), Content: content}}, nil
	}
	list, err := table(d, first)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Content != "" {
			continue // told by its type
		}
		if list[i].Content, err = look(d, list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// look reads the first sectors of a partition. One that begins past the end of the
// disk is unknown, not an error, because another may hold Windows.
func look(d Reader, v Volume) (Content, error) {
	if v.Offset >= d.Size() {
		return Other, nil
	}
	head, err := read(d, v.Offset, min(8*sector, v.Length, d.Size()-v.Offset))
	if err != nil {
		return "", err
	}
	return contentOf(head), nil
}

func read(d Reader, off, n int64) ([]byte, error) {
	p := make([]byte, n)
	m, err := d.ReadAt(p, off)
	switch {
	case m == len(p):
		return p, nil
	case errors.Is(err, io.EOF):
		return nil, message.Because(ErrCut, "volume.cut-at", message.Hex("offset", off+n))
	}
	return nil, message.Error("volume.at", message.Hex("offset", off), message.Cause("why", err))
}

// contentOf tells a file system by its first sectors. A boot sector of FAT looks
// like a partition table, so FAT is tried first.
func contentOf(head []byte) Content {
	at := func(off int, magic string) bool {
		return len(head) >= off+len(magic) && string(head[off:off+len(magic)]) == magic
	}
	switch {
	case at(3, "NTFS    "):
		return NTFS
	case at(3, "-FVE-FS-"):
		return BitLocker
	case at(3, "ReFS\x00\x00\x00\x00"):
		return ReFS
	case at(3, "EXFAT   "):
		return ExFAT
	case at(54, "FAT1"), at(82, "FAT32"):
		return FAT
	case at(0, "LUKS\xba\xbe"):
		return LUKS
	}
	for off := 0; off < 4*sector; off += sector {
		if at(off, "LABELONE") && at(off+24, "LVM2") {
			return LVM
		}
	}
	return Other
}

func table(d Reader, first []byte) ([]Volume, error) {
	for _, size := range []int64{512, 4096} {
		list, err := gpt(d, size)
		if list != nil || err != nil {
			return list, err
		}
	}
	if len(first) < sector || first[510] != 0x55 || first[511] != 0xaa {
		return nil, ErrNone
	}
	return mbr(d, first)
}

// gpt reads a GPT with sectors of a size (UEFI specification, section 5.3), nil
// if there is none. The copy at the end counts if the first is damaged.
func gpt(d Reader, size int64) ([]Volume, error) {
	if d.Size() < 3*size {
		return nil, nil
	}
	var damage error
	for _, off := range []int64{size, (d.Size()/size - 1) * size} {
		h, err := read(d, off, size)
		if err != nil {
			return nil, err
		}
		if string(h[:8]) != "EFI PART" {
			continue
		}
		list, err := gptEntries(d, h, off, size)
		if err == nil || !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrCut) {
			return list, err
		}
		damage = err
	}
	return nil, damage
}

func gptEntries(d Reader, h []byte, off, size int64) ([]Volume, error) {
	little := binary.LittleEndian
	length := int64(little.Uint32(h[12:]))
	if length < 92 || length > size {
		return nil, message.Because(ErrDamaged, "volume.header-size", message.Hex("offset", off), message.Int("size", length))
	}
	sum := bytes.Clone(h[:length])
	clear(sum[16:20])
	if crc32.ChecksumIEEE(sum) != little.Uint32(h[16:]) {
		return nil, message.Because(ErrDamaged, "volume.gpt-checksum", message.Hex("offset", off))
	}
	at, n, each := little.Uint64(h[72:]), int64(little.Uint32(h[80:])), int64(little.Uint32(h[84:]))
	if at > uint64(d.Size()/size) || n > maxEntries || each < 128 || each > 4096 {
		return nil, message.Because(ErrDamaged, "volume.gpt-entries", message.Hex("offset", off), message.Int("count", n), message.Int("size", each), message.Int("sector", at))
	}
	raw, err := read(d, int64(at)*size, n*each)
	if err != nil {
		return nil, err
	}
	if crc32.ChecksumIEEE(raw) != little.Uint32(h[88:]) {
		return nil, message.Because(ErrDamaged, "volume.gpt-entries-checksum", message.Hex("offset", int64(at)*size))
	}
	list := []Volume{}
	for i := range n {
		e := raw[i*each:]
		first, last := little.Uint64(e[32:]), little.Uint64(e[40:])
		if bytes.Equal(e[:16], make([]byte, 16)) {
			continue
		}
		if first > last || last > 1<<50/uint64(size) {
			return nil, message.Because(ErrDamaged, "volume.partition", message.Int("n", i+1), message.Int("first", first), message.Int("last", last))
		}
		v := Volume{Number: len(list) + 1, Offset: int64(first) * size, Length: int64(last-first+1) * size}
		switch string(e[:16]) {
		case typeDynamic:
			v.Content = Dynamic
		case typeSpaces:
			v.Content = Spaces
		}
		list = append(list, v)
	}
	return list, nil
}

// The types of MBR entries that matter.
const (
	mbrDynamic = 0x42
	mbrGPT     = 0xee
)

func extended(kind byte) bool { return kind == 0x05 || kind == 0x0f || kind == 0x85 }

// mbr reads the four entries and the chain of logical drives.
func mbr(d Reader, first []byte) ([]Volume, error) {
	list := []Volume{}
	var chain int64
	for i := range 4 {
		kind, v := mbrEntry(first, i, 0)
		switch {
		case kind == 0 || v.Length == 0:
		case kind == mbrGPT:
			return nil, message.Because(ErrDamaged, "volume.gpt-no-header")
		case extended(kind):
			chain = v.Offset
		default:
			if v.Number = len(list) + 1; kind == mbrDynamic {
				v.Content = Dynamic
			}
			list = append(list, v)
		}
	}
	if chain > 0 {
		var err error
		if list, err = logical(d, chain, list); err != nil {
			return nil, err
		}
	}
	if len(list) == 0 {
		return nil, ErrNone
	}
	return list, nil
}

func mbrEntry(table []byte, i int, base int64) (kind byte, v Volume) {
	e := table[446+16*i:]
	start, length := int64(binary.LittleEndian.Uint32(e[8:])), int64(binary.LittleEndian.Uint32(e[12:]))
	return e[4], Volume{Offset: base + start*sector, Length: length * sector}
}

// logical follows the chain of extended boot records: each holds a drive, counted
// from itself, and the next record, counted from the first.
func logical(d Reader, chain int64, list []Volume) ([]Volume, error) {
	at := chain
	for range maxLogical {
		if at >= d.Size() {
			return list, nil // a disk that is cut short; the first partitions may do
		}
		record, err := read(d, at, sector)
		if err != nil {
			return nil, err
		}
		if record[510] != 0x55 || record[511] != 0xaa {
			return nil, message.Because(ErrDamaged, "volume.no-ebr", message.Hex("offset", at))
		}
		if kind, v := mbrEntry(record, 0, at); kind != 0 && v.Length > 0 {
			v.Number = len(list) + 1
			list = append(list, v)
		}
		kind, next := mbrEntry(record, 1, chain)
		if !extended(kind) || next.Length == 0 {
			return list, nil
		}
		at = next.Offset
	}
	return nil, message.Because(ErrDamaged, "volume.logical-drives", message.Int("limit", maxLogical))
}

package volume

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"strings"
	"testing"
)

// disk is a disk of bytes.
type disk struct{ *bytes.Reader }

func (d disk) ReadAt(p []byte, off int64) (int, error) { return d.Reader.ReadAt(p, off) }

func newDisk(p []byte) disk { return disk{bytes.NewReader(p)} }

const size = 64 << 10

// withGPT is a disk with a GPT of two partitions, with its copy at the end.
func withGPT(sector int) []byte {
	little := binary.LittleEndian
	p := make([]byte, size)
	p[450], p[510], p[511] = mbrGPT, 0x55, 0xaa
	little.PutUint32(p[454:], 1)
	little.PutUint32(p[458:], 0xffffffff)
	entries := make([]byte, 4*128)
	for i, e := range []struct{ first, last uint64 }{{4, 5}, {0, 0}, {6, 9}} {
		if e.first == 0 {
			continue
		}
		entries[128*i] = byte(1 + i)
		little.PutUint64(entries[128*i+32:], e.first)
		little.PutUint64(entries[128*i+40:], e.last)
	}
	for _, at := range []struct{ header, entries int }{{1, 2}, {size/sector - 1, size/sector - 2}} {
		h := make([]byte, 92)
		copy(h, "EFI PART")
		little.PutUint32(h[12:], 92)
		little.PutUint64(h[72:], uint64(at.entries))
		little.PutUint32(h[80:], 4)
		little.PutUint32(h[84:], 128)
		little.PutUint32(h[88:], crc32.ChecksumIEEE(entries))
		little.PutUint32(h[16:], crc32.ChecksumIEEE(h))
		copy(p[at.header*sector:], h)
		copy(p[at.entries*sector:], entries)
	}
	copy(p[4*sector+3:], "NTFS    ")
	copy(p[6*sector+3:], "-FVE-FS-")
	return p
}

func entry(p []byte, i int, kind byte, start, length uint32) {
	e := p[446+16*i:]
	e[4] = kind
	binary.LittleEndian.PutUint32(e[8:], start)
	binary.LittleEndian.PutUint32(e[12:], length)
	p[510], p[511] = 0x55, 0xaa
}

// withMBR is a disk with two partitions and two logical drives.
func withMBR() []byte {
	p := make([]byte, size)
	entry(p, 0, 7, 2, 8)
	entry(p, 1, 0x0f, 20, 60)
	entry(p, 3, mbrDynamic, 100, 8)
	entry(p[20*512:], 0, 7, 2, 8)
	entry(p[20*512:], 1, 5, 20, 20)
	entry(p[40*512:], 0, 7, 2, 8)
	copy(p[2*512+3:], "NTFS    ")
	copy(p[22*512+3:], "ReFS\x00\x00\x00\x00")
	copy(p[42*512+82:], "FAT32")
	return p
}

func changed(p []byte, off int, text string) []byte {
	copy(p[off:], text)
	return p
}

// TestFind proves which partitions are found and what is said to be in them.
func TestFind(t *testing.T) {
	gpt := func(sector int64) []Volume {
		return []Volume{{1, 4 * sector, 2 * sector, NTFS}, {2, 6 * sector, 4 * sector, BitLocker}}
	}
	twice := changed(withGPT(512), 512, "damaged!")
	for _, c := range []struct {
		name  string
		data  []byte
		want  []Volume
		cause error
		words string
	}{
		{"gpt", withGPT(512), gpt(512), nil, ""},
		{"gpt 4Kn", withGPT(4096), gpt(4096), nil, ""},
		{"gpt, first header gone", twice, gpt(512), nil, ""},
		{"gpt, entries damaged", changed(withGPT(512), 1024+50, "x"), gpt(512), nil, ""},
		{"gpt, both damaged", changed(changed(withGPT(512), 520, "x"), size-500, "x"), nil, ErrDamaged, "checksum"},
		{"gpt, both gone", changed(changed(withGPT(512), 512, "x"), size-512, "x"), nil, ErrDamaged, "neither"},
		{"mbr", withMBR(), []Volume{{1, 1024, 4096, NTFS}, {2, 51200, 4096, Dynamic}, {3, 22 * 512, 4096, ReFS}, {4, 42 * 512, 4096, FAT}}, nil, ""},
		{"mbr, chain broken", changed(withMBR(), 40*512+510, "xx"), nil, ErrDamaged, "extended boot record"},
		{"no partitions", changed(make([]byte, size), 3, "NTFS    "), []Volume{{0, 0, size, NTFS}}, nil, ""},
		{"lvm", changed(make([]byte, size), 512, "LABELONE"+strings.Repeat("\x00", 16)+"LVM2 001"), []Volume{{0, 0, size, LVM}}, nil, ""},
		{"luks", changed(make([]byte, size), 0, "LUKS\xba\xbe"), []Volume{{0, 0, size, LUKS}}, nil, ""},
		{"nothing", make([]byte, size), nil, ErrNone, ""},
		{"empty", nil, nil, ErrNone, ""},
		{"mbr without entries", changed(make([]byte, size), 510, "\x55\xaa"), nil, ErrNone, ""},
	} {
		got, err := Find(newDisk(c.data))
		if !slices.Equal(got, c.want) || !errors.Is(err, c.cause) || err != nil && !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
}

// TestLoop proves that a chain of logical drives that leads back ends.
func TestLoop(t *testing.T) {
	p := withMBR()
	entry(p[40*512:], 1, 5, 20, 20)
	if _, err := Find(newDisk(p)); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "leads back") {
		t.Errorf("got %v", err)
	}
}

// TestCut proves that a partition past the end of the disk is listed, because what
// is missing should be named.
func TestCut(t *testing.T) {
	got, err := Find(newDisk(withMBR()[:30*512]))
	if err != nil || len(got) != 3 || got[2].Content != ReFS {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := Find(newDisk(withMBR()[:40*512+100])); !errors.Is(err, ErrCut) {
		t.Errorf("within a record: %v", err)
	}
}

// FuzzFind reads mutated partition tables: no panic, no hang, volumes within
// bounds.
func FuzzFind(f *testing.F) {
	f.Add(withGPT(512)[:8192])
	f.Add(withMBR())
	f.Fuzz(func(t *testing.T, data []byte) {
		// Checksums are put right, to reach the code that comes after they are checked.
		if len(data) >= 4096 && string(data[512:520]) == "EFI PART" {
			little := binary.LittleEndian
			at, n := int(little.Uint64(data[512+72:])%64), int(little.Uint32(data[512+80:])%16)*int(little.Uint32(data[512+84:])%512)
			little.PutUint32(data[512+88:], crc32.ChecksumIEEE(data[min(at*512, len(data)):min(at*512+n, len(data))]))
			clear(data[512+16 : 512+20])
			if length := int(little.Uint32(data[512+12:])); length <= 512 {
				little.PutUint32(data[512+16:], crc32.ChecksumIEEE(data[512:512+length]))
			}
		}
		list, err := Find(newDisk(data))
		if err != nil && !errors.Is(err, ErrNone) && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrCut) {
			t.Fatal(err)
		}
		for _, v := range list {
			if v.Offset < 0 || v.Length < 0 || v.Content == "" {
				t.Fatalf("%+v", v)
			}
		}
	})
}

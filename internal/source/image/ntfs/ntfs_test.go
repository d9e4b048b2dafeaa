package ntfs

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
)

// small is a volume of 2 MB that mkntfs and ntfs-3g made: Windows\System32 with 60
// libraries, and config with SYSTEM (10,240 bytes), SOFTWARE ("small") and an
// empty log; "sparse", which has "end" after a hole of 100,000 bytes; and
// \pieces, 307,200 bytes in runs of 2 KB.
func small(t testing.TB) []byte {
	t.Helper()
	f, err := os.Open("testdata/windows.ntfs.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func pattern(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i)
	}
	return p
}

// contents are what the files of the volume hold.
func contents() map[string][]byte {
	return map[string][]byte{
		`Windows\System32\config\SYSTEM`:      pattern(10240),
		`windows\SYSTEM32\Config\software`:    []byte("small"),
		`Windows\System32\config\SYSTEM.LOG1`: {},
		`Windows\System32\config\sparse`:      append(make([]byte, 100000), "end"...),
		`pieces`:                              pattern(307200),
	}
}

func read(disk []byte, path string) ([]byte, error) {
	v, err := Open(bytes.NewReader(disk), 0, int64(len(disk)))
	if err != nil {
		return nil, err
	}
	f, err := v.Find(path)
	if err != nil {
		return nil, err
	}
	return f.Read(1 << 20)
}

// TestRead proves that files are found without regard to case and read whole:
// resident, in one run, in many, with holes.
func TestRead(t *testing.T) {
	disk := small(t)
	for path, want := range contents() {
		if got, err := read(disk, path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
	}
	for _, path := range []string{"Windows\\System", "nothing", `pieces\x`, `Windows\System32\config\SYSTEM.LOG2`} {
		if _, err := read(disk, path); !errors.Is(err, ErrNotExist) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := read(disk, `Windows\System32`); !errors.Is(err, ErrUnsupported) {
		t.Errorf("a folder: %v", err)
	}
	v, err := Open(bytes.NewReader(disk), 0, int64(len(disk)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := v.Find("pieces")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Read(1000); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "limit") {
		t.Errorf("over the limit: %v", err)
	}
	if s, err := v.stream(f.record, attrData, ""); err != nil || len(s.runs) < 20 {
		t.Errorf("the file is not in pieces: %v", err)
	}
}

// TestDirty proves that a volume that was not closed is told from one that was.
func TestDirty(t *testing.T) {
	disk := small(t)
	mft := int(binary.LittleEndian.Uint64(disk[48:])) * 1024
	record := disk[mft+recordVolume*1024 : mft+(recordVolume+1)*1024]
	at := int(binary.LittleEndian.Uint16(record[20:]))
	for binary.LittleEndian.Uint32(record[at:]) != attrVolume {
		at += int(binary.LittleEndian.Uint32(record[at+4:]))
	}
	flags := record[at+int(binary.LittleEndian.Uint16(record[at+20:]))+10:]
	for _, dirty := range []bool{false, true} {
		flags[0] = 0
		if dirty {
			flags[0] = 1
		}
		v, err := Open(bytes.NewReader(disk), 0, int64(len(disk)))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := v.Dirty(); got != dirty || err != nil {
			t.Errorf("%v, %v", got, err)
		}
	}
}

// TestCut proves that a volume cut at any place gives whole files or says that it
// is cut.
func TestCut(t *testing.T) {
	disk := small(t)
	for size := 0; size < len(disk); size += 7 * 512 {
		for path, want := range contents() {
			v, err := Open(bytes.NewReader(disk[:size]), 0, int64(len(disk)))
			var got []byte
			if err == nil {
				var f *File
				if f, err = v.Find(path); err == nil {
					got, err = f.Read(1 << 20)
				}
			}
			if err == nil && !bytes.Equal(got, want) || err != nil && !errors.Is(err, ErrCut) {
				t.Fatalf("%s of %d bytes: %d bytes, %v", path, size, len(got), err)
			}
		}
	}
}

// TestDamage proves that numbers of the boot sector that cannot be, and records
// that are torn or belong to another file, are errors.
func TestDamage(t *testing.T) {
	disk := small(t)
	mft := int(binary.LittleEndian.Uint64(disk[48:])) * 1024
	for _, c := range []struct {
		name, words string
		off         int
		bytes       string
	}{
		{"signature", "boot sector", 3, "FAT     "},
		{"sectors", "sectors of 3", 11, "\x03\x00"},
		{"clusters", "clusters of", 13, "\x03"},
		{"large clusters", "clusters of", 13, "\x81"},
		{"size", "volume of", 40, "\xff\xff\xff\xff\xff\xff\xff\xff"},
		{"mft", "table of files", 48, "\xff\xff\xff\xff\xff\xff\xff\x7f"},
		{"records", "file records of", 64, "\x80"},
		{"record signature", "BAAD", mft, "BAAD"},
		{"torn record", "written in part", mft + 510, "xx"},
		{"marks", "sector marks", mft + 6, "\xff\xff"},
		{"root not in use", "not in use", mft + 5*1024 + 22, "\x00\x00"},
		{"root used again", "", mft + 5*1024 + 24, "\xff\xff\xff\xff"},
		{"attribute", "does not fit", mft + 5*1024 + int(binary.LittleEndian.Uint16(disk[mft+5*1024+20:])) + 4, "\xff\xff\xff\xff"},
	} {
		other := bytes.Clone(disk)
		copy(other[c.off:], c.bytes)
		if _, err := read(other, `Windows\System32\config\SYSTEM`); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestSparesTheDisk proves that a file is found without reading the volume.
func TestSparesTheDisk(t *testing.T) {
	disk := small(t)
	c := &counted{Reader: bytes.NewReader(disk)}
	v, err := Open(c, 0, int64(len(disk)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := v.Find(`Windows\System32\config\SOFTWARE`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Read(100); err != nil {
		t.Fatal(err)
	}
	if c.n > 64<<10 {
		t.Errorf("%d bytes read", c.n)
	}
}

type counted struct {
	*bytes.Reader
	n int
}

func (c *counted) ReadAt(p []byte, off int64) (int, error) {
	c.n += len(p)
	return c.Reader.ReadAt(p, off)
}

// FuzzVolume changes a sound volume in two places: no panic, no hang, no endless
// walk, and every error is one of the room.
func FuzzVolume(f *testing.F) {
	disk := small(f)
	mft := binary.LittleEndian.Uint64(disk[48:]) * 1024
	for _, off := range []uint64{0, 11, 40, 64, mft, mft + 20, mft + 56, mft + 5*1024 + 20, mft + 66*1024 + 56, mft + 70*1024 + 200} {
		f.Add(uint32(off), []byte{0xff}, uint32(off+300), []byte{0, 1})
	}
	f.Fuzz(func(t *testing.T, off uint32, patch []byte, off2 uint32, patch2 []byte) {
		other := bytes.Clone(disk)
		copy(other[int(off)%len(other):], patch)
		copy(other[int(off2)%len(other):], patch2)
		for path := range contents() {
			_, err := read(other, path)
			if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNotExist) && !errors.Is(err, ErrCut) && !errors.Is(err, ErrUnsupported) {
				t.Fatal(err)
			}
		}
	})
}

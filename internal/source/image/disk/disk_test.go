package disk

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"tlsready/internal/message"
)

const (
	testSize = 3 << 20
	idBase   = "00112233-4455-6677-8899-aabbccddeeff"
	idOther  = "00112233-4455-6677-8899-aabbccddee00"
	vhdBase  = "sixteen bytes id"
	vhdOther = "another image id"
)

// The contents of a parent and a child: own sectors, the parent's, both in one
// block, neither.
func parentContent() content { return content{0: 1, 1: 2, 7: 3, 2048: 4, 2049: 5, 6143: 6} }

func childContent() content { return content{1: 20, 2: 21, 2049: 22, 4096: 23} }

func whole(t *testing.T, files *Files, path string) []byte {
	t.Helper()
	d, err := Open(files, path)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(io.NewSectionReader(d, 0, d.Size()))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// chains are a child over a parent in each format.
func chains() map[string]map[string][]byte {
	p, c := parentContent(), childContent()
	return map[string]map[string][]byte{
		"vhd":   {"base": builtVHD(testSize, p, vhdBase, "", ""), "child": builtVHD(testSize, c, vhdOther, vhdBase, `C:\machines\base`)},
		"vhdx":  {"base": builtVHDX(testSize, p, idBase, idOther, "", zeroGUID), "child": builtVHDX(testSize, c, idOther, idBase, `.\base`, zeroGUID)},
		"qcow2": {"base": builtQcow(testSize, p, ""), "child": builtQcow(testSize, merged(c, p, 8), "base")},
		"vmdk":  {"base": builtVMDK(testSize, p, "12345678", noParent, ""), "child": builtVMDK(testSize, merged(c, p, 8), "87654321", "12345678", "base")},
	}
}

// merged fills blocks that exist in c with what the parent has there, as formats
// without sector bitmaps do.
func merged(c, parent content, sectors int64) content {
	all := c.over(nil)
	for _, b := range c.blocks(sectors) {
		for s, fill := range parent {
			if _, own := c[s]; !own && s/sectors == b {
				all[s] = fill
			}
		}
	}
	return all
}

// TestChains proves that each sector of a chain comes from the newest image that
// has it, in every format.
func TestChains(t *testing.T) {
	p, c := parentContent(), childContent()
	for format, files := range chains() {
		t.Run(format, func(t *testing.T) {
			if got := whole(t, memory(t, files), "base"); !bytes.Equal(got, p.disk(testSize)) {
				t.Error("the parent differs")
			}
			if got := whole(t, memory(t, files), "child"); !bytes.Equal(got, c.over(p).disk(testSize)) {
				t.Error("the child differs")
			}
			d, err := Open(memory(t, files), "child")
			if err != nil {
				t.Fatal(err)
			}
			odd := make([]byte, 5000)
			if n, err := d.ReadAt(odd, 700); n != len(odd) || err != nil || !bytes.Equal(odd, c.over(p).disk(testSize)[700:5700]) {
				t.Errorf("a read across blocks differs: %d, %v", n, err)
			}
			if n, err := d.ReadAt(odd, testSize-10); n != 10 || !errors.Is(err, io.EOF) {
				t.Errorf("at the end: %d, %v", n, err)
			}
		})
	}
}

// TestParents proves that a parent that is missing, or another disk, is an error.
func TestParents(t *testing.T) {
	others := map[string][]byte{
		"vhd": builtVHD(testSize, parentContent(), vhdOther, "", ""), "vhdx": builtVHDX(testSize, parentContent(), idOther, idOther, "", zeroGUID),
		"vmdk": builtVMDK(testSize, parentContent(), "deadbeef", noParent, ""),
	}
	for format, files := range chains() {
		child := files["child"]
		_, err := Open(memory(t, map[string][]byte{"child": child}), "child")
		check(t, format+" without parent", err, ErrParent, "base", "parent")
		if other, ok := others[format]; ok {
			_, err = Open(memory(t, map[string][]byte{"child": child, "base": other}), "child")
			check(t, format+" with another parent", err, ErrParent, "is not the parent", "as it was")
			_, err = Open(memory(t, map[string][]byte{"child": child, "base": make([]byte, testSize)}), "child")
			check(t, format+" over raw", err, ErrParent, "it is no", "as it was")
		}
	}
	_, err := Open(memory(t, map[string][]byte{"child": builtQcow(testSize, nil, "child")}), "child")
	check(t, "its own parent", err, ErrDamaged, "leads back to itself", "")
}

// check holds an error against its cause, words and hint.
func check(t *testing.T, name string, err, cause error, words, hint string) {
	t.Helper()
	var e *message.Problem
	if !errors.As(err, &e) || !errors.Is(err, cause) || !strings.Contains(e.Error(), words) || !strings.Contains(message.English(e.Hint), hint) {
		t.Errorf("%s: got %v", name, err)
	}
}

// TestNetworkParent proves that a parent on another machine is not looked for
// there: an image must not make this machine log on elsewhere.
func TestNetworkParent(t *testing.T) {
	for _, name := range []string{`\\203.0.113.1\share\base`, "//203.0.113.1/share/base", `\\?\UNC\203.0.113.1\share\base`} {
		var asked []string
		files := memory(t, nil)
		inner := files.open
		files.open = func(path string) (io.ReaderAt, int64, error) {
			asked = append(asked, path)
			return inner(path)
		}
		if _, ok := files.beside("child", name); ok || len(asked) != 1 || asked[0] != "base" {
			t.Errorf("%s: looked at %q", name, asked)
		}
	}
}

// TestDamage proves that each number of a header that cannot be is an error, and
// that features that are not read are named.
func TestDamage(t *testing.T) {
	qcow := func(off int, fields ...any) []byte {
		p := builtQcow(testSize, parentContent(), "")
		put(p, binary.BigEndian, off, fields...)
		return p
	}
	vmdk := func(off int, fields ...any) []byte {
		p := builtVMDK(testSize, parentContent(), "12345678", noParent, "")
		put(p, binary.LittleEndian, off, fields...)
		return p
	}
	vhdx := func(off int, fields ...any) []byte {
		p := builtVHDX(testSize, parentContent(), idBase, idOther, "", zeroGUID)
		put(p, binary.LittleEndian, off, fields...)
		return p
	}
	vhd := func(off int, fields ...any) []byte {
		p := builtVHD(testSize, parentContent(), vhdBase, "", "")
		put(p, binary.BigEndian, off, fields...)
		put(p, binary.BigEndian, 512+36, vhdSum(p[512:1536], 36))
		return p
	}
	meta := 3*vhdxMB + 64<<10
	for _, c := range []struct {
		name  string
		data  []byte
		cause error
		words string
	}{
		{"qcow version", qcow(4, uint32(9)), ErrUnsupported, "version 9"},
		{"qcow clusters", qcow(20, uint32(40)), ErrDamaged, "2^40"},
		{"qcow size", qcow(24, uint64(1)<<62), ErrDamaged, "bytes"},
		{"qcow encrypted", qcow(32, uint32(1)), ErrUnsupported, "encrypted"},
		{"qcow short table", qcow(36, uint32(0)), ErrDamaged, "0 entries"},
		{"qcow corrupt", qcow(72, uint64(2)), ErrDamaged, "corrupt"},
		{"qcow external", qcow(72, uint64(4)), ErrUnsupported, "external"},
		{"qcow zstd", qcow(72, uint64(8)), ErrUnsupported, "zstd"},
		{"qcow unknown feature", qcow(72, uint64(1<<40)), ErrUnsupported, "not known"},
		{"qcow backing name", qcow(8, uint64(1<<40), uint32(5)), ErrDamaged, "backing file"},
		{"vmdk version", vmdk(4, uint32(7)), ErrUnsupported, "version 7"},
		{"vmdk grain", vmdk(20, uint64(3)), ErrDamaged, "grains of 3"},
		{"vmdk capacity", vmdk(12, uint64(1)<<60), ErrDamaged, "sectors"},
		{"vmdk tables", vmdk(44, uint32(0)), ErrDamaged, "grains"},
		{"vmdk descriptor", vmdk(28, uint64(1)<<60), ErrDamaged, "descriptor"},
		{"vmdk no extent", vmdk(512, "# Disk DescriptorFile\n\x00"+strings.Repeat("\n", 300)), ErrDamaged, "no extent"},
		{"vhdx headers", vhdx(64<<10, "xxxx"+strings.Repeat("x", 64<<10)), ErrDamaged, "two headers"},
		{"vhdx regions", vhdx(192<<10, strings.Repeat("x", 128<<10)), ErrDamaged, "region tables"},
		{"vhdx metadata", vhdx(3*vhdxMB, "nothing!"), ErrDamaged, "metadata table"},
		{"vhdx block size", vhdx(meta, uint32(3<<20)), ErrDamaged, "blocks of"},
		{"vhdx size", vhdx(meta+8, uint64(1)<<50), ErrDamaged, "entries"},
		{"vhdx sector", vhdx(meta+16, uint32(100)), ErrDamaged, "sectors of 100"},
		{"vhdx log", builtVHDX(testSize, nil, idBase, idOther, "", idOther), ErrDamaged, "no sound entries"},
		{"vhd block size", vhd(512+32, uint32(1000)), ErrDamaged, "blocks of 1000"},
		{"vhd blocks", vhd(512+28, uint32(1)), ErrDamaged, "less than the disk"},
		{"vhd table", vhd(512+16, uint64(1)<<60), ErrDamaged, "blocks"},
		{"vhd header", vhd(512, "nosparse"), ErrDamaged, "header of a dynamic disk"},
	} {
		_, err := Open(memory(t, map[string][]byte{"fs01": c.data}), "fs01")
		check(t, c.name, err, c.cause, c.words, "")
	}
	footer := builtVHD(testSize, nil, vhdBase, "", "")
	footer[len(footer)-512+41]++
	_, err := Open(memory(t, map[string][]byte{"fs01": footer}), "fs01")
	check(t, "vhd footer", err, ErrDamaged, "checksum of the footer", "")
}

// TestCut proves for every format and length that an image cut short gives what
// was on the disk or an error, never something else.
func TestCut(t *testing.T) {
	for format, files := range chains() {
		want := parentContent().disk(testSize)
		base := files["base"]
		for size := 512; size < len(base); size += max(512, len(base)/300/512*512) {
			d, err := Open(memory(t, map[string][]byte{"fs01." + format: base[:size]}), "fs01."+format)
			if err != nil {
				var e *message.Problem
				if !errors.As(err, &e) || e.Hint.IsZero() {
					t.Fatalf("%s, %d bytes: %v", format, size, err)
				}
				continue
			}
			got := make([]byte, 4096)
			for off := int64(0); off < testSize; off += 4096 {
				if n, err := d.ReadAt(got, off); err == nil && !bytes.Equal(got[:n], want[off:off+int64(n)]) {
					t.Fatalf("%s, %d bytes: offset %d differs", format, size, off)
				} else if err != nil && !errors.Is(err, ErrCut) {
					t.Fatalf("%s, %d bytes: %v", format, size, err)
				}
			}
		}
	}
}

// TestLog proves that an image that was not closed is read with its log: the
// newest sequence, also one that goes round the end of the ring; and that a log
// that is damaged is an error.
func TestLog(t *testing.T) {
	little := binary.LittleEndian
	for _, at := range []int{0, 5 * logSector, vhdxMB - logSector} {
		p := builtVHDX(testSize, parentContent(), idBase, idOther, "", idOther)
		table := bytes.Clone(p[2*vhdxMB:][:logSector])
		put(p, little, 2*vhdxMB, make([]byte, logSector)) // the table was not written yet
		older := builtLogEntry(8*logSector, 3, patch{off: 2 * vhdxMB, length: logSector})
		writeRing(p[vhdxMB:2*vhdxMB], 8*logSector, older)
		first := builtLogEntry(at, 7, patch{off: 2 * vhdxMB, length: vhdxMB})
		next := (at + len(first)) % vhdxMB
		writeRing(p[vhdxMB:2*vhdxMB], at, first)
		writeRing(p[vhdxMB:2*vhdxMB], next, builtLogEntry(at, 8, patch{2 * vhdxMB, logSector, table}))
		if got := whole(t, memory(t, map[string][]byte{"fs01": p}), "fs01"); !bytes.Equal(got, parentContent().disk(testSize)) {
			t.Errorf("log at 0x%x: the disk differs", at)
		}
	}
	p := builtVHDX(testSize, parentContent(), idBase, idOther, "", idOther)
	bad := builtLogEntry(0, 7, patch{2 * vhdxMB, logSector, make([]byte, logSector)})
	copy(bad[logSector:], "xxxx")
	writeRing(p[vhdxMB:2*vhdxMB], 0, sealed(bad))
	_, err := Open(memory(t, map[string][]byte{"fs01": p}), "fs01")
	check(t, "data sector", err, ErrDamaged, "contradicts itself", "copy")
}

func writeRing(ring []byte, at int, entry []byte) {
	n := copy(ring[at:], entry)
	copy(ring, entry[n:])
}

// TestDescriptor proves that extents of a descriptor follow each other, and that
// what is no extent is named by its line.
func TestDescriptor(t *testing.T) {
	head := "# Disk DescriptorFile\r\nCID=fffffffe\r\nparentCID=ffffffff\r\n"
	files := map[string][]byte{
		"fs01.vmdk": []byte(head + "RW 2 FLAT \"a b.vmdk\" 1\r\nRW 3 ZERO\r\nRW 1 VMFS \"c.vmdk\"\r\n"),
		"a b.vmdk":  content{0: 1, 1: 2, 2: 3}.disk(3 * 512), "c.vmdk": content{0: 9}.disk(512),
	}
	if got := whole(t, memory(t, files), "fs01.vmdk"); !bytes.Equal(got, content{0: 2, 1: 3, 5: 9}.disk(6*512)) {
		t.Error("the disk differs")
	}
	for _, c := range []struct {
		line, words string
		cause       error
	}{
		{"RW many FLAT \"c.vmdk\"", "line 4", ErrDamaged},
		{"RW 1 FLAT \"c.vmdk", "line 4", ErrDamaged},
		{"RW 1 FLAT c.vmdk", "line 4", ErrDamaged},
		{"RW 1 FLAT \"c.vmdk\" -1", "line 4", ErrDamaged},
		{"RW 9 FLAT \"c.vmdk\" 0", "cut short", ErrCut},
		{"RW 1 SPARSE \"c.vmdk\"", "no sparse extent", ErrDamaged},
		{"RW 1 VMFSSPARSE \"c.vmdk\"", "VMFSSPARSE", ErrUnsupported},
		{"RW 1 FLAT \"d.vmdk\" 0", "d.vmdk", ErrParent},
		{"RW 1 SPARSE \"fs01.vmdk\"", "fs01.vmdk", ErrParent},
	} {
		files["fs01.vmdk"] = []byte(head + c.line)
		_, err := Open(memory(t, files), "fs01.vmdk")
		check(t, c.line, err, c.cause, c.words, "")
	}
}

// TestCancel proves that reading ends with the context, and that bytes are counted.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	files := memory(t, map[string][]byte{"fs01.img": make([]byte, 8192)})
	files.ctx = ctx
	d, err := Open(files, "fs01.img")
	if err != nil {
		t.Fatal(err)
	}
	before := files.BytesRead()
	if _, err := d.ReadAt(make([]byte, 1000), 0); err != nil || files.BytesRead() != before+1000 {
		t.Errorf("%d bytes, %v", files.BytesRead()-before, err)
	}
	cancel()
	if _, err := d.ReadAt(make([]byte, 1000), 0); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// fuzz reads mutated images over a sound parent: no panic, no hang, and every
// error is one that names the file.
func fuzz(f *testing.F, format string) {
	files := chains()[format]
	f.Add(files["base"][:min(len(files["base"]), 1<<16)])
	f.Add(files["child"])
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Open(memory(t, map[string][]byte{"child": data, "base": files["base"], "child." + format: data}), "child")
		var e *message.Problem
		if err != nil {
			if !errors.As(err, &e) {
				t.Fatalf("%v", err)
			}
			return
		}
		p := make([]byte, 5000)
		for _, off := range []int64{0, 700, 1 << 20, d.Size() / 2, d.Size() - 600} {
			if _, err := d.ReadAt(p, off); err != nil && !errors.Is(err, io.EOF) && !errors.As(err, &e) {
				t.Fatalf("%v", err)
			}
		}
	})
}

func FuzzVHD(f *testing.F) { fuzz(f, "vhd") }

func FuzzQcow(f *testing.F) { fuzz(f, "qcow2") }

func FuzzVMDK(f *testing.F) {
	f.Add([]byte("# Disk DescriptorFile\nCID=1\nparentCID=12345678\nparentFileNameHint=\"base\"\nRW 2 FLAT \"base\" 1\nRW 3 ZERO\n"))
	fuzz(f, "vmdk")
}

// FuzzVHDX changes bytes at offsets, with the checksums put right: an image has
// megabytes, of which few matter.
func FuzzVHDX(f *testing.F) {
	files := chains()["vhdx"]
	entry := builtLogEntry(0, 7, patch{2 * vhdxMB, logSector, files["child"][2*vhdxMB:][:logSector]}, patch{off: 1 << 40, length: 4096})
	copy(files["child"][vhdxMB:], entry)
	for i := range 2 {
		put(files["child"], binary.LittleEndian, (64+64*i)<<10+48, guidBytes(idOther))
	}
	for _, off := range []uint32{vhdxMB, vhdxMB + 24, vhdxMB + 64, vhdxMB + 96, vhdxMB + 4096, 64<<10 + 48, 192<<10 + 8, 2 * vhdxMB, 2*vhdxMB + 8*4096, 3*vhdxMB + 10, 3*vhdxMB + 48, 3*vhdxMB + 64<<10, 3*vhdxMB + 64<<10 + 34} {
		f.Add(off, []byte{0xff, 0xff, 0xff, 0x7f})
	}
	f.Fuzz(func(t *testing.T, off uint32, patch []byte) {
		data := bytes.Clone(files["child"])
		copy(data[int(off)%len(data):], patch)
		for _, h := range [][2]int{{64 << 10, vhdxHeader}, {192 << 10, vhdxTable}, {vhdxMB, len(entry)}} {
			copy(data[h[0]:], sealed(bytes.Clone(data[h[0]:h[0]+h[1]])))
		}
		d, err := Open(memory(t, map[string][]byte{"child": data, "base": files["base"]}), "child")
		var e *message.Problem
		if err != nil {
			if !errors.As(err, &e) {
				t.Fatalf("%v", err)
			}
			return
		}
		p := make([]byte, 5000)
		for _, at := range []int64{0, 1 << 20, 2 << 20, d.Size() - 600} {
			if _, err := d.ReadAt(p, at); err != nil && !errors.Is(err, io.EOF) && !errors.As(err, &e) {
				t.Fatalf("%v", err)
			}
		}
	})
}

package disk

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"tlsready/internal/message"
)

// The layout is Microsoft's "Virtual Hard Disk Image Format Specification";
// numbers are big-endian.
const (
	vhdMagic      = "conectix"
	vhdFooterSize = 512
	vhdHeaderSize = 1024
	vhdSector     = 512
	vhdUnused     = 0xffffffff
	vhdFixed      = 2
	vhdDynamic    = 3
	vhdDiffering  = 4
	// maxVHDBlock bounds a block; 2 MB is usual, 512 KB and 4 MB are seen.
	maxVHDBlock = 1 << 28
)

// vhdFooter is the footer of a VHD, nil if the file has none.
func (f *file) vhdFooter() ([]byte, error) {
	if f.size < vhdFooterSize {
		return nil, nil
	}
	footer, err := f.bytes(f.size-vhdFooterSize, vhdFooterSize)
	if err != nil {
		return nil, err
	}
	// Virtual PC before 2004 wrote 511 bytes.
	for _, at := range []int{0, 1} {
		if string(footer[at:at+len(vhdMagic)]) == vhdMagic {
			return footer[at : at+vhdFooterSize-1], nil
		}
	}
	if footer, err = f.bytes(0, vhdFooterSize); err == nil && string(footer[:len(vhdMagic)]) == vhdMagic {
		return nil, cut(f.path, f.size, vhdFooterSize, f.size)
	}
	return nil, err
}

// vhdSum is the checksum of footer and header: the complement of the sum of the
// bytes, without the checksum itself.
func vhdSum(p []byte, at int) uint32 {
	sum := uint32(0)
	for i, b := range p {
		if i < at || i >= at+4 {
			sum += uint32(b)
		}
	}
	return ^sum
}

type vhd struct {
	*file
	disk, block, bitmap int64
	table, blocks       int64
	id                  [16]byte
	parent              layer
}

func (v *vhd) size() int64 { return v.disk }

func openVHD(f *file, footer []byte, depth int) (layer, error) {
	big := binary.BigEndian
	if got, want := vhdSum(footer, 64), big.Uint32(footer[64:]); got != want {
		return nil, damaged(f.path, "disk.vhd-footer", message.Hex("offset", f.size-vhdFooterSize))
	}
	size, err := bounded(f.path, big.Uint64(footer[48:]))
	if err != nil {
		return nil, err
	}
	v := &vhd{file: f, disk: size, id: [16]byte(footer[68:])}
	switch kind := big.Uint32(footer[60:]); kind {
	case vhdFixed:
		if size > f.size-vhdFooterSize+1 {
			return nil, cut(f.path, 0, int(size), f.size)
		}
		return fixedVHD{v}, nil
	case vhdDynamic, vhdDiffering:
		header, err := v.header(big.Uint64(footer[16:]))
		if err != nil {
			return nil, err
		}
		if kind == vhdDiffering {
			err = v.openParent(header, depth)
		}
		return v, err
	default:
		return nil, unsupported(f.path, hintConvert, "disk.vhd-type", message.Int("type", kind))
	}
}

// fixedVHD is the disk with a footer after it.
type fixedVHD struct{ *vhd }

func (v fixedVHD) read(p []byte, off int64) error { return v.readAt(p, off) }

// header reads the header of a disk that grows.
func (v *vhd) header(off uint64) ([]byte, error) {
	if off > uint64(v.file.size) {
		return nil, cut(v.path, int64(min(off, MaxSize)), vhdHeaderSize, v.file.size)
	}
	h, err := v.bytes(int64(off), vhdHeaderSize)
	if err != nil {
		return nil, err
	}
	big := binary.BigEndian
	if string(h[:8]) != "cxsparse" || vhdSum(h, 36) != big.Uint32(h[36:]) {
		return nil, damaged(v.path, "disk.vhd-header", message.Hex("offset", off))
	}
	block := big.Uint32(h[32:])
	if block < vhdSector || block > maxVHDBlock || bits.OnesCount32(block) != 1 {
		return nil, damaged(v.path, "disk.blocks-at", message.Hex("offset", off+32), message.Int("size", block))
	}
	v.block, v.blocks = int64(block), int64(big.Uint32(h[28:]))
	v.bitmap = (v.block/vhdSector/8 + vhdSector - 1) / vhdSector * vhdSector
	table := big.Uint64(h[16:])
	if table > MaxSize || v.blocks*v.block < v.disk {
		return nil, damaged(v.path, "disk.vhd-blocks", message.Hex("offset", off+28), message.Int("count", v.blocks), message.Int("size", v.block), message.Int("disk", v.disk))
	}
	v.table = int64(table)
	return h, nil
}

// openParent finds the parent by its locators and checks that it is the one.
func (v *vhd) openParent(h []byte, depth int) error {
	big := binary.BigEndian
	var names []string
	for i := range 8 {
		entry := h[576+24*i:]
		code, length, off := string(entry[:4]), big.Uint32(entry[8:]), big.Uint64(entry[16:])
		if code != "W2ru" && code != "W2ku" || length > 2*maxParent || off > uint64(v.file.size) {
			continue
		}
		raw, err := v.bytes(int64(off), int(length))
		if err != nil {
			return err
		}
		names = append(names, utf16Text(raw, binary.LittleEndian))
	}
	names = append(names, utf16Text(h[64:576], big))
	path, ok := v.owner.beside(v.path, names...)
	if !ok {
		return missing(v.path, names[len(names)-1])
	}
	parent, _, err := v.owner.chain(path, "", depth+1)
	if err != nil {
		return err
	}
	var id [16]byte
	switch p := parent.(type) {
	case *vhd:
		id = p.id
	case fixedVHD:
		id = p.id
	default:
		return stranger(v.path, path, "disk.parent-no-vhd")
	}
	if want := [16]byte(h[40:]); id != want {
		return stranger(v.path, path, "disk.parent-id", message.Str("found", fmt.Sprintf("%x", id)), message.Str("want", fmt.Sprintf("%x", want)))
	}
	v.parent = parent
	return nil
}

func (v *vhd) read(p []byte, off int64) error {
	return inBlocks(p, off, v.block, func(p []byte, index, within int64) error {
		raw, err := v.bytes(v.table+4*index, 4)
		if err != nil {
			return err
		}
		sector := binary.BigEndian.Uint32(raw)
		if sector == vhdUnused {
			return below(v.parent, p, index*v.block+within)
		}
		data := int64(sector)*vhdSector + v.bitmap
		if v.parent == nil {
			return v.readAt(p, data+within)
		}
		bitmap, err := v.bytes(int64(sector)*vhdSector, int(v.bitmap))
		if err != nil {
			return err
		}
		// In the bitmap the highest bit is the first sector.
		own := func(i int64) bool { return bitmap[i/8]&(0x80>>(i%8)) != 0 }
		return mixed(p, within, vhdSector, own,
			func(p []byte, within int64) error { return v.readAt(p, data+within) },
			func(p []byte, within int64) error { return below(v.parent, p, index*v.block+within) })
	})
}

// mixed reads part of a block of which some sectors are here and others in the
// parent; neighbours that are in the same place are read at once.
func mixed(p []byte, within, sector int64, own func(i int64) bool, here, there func(p []byte, within int64) error) error {
	for len(p) > 0 {
		mine := own(within / sector)
		end := (within/sector + 1) * sector
		for end < within+int64(len(p)) && own(end/sector) == mine {
			end += sector
		}
		n := min(int64(len(p)), end-within)
		read := there
		if mine {
			read = here
		}
		if err := read(p[:n], within); err != nil {
			return err
		}
		p, within = p[n:], within+n
	}
	return nil
}

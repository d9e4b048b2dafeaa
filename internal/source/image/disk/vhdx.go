package disk

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/bits"
	"strings"

	"tlsready/internal/message"
)

// The layout is [MS-VHDX]; numbers are little-endian.
const (
	vhdxMagic      = "vhdxfile"
	vhdxHeader     = 4 << 10
	vhdxTable      = 64 << 10 // region table and metadata table
	vhdxMB         = 1 << 20
	vhdxBitmapBits = vhdxMB * 8 // sectors that one sector bitmap block speaks of, and sectors of a chunk
	maxVHDXBlock   = 256 << 20
)

// The objects of a VHDX, [MS-VHDX] 2.2.3.2 and 2.6.2, as they are stored.
const (
	regionBAT        = "2dc27766-f623-4200-9d64-115e9bfd4a08"
	regionMetadata   = "8b7ca206-4790-4b9a-b8fe-575f050f886e"
	itemParameters   = "caa16737-fa36-4d43-b3b6-33f0aa44e76b"
	itemSize         = "2fa54224-cd1b-4876-b211-5dbed83bf4b8"
	itemSector       = "8141bf1d-a96f-4709-ba47-f233a8faab5f"
	itemPhysical     = "cda348c7-445d-4471-9cc9-e9885251c556"
	itemDiskID       = "beca12ab-b2e6-4523-93ef-c309e000c746"
	itemParent       = "a8d35f2d-b30b-454d-abf7-d3d84834ab0c"
	zeroGUID         = "00000000-0000-0000-0000-000000000000"
	keyParentLinkage = "parent_linkage"
)

// The states of a block, [MS-VHDX] 2.5.1.
const (
	blockNotPresent = 0
	blockUndefined  = 1
	blockZero       = 2
	blockUnmapped   = 3
	blockPresent    = 6
	blockPartly     = 7
)

type vhdx struct {
	*file
	disk, block, sector int64
	ratio               int64 // payload blocks in a chunk
	table, entries      int64
	differing           bool
	dataID              string // changes with the content, so that a child knows its parent
	parent              layer
}

func (v *vhdx) size() int64 { return v.disk }

// guid is the text of a GUID as Windows stores it.
func guid(p []byte) string {
	little := binary.LittleEndian
	return fmt.Sprintf("%08x-%04x-%04x-%x-%x", little.Uint32(p), little.Uint16(p[4:]), little.Uint16(p[6:]), p[8:10], p[10:16])
}

// sound says whether a structure has its signature and checksum (CRC-32C of all
// of it, the checksum at 4 taken as zero).
func sound(p []byte, signature string) bool {
	if string(p[:4]) != signature {
		return false
	}
	table := crc32.MakeTable(crc32.Castagnoli)
	sum := crc32.Update(0, table, p[:4])
	sum = crc32.Update(sum, table, make([]byte, 4))
	return crc32.Update(sum, table, p[8:]) == binary.LittleEndian.Uint32(p[4:])
}

func openVHDX(f *file, depth int) (*vhdx, error) {
	v := &vhdx{file: f}
	if err := v.header(); err != nil {
		return nil, err
	}
	regions, err := v.regions()
	if err != nil {
		return nil, err
	}
	items, err := v.metadata(regions[regionMetadata])
	if err != nil {
		return nil, err
	}
	if err := v.geometry(items, regions[regionBAT]); err != nil {
		return nil, err
	}
	if v.differing {
		err = v.openParent(items[itemParent], depth)
	}
	return v, err
}

// header takes the newer of the two headers, and the log that it names.
func (v *vhdx) header() error {
	little := binary.LittleEndian
	var best []byte
	for _, off := range []int64{64 << 10, 128 << 10} {
		h, err := v.bytes(off, vhdxHeader)
		if err != nil {
			return err
		}
		if sound(h, "head") && (best == nil || little.Uint64(h[8:]) > little.Uint64(best[8:])) {
			best = h
		}
	}
	if best == nil {
		return damaged(v.path, "disk.vhdx-headers")
	}
	if version := little.Uint16(best[66:]); version != 1 {
		return unsupported(v.path, hintConvert, "disk.vhdx-version", message.Int("version", version))
	}
	v.dataID = guid(best[32:])
	if log := guid(best[48:]); log != zeroGUID {
		return v.replay(log, little.Uint64(best[72:]), little.Uint32(best[68:]))
	}
	return nil
}

// region is where an object of the image lies.
type region struct{ off, length int64 }

func (v *vhdx) regions() (map[string]region, error) {
	table, err := v.bytes(192<<10, vhdxTable)
	if err != nil {
		return nil, err
	}
	if !sound(table, "regi") {
		if table, err = v.bytes(256<<10, vhdxTable); err != nil {
			return nil, err
		}
	}
	little := binary.LittleEndian
	n := int(little.Uint32(table[8:]))
	if !sound(table, "regi") || n > (vhdxTable-16)/32 {
		return nil, damaged(v.path, "disk.vhdx-regions")
	}
	found := make(map[string]region)
	for i := range n {
		e := table[16+32*i:]
		id, off := guid(e), little.Uint64(e[16:])
		known := id == regionBAT || id == regionMetadata
		if !known && little.Uint32(e[28:])&1 != 0 {
			return nil, unsupported(v.path, hintConvert, "disk.vhdx-part", message.Str("id", id))
		}
		if known && off > MaxSize {
			return nil, damaged(v.path, "disk.vhdx-region", message.Hex("offset", 192<<10+16+32*i), message.Hex("at", off))
		}
		if known {
			found[id] = region{int64(off), int64(little.Uint32(e[24:]))}
		}
	}
	if len(found) != 2 {
		return nil, damaged(v.path, "disk.vhdx-lacks")
	}
	return found, nil
}

// metadata are the items that describe the disk.
func (v *vhdx) metadata(at region) (map[string][]byte, error) {
	table, err := v.bytes(at.off, vhdxTable)
	if err != nil {
		return nil, err
	}
	little := binary.LittleEndian
	n := int(little.Uint16(table[10:]))
	if string(table[:8]) != "metadata" || n > (vhdxTable-32)/32 {
		return nil, damaged(v.path, "disk.vhdx-metadata", message.Hex("offset", at.off))
	}
	items := make(map[string][]byte)
	for i := range n {
		e := table[32+32*i:]
		id, off, length, flags := guid(e), int64(little.Uint32(e[16:])), int64(little.Uint32(e[20:])), little.Uint32(e[24:])
		switch id {
		case itemParameters, itemSize, itemSector, itemPhysical, itemDiskID, itemParent:
		default:
			if flags&4 != 0 {
				return nil, unsupported(v.path, hintConvert, "disk.vhdx-property", message.Str("id", id))
			}
			continue
		}
		if length > vhdxMB || off+length > at.length {
			return nil, damaged(v.path, "disk.vhdx-item", message.Hex("offset", at.off+32+32*int64(i)), message.Str("id", id), message.Int("size", length), message.Hex("at", off))
		}
		if items[id], err = v.bytes(at.off+off, int(length)); err != nil {
			return nil, err
		}
	}
	return items, nil
}

func (v *vhdx) geometry(items map[string][]byte, table region) error {
	parameters, size, sector := items[itemParameters], items[itemSize], items[itemSector]
	if len(parameters) < 8 || len(size) < 8 || len(sector) < 4 {
		return damaged(v.path, "disk.vhdx-sizes")
	}
	little := binary.LittleEndian
	v.block, v.sector = int64(little.Uint32(parameters)), int64(little.Uint32(sector))
	v.differing = little.Uint32(parameters[4:])&2 != 0
	var err error
	if v.disk, err = bounded(v.path, little.Uint64(size)); err != nil {
		return err
	}
	if v.sector != 512 && v.sector != 4096 {
		return damaged(v.path, "disk.sectors", message.Int("size", v.sector))
	}
	if v.block < vhdxMB || v.block > maxVHDXBlock || bits.OnesCount64(uint64(v.block)) != 1 {
		return damaged(v.path, "disk.blocks", message.Int("size", v.block))
	}
	v.ratio = vhdxBitmapBits * v.sector / v.block
	v.table, v.entries = table.off, table.length/8
	blocks := (v.disk + v.block - 1) / v.block
	if blocks > 0 && v.index(blocks-1) >= v.entries {
		return damaged(v.path, "disk.vhdx-table", message.Int("found", v.entries), message.Int("need", v.index(blocks-1)+1))
	}
	return nil
}

// index is the place of a payload block in the table, in which each chunk is
// followed by the entry of its sector bitmap.
func (v *vhdx) index(block int64) int64 { return block + block/v.ratio }

// openParent finds the parent by the locator, [MS-VHDX] 2.6.2.6.
func (v *vhdx) openParent(locator []byte, depth int) error {
	keys, err := v.locator(locator)
	if err != nil {
		return err
	}
	path, ok := v.owner.beside(v.path, keys["relative_path"], keys["absolute_win32_path"])
	if !ok {
		name := keys["relative_path"]
		if name == "" {
			name = keys["absolute_win32_path"]
		}
		return missing(v.path, name)
	}
	parent, _, err := v.owner.chain(path, "", depth+1)
	if err != nil {
		return err
	}
	p, ok := parent.(*vhdx)
	if !ok {
		return stranger(v.path, path, "disk.parent-no-vhdx")
	}
	for _, key := range []string{keyParentLinkage, "parent_linkage2"} {
		if strings.EqualFold(strings.Trim(keys[key], "{}"), p.dataID) {
			v.parent = parent
			return nil
		}
	}
	return stranger(v.path, path, "disk.parent-id", message.Str("found", p.dataID), message.Str("want", strings.Trim(keys[keyParentLinkage], "{}")))
}

func (v *vhdx) locator(p []byte) (map[string]string, error) {
	little := binary.LittleEndian
	if len(p) < 20 || len(p) < 20+12*int(little.Uint16(p[18:])) {
		return nil, damaged(v.path, "disk.parent-unnamed")
	}
	keys := make(map[string]string)
	for i := range int(little.Uint16(p[18:])) {
		e := p[20+12*i:]
		key, value := int64(little.Uint32(e)), int64(little.Uint32(e[4:]))
		keyEnd, valueEnd := key+int64(little.Uint16(e[8:])), value+int64(little.Uint16(e[10:]))
		if keyEnd > int64(len(p)) || valueEnd > int64(len(p)) {
			return nil, damaged(v.path, "disk.parent-name", message.Int("n", i))
		}
		keys[utf16Text(p[key:keyEnd], little)] = utf16Text(p[value:valueEnd], little)
	}
	return keys, nil
}

// entry is an entry of the block table: state and offset in the file.
func (v *vhdx) entry(index int64) (state uint64, off int64, err error) {
	if index >= v.entries {
		return 0, 0, damaged(v.path, "disk.vhdx-no-entry", message.Int("n", index))
	}
	p, err := v.bytes(v.table+8*index, 8)
	if err != nil {
		return 0, 0, err
	}
	e := binary.LittleEndian.Uint64(p)
	if e>>20 > MaxSize>>20 {
		return 0, 0, damaged(v.path, "disk.vhdx-block-place", message.Hex("offset", v.table+8*index), message.Int("at", e>>20))
	}
	return e & 7, int64(e >> 20 << 20), nil
}

func (v *vhdx) read(p []byte, off int64) error {
	return inBlocks(p, off, v.block, func(p []byte, block, within int64) error {
		state, data, err := v.entry(v.index(block))
		if err != nil {
			return err
		}
		there := func(p []byte, within int64) error { return below(v.parent, p, block*v.block+within) }
		here := func(p []byte, within int64) error { return v.readAt(p, data+within) }
		switch {
		case state == blockNotPresent:
			return there(p, within)
		case state == blockUndefined || state == blockZero || state == blockUnmapped:
			clear(p)
			return nil
		case state == blockPresent:
			return here(p, within)
		case state != blockPartly || v.parent == nil:
			return damaged(v.path, "disk.vhdx-block-state", message.Hex("offset", v.table+8*v.index(block)), message.Int("state", state))
		}
		own, err := v.sectors(block)
		if err != nil {
			return err
		}
		return mixed(p, within, v.sector, own, here, there)
	})
}

// sectors says of each sector of a block whether it is in this image.
func (v *vhdx) sectors(block int64) (func(i int64) bool, error) {
	chunk := block / v.ratio
	state, off, err := v.entry(chunk*(v.ratio+1) + v.ratio)
	if err != nil {
		return nil, err
	}
	if state != blockPresent {
		return nil, damaged(v.path, "disk.vhdx-bitmap", message.Int("n", chunk))
	}
	perBlock := v.block / v.sector
	bitmap, err := v.bytes(off+block%v.ratio*perBlock/8, int(perBlock/8))
	if err != nil {
		return nil, err
	}
	return func(i int64) bool { return bitmap[i/8]&(1<<(i%8)) != 0 }, nil
}

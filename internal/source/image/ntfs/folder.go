package ntfs

import (
	"encoding/binary"

	"tlsready/internal/message"
)

// folderIndex is the name of the attributes that list a folder.
const folderIndex = "$I30"

const (
	entryBelow = 1 // the entry leads to a block of names before it
	entryLast  = 2 // the entry has no name
)

// names gives each name of a folder with the reference of its file record, until
// give says false. A file with a short name is given twice. The whole tree is
// walked: a search by the order of the names would rest on the volume's own table
// of upper case.
func (v *Volume) names(folder *record, give func(ref uint64, name string) bool) error {
	root, err := v.stream(folder, attrRoot, folderIndex)
	if err != nil {
		return err
	}
	if len(root.resident) < 32 {
		return message.Because(ErrDamaged, "ntfs.folder-list", message.Int("n", folder.number))
	}
	w := walker{volume: v, folder: folder, give: give, seen: map[int64]bool{}}
	w.block = int64(binary.LittleEndian.Uint32(root.resident[8:]))
	if w.block < 512 || w.block > maxRecord || w.block%512 != 0 {
		return message.Because(ErrDamaged, "ntfs.folder-blocks", message.Int("n", folder.number), message.Int("size", w.block))
	}
	_, err = w.entries(root.resident[16:])
	return err
}

// walker walks the tree of a folder's names.
type walker struct {
	volume *Volume
	folder *record
	give   func(ref uint64, name string) bool
	block  int64
	blocks *stream // nil until the first block is read
	seen   map[int64]bool
}

// entries walks the entries of a node, which begin after its header of 16 bytes.
// It says whether to go on.
func (w *walker) entries(node []byte) (bool, error) {
	little := binary.LittleEndian
	at, end := int64(little.Uint32(node)), int64(little.Uint32(node[4:]))
	if at < 16 || end > int64(len(node)) {
		return false, w.damaged()
	}
	for {
		if at+16 > end {
			return false, w.damaged()
		}
		e := node[at:end]
		length, key, flags := int64(little.Uint16(e[8:])), int64(little.Uint16(e[10:])), little.Uint16(e[12:])
		if length < 16 || length > int64(len(e)) || 16+key > length {
			return false, w.damaged()
		}
		if flags&entryBelow != 0 {
			if length < 24 {
				return false, w.damaged()
			}
			if more, err := w.below(little.Uint64(e[length-8:])); !more || err != nil {
				return false, err
			}
		}
		if flags&entryLast != 0 {
			return true, nil
		}
		if key < 66 || 66+2*int64(e[16+64]) > key {
			return false, w.damaged()
		}
		if !w.give(little.Uint64(e), text(e[16+66:16+66+2*int64(e[16+64])])) {
			return false, nil
		}
		at += length
	}
}

// below walks a block, whose place is counted in clusters, or in units of 512
// bytes if blocks are smaller than clusters.
func (w *walker) below(place uint64) (bool, error) {
	if w.blocks == nil {
		var err error
		if w.blocks, err = w.volume.stream(w.folder, attrIndex, folderIndex); err != nil {
			return false, err
		}
		if w.blocks.size > maxIndex {
			return false, w.damaged()
		}
	}
	unit := w.volume.cluster
	if w.block < unit {
		unit = 512
	}
	if place > uint64(w.blocks.size/unit) || w.seen[int64(place)] {
		return false, w.damaged()
	}
	w.seen[int64(place)] = true
	p := make([]byte, w.block)
	if err := w.blocks.read(p, int64(place)*unit); err != nil {
		return false, err
	}
	if err := w.volume.fix(p, "INDX"); err != nil {
		return false, message.Error("ntfs.folder-list-why", message.Int("n", w.folder.number), message.Cause("why", err))
	}
	return w.entries(p[24:])
}

func (w *walker) damaged() error {
	return message.Because(ErrDamaged, "ntfs.folder", message.Int("n", w.folder.number))
}

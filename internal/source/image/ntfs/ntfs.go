// Package ntfs reads files of an NTFS volume by their path, read-only, without
// reading more of the volume than it takes.
package ntfs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strings"

	"tlsready/internal/message"
)

// Existing readers read on when records or checks fail, and give zeros past the end
// of an image. Here each of these is an error: a setting that could not be read must
// not be taken for one that is absent.

// The errors that callers tell apart.
var (
	// ErrNotExist: there is no such file or folder.
	ErrNotExist error = message.Error("ntfs.not-exist")
	// ErrDamaged: the volume contradicts itself.
	ErrDamaged error = message.Error("ntfs.damaged")
	// ErrCut: what is asked for lies past the end of the disk.
	ErrCut error = message.Error("ntfs.cut")
	// ErrUnsupported: the file is stored in a way that is not read.
	ErrUnsupported error = message.Error("ntfs.unsupported")
)

// Limits, each far above what Windows makes.
const (
	maxRecord  = 1 << 16 // bytes of a file record; 1 or 4 KB
	maxCluster = 2 << 20 // Windows 10 1709 and later allow 2 MB
	maxVolume  = 1 << 50
	maxIndex   = 64 << 20 // bytes of the list of one folder: some 500,000 names
	maxRuns    = 1 << 20  // fragments of one file
	maxList    = 1 << 18  // bytes of an attribute list; NTFS allows 256 KB
)

// Volume is an open NTFS volume.
type Volume struct {
	disk    io.ReaderAt
	offset  int64 // of the volume in the disk
	length  int64
	sector  int64
	cluster int64
	record  int64 // bytes of a file record
	mft     stream
}

// The numbers of the first file records.
const (
	recordMFT    = 0
	recordVolume = 3
	recordRoot   = 5
)

// Open reads the boot sector of the volume that begins at offset.
func Open(disk io.ReaderAt, offset, length int64) (*Volume, error) {
	v := &Volume{disk: disk, offset: offset, length: length}
	boot := make([]byte, 512)
	if err := v.readAt(boot, 0); err != nil {
		return nil, err
	}
	if string(boot[3:11]) != "NTFS    " {
		return nil, message.Because(ErrDamaged, "ntfs.boot-sector")
	}
	little := binary.LittleEndian
	v.sector = int64(little.Uint16(boot[11:]))
	if v.sector < 256 || v.sector > 4096 || bits.OnesCount64(uint64(v.sector)) != 1 {
		return nil, message.Because(ErrDamaged, "ntfs.sectors", message.Int("size", v.sector))
	}
	// Above 0x80 the number of sectors is a negative power of two.
	v.cluster = v.sector * int64(boot[13])
	if boot[13] > 0x80 {
		v.cluster = v.sector << min(256-int(boot[13]), 32)
	}
	if v.cluster == 0 || v.cluster > maxCluster || bits.OnesCount64(uint64(v.cluster)) != 1 {
		return nil, message.Because(ErrDamaged, "ntfs.clusters", message.Int("size", v.cluster))
	}
	sectors := little.Uint64(boot[40:])
	if sectors == 0 || sectors > uint64(maxVolume/v.sector) {
		return nil, message.Because(ErrDamaged, "ntfs.volume", message.Int("count", sectors))
	}
	v.length = min(v.length, (int64(sectors)+1)*v.sector)
	if v.record = int64(int8(boot[64])) * v.cluster; v.record < 0 {
		v.record = 1 << min(-int(int8(boot[64])), 32)
	}
	if v.record < 512 || v.record > maxRecord || bits.OnesCount64(uint64(v.record)) != 1 {
		return nil, message.Because(ErrDamaged, "ntfs.records", message.Int("size", v.record))
	}
	return v, v.openMFT(little.Uint64(boot[48:]))
}

// openMFT finds the table of file records, itself the first file of the table.
func (v *Volume) openMFT(cluster uint64) error {
	if cluster == 0 || cluster > uint64(v.length/v.cluster) {
		return message.Because(ErrDamaged, "ntfs.mft-place", message.Int("cluster", cluster))
	}
	raw := make([]byte, v.record)
	if err := v.readAt(raw, int64(cluster)*v.cluster); err != nil {
		return err
	}
	first, err := v.parse(raw, recordMFT)
	if err != nil {
		return err
	}
	// A table in many pieces lists them in records of its own, which lie in the
	// pieces before them; so the beginning is enough to find the rest.
	parts := own(first, attrData)
	if len(parts) == 0 {
		return message.Because(ErrDamaged, "ntfs.mft-empty")
	}
	if v.mft, err = v.joined(parts, false); err != nil {
		return err
	}
	whole, err := v.stream(first, attrData, "")
	if err != nil {
		return err
	}
	v.mft = *whole
	return nil
}

// readAt reads at an offset of the volume.
func (v *Volume) readAt(p []byte, off int64) error {
	if off < 0 || off > v.length || int64(len(p)) > v.length-off {
		return message.Because(ErrDamaged, "ntfs.outside", message.Hex("offset", off))
	}
	n, err := v.disk.ReadAt(p, v.offset+off)
	switch {
	case n == len(p):
		return nil
	case err == nil || errors.Is(err, io.EOF):
		return message.Because(ErrCut, "ntfs.cut-at", message.Hex("offset", v.offset+off+int64(len(p))))
	}
	return err
}

// Dirty says whether the volume was not closed as it should: the machine was
// switched off, not shut down.
func (v *Volume) Dirty() (bool, error) {
	r, err := v.read(recordVolume, 0)
	if err != nil {
		return false, err
	}
	for _, a := range r.attributes {
		if a.kind == attrVolume && !a.nonresident && len(a.value) >= 12 {
			return binary.LittleEndian.Uint16(a.value[10:])&1 != 0, nil
		}
	}
	return false, nil
}

// File is a file that was found.
type File struct {
	volume *Volume
	record *record
	path   string
}

// Find finds a file or folder by its path from the root, such as
// Windows\System32; case does not count.
func (v *Volume) Find(path string) (*File, error) {
	r, err := v.read(recordRoot, 0)
	if err != nil {
		return nil, err
	}
	f := &File{volume: v, record: r}
	for name := range strings.SplitSeq(path, `\`) {
		if f, err = f.Find(name); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// Find finds a name in a folder.
func (f *File) Find(name string) (*File, error) {
	path := strings.TrimPrefix(f.path+`\`+name, `\`)
	r, err := f.volume.child(f.record, name)
	if err != nil {
		return nil, message.At(path, err)
	}
	return &File{f.volume, r, path}, nil
}

// child finds a name in a folder.
func (v *Volume) child(folder *record, name string) (*record, error) {
	if !folder.folder {
		return nil, ErrNotExist
	}
	var found uint64
	err := v.names(folder, func(ref uint64, n string) bool {
		if strings.EqualFold(n, name) {
			found = ref
		}
		return found == 0
	})
	if err != nil {
		return nil, err
	}
	if found == 0 {
		return nil, ErrNotExist
	}
	return v.read(found&(1<<48-1), uint16(found>>48))
}

// Read reads a file of at most limit bytes.
func (f *File) Read(limit int64) ([]byte, error) {
	if err := f.readable(); err != nil {
		return nil, message.At(f.path, err)
	}
	s, err := f.volume.stream(f.record, attrData, "")
	if err != nil {
		return nil, message.At(f.path, err)
	}
	if s.size > limit {
		return nil, message.Because(ErrDamaged, "ntfs.size", message.Int("size", s.size), message.Int("limit", limit)).At(f.path)
	}
	if err := s.reach(); err != nil {
		return nil, message.At(f.path, err)
	}
	data := make([]byte, s.size)
	if err := s.read(data, 0); err != nil {
		return nil, message.At(f.path, err)
	}
	return data, nil
}

// The tags of reparse points that stand for content that is elsewhere, winnt.h.
const (
	tagWOF   = 0x80000017
	tagDedup = 0x80000013
)

// readable refuses content that is not stored as it is.
func (f *File) readable() error {
	for _, a := range f.record.attributes {
		if a.kind != attrReparse || a.nonresident || len(a.value) < 4 {
			continue
		}
		switch tag := binary.LittleEndian.Uint32(a.value); tag {
		case tagWOF:
			return message.Because(ErrUnsupported, "ntfs.compact")
		case tagDedup:
			return message.Because(ErrUnsupported, "ntfs.dedup")
		default:
			return message.Because(ErrUnsupported, "ntfs.reparse", message.Str("tag", fmt.Sprintf("%08x", tag)))
		}
	}
	if f.record.folder {
		return message.Because(ErrUnsupported, "ntfs.is-folder")
	}
	return nil
}

package disk

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
	"math/bits"
	"strings"

	"tlsready/internal/message"
)

// The layout is VMware's "Virtual Disk Format 5.0"; numbers are little-endian,
// offsets and lengths in sectors.
const (
	sparseMagic      = "KDMV"
	vmdkSector       = 512
	vmdkHasZero      = 1 << 2 // a table entry of 1 is a grain of zeros
	vmdkCompressed   = 1 << 16
	vmdkAtEnd        = 1<<64 - 1 // the header that counts is a footer
	maxGrain         = 1 << 12   // 2 MB; 64 KB is usual
	maxVMDKDirectory = 1 << 26   // entries of the directory; a disk of 2 TB has 65,536
)

// vmdk is a disk of one or several extents.
type vmdk struct {
	disk    int64
	extents []extent
	content string // CID: changes with the content, so that a child knows its parent
}

// extent is a stretch of a disk: a file or a part of it, or zeros.
type extent struct {
	start, length int64 // in the disk, in bytes
	layer         layer // nil: zeros
	off           int64 // in the layer
}

func (v *vmdk) size() int64 { return v.disk }

func (v *vmdk) read(p []byte, off int64) error {
	for _, e := range v.extents {
		if len(p) == 0 {
			return nil
		}
		if off >= e.start+e.length {
			continue
		}
		n := min(int64(len(p)), e.start+e.length-off)
		if e.layer == nil {
			clear(p[:n])
		} else if err := e.layer.read(p[:n], e.off+off-e.start); err != nil {
			return err
		}
		p, off = p[n:], off+n
	}
	return nil
}

// openVMDK opens a descriptor with its extents, or a sparse file that holds its
// descriptor itself.
func openVMDK(f *file, head []byte, depth int) (layer, error) {
	if isDescriptor(head) {
		text, err := f.head(maxDescriptor)
		if err != nil {
			return nil, err
		}
		return f.described(text, nil, depth)
	}
	s, err := openSparse(f)
	if err != nil {
		return nil, err
	}
	text, err := s.descriptor()
	if err != nil {
		return nil, err
	}
	if text == nil {
		return s, nil // an extent that was named itself
	}
	return f.described(text, s, depth)
}

// sparse is a sparse extent.
type sparse struct {
	*file
	disk, grain      int64 // bytes
	perTable         int64
	directory        int64 // bytes from the beginning of the file
	zero, compressed bool
	header           []byte
	parent           layer
	zip              struct { // the compressed grain that was read last
		sector uint32
		data   []byte
	}
}

func (s *sparse) size() int64 { return s.disk }

func openSparse(f *file) (*sparse, error) {
	h, err := f.bytes(0, vmdkSector)
	if err != nil {
		return nil, err
	}
	little := binary.LittleEndian
	if string(h[:4]) == sparseMagic && little.Uint64(h[56:]) == vmdkAtEnd {
		if h, err = f.bytes(max(0, f.size-2*vmdkSector), vmdkSector); err != nil {
			return nil, err
		}
		if string(h[:4]) != sparseMagic {
			return nil, cut(f.path, f.size, vmdkSector, f.size)
		}
	}
	if string(h[:4]) != sparseMagic {
		return nil, damaged(f.path, "disk.vmdk-no-sparse")
	}
	if version := little.Uint32(h[4:]); version < 1 || version > 3 {
		return nil, unsupported(f.path, hintConvert, "disk.vmdk-version", message.Int("version", version))
	}
	flags := little.Uint32(h[8:])
	s := &sparse{file: f, header: h, zero: flags&vmdkHasZero != 0, compressed: flags&vmdkCompressed != 0, perTable: int64(little.Uint32(h[44:]))}
	capacity, grain, directory := little.Uint64(h[12:]), little.Uint64(h[20:]), little.Uint64(h[56:])
	if capacity > MaxSize/vmdkSector || grain == 0 || grain > maxGrain || bits.OnesCount64(grain) != 1 || s.perTable == 0 || s.perTable > 1<<16 || directory > MaxSize/vmdkSector {
		return nil, damaged(f.path, "disk.vmdk-grains", message.Int("sectors", capacity), message.Int("grain", grain))
	}
	if s.compressed && little.Uint16(h[77:]) != 1 {
		return nil, unsupported(f.path, hintConvert, "disk.vmdk-compression", message.Int("method", little.Uint16(h[77:])))
	}
	s.disk, s.grain, s.directory = int64(capacity)*vmdkSector, int64(grain)*vmdkSector, int64(directory)*vmdkSector
	if tables := s.disk / s.grain / s.perTable; tables > maxVMDKDirectory {
		return nil, damaged(f.path, "disk.vmdk-directory", message.Int("count", tables))
	}
	return s, nil
}

// descriptor is the descriptor inside the extent, nil if there is none.
func (s *sparse) descriptor() ([]byte, error) {
	off, length := binary.LittleEndian.Uint64(s.header[28:]), binary.LittleEndian.Uint64(s.header[36:])
	if off == 0 {
		return nil, nil
	}
	if off > MaxSize/vmdkSector || length > maxDescriptor/vmdkSector {
		return nil, damaged(s.path, "disk.vmdk-descriptor", message.Int("size", length), message.Int("at", off))
	}
	text, err := s.bytes(int64(off)*vmdkSector, int(length)*vmdkSector)
	return bytes.TrimRight(text, "\x00"), err
}

func (s *sparse) read(p []byte, off int64) error {
	return inBlocks(p, off, s.grain, func(p []byte, grain, within int64) error {
		sector, err := s.entry(grain)
		switch {
		case err != nil:
			return err
		case sector == 1 && s.zero:
			clear(p)
			return nil
		case sector == 0:
			return below(s.parent, p, grain*s.grain+within)
		case s.compressed:
			return s.unzip(p, sector, grain, within)
		}
		return s.readAt(p, int64(sector)*vmdkSector+within)
	})
}

// entry is the sector of a grain.
func (s *sparse) entry(grain int64) (uint32, error) {
	p, err := s.bytes(s.directory+grain/s.perTable*4, 4)
	if err != nil {
		return 0, err
	}
	table := int64(binary.LittleEndian.Uint32(p)) * vmdkSector
	if table == 0 {
		return 0, nil
	}
	if p, err = s.bytes(table+grain%s.perTable*4, 4); err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(p), nil
}

// unzip reads a compressed grain: its first sector in the disk, its length in
// bytes, then the zlib stream.
func (s *sparse) unzip(p []byte, sector uint32, grain, within int64) error {
	if s.zip.data == nil || s.zip.sector != sector {
		off := int64(sector) * vmdkSector
		mark, err := s.bytes(off, 12)
		if err != nil {
			return err
		}
		length := int64(binary.LittleEndian.Uint32(mark[8:]))
		if binary.LittleEndian.Uint64(mark) != uint64(grain*s.grain/vmdkSector) || length > 2*s.grain+vmdkSector {
			return damaged(s.path, "disk.vmdk-no-grain", message.Hex("offset", off), message.Int("n", grain))
		}
		packed, err := s.bytes(off+12, int(length))
		if err != nil {
			return err
		}
		data := make([]byte, s.grain)
		r, err := zlib.NewReader(bytes.NewReader(packed))
		if err == nil {
			// The last grain of a disk may be shorter.
			_, err = io.ReadFull(r, data[:min(s.grain, s.disk-grain*s.grain)])
		}
		if err != nil {
			return damaged(s.path, "disk.vmdk-grain", message.Hex("offset", off), message.Cause("why", err))
		}
		s.zip.sector, s.zip.data = sector, data
	}
	copy(p, s.zip.data[within:])
	return nil
}

// isDescriptor says whether a file is a descriptor by itself.
func isDescriptor(head []byte) bool {
	return strings.HasPrefix(strings.TrimLeft(string(head), "\xef\xbb\xbf \t\r\n"), "# Disk DescriptorFile")
}

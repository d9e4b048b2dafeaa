package disk

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// memory opens files that are given as bytes.
func memory(t testing.TB, files map[string][]byte) *Files {
	t.Helper()
	return NewFiles(t.Context(), func(path string) (io.ReaderAt, int64, error) {
		data, ok := files[path]
		if !ok {
			return nil, 0, fmt.Errorf("open: %w", fs.ErrNotExist)
		}
		return bytes.NewReader(data), int64(len(data)), nil
	})
}

// content is what the sectors of an image hold: the byte that fills each.
type content map[int64]byte

// over is content over that of a parent.
func (c content) over(parent content) content {
	all := content{}
	for k, v := range parent {
		all[k] = v
	}
	for k, v := range c {
		all[k] = v
	}
	return all
}

// disk is the content as bytes.
func (c content) disk(size int) []byte {
	p := make([]byte, size)
	for s, b := range c {
		copy(p[s*512:], bytes.Repeat([]byte{b}, 512))
	}
	return p
}

func put(p []byte, order binary.AppendByteOrder, off int, fields ...any) {
	for _, f := range fields {
		var b []byte
		switch f := f.(type) {
		case uint16:
			b = order.AppendUint16(nil, f)
		case uint32:
			b = order.AppendUint32(nil, f)
		case uint64:
			b = order.AppendUint64(nil, f)
		case string:
			b = []byte(f)
		case []byte:
			b = f
		default:
			panic(fmt.Sprintf("a field of type %T", f))
		}
		off += copy(p[off:], b)
	}
}

// blocks are the numbers of the blocks that hold some of the content, in order.
func (c content) blocks(sectors int64) []int64 {
	var list []int64
	for s := range c {
		if b := s / sectors; !slices.Contains(list, b) {
			list = append(list, b)
		}
	}
	slices.Sort(list)
	return list
}

// builtVHD is a VHD that grows, in blocks of 64 KB: differencing if it has a
// parent.
func builtVHD(size int, c content, id string, parentID, parentName string) []byte {
	const block, head = 64 << 10, 512 + 1024 + 512 + 512 // footer, header, table, locator
	big := binary.BigEndian
	kind := uint32(vhdDynamic)
	if parentName != "" {
		kind = vhdDiffering
	}
	footer := make([]byte, 512)
	put(footer, big, 0, "conectix", uint32(2), uint32(0x10000), uint64(512))
	put(footer, big, 40, uint64(size), uint64(size))
	put(footer, big, 60, kind)
	put(footer, big, 68, id)
	put(footer, big, 64, vhdSum(footer, 64))
	header := make([]byte, 1024)
	put(header, big, 0, "cxsparse", uint64(1<<64-1), uint64(1536), uint32(0x10000), uint32((size+block-1)/block), uint32(block))
	put(header, big, 40, parentID)
	name := utf16.Encode([]rune(parentName))
	for i, u := range name {
		put(header, big, 64+2*i, u)
	}
	locator := make([]byte, 512)
	for i, u := range name {
		put(locator, binary.LittleEndian, 2*i, u)
	}
	put(header, big, 576, "W2ru", uint32(512), uint32(2*len(name)), uint32(0), uint64(2048))
	put(header, big, 36, vhdSum(header, 36))
	table := bytes.Repeat([]byte{0xff}, 512)
	out := slices.Concat(footer, header, table, locator)
	for _, b := range c.blocks(block / 512) {
		put(out, big, 1536+4*int(b), uint32(len(out)/512))
		data := make([]byte, 512+block)
		for s, fill := range c {
			if s/(block/512) == b {
				within := s % (block / 512)
				data[within/8] |= 0x80 >> (within % 8)
				copy(data[512+within*512:], bytes.Repeat([]byte{fill}, 512))
			}
		}
		out = append(out, data...)
	}
	return append(out, footer...)
}

func guidBytes(id string) []byte {
	p := make([]byte, 16)
	var a uint32
	var b, c uint16
	var d, e []byte
	if _, err := fmt.Sscanf(id, "%08x-%04x-%04x-%4x-%12x", &a, &b, &c, &d, &e); err != nil {
		panic(err)
	}
	put(p, binary.LittleEndian, 0, a, b, c, d, e)
	return p
}

func sealed(p []byte) []byte {
	put(p, binary.LittleEndian, 4, uint32(0))
	put(p, binary.LittleEndian, 4, crc32.Checksum(p, crc32.MakeTable(crc32.Castagnoli)))
	return p
}

// builtVHDX is a VHDX in blocks of 1 MB: differencing if it has a parent. Log is
// the id of a log that is still to be written.
func builtVHDX(size int, c content, id, parentID, parentName, log string) []byte {
	little := binary.LittleEndian
	out := make([]byte, 4*vhdxMB)
	put(out, little, 0, vhdxMagic)
	for i := range 2 {
		h := make([]byte, vhdxHeader)
		put(h, little, 0, "head", uint32(0), uint64(i), guidBytes(id), guidBytes(id), guidBytes(log), uint16(0), uint16(1), uint32(vhdxMB), uint64(vhdxMB))
		copy(out[(64+64*i)<<10:], sealed(h))
		r := make([]byte, vhdxTable)
		put(r, little, 0, "regi", uint32(0), uint32(2), uint32(0),
			guidBytes(regionBAT), uint64(2*vhdxMB), uint32(vhdxMB), uint32(1),
			guidBytes(regionMetadata), uint64(3*vhdxMB), uint32(vhdxMB), uint32(1))
		copy(out[(192+64*i)<<10:], sealed(r))
	}
	locator := builtLocator(parentID, parentName)
	flags, items := uint32(0), uint16(3)
	if parentName != "" {
		flags, items = 2, 4
	}
	at := 3 * vhdxMB
	put(out, little, at, "metadata", uint16(0), items)
	put(out, little, at+32,
		guidBytes(itemParameters), uint32(64<<10), uint32(8), uint32(4), uint32(0),
		guidBytes(itemSize), uint32(64<<10+8), uint32(8), uint32(6), uint32(0),
		guidBytes(itemSector), uint32(64<<10+16), uint32(4), uint32(6), uint32(0),
		guidBytes(itemParent), uint32(64<<10+32), uint32(len(locator)), uint32(4), uint32(0))
	put(out, little, at+64<<10, uint32(vhdxMB), flags, uint64(size), uint32(512))
	put(out, little, at+64<<10+32, locator)
	bitmap := len(out)
	out = append(out, make([]byte, vhdxMB)...)
	put(out, little, 2*vhdxMB+8*4096, uint64(bitmap|blockPresent)) // after the 4,096 blocks of a chunk
	for _, b := range c.blocks(vhdxMB / 512) {
		state := uint64(blockPresent)
		if parentName != "" {
			state = blockPartly
		}
		put(out, little, 2*vhdxMB+8*int(b), uint64(len(out))|state)
		block := make([]byte, vhdxMB)
		for s, fill := range c {
			if s/(vhdxMB/512) == b {
				out[bitmap+int(s/8)] |= 1 << (s % 8)
				copy(block[s%(vhdxMB/512)*512:], bytes.Repeat([]byte{fill}, 512))
			}
		}
		out = append(out, block...)
	}
	return out
}

func builtLocator(parentID, parentName string) []byte {
	little := binary.LittleEndian
	p := make([]byte, 512)
	put(p, little, 0, guidBytes("b04aefb7-d19e-4a81-b789-25b8e9445913")) // the only type of locator ([MS-VHDX] section 2.6.2.6.1)
	pairs := [][2]string{
		{keyParentLinkage, "{" + parentID + "}"}, {"relative_path", parentName}, {"absolute_win32_path", `\\?\C:\machines\` + strings.TrimPrefix(parentName, `.\`)},
	}
	put(p, little, 16, uint16(0), uint16(len(pairs)))
	at := 20 + 12*uint32(len(pairs))
	for i, pair := range pairs {
		var raw [2][]byte
		for j, text := range pair {
			for _, u := range utf16.Encode([]rune(text)) {
				raw[j] = little.AppendUint16(raw[j], u)
			}
		}
		n, m := uint32(len(raw[0])), uint32(len(raw[1]))
		put(p, little, 20+12*i, at, at+n, uint16(n), uint16(m))
		put(p, little, int(at), raw[0], raw[1])
		at += n + m
	}
	return p
}

// builtQcow is a qcow2 in clusters of 4 KB.
func builtQcow(size int, c content, backing string) []byte {
	const cluster = 4096
	big := binary.BigEndian
	out := make([]byte, 2*cluster)
	put(out, big, 0, qcowMagic[:4], uint32(3), uint64(0), uint32(0), uint32(12), uint64(size), uint32(0), uint32(4), uint64(cluster))
	put(out, big, 100, uint32(104))
	if backing != "" {
		put(out, big, 8, uint64(200), uint32(len(backing)))
		put(out, big, 200, backing)
	}
	for _, b := range c.blocks(8) {
		slot := cluster + int(b/512)*8
		table := int(big.Uint64(out[slot:]) & qcowOffsetMask)
		if table == 0 {
			table = len(out)
			put(out, big, slot, uint64(table)|1<<63)
			out = append(out, make([]byte, cluster)...)
		}
		put(out, big, table+int(b%512)*8, uint64(len(out))|1<<63)
		data := c.disk(size)
		out = append(out, data[b*cluster:(b+1)*cluster]...)
	}
	return out
}

// builtVMDK is a monolithic sparse VMDK in grains of 4 KB.
func builtVMDK(size int, c content, cid, parentCID, parentName string) []byte {
	little := binary.LittleEndian
	out := make([]byte, 8192)
	put(out, little, 0, sparseMagic, uint32(1), uint32(3), uint64(size/512), uint64(8), uint64(1), uint64(4), uint32(512), uint64(0), uint64(8), uint64(16))
	put(out, little, 512, "# Disk DescriptorFile\nversion=1\nCID="+cid+"\nparentCID="+parentCID+"\nparentFileNameHint=\""+parentName+"\"\nRW "+fmt.Sprint(size/512)+" SPARSE \"fs01.vmdk\"\n")
	for _, g := range c.blocks(8) {
		slot := 4096 + int(g/512)*4
		table := int(little.Uint32(out[slot:])) * 512
		if table == 0 {
			table = len(out)
			put(out, little, slot, uint32(table/512))
			out = append(out, make([]byte, 2048)...)
		}
		put(out, little, table+int(g%512)*4, uint32(len(out)/512))
		data := c.disk(size)
		out = append(out, data[g*4096:(g+1)*4096]...)
	}
	return out
}

// builtLogEntry is an entry of a sequence that begins at tail.
func builtLogEntry(tail int, sequence uint64, changes ...patch) []byte {
	little := binary.LittleEndian
	out := make([]byte, logSector)
	for i, c := range changes {
		d := make([]byte, logDescriptor)
		put(d, little, 0, "zero", uint32(0), uint64(c.length), uint64(c.off), sequence)
		if c.data != nil {
			put(d, little, 0, "desc", c.data[logSector-4:], c.data[:8])
			s := make([]byte, logSector)
			put(s, little, 0, "data", uint32(sequence>>32), c.data[8:logSector-4], uint32(sequence))
			out = append(out, s...)
		}
		copy(out[logHeader+logDescriptor*i:], d)
	}
	put(out, little, 0, "loge", uint32(0), uint32(len(out)), uint32(tail), sequence, uint32(len(changes)), uint32(0), guidBytes(idOther), uint64(4*vhdxMB), uint64(4*vhdxMB))
	return sealed(out)
}

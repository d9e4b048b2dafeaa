// Package disk reads virtual disks: raw, qcow2, VHD, VHDX and VMDK, with their
// parents, read-only and only where asked.
package disk

import (
	"bytes"
	"io"
	"strings"

	"tlsready/internal/message"
)

// MaxSize bounds the size of a virtual disk in bytes: qcow2 and VHDX end far
// below it, and sums of two offsets cannot overflow.
const MaxSize = 1 << 50

// Disk is the content of a virtual disk as the machine saw it.
type Disk struct {
	layer  layer
	format string
	path   string
}

// layer is one image of a chain. Reads fill p and lie within the size.
type layer interface {
	size() int64
	read(p []byte, off int64) error
}

// Open opens an image and all that it builds on. Errors are *Error.
func Open(files *Files, path string) (*Disk, error) {
	l, format, err := files.chain(path, "", 0)
	if err != nil {
		return nil, err
	}
	return &Disk{layer: l, format: format, path: path}, nil
}

// Size is the size of the disk in bytes, not of its file.
func (d *Disk) Size() int64 { return d.layer.size() }

// Format is raw, qcow2, vhd, vhdx or vmdk.
func (d *Disk) Format() string { return d.format }

// ReadAt reads the disk; past its end it returns io.EOF.
func (d *Disk) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= d.Size() {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), d.Size()-off))
	if err := d.layer.read(p[:n], off); err != nil {
		return 0, err
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// chain opens one image of a chain. Format is "raw" if the child says that its
// parent has no format: then what the machine wrote must not be taken for one.
func (f *Files) chain(path, format string, depth int) (layer, string, error) {
	if depth > maxChain {
		return nil, "", damaged(path, "disk.chain", message.Int("limit", maxChain))
	}
	one, err := f.file(path)
	if err != nil {
		return nil, "", err
	}
	if format == "raw" {
		return raw{one}, "raw", nil
	}
	head, err := one.head(headLength)
	if err != nil {
		return nil, "", err
	}
	footer, err := one.vhdFooter()
	if err != nil {
		return nil, "", err
	}
	var l layer
	switch {
	case bytes.HasPrefix(head, []byte(qcowMagic)):
		l, err = layered(openQcow(one, depth))
		return l, "qcow2", err
	case bytes.HasPrefix(head, []byte(vhdxMagic)):
		l, err = layered(openVHDX(one, depth))
		return l, "vhdx", err
	case bytes.HasPrefix(head, []byte(sparseMagic)), isDescriptor(head):
		l, err = openVMDK(one, head, depth)
		return l, "vmdk", err
	case footer != nil:
		l, err = openVHD(one, footer, depth)
		return l, "vhd", err
	}
	if err := foreign(path, head); err != nil {
		return nil, "", err
	}
	return raw{one}, "raw", nil
}

// layered keeps a nil pointer from becoming a layer.
func layered[T layer](l T, err error) (layer, error) {
	if err != nil {
		return nil, err
	}
	return l, nil
}

// headLength is how much of a file tells its format.
const headLength = 512

// foreign names the formats that are not read, and files whose name promises a
// format that their content is not.
func foreign(path string, head []byte) error {
	at := func(off int, magic string) bool {
		return len(head) >= off+len(magic) && string(head[off:off+len(magic)]) == magic
	}
	low := strings.ToLower(path)
	switch {
	case at(0x40, "\x7f\x10\xda\xbe"):
		return unsupported(path, hintConvert, "disk.vdi")
	case at(0, "EVF\x09"), at(0, "EVF2"):
		return unsupported(path, "disk.hint.ewf", "disk.ewf")
	case at(0, "MSWIM\x00"):
		return unsupported(path, "disk.hint.wim", "disk.wim")
	case at(0, "COWD"), at(0, "\xbe\xba\xfe\xca\x00\x00\x00\x00"):
		return unsupported(path, hintSnapshot, "disk.esx")
	}
	for _, c := range []struct{ ending, format string }{{".vhd", "VHD"}, {".avhd", "VHD"}, {".vhdx", "VHDX"}, {".avhdx", "VHDX"}, {".qcow2", "qcow2"}} {
		if strings.HasSuffix(low, c.ending) {
			return damaged(path, "disk.name-only", message.Str("format", c.format))
		}
	}
	return nil
}

// inBlocks calls read for each part of p that lies in one block.
func inBlocks(p []byte, off, block int64, read func(p []byte, index, within int64) error) error {
	for len(p) > 0 {
		index, within := off/block, off%block
		n := min(int64(len(p)), block-within)
		if err := read(p[:n], index, within); err != nil {
			return err
		}
		p, off = p[n:], off+n
	}
	return nil
}

// below reads what a layer does not hold from its parent; past the end of a
// parent, and without one, there are zeros.
func below(parent layer, p []byte, off int64) error {
	n := 0
	if parent != nil && off < parent.size() {
		n = int(min(int64(len(p)), parent.size()-off))
		if err := parent.read(p[:n], off); err != nil {
			return err
		}
	}
	clear(p[n:])
	return nil
}

// raw is a file that is the disk.
type raw struct{ *file }

func (r raw) size() int64 { return r.file.size }

func (r raw) read(p []byte, off int64) error { return r.readAt(p, off) }

// bounded checks the size of a disk.
func bounded(path string, size uint64) (int64, error) {
	if size > MaxSize {
		return 0, damaged(path, "disk.size", message.Int("size", size))
	}
	return int64(size), nil
}

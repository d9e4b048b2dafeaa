package disk

import (
	"path/filepath"
	"strconv"
	"strings"

	"tlsready/internal/message"
)

// maxDescriptor bounds the text of a descriptor; one for 1,000 extents has 60 KB.
const maxDescriptor = 1 << 20

// descriptor is the text that says of which extents a VMDK consists.
type descriptor struct {
	content, parentContent, parentHint string
	extents                            []extentLine
}

// extentLine is a line such as: RW 4192256 SPARSE "fs01-s001.vmdk" 0
type extentLine struct {
	line    int
	sectors int64
	kind    string
	name    string
	off     int64 // sectors
}

// noParent is the parent's content id of a disk without a parent.
const noParent = "ffffffff"

func parseDescriptor(path string, text []byte) (*descriptor, error) {
	d := &descriptor{parentContent: noParent}
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(strings.Trim(line, "\x00"))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if first, _, _ := strings.Cut(line, " "); first == "RW" || first == "RDONLY" || first == "NOACCESS" {
			e, ok := parseExtent(line)
			if !ok {
				return nil, damaged(path, "disk.no-extent", message.Int("line", i+1), message.Quote("text", line[:min(len(line), 100)]))
			}
			e.line = i + 1
			d.extents = append(d.extents, e)
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		value = strings.Trim(strings.TrimSpace(value), `"`)
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "cid":
			d.content = strings.ToLower(value)
		case "parentcid":
			d.parentContent = strings.ToLower(value)
		case "parentfilenamehint":
			d.parentHint = value
		}
	}
	if len(d.extents) == 0 {
		return nil, damaged(path, "disk.no-extents")
	}
	return d, nil
}

func parseExtent(line string) (extentLine, bool) {
	before, rest, quoted := strings.Cut(line, `"`)
	fields := strings.Fields(before)
	if len(fields) != 3 {
		return extentLine{}, false
	}
	sectors, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil || sectors < 0 || sectors > MaxSize/vmdkSector {
		return extentLine{}, false
	}
	e := extentLine{sectors: sectors, kind: strings.ToUpper(fields[2])}
	if !quoted {
		return e, e.kind == "ZERO"
	}
	name, after, closed := strings.Cut(rest, `"`)
	if e.name = name; !closed {
		return e, false
	}
	if tail := strings.Fields(after); len(tail) > 0 {
		e.off, err = strconv.ParseInt(tail[0], 10, 64)
	}
	return e, err == nil && e.off >= 0 && e.off <= MaxSize/vmdkSector
}

// described opens the extents of a descriptor. Self is the sparse file that the
// descriptor was found in, nil for a descriptor file.
func (f *file) described(text []byte, self *sparse, depth int) (layer, error) {
	d, err := parseDescriptor(f.path, text)
	if err != nil {
		return nil, err
	}
	parent, err := f.vmdkParent(d, depth)
	if err != nil {
		return nil, err
	}
	v := &vmdk{content: d.content}
	for _, line := range d.extents {
		e := extent{start: v.disk, length: line.sectors * vmdkSector, off: line.off * vmdkSector}
		if self != nil && len(d.extents) == 1 {
			self.parent, e.layer, e.length = parent, self, self.disk
		} else if e.layer, err = f.extent(line, parent, v.disk); err != nil {
			return nil, err
		}
		if e.layer != nil && e.off+e.length > e.layer.size() {
			return nil, cut(f.path, e.off, int(e.length), e.layer.size())
		}
		if v.disk += e.length; v.disk > MaxSize {
			return nil, damaged(f.path, "disk.extents-size", message.Int("line", line.line), message.Int("limit", int64(MaxSize)))
		}
		v.extents = append(v.extents, e)
	}
	return v, nil
}

// extent opens one extent, which begins at start in the disk.
func (f *file) extent(line extentLine, parent layer, start int64) (layer, error) {
	switch line.kind {
	case "ZERO":
		return nil, nil
	case "FLAT", "VMFS", "SPARSE":
	default:
		return nil, unsupported(f.path, hintSnapshot, "disk.extent-type", message.Int("line", line.line), message.Str("type", line.kind))
	}
	path, ok := f.owner.beside(f.path, line.name)
	if !ok || filepath.Clean(path) == filepath.Clean(f.path) {
		return nil, message.Because(ErrParent, "disk.extent-missing", message.Int("line", line.line), message.Quote("name", line.name)).At(f.path).Hinted("disk.hint.extents")
	}
	one, err := f.owner.file(path)
	if err != nil {
		return nil, err
	}
	if line.kind != "SPARSE" {
		return raw{one}, nil
	}
	s, err := openSparse(one)
	if err != nil {
		return nil, err
	}
	if parent != nil {
		s.parent = shifted{parent, start}
	}
	return s, nil
}

// shifted is the parent, read from the place where an extent begins.
type shifted struct {
	layer
	start int64
}

func (s shifted) size() int64 { return max(0, s.layer.size()-s.start) }

func (s shifted) read(p []byte, off int64) error { return s.layer.read(p, s.start+off) }

// vmdkParent opens the parent of a snapshot, nil if there is none.
func (f *file) vmdkParent(d *descriptor, depth int) (layer, error) {
	if d.parentContent == noParent || d.parentContent == "" {
		return nil, nil
	}
	path, ok := f.owner.beside(f.path, d.parentHint)
	if !ok {
		return nil, missing(f.path, d.parentHint)
	}
	parent, _, err := f.owner.chain(path, "", depth+1)
	if err != nil {
		return nil, err
	}
	p, ok := parent.(*vmdk)
	if !ok {
		return nil, stranger(f.path, path, "disk.parent-no-vmdk")
	}
	if p.content != d.parentContent {
		return nil, stranger(f.path, path, "disk.parent-cid", message.Str("found", p.content), message.Str("want", d.parentContent))
	}
	return parent, nil
}

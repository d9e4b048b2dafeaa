package ntfs

import (
	"cmp"
	"encoding/binary"
	"slices"

	"tlsready/internal/message"
)

// The flags of an attribute.
const (
	flagCompressed = 0x00ff
	flagEncrypted  = 0x4000
)

// stream is the content of an attribute.
type stream struct {
	volume      *Volume
	size        int64
	initialized int64 // what lies beyond was never written: zeros
	resident    []byte
	runs        []run
}

// run is a stretch of clusters.
type run struct {
	first, count int64 // clusters of the stream
	at           int64 // cluster of the volume; -1 is a hole
}

// own are the stretches of an attribute in the record itself.
func own(r *record, kind uint32) []attribute {
	var list []attribute
	for _, a := range r.attributes {
		if a.kind == kind && a.name == "" {
			list = append(list, a)
		}
	}
	return list
}

// stream puts an attribute together from all records that hold stretches of it.
func (v *Volume) stream(r *record, kind uint32, name string) (*stream, error) {
	list := r.attributes
	if at := slices.IndexFunc(list, func(a attribute) bool { return a.kind == attrList }); at >= 0 {
		var err error
		if list, err = v.listed(r, list[at], kind); err != nil {
			return nil, err
		}
	}
	var parts []attribute
	for _, a := range list {
		if a.kind == kind && a.name == name {
			parts = append(parts, a)
		}
	}
	if len(parts) == 0 {
		return nil, message.Because(ErrDamaged, "ntfs.no-attribute", message.Int("n", r.number), message.Hex("type", kind))
	}
	s, err := v.joined(parts, true)
	if err != nil {
		return nil, message.Error("ntfs.record-why", message.Int("n", r.number), message.Cause("why", err))
	}
	return &s, nil
}

// listed are the attributes of a type that an attribute list names.
func (v *Volume) listed(r *record, list attribute, kind uint32) ([]attribute, error) {
	s, err := v.joined([]attribute{list}, true)
	if err != nil {
		return nil, err
	}
	if s.size > maxList {
		return nil, message.Because(ErrDamaged, "ntfs.attribute-list", message.Int("n", r.number), message.Int("size", s.size))
	}
	p := make([]byte, s.size)
	if err := s.read(p, 0); err != nil {
		return nil, err
	}
	little := binary.LittleEndian
	seen := map[uint64]bool{}
	var found []attribute
	for len(p) > 0 {
		if len(p) < 26 || int(little.Uint16(p[4:])) < 26 || int(little.Uint16(p[4:])) > len(p) {
			return nil, message.Because(ErrDamaged, "ntfs.attribute-entry", message.Int("n", r.number))
		}
		ref := little.Uint64(p[16:])
		if little.Uint32(p) == kind && !seen[ref] {
			seen[ref] = true
			holder := r
			if number := ref & (1<<48 - 1); number != r.number {
				if holder, err = v.read(number, uint16(ref>>48)); err != nil {
					return nil, err
				}
			}
			found = append(found, holder.attributes...)
		}
		p = p[little.Uint16(p[4:]):]
	}
	return found, nil
}

// joined makes a stream of the stretches of an attribute. Whole: they have to
// reach the end.
func (v *Volume) joined(parts []attribute, whole bool) (stream, error) {
	if !parts[0].nonresident {
		n := int64(len(parts[0].value))
		return stream{volume: v, size: n, initialized: n, resident: parts[0].value}, nil
	}
	slices.SortFunc(parts, func(a, b attribute) int { return cmp.Compare(a.first, b.first) })
	s := stream{volume: v, size: parts[0].size, initialized: parts[0].initialized}
	next := int64(0)
	for _, a := range parts {
		switch {
		case !a.nonresident || a.first != next:
			return s, message.Because(ErrDamaged, "ntfs.clusters-missing", message.Int("first", next), message.Int("last", a.first))
		case a.flags&flagEncrypted != 0:
			return s, message.Because(ErrUnsupported, "ntfs.efs")
		case a.flags&flagCompressed != 0:
			return s, message.Because(ErrUnsupported, "ntfs.compressed")
		}
		if err := s.add(a); err != nil {
			return s, err
		}
		next = a.last + 1
	}
	if whole && next < (s.size+v.cluster-1)/v.cluster {
		return s, message.Because(ErrDamaged, "ntfs.clusters-few", message.Int("size", s.size), message.Int("count", next))
	}
	return s, nil
}

// add decodes the runs of a stretch: each a byte with the lengths of the two
// numbers that follow, the count and the distance from the run before.
func (s *stream) add(a attribute) error {
	p, at, next := a.runs, int64(0), a.first
	for len(p) > 0 && p[0] != 0 {
		n, m := int(p[0]&15), int(p[0]>>4)
		if n == 0 || n > 8 || m > 8 || 1+n+m > len(p) || len(s.runs) >= maxRuns {
			return message.Because(ErrDamaged, "ntfs.runs")
		}
		r := run{first: next, count: signed(p[1 : 1+n]), at: -1}
		if m > 0 {
			at += signed(p[1+n : 1+n+m])
			r.at = at
		}
		if r.count <= 0 || r.count > maxVolume || m > 0 && (at < 0 || at > s.volume.length/s.volume.cluster) {
			return message.Because(ErrDamaged, "ntfs.run", message.Int("count", r.count), message.Int("cluster", at))
		}
		if next += r.count; next > a.last+1 {
			return message.Because(ErrDamaged, "ntfs.runs-long")
		}
		s.runs, p = append(s.runs, r), p[1+n+m:]
	}
	if next != a.last+1 {
		return message.Because(ErrDamaged, "ntfs.runs-end", message.Int("found", next), message.Int("want", a.last+1))
	}
	return nil
}

// signed is a little-endian number of 1 to 8 bytes.
func signed(p []byte) int64 {
	n := int64(int8(p[len(p)-1]))
	for i := len(p) - 2; i >= 0; i-- {
		n = n<<8 | int64(p[i])
	}
	return n
}

// reach looks whether the last byte can be read, before memory is taken for the
// whole stream.
func (s *stream) reach() error {
	if s.size == 0 {
		return nil
	}
	return s.read(make([]byte, 1), s.size-1)
}

func (s *stream) read(p []byte, off int64) error {
	if off < 0 || int64(len(p)) > s.size-off {
		return message.Because(ErrDamaged, "ntfs.offset", message.Hex("offset", off), message.Int("size", s.size))
	}
	if s.resident != nil {
		copy(p, s.resident[off:])
		return nil
	}
	if rest := s.initialized - off; rest < int64(len(p)) {
		rest = max(rest, 0)
		clear(p[rest:])
		p = p[:rest]
	}
	cluster := s.volume.cluster
	i, _ := slices.BinarySearchFunc(s.runs, off/cluster, func(r run, c int64) int {
		if r.first+r.count <= c {
			return -1
		}
		return 1
	})
	for ; len(p) > 0; i++ {
		if i >= len(s.runs) {
			return message.Because(ErrDamaged, "ntfs.no-cluster", message.Hex("offset", off))
		}
		r := s.runs[i]
		within := off - r.first*cluster
		n := min(int64(len(p)), r.count*cluster-within)
		if r.at < 0 {
			clear(p[:n])
		} else if err := s.volume.readAt(p[:n], r.at*cluster+within); err != nil {
			return err
		}
		p, off = p[n:], off+n
	}
	return nil
}

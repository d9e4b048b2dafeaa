package capture

import "slices"

// fragmentKey is which datagram a fragment belongs to.
type fragmentKey struct {
	from, to [16]byte
	id       uint32
	protocol byte
}

// fragments puts IP datagrams together (RFC 791 section 3.2, RFC 8200 section 4.5). Few
// are open at a time; the oldest makes room.
type fragments struct {
	open []*datagram
	lost int // datagrams that were not completed
}

type datagram struct {
	key   fragmentKey
	parts []part
	size  int // 0: the last part has not come
	kept  int
}

type part struct {
	at   int
	data []byte
}

// maxDatagram is the most that a datagram can hold, and maxParts the most fragments: the
// smallest link has 576 bytes.
const (
	maxDatagram = 1 << 16
	maxParts    = 128
)

// add takes a fragment, and gives the datagram if it is whole.
func (f *fragments) add(key fragmentKey, at int, b []byte, more, cut bool) []byte {
	i := slices.IndexFunc(f.open, func(d *datagram) bool { return d.key == key })
	if i < 0 {
		if len(f.open) == maxFragmented {
			f.drop(0)
		}
		f.open = append(f.open, &datagram{key: key})
		i = len(f.open) - 1
	}
	d := f.open[i]
	if cut || at+len(b) > maxDatagram || len(d.parts) == maxParts || d.kept+len(b) > 2*maxDatagram {
		f.drop(i)
		return nil
	}
	if !more {
		d.size = at + len(b)
	}
	d.parts = append(d.parts, part{at, slices.Clone(b)})
	d.kept += len(b)
	whole := d.whole()
	if whole != nil {
		f.open = slices.Delete(f.open, i, i+1)
	}
	return whole
}

// whole is the datagram if nothing is missing. Of bytes that came twice the first stand.
func (d *datagram) whole() []byte {
	if d.size == 0 || d.kept < d.size {
		return nil
	}
	slices.SortStableFunc(d.parts, func(a, b part) int { return a.at - b.at })
	out := make([]byte, 0, d.size)
	for _, p := range d.parts {
		if p.at > len(out) {
			return nil
		}
		if skip := len(out) - p.at; skip < len(p.data) {
			out = append(out, p.data[skip:]...)
		}
	}
	if len(out) != d.size {
		return nil
	}
	return out
}

func (f *fragments) drop(i int) {
	f.open = slices.Delete(f.open, i, i+1)
	f.lost++
}

package rehearse

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"sync"

	"tlsready/internal/fingerprint"
	"tlsready/internal/userfile"
	"tlsready/internal/wire"
)

// MaxRecorded bounds the hellos that one run keeps: a network has some hundreds, and
// clients that make up a new one each time would fill the disk.
const MaxRecorded = 1024

// Recorder keeps each distinct hello as a file that "probe --hello" reads.
type Recorder struct {
	folder *userfile.Folder

	mu   sync.Mutex
	seen map[string]bool
	kept int
	full bool
	err  error
}

// NewRecorder keeps hellos in a folder.
func NewRecorder(folder *userfile.Folder) *Recorder {
	return &Recorder{folder: folder, seen: map[string]bool{}}
}

// Record keeps a hello if none like it was kept. A hello that was kept by an earlier run
// stays as it is.
func (r *Recorder) Record(h *wire.ClientHello) {
	name := profileName(h)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.seen[name]:
		return
	case len(r.seen) >= MaxRecorded:
		r.full = true
		return
	}
	r.seen[name] = true
	if r.folder.Has(name) {
		return
	}
	raw, err := h.Records(0)
	if err == nil {
		err = r.folder.Replace(name, lines(hex.EncodeToString(raw)))
	}
	if err != nil {
		r.err = err
		return
	}
	r.kept++
}

// End says how many hellos were new and were kept, whether there were more than are kept,
// and what kept them from being written.
func (r *Recorder) End() (kept int, full bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.kept, r.full, r.err
}

// profileName is the same for hellos of the same client: their random parts, GREASE, and
// the order of the extensions, which browsers shuffle, do not count.
func profileName(h *wire.ClientHello) string {
	o := h.Offer()
	sum := sha256.New()
	write := func(code uint32) { sum.Write([]byte{byte(code >> 24), byte(code >> 16), byte(code >> 8), byte(code)}) }
	if h.SSL2 {
		write(2)
	}
	write(uint32(h.Version))
	for _, v := range o.Versions {
		write(uint32(v.Version))
	}
	for _, s := range h.Suites {
		if s > 0xffff || !wire.IsGREASE(uint16(s)) {
			write(uint32(s))
		}
	}
	for _, g := range o.Groups {
		write(uint32(g.Group))
	}
	for _, s := range o.SignatureAlgorithms {
		write(uint32(s.Scheme))
	}
	kinds := make([]uint16, 0, len(h.Extensions))
	for _, e := range h.Extensions {
		if !wire.IsGREASE(uint16(e.Type)) && e.Type != wire.ExtPadding && e.Type != wire.ExtPreSharedKey {
			kinds = append(kinds, uint16(e.Type))
		}
	}
	slices.Sort(kinds)
	for _, k := range kinds {
		write(uint32(k))
	}
	for _, p := range h.ALPN() {
		sum.Write([]byte(p))
	}
	// The reader of the folder sees JA4 first, which only hellos of SSL 2.0 lack.
	return cmp.Or(fingerprint.JA4(h), "ssl2") + "-" + hex.EncodeToString(sum.Sum(nil)[:4]) + ".hello"
}

// lines breaks hex digits into lines of 32 bytes.
func lines(digits string) []byte {
	const width = 64
	var b strings.Builder
	for len(digits) > width {
		b.WriteString(digits[:width] + "\n")
		digits = digits[width:]
	}
	b.WriteString(digits + "\n")
	return []byte(b.String())
}

// Package image takes the registry hives out of disk images of machines that are
// switched off, read-only and without mounting.
package image

import (
	"context"
	"errors"

	"tlsready/internal/message"
	"tlsready/internal/source/image/disk"
	"tlsready/internal/source/image/ntfs"
	"tlsready/internal/source/image/volume"
)

// maxHive bounds a hive: SOFTWARE of a server that has been patched for ten years
// has 100 to 300 MB.
const maxHive = 1 << 30

const config = `Windows\System32\config`

// ErrNoWindows says that no volume holds the hives of a Windows that can be read.
var ErrNoWindows error = message.Error("image.no-windows")

// Stats says what was read.
type Stats struct {
	Format    string // raw, qcow2, vhd, vhdx or vmdk
	Size      int64  // bytes of the disk
	Partition int    // the partition with Windows, from 1; 0 is a disk without partitions
	BytesRead int64  // of the image, its parents and extents
	Notes     []message.Text
}

// Image is an open image.
type Image struct {
	path  string
	files *disk.Files
	disk  *disk.Disk
}

// Open opens an image with its parents and extents. The end of ctx ends every
// later read. Errors are *message.Problem, or that of ctx.
func Open(ctx context.Context, path string) (*Image, error) {
	files := disk.NewFiles(ctx, nil)
	d, err := disk.Open(files, path)
	if err != nil {
		return nil, errors.Join(explain(path, err), files.Close())
	}
	return &Image{path, files, d}, nil
}

// Close closes the files of the image.
func (m *Image) Close() error { return m.files.Close() }

// Hives takes the hives of the one Windows in an image: SYSTEM and SOFTWARE under
// these names and, as far as they are there, their logs under SYSTEM.LOG,
// SYSTEM.LOG1 and so on. Errors are *message.Problem, or that of ctx.
func Hives(ctx context.Context, path string) (map[string][]byte, Stats, error) {
	m, err := Open(ctx, path)
	if err != nil {
		return nil, Stats{}, err
	}
	hives, stats, err := m.Hives()
	return hives, stats, errors.Join(err, m.Close())
}

// Hives is the function of the same name on an open image.
func (m *Image) Hives() (map[string][]byte, Stats, error) {
	stats := Stats{Format: m.disk.Format(), Size: m.disk.Size()}
	hives, err := m.hives(&stats)
	stats.BytesRead = m.files.BytesRead()
	return hives, stats, explain(m.path, err)
}

func (m *Image) hives(stats *Stats) (map[string][]byte, error) {
	list, err := volume.Find(m.disk)
	if err != nil {
		return nil, err
	}
	w, err := m.windows(list)
	if err != nil {
		return nil, err
	}
	stats.Partition = w.partition
	dirty, err := w.volume.Dirty()
	if err != nil {
		return nil, err
	}
	if dirty {
		stats.Notes = append(stats.Notes, message.New("image.not-shut-down"))
	}
	hives := make(map[string][]byte)
	for _, hive := range []string{"SYSTEM", "SOFTWARE"} {
		for _, ending := range []string{"", ".LOG", ".LOG1", ".LOG2"} {
			f, err := w.config.Find(hive + ending)
			if errors.Is(err, ntfs.ErrNotExist) && ending != "" {
				continue
			}
			if err != nil {
				return nil, err
			}
			if hives[hive+ending], err = f.Read(maxHive); err != nil {
				return nil, err
			}
		}
	}
	return hives, nil
}

// windows is a volume that holds a Windows.
type windows struct {
	volume    *ntfs.Volume
	config    *ntfs.File // the folder of the hives
	partition int
}

// windows finds the one volume that holds the hives.
func (m *Image) windows(list []volume.Volume) (*windows, error) {
	var found *windows
	var damage []error
	for _, one := range list {
		if one.Content != volume.NTFS {
			continue
		}
		w, err := m.windowsIn(one)
		switch {
		case errors.Is(err, ntfs.ErrNotExist):
		case broken(err):
			damage = append(damage, &message.Problem{What: message.New("image.in", message.Sub("place", place(one)), message.Cause("why", err)), Err: err})
		case err != nil:
			return nil, err
		case found != nil:
			return nil, message.Error("image.two-windows", message.Int("first", found.partition), message.Int("second", one.Number)).
				At(m.path).Hinted("image.hint.two-windows")
		default:
			found = w
		}
	}
	switch {
	case found != nil:
		return found, nil
	case len(damage) > 0:
		return nil, message.Join(damage...)
	}
	return nil, m.none(list)
}

// windowsIn looks for the hives in one volume; ntfs.ErrNotExist says that there
// is no Windows in it.
func (m *Image) windowsIn(one volume.Volume) (*windows, error) {
	v, err := ntfs.Open(m.disk, one.Offset, one.Length)
	if err != nil {
		return nil, err
	}
	folder, err := v.Find(config)
	if err != nil {
		return nil, err
	}
	_, err = folder.Find("SYSTEM")
	return &windows{v, folder, one.Number}, err
}

// broken says whether a volume cannot be read, while another may.
func broken(err error) bool {
	return errors.Is(err, ntfs.ErrDamaged) || errors.Is(err, ntfs.ErrCut) || errors.Is(err, ntfs.ErrUnsupported) ||
		errors.Is(err, disk.ErrCut) || errors.Is(err, disk.ErrDamaged)
}

func place(v volume.Volume) message.Text {
	if v.Number == 0 {
		return message.New("image.disk")
	}
	return message.New("image.partition", message.Int("n", v.Number))
}

// hiding are the contents that may hide a Windows. Each has a text and a hint.
func hiding() []volume.Content {
	return []volume.Content{volume.BitLocker, volume.LUKS, volume.ReFS, volume.Dynamic, volume.Spaces, volume.LVM}
}

// none says why there is no Windows to be found: the first volume that may hide
// one, else what there is.
func (m *Image) none(list []volume.Volume) error {
	for _, content := range hiding() {
		for _, v := range list {
			if v.Content == content {
				return &message.Problem{
					Where: m.path, What: message.New("image.content-"+v.Content.ID(), message.Sub("place", place(v))),
					Hint: message.New("image.hint.content-" + v.Content.ID()), Err: ErrNoWindows,
				}
			}
		}
	}
	there := make([]message.Text, len(list))
	for i, v := range list {
		there[i] = message.New("image.holds", message.Sub("place", place(v)), message.Sub("content", v.Content.Text()))
	}
	for _, v := range list {
		if v.Offset+v.Length > m.disk.Size() {
			return message.Because(disk.ErrCut, "image.cut", message.Sub("place", place(v)), message.Int("end", v.Offset+v.Length), message.Int("size", m.disk.Size())).
				At(m.path).Hinted(hintCopy)
		}
	}
	return message.Because(ErrNoWindows, "image.no-config", message.Str("folder", config), message.Sub("there", there...)).
		At(m.path).Hinted("image.hint.system-disk")
}

const hintCopy = "disk.hint.copy"

// explain makes a problem with a place of any error but the end of a context.
func explain(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	if known := ofDisk(err); known != nil {
		return known
	}
	p := &message.Problem{Where: path, Err: err}
	if hint := hintFor(err); hint != "" {
		p.Hint = message.New(hint)
	}
	return p
}

// ofDisk is the problem of a disk in the chain of err: it has a file and a hint.
func ofDisk(err error) *message.Problem {
	var p *message.Problem
	for errors.As(err, &p) {
		if p.Where != "" && !p.Hint.IsZero() {
			return p
		}
		err = p.Err
	}
	return nil
}

func hintFor(err error) string {
	switch {
	case errors.Is(err, ntfs.ErrUnsupported):
		return "image.hint.save-hive"
	case errors.Is(err, ntfs.ErrDamaged):
		return "image.hint.chkdsk"
	case errors.Is(err, ntfs.ErrCut), errors.Is(err, volume.ErrCut), errors.Is(err, volume.ErrDamaged):
		return hintCopy
	case errors.Is(err, volume.ErrNone):
		return "image.hint.whole-disk"
	case errors.Is(err, ntfs.ErrNotExist):
		return "image.hint.save-hives"
	}
	return ""
}

// Package image takes the registry hives out of disk images of machines that are
// switched off, read-only and without mounting.
package image

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/source/image/disk"
	"tlsready/internal/source/image/ntfs"
	"tlsready/internal/source/image/volume"
)

// maxHive bounds a hive: SOFTWARE of a server that has been patched for ten years
// has 100 to 300 MB.
const maxHive = 1 << 30

const config = `Windows\System32\config`

// Error is a problem with an image that a user can do something about.
type Error = disk.Error

// ErrNoWindows says that no volume holds the hives of a Windows that can be read.
var ErrNoWindows = errors.New("there is no Windows in this image")

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
// later read. Errors are *Error, or that of ctx.
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
// SYSTEM.LOG1 and so on. Errors are *Error, or that of ctx.
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
	var damage error
	for _, one := range list {
		if one.Content != volume.NTFS {
			continue
		}
		w, err := m.windowsIn(one)
		switch {
		case errors.Is(err, ntfs.ErrNotExist):
		case broken(err):
			damage = errors.Join(damage, fmt.Errorf("%s: %w", place(one), err))
		case err != nil:
			return nil, err
		case found != nil:
			return nil, &Error{
				Path: m.path, Msg: fmt.Sprintf("partitions %d and %d both hold a Windows", found.partition, one.Number),
				Hint: `copy Windows\System32\config of the one that is meant into a folder, and check that`,
			}
		default:
			found = w
		}
	}
	switch {
	case found != nil:
		return found, nil
	case damage != nil:
		return nil, damage
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

func place(v volume.Volume) string {
	if v.Number == 0 {
		return "the disk"
	}
	return fmt.Sprintf("partition %d", v.Number)
}

// none says why there is no Windows to be found: the first volume that may hide
// one, else what there is.
func (m *Image) none(list []volume.Volume) error {
	for _, c := range []struct {
		content   volume.Content
		msg, hint string
	}{
		{volume.BitLocker, "is encrypted with BitLocker", "unlock it and copy the hives: attach the image to a Windows machine, manage-bde -unlock X: -RecoveryPassword KEY; or run the collector on the machine itself"},
		{volume.LUKS, "is encrypted with LUKS", "unlock it first (cryptsetup open) and give the unlocked device"},
		{volume.ReFS, "is formatted with ReFS, which is not read", "copy Windows\\System32\\config out of the image on a Windows machine"},
		{volume.Dynamic, "belongs to a dynamic disk, which is not read", "copy Windows\\System32\\config out of the image on a Windows machine"},
		{volume.Spaces, "belongs to Storage Spaces, which are not read", "copy Windows\\System32\\config out of the image on a Windows machine"},
		{volume.LVM, "is a volume group of LVM, which is not read", "give the logical volume itself: /dev/GROUP/VOLUME, or a copy of it"},
	} {
		for _, v := range list {
			if v.Content == c.content {
				return &Error{Path: m.path, Msg: place(v) + " " + c.msg, Hint: c.hint, Err: ErrNoWindows}
			}
		}
	}
	names := make([]string, len(list))
	for i, v := range list {
		names[i] = fmt.Sprintf("%s: %s", place(v), v.Content)
	}
	for _, v := range list {
		if v.Offset+v.Length > m.disk.Size() {
			return &Error{
				Path: m.path, Err: disk.ErrCut, Hint: hintCopy,
				Msg: fmt.Sprintf("%v: %s ends at byte %d, the disk has %d", disk.ErrCut, place(v), v.Offset+v.Length, m.disk.Size()),
			}
		}
	}
	return &Error{
		Path: m.path, Msg: fmt.Sprintf(`%v: no volume has %s (%s)`, ErrNoWindows, config, strings.Join(names, "; ")),
		Hint: "give the image of the system disk", Err: ErrNoWindows,
	}
}

const hintCopy = "copy the image again while the machine is switched off"

// explain makes an *Error of any error but the end of a context.
func explain(path string, err error) error {
	var known *Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &known):
		return known
	}
	hint := ""
	switch {
	case errors.Is(err, ntfs.ErrUnsupported):
		hint = "save the hive on the machine itself: reg save HKLM\\SYSTEM FILE; or run the collector there"
	case errors.Is(err, ntfs.ErrDamaged):
		hint = "copy the image again while the machine is switched off; if it stays, run chkdsk on the machine"
	case errors.Is(err, ntfs.ErrCut), errors.Is(err, volume.ErrCut), errors.Is(err, volume.ErrDamaged):
		hint = hintCopy
	case errors.Is(err, volume.ErrNone):
		hint = "give the image of a whole disk, or of the volume with Windows"
	case errors.Is(err, ntfs.ErrNotExist):
		hint = "save the hives on the machine itself: reg save HKLM\\SYSTEM FILE"
	}
	return &Error{Path: path, Msg: err.Error(), Hint: hint, Err: err}
}

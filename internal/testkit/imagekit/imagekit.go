//go:build linux

// Package imagekit makes disk images for tests with qemu-img, parted and ntfs-3g.
package imagekit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const mb = 1 << 20

// Ready says whether the programs are there and file systems may be mounted; else
// it says in one line what is not run.
func Ready(t testing.TB) bool {
	t.Helper()
	for _, program := range []string{"qemu-img", "mkntfs", "ntfs-3g", "parted", "umount"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Logf("not run: %s is not installed: apt-get install qemu-utils ntfs-3g parted", program)
			return false
		}
	}
	if f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0); err != nil {
		t.Logf("not run: images are filled through FUSE, which is not allowed here: %v", err)
		return false
	} else if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return true
}

// Run runs a program, which has to succeed.
func Run(t testing.TB, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// File writes a file and the folders above it.
func File(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Space makes a sparse file.
func Space(t testing.TB, path string, size int64) {
	t.Helper()
	File(t, path, nil)
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}

// NTFS formats a file as one NTFS volume, and lets fill write into it.
func NTFS(t testing.TB, path string, size int64, fill func(root string), options ...string) {
	t.Helper()
	Space(t, path, size)
	Run(t, "mkntfs", append(options, "-F", "-Q", "-q", path)...)
	Mount(t, path, fill)
}

// Mount mounts a volume, lets fill write into it, and unmounts it.
func Mount(t testing.TB, path string, fill func(root string)) {
	t.Helper()
	root := t.TempDir()
	Run(t, "ntfs-3g", "-o", "compression", path, root)
	mounted := true
	unmount := func() {
		if mounted {
			mounted = false
			Run(t, "umount", root)
		}
	}
	defer unmount()
	fill(root)
	unmount()
}

// Place copies a volume into a disk, leaving holes.
func Place(t testing.TB, disk, volume string, off int64) {
	t.Helper()
	Run(t, "dd", "if="+volume, "of="+disk, "bs=1M", fmt.Sprintf("seek=%d", off/mb), "conv=notrunc,sparse", "status=none")
}

// Partitioned makes a disk of 96 MB with three partitions, the volume in the one
// in the middle, behind a volume without Windows.
func Partitioned(t testing.TB, label string, volume string) string {
	t.Helper()
	disk := filepath.Join(t.TempDir(), "fs01.raw")
	Space(t, disk, 96*mb)
	layout := []string{"mkpart", "a", "ntfs", "1MiB", "17MiB", "mkpart", "b", "ntfs", "17MiB", "81MiB", "mkpart", "c", "fat32", "81MiB", "95MiB"}
	off := int64(17)
	switch label {
	case "msdos":
		layout = []string{"mkpart", "primary", "ntfs", "1MiB", "17MiB", "mkpart", "primary", "ntfs", "17MiB", "81MiB", "mkpart", "primary", "fat32", "81MiB", "95MiB"}
	case "logical":
		label, off = "msdos", 19
		layout = []string{"mkpart", "primary", "ntfs", "1MiB", "17MiB", "mkpart", "extended", "17MiB", "95MiB", "mkpart", "logical", "fat32", "17.5MiB", "18MiB", "mkpart", "logical", "ntfs", "19MiB", "83MiB"}
	}
	Run(t, "parted", append([]string{"-s", disk, "mklabel", label}, layout...)...)
	data := filepath.Join(t.TempDir(), "data")
	NTFS(t, data, 16*mb, func(root string) { File(t, filepath.Join(root, "Windows", "readme.txt"), []byte("no Windows")) })
	Place(t, disk, data, mb)
	Place(t, disk, volume, off*mb)
	return disk
}

// Convert makes an image of another format.
func Convert(t testing.TB, raw, format, options, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	args := []string{"convert", "-f", "raw", "-O", format}
	for _, o := range strings.Fields(options) {
		if o == "-c" {
			args = append(args, o)
		} else {
			args = append(args, "-o", o)
		}
	}
	Run(t, "qemu-img", append(args, raw, path)...)
	return path
}

package image

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tlsready/internal/host"
	"tlsready/internal/source/sourcetest"
	"tlsready/internal/testkit/hivegen"
)

const mb = 1 << 20

// ready says whether the programs are there and file systems may be mounted; else
// it says in one line what is not run.
func ready(t testing.TB) bool {
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

func run(t testing.TB, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

func file(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// space makes a sparse file.
func space(t testing.TB, path string, size int64) {
	t.Helper()
	file(t, path, nil)
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}

// hives are those of the machine of the contract: Windows Server 2012 R2.
func hives(padding int) (system, software []byte) {
	first := []host.Value{{Key: "Select", Name: "Current", Data: host.Dword(2)}}
	var second []host.Value
	for _, v := range sourcetest.Values() {
		if key, ok := strings.CutPrefix(v.Key, `HKLM\SYSTEM\CurrentControlSet\`); ok {
			first = append(first, host.Value{Key: `ControlSet002\` + key, Name: v.Name, Data: v.Data})
		} else {
			second = append(second, host.Value{Key: strings.TrimPrefix(v.Key, `HKLM\SOFTWARE\`), Name: v.Name, Data: v.Data})
		}
	}
	return hivegen.Spec{Values: first, Padding: padding}.Build(), hivegen.Spec{Values: second, Padding: 4 * padding}.Build()
}

// windows puts the hives where Windows has them.
func windows(t testing.TB, root string, padding int) {
	t.Helper()
	system, software := hives(padding)
	dir := filepath.Join(root, "Windows", "System32", "config")
	file(t, filepath.Join(dir, "SYSTEM"), system)
	file(t, filepath.Join(dir, "SOFTWARE"), software)
	file(t, filepath.Join(dir, "SYSTEM.LOG1"), nil)
	file(t, filepath.Join(dir, "SAM"), []byte("regf"))
}

// ntfs formats a file as one NTFS volume, and lets fill write into it.
func ntfs(t testing.TB, path string, size int64, fill func(root string), options ...string) {
	t.Helper()
	space(t, path, size)
	run(t, "mkntfs", append(options, "-F", "-Q", "-q", path)...)
	mount(t, path, fill)
}

func mount(t testing.TB, path string, fill func(root string)) {
	t.Helper()
	root := t.TempDir()
	run(t, "ntfs-3g", "-o", "compression", path, root)
	mounted := true
	unmount := func() {
		if mounted {
			mounted = false
			run(t, "umount", root)
		}
	}
	defer unmount()
	fill(root)
	unmount()
}

// place copies a volume into a disk, leaving holes.
func place(t testing.TB, disk, volume string, off int64) {
	t.Helper()
	run(t, "dd", "if="+volume, "of="+disk, "bs=1M", fmt.Sprintf("seek=%d", off/mb), "conv=notrunc,sparse", "status=none")
}

// partitioned makes a disk of 96 MB with three partitions, the hives in the one
// in the middle, behind a volume without Windows.
func partitioned(t testing.TB, label string, windowsVolume string) string {
	t.Helper()
	disk := filepath.Join(t.TempDir(), "fs01.raw")
	space(t, disk, 96*mb)
	layout := []string{"mkpart", "a", "ntfs", "1MiB", "17MiB", "mkpart", "b", "ntfs", "17MiB", "81MiB", "mkpart", "c", "fat32", "81MiB", "95MiB"}
	off := int64(17)
	switch label {
	case "msdos":
		layout = []string{"mkpart", "primary", "ntfs", "1MiB", "17MiB", "mkpart", "primary", "ntfs", "17MiB", "81MiB", "mkpart", "primary", "fat32", "81MiB", "95MiB"}
	case "logical":
		label, off = "msdos", 19
		layout = []string{"mkpart", "primary", "ntfs", "1MiB", "17MiB", "mkpart", "extended", "17MiB", "95MiB", "mkpart", "logical", "fat32", "17.5MiB", "18MiB", "mkpart", "logical", "ntfs", "19MiB", "83MiB"}
	}
	run(t, "parted", append([]string{"-s", disk, "mklabel", label}, layout...)...)
	data := filepath.Join(t.TempDir(), "data")
	ntfs(t, data, 16*mb, func(root string) { file(t, filepath.Join(root, "Windows", "readme.txt"), []byte("no Windows")) })
	place(t, disk, data, mb)
	place(t, disk, windowsVolume, off*mb)
	return disk
}

// windowsVolume makes an NTFS volume of 64 MB with Windows, in which the list of
// System32 takes many blocks.
func windowsVolume(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "volume")
	ntfs(t, path, 64*mb, func(root string) {
		for i := range 600 {
			file(t, filepath.Join(root, "Windows", "System32", fmt.Sprintf("a library with a long name %04d.dll", i)), nil)
		}
		windows(t, root, 0)
	})
	return path
}

// convert makes an image of another format.
func convert(t testing.TB, raw, format, options, name string) string {
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
	run(t, "qemu-img", append(args, raw, path)...)
	return path
}

// cut copies the beginning of a file.
func cut(t testing.TB, path string, size int64) string {
	t.Helper()
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, size))
	if err != nil {
		t.Fatal(err)
	}
	short := filepath.Join(t.TempDir(), filepath.Base(path))
	file(t, short, data)
	return short
}

// overwrite puts bytes into a copy of an image.
func overwrite(t testing.TB, path string, off int64, data string) string {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	other := cut(t, path, info.Size())
	f, err := os.OpenFile(other, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte(data), off); err != nil {
		t.Fatal(err)
	}
	return other
}

// mergeSparse copies the data of a sparse file into another without reading its
// holes.
func mergeSparse(t testing.TB, to, from string, off int64) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	for at := int64(0); ; {
		data, err := unix.Seek(int(in.Fd()), at, unix.SEEK_DATA)
		if err != nil {
			return // no more data
		}
		hole, err := unix.Seek(int(in.Fd()), data, unix.SEEK_HOLE)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.NewOffsetWriter(out, off+data), io.NewSectionReader(in, data, hole-data)); err != nil {
			t.Fatal(err)
		}
		at = hole
	}
}

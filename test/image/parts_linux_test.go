package image

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tlsready/internal/host"
	"tlsready/internal/source/sourcetest"
	"tlsready/internal/testkit/hivegen"
	"tlsready/internal/testkit/imagekit"
)

const mb = 1 << 20

func ready(t testing.TB) bool { t.Helper(); return imagekit.Ready(t) }

func run(t testing.TB, name string, args ...string) { t.Helper(); imagekit.Run(t, name, args...) }

func file(t testing.TB, path string, data []byte) { t.Helper(); imagekit.File(t, path, data) }

func space(t testing.TB, path string, size int64) { t.Helper(); imagekit.Space(t, path, size) }

func ntfs(t testing.TB, path string, size int64, fill func(root string), options ...string) {
	t.Helper()
	imagekit.NTFS(t, path, size, fill, options...)
}

func place(t testing.TB, disk, volume string, off int64) {
	t.Helper()
	imagekit.Place(t, disk, volume, off)
}

func partitioned(t testing.TB, label, volume string) string {
	t.Helper()
	return imagekit.Partitioned(t, label, volume)
}

func convert(t testing.TB, raw, format, options, name string) string {
	t.Helper()
	return imagekit.Convert(t, raw, format, options, name)
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

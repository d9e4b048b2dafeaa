package image

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tlsready/internal/cli"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/image"
	"tlsready/internal/source/image/disk"
	"tlsready/internal/source/list"
	"tlsready/internal/source/sourcetest"
)

// formats are the images that qemu-img makes of a raw disk.
func formats() []struct{ name, format, options, file string } {
	return []struct{ name, format, options, file string }{
		{"raw", "raw", "", "fs01.img"},
		{"qcow2", "qcow2", "", "fs01.qcow2"},
		{"qcow2 small clusters", "qcow2", "cluster_size=512", "fs01.qcow2"},
		{"qcow2 old", "qcow2", "compat=0.10", "fs01.qcow2"},
		{"qcow2 compressed", "qcow2", "-c", "fs01.qcow2"},
		{"vhd dynamic", "vpc", "subformat=dynamic,force_size=on", "fs01.vhd"},
		{"vhd fixed", "vpc", "subformat=fixed,force_size=on", "fs01.vhd"},
		{"vhdx dynamic", "vhdx", "subformat=dynamic", "fs01.vhdx"},
		{"vhdx fixed", "vhdx", "subformat=fixed", "fs01.vhdx"},
		{"vhdx small blocks", "vhdx", "block_size=1M", "fs01.vhdx"},
		{"vmdk sparse", "vmdk", "subformat=monolithicSparse", "fs01.vmdk"},
		{"vmdk flat", "vmdk", "subformat=monolithicFlat", "fs01.vmdk"},
		{"vmdk in parts", "vmdk", "subformat=twoGbMaxExtentSparse", "fs01.vmdk"},
		{"vmdk flat in parts", "vmdk", "subformat=twoGbMaxExtentFlat", "fs01.vmdk"},
		{"vmdk of an OVA", "vmdk", "subformat=streamOptimized", "fs01.vmdk"},
	}
}

// TestContract proves that the same settings behind every format and partition
// scheme are the same snapshot.
func TestContract(t *testing.T) {
	if !ready(t) {
		return
	}
	volume := windowsVolume(t)
	gpt := partitioned(t, "gpt", volume)
	for _, f := range formats() {
		t.Run(f.name, func(t *testing.T) {
			sourcetest.Run(t, source.Options{Kinds: list.Kinds()}, func(t testing.TB) string { return convert(t, gpt, f.format, f.options, f.file) })
		})
	}
	for _, label := range []string{"msdos", "logical"} {
		t.Run(label, func(t *testing.T) {
			sourcetest.Run(t, source.Options{Kinds: list.Kinds()}, func(t testing.TB) string { return partitioned(t, label, volume) })
		})
	}
	t.Run("no partitions", func(t *testing.T) {
		sourcetest.Run(t, source.Options{Kinds: list.Kinds()}, func(t testing.TB) string { return convert(t, volume, "qcow2", "", "fs01.qcow2") })
	})
	t.Run("backup of GPT", func(t *testing.T) {
		sourcetest.Run(t, source.Options{Kinds: list.Kinds()}, func(t testing.TB) string { return overwrite(t, gpt, 512, "damaged!") })
	})
}

// TestSame proves that every format gives the hives byte for byte, with the logs
// that are there, and says which partition they are from.
func TestSame(t *testing.T) {
	if !ready(t) {
		return
	}
	gpt := partitioned(t, "gpt", windowsVolume(t))
	system, software := hives(0)
	for _, f := range formats() {
		got, stats, err := image.Hives(t.Context(), convert(t, gpt, f.format, f.options, f.file))
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		if len(got) != 3 || !bytes.Equal(got["SYSTEM"], system) || !bytes.Equal(got["SOFTWARE"], software) || len(got["SYSTEM.LOG1"]) != 0 {
			t.Errorf("%s: hives differ", f.name)
		}
		if stats.Partition != 2 || len(stats.Notes) != 0 || stats.Size < 96*mb {
			t.Errorf("%s: %+v", f.name, stats)
		}
		if format, _, _ := strings.Cut(f.name, " "); stats.Format != format {
			t.Errorf("%s is taken for %s", f.name, stats.Format)
		}
	}
}

// TestChain proves that an image over a parent is read with it, and that a
// missing or changed parent is an error that names it.
func TestChain(t *testing.T) {
	if !ready(t) {
		return
	}
	gpt := partitioned(t, "gpt", windowsVolume(t))
	for _, format := range []string{"qcow2", "vmdk"} {
		t.Run(format, func(t *testing.T) {
			base := convert(t, gpt, format, "", "base."+format)
			child := filepath.Join(filepath.Dir(base), "fs01."+format)
			run(t, "qemu-img", "create", "-q", "-f", format, "-b", base, "-F", format, child)
			run(t, "qemu-io", "-f", format, "-c", "write -P 7 90M 100k", child)
			sourcetest.Run(t, source.Options{Kinds: list.Kinds()}, func(testing.TB) string { return child })
			if err := os.Rename(base, base+".away"); err != nil {
				t.Fatal(err)
			}
			refused(t, child, disk.ErrParent, "base."+format, "parent beside it")
		})
	}
	t.Run("raw under qcow2", func(t *testing.T) {
		child := filepath.Join(filepath.Dir(gpt), "child.qcow2")
		run(t, "qemu-img", "create", "-q", "-f", "qcow2", "-b", filepath.Base(gpt), "-F", "raw", child)
		sourcetest.Run(t, source.Options{Kinds: list.Kinds()}, func(testing.TB) string { return child })
	})
}

// refused proves that a source is an error with these words and a hint.
func refused(t *testing.T, path string, cause error, words, hint string) {
	t.Helper()
	_, err := source.ReadOne(t.Context(), path, source.Options{Kinds: list.Kinds()})
	advice := message.English(message.HintOf(err))
	if err == nil || !strings.Contains(err.Error(), words) || !strings.Contains(advice, hint) || cause != nil && !errors.Is(err, cause) {
		t.Errorf("%s: got %v", filepath.Base(path), err)
		return
	}
	t.Logf("%s: %s\n  hint: %s", filepath.Base(path), err, advice)
}

// TestCut proves that an image that is cut short is an error that says so, in
// every format and wherever it is cut.
func TestCut(t *testing.T) {
	if !ready(t) {
		return
	}
	volume := windowsVolume(t)
	gpt := partitioned(t, "gpt", volume)
	for _, f := range formats() {
		if strings.Contains(f.name, "in parts") || f.name == "vmdk flat" {
			continue // what is cut is an extent: below
		}
		t.Run(f.name, func(t *testing.T) {
			whole := convert(t, gpt, f.format, f.options, f.file)
			info, err := os.Stat(whole)
			if err != nil {
				t.Fatal(err)
			}
			for _, size := range []int64{info.Size() / 8, info.Size() / 5} {
				short := cut(t, whole, size)
				_, _, err := image.Hives(t.Context(), short)
				if message.HintOf(err).IsZero() || !strings.Contains(err.Error(), "cut short") && !strings.Contains(err.Error(), "footer is missing") {
					t.Errorf("%d of %d bytes: %v", size, info.Size(), err)
				}
			}
		})
	}
	flat := convert(t, gpt, "vmdk", "subformat=monolithicFlat", "fs01.vmdk")
	if err := os.Truncate(strings.TrimSuffix(flat, ".vmdk")+"-flat.vmdk", 20*mb); err != nil {
		t.Fatal(err)
	}
	refused(t, flat, disk.ErrCut, "cut short", "copy")
	if err := os.Remove(strings.TrimSuffix(flat, ".vmdk") + "-flat.vmdk"); err != nil {
		t.Fatal(err)
	}
	refused(t, flat, disk.ErrParent, "fs01-flat.vmdk", "extents")
}

// untilDone runs qemu-img until it succeeds, but not for ever: it measures the processor
// to choose the work of a password, and gives up if others use it ("Unable to get
// accurate CPU usage").
func untilDone(t *testing.T, command ...string) {
	t.Helper()
	var out []byte
	var err error
	for until := time.Now().Add(3 * time.Minute); time.Now().Before(until); {
		if out, err = exec.CommandContext(t.Context(), command[0], command[1:]...).CombinedOutput(); err == nil {
			return
		}
		if !strings.Contains(string(out), "accurate CPU usage") {
			break
		}
	}
	t.Fatalf("%s: %v %s", strings.Join(command, " "), err, out)
}

// TestNamed proves that what cannot be read is named and comes with a way out.
func TestNamed(t *testing.T) {
	if !ready(t) {
		return
	}
	volume := windowsVolume(t)
	gpt := partitioned(t, "gpt", volume)
	at := func(off int64, text string) string { return overwrite(t, gpt, off, text) }
	refused(t, at(17*mb, "\xebX\x90-FVE-FS-"), image.ErrNoWindows, "partition 2 is encrypted with BitLocker", "manage-bde")
	refused(t, at(17*mb, "\x00\x00\x00ReFS\x00\x00\x00\x00"), image.ErrNoWindows, "partition 2 is formatted with ReFS", "copy")
	refused(t, at(17*mb, strings.Repeat("\x00", 512)+"LABELONE"+strings.Repeat("\x00", 16)+"LVM2 001"), image.ErrNoWindows, "LVM", "logical volume")
	refused(t, at(17*mb, "\x00\x00\x00nothing "), image.ErrNoWindows, "partition 1: NTFS; partition 2: unknown", "system disk")
	refused(t, convert(t, gpt, "vdi", "", "fs01.vdi"), disk.ErrUnsupported, "VirtualBox", "qemu-img convert")
	refused(t, convert(t, gpt, "qcow2", "compression_type=zstd", "zstd.qcow2"), disk.ErrUnsupported, "zstd", "qemu-img convert")
	refused(t, convert(t, gpt, "qcow2", "extended_l2=on", "extended.qcow2"), disk.ErrUnsupported, "subclusters", "qemu-img convert")

	luks := filepath.Join(t.TempDir(), "luks.qcow2")
	untilDone(t, "qemu-img", "create", "-q", "-f", "qcow2", "--object", "secret,id=s,data=example", "-o", "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10", luks, "8M")
	refused(t, luks, disk.ErrUnsupported, "encrypted", "qemu-img convert")

	twice := partitioned(t, "msdos", volume)
	place(t, twice, volume, 17*mb)
	small := filepath.Join(t.TempDir(), "small")
	ntfs(t, small, 16*mb, func(root string) { windows(t, root, 0) })
	place(t, twice, small, mb)
	refused(t, twice, nil, "partitions 1 and 2 both hold a Windows", "copy")

	empty := filepath.Join(t.TempDir(), "fs01.vhdx")
	file(t, empty, nil)
	refused(t, empty, disk.ErrDamaged, "name says VHDX", "copy")
}

// TestStoredOtherwise proves that hives that Windows compressed, or moved into the
// store of Data Deduplication, are named, not read as what they are not.
func TestStoredOtherwise(t *testing.T) {
	if !ready(t) {
		return
	}
	const software = "Windows/System32/config/SOFTWARE"
	for _, c := range []struct {
		name, words string
		tag         string
	}{
		{"wof", "Windows Overlay Filter", "\x17\x00\x00\x80\x10\x00\x00\x00" + strings.Repeat("\x01\x00\x00\x00", 4)},
		{"deduplicated", "Data Deduplication", "\x13\x00\x00\x80\x10\x00\x00\x00" + strings.Repeat("\x01\x00\x00\x00", 4)},
	} {
		path := filepath.Join(t.TempDir(), c.name+".img")
		ntfs(t, path, 16*mb, func(root string) {
			windows(t, root, 0)
			if err := unix.Setxattr(filepath.Join(root, software), "system.ntfs_reparse_data", []byte(c.tag), 0); err != nil {
				t.Fatal(err)
			}
		})
		refused(t, path, nil, c.words, "reg save")
	}
	path := filepath.Join(t.TempDir(), "compressed.img")
	ntfs(t, path, 32*mb, func(root string) { windows(t, root, mb) }, "-C")
	refused(t, path, nil, "compressed by NTFS", "reg save")

	gone := filepath.Join(t.TempDir(), "gone.img")
	ntfs(t, gone, 16*mb, func(root string) {
		windows(t, root, 0)
		if err := os.Remove(filepath.Join(root, software)); err != nil {
			t.Fatal(err)
		}
	})
	refused(t, gone, nil, `config\SOFTWARE: there is no such file`, "reg save")
}

// TestFragments proves that hives in a thousand pieces are read whole, with
// clusters of several sizes.
func TestFragments(t *testing.T) {
	if !ready(t) {
		return
	}
	const padding = 1 * mb
	system, software := hives(padding)
	for _, cluster := range []string{"512", "4096", "65536"} {
		t.Run(cluster, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "fs01.img")
			ntfs(t, path, 24*mb, func(root string) { shatter(t, root, padding) }, "-c", cluster)
			got, stats, err := image.Hives(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got["SYSTEM"], system) || !bytes.Equal(got["SOFTWARE"], software) {
				t.Error("hives differ")
			}
			t.Logf("%d bytes read", stats.BytesRead)
		})
	}
}

// shatter fills a volume with small files, deletes every second, and writes the
// hives into what is left.
func shatter(t *testing.T, root string, padding int) {
	block := bytes.Repeat([]byte{1}, 8192)
	n := 0
	name := func(i int) string { return filepath.Join(root, fmt.Sprintf("filler%05d", i)) }
	for ; ; n++ {
		if err := os.WriteFile(name(n), block, 0o600); err != nil {
			break // the volume is full
		}
	}
	for i := 0; i <= n; i += 2 {
		if err := os.Remove(name(i)); err != nil {
			t.Fatal(err)
		}
	}
	windows(t, root, padding)
}

// TestLargeImage proves that checking a disk of 20 GB with hives of 100 MB reads
// less than one hundredth of it.
func TestLargeImage(t *testing.T) {
	if !ready(t) {
		return
	}
	const size = 20 << 30
	volume := filepath.Join(t.TempDir(), "volume")
	ntfs(t, volume, size-20*mb, func(root string) { windows(t, root, 20*mb) })
	disk := filepath.Join(t.TempDir(), "fs01.raw")
	space(t, disk, size)
	run(t, "parted", "-s", disk, "mklabel", "gpt", "mkpart", "a", "ntfs", "10MiB", fmt.Sprintf("%dMiB", size/mb-5))
	mergeSparse(t, disk, volume, 10*mb)
	_, stats, err := image.Hives(t.Context(), disk)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes of %d read, %.3f %%", stats.BytesRead, int64(size), 100*float64(stats.BytesRead)/size)
	if stats.BytesRead > size/100 {
		t.Error("more than one hundredth")
	}
	sourcetest.Run(t, source.Options{Kinds: list.Kinds()}, func(testing.TB) string { return disk })
}

// TestFolder proves that the images of a folder are hosts of their own, that the extents
// of a VMDK are not, and that a broken image costs only itself.
func TestFolder(t *testing.T) {
	if !ready(t) {
		return
	}
	gpt := partitioned(t, "gpt", windowsVolume(t))
	dir := t.TempDir()
	for i, f := range formats() {
		run(t, "sh", "-c", "cp --sparse=always \"$0\"* \"$1\"", strings.TrimSuffix(convert(t, gpt, f.format, f.options, fmt.Sprintf("fs%02d%s", i, filepath.Ext(f.file))), ".vmdk"), dir)
	}
	file(t, filepath.Join(dir, "broken.vhdx"), []byte("vhdxfile"))
	var ids, failed []string
	for h, err := range source.Read(t.Context(), []string{dir}, source.Options{Kinds: list.Kinds()}) {
		if err != nil {
			t.Fatal(err)
		}
		if ids = append(ids, h.ID); h.Err != nil {
			failed = append(failed, h.ID)
			t.Log(h.Err)
		} else if h.Snapshot.Source != "image:"+h.Path {
			t.Errorf("source %s", h.Snapshot.Source)
		}
	}
	if len(ids) != len(formats())+1 || !slices.Equal(failed, []string{"broken"}) {
		t.Errorf("hosts %q, unreadable %q", ids, failed)
	}
}

// TestCheck proves that an image is judged by the command as its user runs it.
func TestCheck(t *testing.T) {
	if !ready(t) {
		return
	}
	path := convert(t, partitioned(t, "gpt", windowsVolume(t)), "vhdx", "", "fs01.vhdx")
	var out, errs bytes.Buffer
	code := cli.Run(t.Context(), []string{"check", path, "--lang", "en"}, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, nil)
	if code != 1 || !strings.Contains(out.String(), "fs01 CANNOT CONNECT") || errs.Len() != 0 {
		t.Errorf("exit status %d\n%s\n%s", code, out.String(), errs.String())
	}
}

// TestLog proves that what qemu wrote into the log of a VHDX, and nowhere else,
// is read: its table of blocks is put back to what it was before the last write.
func TestLog(t *testing.T) {
	if !ready(t) {
		return
	}
	path := filepath.Join(t.TempDir(), "fs01.vhdx")
	run(t, "qemu-img", "create", "-q", "-f", "vhdx", "-o", "block_size=1M", path, "64M")
	run(t, "qemu-io", "-f", "vhdx", "-c", "write -q -P 9 40M 64k", path)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(data[mb:mb+4]) != "loge" {
		t.Fatal("qemu left no entry in the log")
	}
	region := bytes.Index(data[192<<10:256<<10], []byte{0x66, 0x77, 0xc2, 0x2d}) // the GUID of the table of blocks
	if region < 0 {
		t.Fatal("there is no table of blocks")
	}
	at := int(binary.LittleEndian.Uint64(data[192<<10+region+16:])) + 8*40
	if bytes.Equal(data[at:at+8], make([]byte, 8)) {
		t.Fatal("the block is not in the table")
	}
	clear(data[at : at+8])
	for _, header := range [][]byte{data[64<<10:][:4096], data[128<<10:][:4096]} {
		copy(header[48:64], data[mb+32:]) // the log is in use again
		clear(header[4:8])
		binary.LittleEndian.PutUint32(header[4:], crc32.Checksum(header, crc32.MakeTable(crc32.Castagnoli)))
	}
	file(t, path, data)
	files := disk.NewFiles(t.Context(), nil)
	defer files.Close()
	d, err := disk.Open(files, path)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 64<<10)
	if _, err := d.ReadAt(got, 40*mb); err != nil || !bytes.Equal(got, bytes.Repeat([]byte{9}, len(got))) {
		t.Errorf("the block is not what was written: %v", err)
	}
}

// TestHundredImages proves that a folder of 100 images is checked without reading
// them whole.
func TestHundredImages(t *testing.T) {
	if !ready(t) {
		return
	}
	one := convert(t, partitioned(t, "gpt", windowsVolume(t)), "vhdx", "subformat=fixed", "one.vhdx")
	info, err := os.Stat(one)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	read := int64(0)
	for i := range 100 {
		path := filepath.Join(dir, fmt.Sprintf("fs%03d.vhdx", i))
		if err := os.Symlink(one, path); err != nil {
			t.Fatal(err)
		}
		_, stats, err := image.Hives(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		read += stats.BytesRead
	}
	n := 0
	for h, err := range source.Read(t.Context(), []string{dir}, source.Options{Kinds: list.Kinds()}) {
		if err != nil || h.Err != nil {
			t.Fatal(err, h.Err)
		}
		n++
	}
	t.Logf("%d hosts, %d bytes of %d read", n, read, 100*info.Size())
	if n != 100 || read > info.Size() {
		t.Error("more than one hundredth is read, or a host is missing")
	}
}

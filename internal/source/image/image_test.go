package image

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/message"
)

// volumeFile unpacks the NTFS volume of the neighbouring room, which has hives of
// 10,240 and 5 bytes and an empty log.
func volumeFile(t *testing.T, change func(p []byte) []byte) string {
	t.Helper()
	f, err := os.Open(filepath.Join("ntfs", "testdata", "windows.ntfs.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		data = change(data)
	}
	path := filepath.Join(t.TempDir(), "fs01.img")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestHives proves that hives and the logs that are there come out of an image,
// and that the bytes read are counted.
func TestHives(t *testing.T) {
	hives, stats, err := Hives(t.Context(), volumeFile(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	log, ok := hives["SYSTEM.LOG1"]
	if len(hives) != 3 || len(hives["SYSTEM"]) != 10240 || string(hives["SOFTWARE"]) != "small" || !ok || len(log) != 0 {
		t.Errorf("%d hives", len(hives))
	}
	if stats.Format != "raw" || stats.Size != 2<<20 || stats.Partition != 0 || stats.BytesRead < 10245 || stats.BytesRead > 100<<10 {
		t.Errorf("%+v", stats)
	}
}

// partition puts an MBR of partitions with these volumes before them.
func partition(volumes ...[]byte) []byte {
	out := make([]byte, 1<<20)
	for i, v := range volumes {
		e := out[446+16*i:]
		e[4] = 7
		start, length := len(out)/512, len(v)/512
		copy(e[8:], []byte{byte(start), byte(start >> 8), byte(start >> 16), 0, byte(length), byte(length >> 8), byte(length >> 16), 0})
		out = append(out, v...)
	}
	out[510], out[511] = 0x55, 0xaa
	return out
}

func unreadable(p []byte) []byte {
	p = bytes.Clone(p)
	copy(p[48:], "\xff\xff\xff\xff\xff\xff\xff\x7f")
	return p
}

// TestNoWindows proves that each reason why there are no hives is an error of its
// own that says what to do; and that a broken volume next to that of Windows does
// no harm.
func TestNoWindows(t *testing.T) {
	for _, c := range []struct {
		name, words string
		change      func(p []byte) []byte
	}{
		{"two", "partitions 1 and 2 both hold a Windows", func(p []byte) []byte { return partition(p, p) }},
		{"bitlocker", "partition 2 is encrypted with BitLocker", func(p []byte) []byte {
			return partition(make([]byte, 512), append([]byte("\xebX\x90-FVE-FS-"), make([]byte, 501)...))
		}},
		{"bitlocker alone", "the disk is encrypted with BitLocker", func(p []byte) []byte { copy(p, "\xebX\x90-FVE-FS-"); return p }},
		{"broken", "partition 1: the file system is damaged", func(p []byte) []byte { return partition(unreadable(p)) }},
		{"cut", "cut short", func(p []byte) []byte { return partition(p)[:1100<<10] }},
		{"other partition cut", "partition 2 ends at byte", func(p []byte) []byte { return partition(make([]byte, 512), p)[:1<<20+512] }},
		{"not partitioned", "no partition table", func(p []byte) []byte { clear(p); p[0] = 1; return p }},
	} {
		_, stats, err := Hives(t.Context(), volumeFile(t, c.change))
		var e *message.Problem
		if !errors.As(err, &e) || !strings.Contains(e.Error(), c.words) || message.HintOf(err).IsZero() || stats.BytesRead == 0 {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	_, stats, err := Hives(t.Context(), volumeFile(t, func(p []byte) []byte { return partition(unreadable(p), p) }))
	if err != nil || stats.Partition != 2 {
		t.Errorf("beside a broken volume: %v, %+v", err, stats)
	}
	_, _, err = Hives(t.Context(), filepath.Join(t.TempDir(), "none.img"))
	var e *message.Problem
	if !errors.As(err, &e) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Hives(ctx, volumeFile(t, nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestSniff proves what is taken for a disk image by its first bytes and name.
func TestSniff(t *testing.T) {
	boot := strings.Repeat("\x00", 510) + "\x55\xaa"
	for _, c := range []struct {
		name, head string
		want       bool
	}{
		{"fs01.qcow2", "", true},
		{"fs01", "QFI\xfb\x00\x00\x00\x03", true},
		{"fs01", "vhdxfile", true},
		{"fs01", "KDMV", true},
		{"fs01.vmdk", "# Disk DescriptorFile\n", true},
		{"fs01-flat.vmdk", boot, false},
		{"fs01-s001.vmdk", "KDMV", false},
		{"fs01-000001-delta.vmdk", "COWD", false},
		{"fs01.VHD", boot, true},
		{"fs01.vhd", "", true},
		{"fs01_0F8B.avhdx", "vhdxfile", true},
		{"fs01.img", boot, true},
		{"sda", boot, true},
		{"fs01.img", "some text", false},
		{"fs01.bin", boot, false},
		{"fs01.bin", "\xebR\x90NTFS    ", true},
		{"c.bin", "\xebX\x90-FVE-FS-", true},
		{"fs01.txt", "text", false},
		{"SYSTEM", "regf", false},
		{"fs01.json", "{}", false},
	} {
		if got := Sniff([]byte(c.head), c.name); got != c.want {
			t.Errorf("%s %.12q: %v", c.name, c.head, got)
		}
	}
}

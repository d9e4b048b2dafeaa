package disk

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tlsready/internal/testkit/parts"
)

// Proves that the chains of VHD and VHDX on which these tests rest are images to
// another reader too (libvhdi, which finds the parent by itself): no program at
// hand writes them. What it reads is what [Open] reads, sector by sector.
func TestOtherReader(t *testing.T) {
	parts.Need(t, "vhdimount", "libvhdi-utils")
	parts.Need(t, "umount", "mount")
	fuse, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		t.Logf("not run: images cannot be mounted here: %v", err)
		return
	}
	_ = fuse.Close()
	for _, format := range []string{"vhd", "vhdx"} {
		files := chains()[format]
		dir, mounted := t.TempDir(), t.TempDir()
		for name, data := range files {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if out, err := exec.CommandContext(t.Context(), "vhdimount", filepath.Join(dir, "child"), mounted).CombinedOutput(); err != nil {
			t.Errorf("vhdimount of %s: %v\n%s", format, err, out)
			continue
		}
		theirs, err := os.ReadFile(newest(t, mounted))
		if out, unmountErr := exec.Command("umount", mounted).CombinedOutput(); unmountErr != nil {
			t.Errorf("umount: %v\n%s", unmountErr, out)
		}
		if err != nil {
			t.Fatal(err)
		}
		d, err := Open(memory(t, files), "child")
		if err != nil {
			t.Fatal(err)
		}
		ours := make([]byte, len(theirs))
		if _, err := d.ReadAt(ours, 0); err != nil {
			t.Fatal(err)
		}
		if bytes.Count(theirs, []byte{0}) == len(theirs) {
			t.Errorf("%s: the other reader reads nothing", format)
		}
		for i := 0; i < len(ours); i += 512 {
			if !bytes.Equal(ours[i:i+512], theirs[i:i+512]) && (format != "vhd" || !behindOwn(int64(i/512))) {
				t.Errorf("%s, sector %d: %x here, %x there", format, i/512, ours[i], theirs[i])
			}
		}
	}
}

// behindOwn says whether a sector of the parent comes after one of the child's own
// in the same byte of a VHD's bitmap: there libvhdi 20210425 gives zeros, while the
// format says that a bit of 0 is the parent's sector.
func behindOwn(sector int64) bool {
	own := childContent()
	for s := sector - sector%8; s < sector; s++ {
		if _, ok := own[s]; ok {
			return true
		}
	}
	return false
}

// newest is the newest image of a chain in a folder of vhdimount: the last one.
func newest(t *testing.T, dir string) string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil || len(list) == 0 {
		t.Fatalf("vhdimount shows nothing: %v", err)
	}
	return filepath.Join(dir, list[len(list)-1].Name())
}

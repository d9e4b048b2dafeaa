package parts

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// SmallDisk gives the calling test a folder on a disk of its own with so many bytes, kept
// in memory. For that the test is run once more, by itself, as a process with its own
// mounts, which end with it: the one that is called first learns how the other one ended
// and gets no folder. It must be called before anything else is done.
func SmallDisk(t *testing.T, bytes int) (dir string, ok bool) {
	t.Helper()
	const inside = "TLSREADY_SMALL_DISK"
	if os.Getenv(inside) == t.Name() {
		dir := filepath.Join(t.TempDir(), "disk")
		err := errors.Join(os.Mkdir(dir, 0o700), syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""))
		if err = errors.Join(err, syscall.Mount("small", dir, "tmpfs", 0, fmt.Sprintf("size=%d", bytes))); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
		return dir, true
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^"+regexp.QuoteMeta(t.Name())+"$", "-test.v")
	cmd.Env = append(os.Environ(), inside+"="+t.Name())
	cmd.SysProcAttr = ownMounts()
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EINVAL): // of starting it
		t.Skipf("not run: no process may have mounts of its own here: %v", err)
	case err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()):
		t.Fatalf("on a small disk: %v\n%s", err, out)
	}
	return "", false
}

// ownMounts gives a process its own mounts: root by itself, others as root of their own
// (user_namespaces(7)).
func ownMounts() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	return attr
}

// Fill fills a disk until so many bytes are left, and gives what makes room again.
func Fill(t *testing.T, dir string, left int64) (free func()) {
	t.Helper()
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		t.Fatal(err)
	}
	file, err := os.CreateTemp(dir, "filling")
	if err == nil {
		_, err = file.Write(make([]byte, max(int64(disk.Bavail)*disk.Bsize-left, 0)))
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(file.Name()); err != nil {
			t.Fatal(err)
		}
	}
}

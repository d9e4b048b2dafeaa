package winekit

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// processor chooses the processor for a prefix, one that no other prefix of this user has,
// and keeps it until the process ends; none, if each is taken.
func processor() string {
	for n := range runtime.NumCPU() {
		lock, err := os.OpenFile(filepath.Join(os.TempDir(), fmt.Sprintf("winekit-%d-%d.lock", os.Geteuid(), n)), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return ""
		}
		if unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			return strconv.Itoa(n) // the file stays open: the system gives the lock back
		}
		_ = lock.Close()
	}
	return ""
}

package userfile

import "os"

// Writable says whether a file can be made in a folder.
func Writable(dir string) bool {
	f, err := os.CreateTemp(dir, ".tlsready-*")
	if err != nil {
		return false
	}
	_ = f.Close()
	return os.Remove(f.Name()) == nil
}

package survey

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tlsready/internal/message"
)

// folder holds snapshots, one file for each host. Nothing is written outside it,
// whatever hosts are called and whichever links it holds.
type folder struct {
	dir  string
	root *os.Root
}

// openFolder makes the folder where there is none.
func openFolder(dir string) (*folder, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, cannotWrite(dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, cannotWrite(dir, err)
	}
	return &folder{dir, root}, nil
}

// path is the name of a file in the folder, for the reader.
func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

// has says whether the folder holds a file for a host.
func (f *folder) has(id string) bool {
	name, err := fileOf(id)
	if err != nil {
		return false
	}
	_, err = f.root.Lstat(name)
	return !errors.Is(err, fs.ErrNotExist)
}

// write writes a new file that appears under its name only when it is whole.
func (f *folder) write(name string, text []byte) error {
	temporary := fmt.Sprintf("%s.%s.tmp", name, rand.Text()[:8])
	err := f.root.MkdirAll(filepath.Dir(name), 0o777)
	if err == nil {
		err = f.create(temporary, text)
	}
	if err == nil {
		err = f.root.Rename(temporary, name)
	}
	if err != nil {
		_ = f.root.Remove(temporary)
		return cannotWrite(f.path(name), err)
	}
	return nil
}

func (f *folder) create(name string, text []byte) error {
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

// cannotWrite is a file or folder that cannot be written. Where the place is
// wrong, that is a mistake of whoever named it.
func cannotWrite(path string, err error) error {
	p := message.Error("cli.error.write", message.Str("path", path), message.Cause("why", err))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		p.Hint = message.New("cli.hint.write")
		return &Mistake{p}
	}
	return p
}

// cannotRead is a file or folder that was named and cannot be read.
func cannotRead(path string, err error) error {
	p := message.Error("cli.error.read", message.Str("path", path), message.Cause("why", err))
	p.Hint = message.New("cli.hint.read")
	return &Mistake{p}
}

// fileOf is the file of a host in a folder, from which a source reads the same id
// again. Ids come from files and from machines: characters that no file name of
// Windows may have, and dots that begin a name, are written as %XX, so that no id
// leads out of the folder.
func fileOf(id string) (string, error) {
	parts := strings.Split(id, "/")
	for i, part := range parts {
		parts[i] = safeName(part)
	}
	name := strings.Join(parts, "/")
	ending := ".json"
	for _, double := range []string{".host", ".tlsready"} {
		if len(name) > len(double) && strings.EqualFold(name[len(name)-len(double):], double) {
			ending = ".host.json"
		}
	}
	local := filepath.FromSlash(name + ending)
	if !filepath.IsLocal(local) {
		return "", cannotWrite(id, fmt.Errorf("%q is no file name", name+ending))
	}
	return local, nil
}

func safeName(part string) string {
	var b strings.Builder
	for i := range len(part) {
		c := part[i]
		if c < 0x20 || c == 0x7f || strings.IndexByte(`<>:"|?*\%`, c) >= 0 || c == '.' && (i == 0 || i == len(part)-1) {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	if b.Len() == 0 {
		return "%"
	}
	return b.String()
}

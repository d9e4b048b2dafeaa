package userfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"time"

	"tlsready/internal/message"
)

// Folder is a folder that a user named, and that files are written into. Nothing is
// read, written or removed outside it, nor through a link or junction in it, whatever
// the names say that come from hosts, lists and manifests. Names have slashes.
type Folder struct {
	root *os.Root
	dir  string
}

// OpenFolder opens the folder, and makes it if it does not exist.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil { // less the umask, as every new folder
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Folder{root, dir}, nil
}

// Close gives the folder back to the system.
func (f *Folder) Close() error { return f.root.Close() }

// Dir is the folder as the user named it.
func (f *Folder) Dir() string { return f.dir }

// Path is the name of a file in the folder, for the reader.
func (f *Folder) Path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

// ErrLink is the error of a name that is a link or junction, or lies behind one.
var ErrLink error = message.Error("userfile.link")

// Check refuses names that lead out of the folder or through a link.
func (f *Folder) Check(name string) error {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return refused(name, message.Error("userfile.outside"))
	}
	for part := path.Clean(name); part != "." && part != "/"; part = path.Dir(part) {
		info, err := f.root.Lstat(filepath.FromSlash(part))
		// Windows gives junctions and other reparse points as irregular files.
		if err == nil && info.Mode()&(fs.ModeSymlink|fs.ModeIrregular) != 0 {
			return refused(name, ErrLink)
		}
	}
	return nil
}

// Has says whether there is something of that name.
func (f *Folder) Has(name string) bool {
	_, err := f.root.Lstat(filepath.FromSlash(name))
	return !errors.Is(err, fs.ErrNotExist)
}

// Regular says whether there is a regular file of that name, behind no link.
func (f *Folder) Regular(name string) bool {
	return f.Check(name) == nil && regular(f.root.Lstat(filepath.FromSlash(name))) == nil
}

// List gives the names in the folder itself.
func (f *Folder) List() ([]string, error) {
	entries, err := fs.ReadDir(f.root.FS(), ".")
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, err
}

// Below gives the names of everything below a folder in this one, or the name itself if
// it is not a folder; nothing if it does not exist.
func (f *Folder) Below(name string) ([]string, error) {
	var names []string
	err := fs.WalkDir(f.root.FS(), name, func(at string, d fs.DirEntry, err error) error {
		if err == nil && at != "." && (at != name || !d.IsDir()) {
			names = append(names, at)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return names, err
}

// Read reads a regular file of at most limit bytes.
func (f *Folder) Read(name string, limit int64) ([]byte, error) {
	if err := f.Check(name); err != nil {
		return nil, err
	}
	local := filepath.FromSlash(name)
	if err := regular(f.root.Lstat(local)); err != nil {
		return nil, refused(name, err)
	}
	in, err := f.root.Open(local)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = refused(name, message.Error("userfile.large", message.Int("limit", limit)))
	}
	return data, err
}

// Remove removes a file, or a folder that is empty.
func (f *Folder) Remove(name string) error {
	if err := f.Check(name); err != nil {
		return err
	}
	return f.root.Remove(filepath.FromSlash(name))
}

// Create writes a new file; fs.ErrExist if it already exists. The file appears under its
// name only when it is whole.
func (f *Folder) Create(name string, data []byte) error {
	return f.Write(name, func(w io.Writer) error { _, err := w.Write(data); return err }, false)
}

// Replace writes a file, in place of the one that is there; that one is lost only
// when the new one is whole.
func (f *Folder) Replace(name string, data []byte) error {
	return f.Write(name, func(w io.Writer) error { _, err := w.Write(data); return err }, true)
}

// Write has a file written under another name, and gives it its own when it is
// whole. Without over a file of that name is left as it is (fs.ErrExist).
func (f *Folder) Write(name string, write func(io.Writer) error, over bool) error {
	if err := f.Check(name); err != nil {
		return err
	}
	local := filepath.FromSlash(name)
	if err := f.root.MkdirAll(filepath.Dir(local), 0o777); err != nil {
		return err
	}
	// A dot first: folders that are read back pass over what a run left unfinished.
	temporary := filepath.Join(filepath.Dir(local), "."+filepath.Base(local)+"."+unusedName()+".tmp")
	out, err := f.root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	err = write(out)
	if err = errors.Join(err, out.Close()); err == nil {
		err = f.appear(temporary, local, over)
	}
	if err != nil {
		_ = f.root.Remove(temporary)
	}
	return err
}

// appear gives a whole file its name. A hard link is the way that takes no name from
// another file; file systems that have none get a look first.
func (f *Folder) appear(temporary, name string, over bool) error {
	if !over {
		err := f.root.Link(temporary, name)
		if err == nil {
			return f.root.Remove(temporary)
		}
		if errors.Is(err, fs.ErrExist) || f.Has(filepath.ToSlash(name)) {
			return &fs.PathError{Op: "write", Path: name, Err: fs.ErrExist}
		}
	}
	return f.rename(temporary, name)
}

// unusedName is a part of a name that nothing has yet, most likely: what exists is never
// written over, so that nothing depends on its being hard to guess.
func unusedName() string { return fmt.Sprintf("%08x", rand.Uint32()) }

// Stage makes a folder in which files can be laid ready; it begins with prefix.
func (f *Folder) Stage(prefix string) (name string, err error) {
	name = prefix + unusedName()
	return name, f.root.Mkdir(name, 0o777)
}

// Drop removes a staged folder with all that is in it.
func (f *Folder) Drop(name string) error { return f.root.RemoveAll(filepath.FromSlash(name)) }

// Move gives a file or folder another name, which nothing may have yet.
func (f *Folder) Move(from, to string) error {
	if f.Has(to) {
		return &fs.PathError{Op: "write", Path: to, Err: fs.ErrExist}
	}
	return f.rename(filepath.FromSlash(from), filepath.FromSlash(to))
}

// Windows does not rename a file, or a folder that holds one, which another program
// has open; virus scanners open each new file for a moment.
const (
	renameTries = 10
	renamePause = 100 * time.Millisecond
)

func (f *Folder) rename(from, to string) error {
	for try := 1; ; try++ {
		err := f.root.Rename(from, to)
		if err == nil || runtime.GOOS != "windows" || !errors.Is(err, fs.ErrPermission) || try == renameTries {
			return err
		}
		time.Sleep(renamePause)
	}
}

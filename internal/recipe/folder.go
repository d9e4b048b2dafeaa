package recipe

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"tlsready/internal/message"
)

// ManifestName is the file by which [Folder] knows a folder as its own: the
// files that it wrote, with their SHA-256.
const ManifestName = "tlsready-fix.json"

const manifestSchema = "tlsready.fix-folder/v1"

type manifest struct {
	Schema string            `json:"schema"`
	Files  map[string]string `json:"files"` // slash path → SHA-256 in hex
}

// Errors that [Folder] wraps for a folder that it may not write over.
var (
	// ErrForeignFolder is for a folder with files that no call wrote, or that were
	// changed since.
	ErrForeignFolder = errors.New("will not write over it")
	// ErrEarlierRun is for a folder that an earlier call wrote: it holds the undo
	// of changes that may have been made on the hosts by now.
	ErrEarlierRun = errors.New("it holds the files of an earlier run")
)

// Folder is a folder as a [Sink]. It has to be new or empty: the files of an
// earlier run are replaced only where Replace says so and nobody has changed them
// since. Nothing is written or removed outside it, nor through a link in it,
// whatever its manifest says.
type Folder struct {
	Dir     string
	Replace bool
}

// Put writes the files. The manifest is written first, so that a run that was cut
// short leaves a folder that the next one knows.
func (f Folder) Put(files []File) error {
	if err := os.MkdirAll(f.Dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(f.Dir)
	if err != nil {
		return err
	}
	defer root.Close()
	o := openFolder{root, f.Dir}
	old, err := o.earlier()
	if err != nil {
		return err
	}
	if len(old) > 0 && !f.Replace {
		return o.problem("earlier", "earlier", ErrEarlierRun)
	}
	for _, name := range old {
		if err := root.Remove(filepath.FromSlash(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		// Fails, as it should, where something else is in the folder.
		_ = root.Remove(filepath.FromSlash(path.Dir(name)))
	}
	text, err := manifestOf(files)
	if err != nil {
		return err
	}
	for _, one := range append([]File{{ManifestName, text}}, files...) {
		if err := o.create(one); err != nil {
			return err
		}
	}
	return nil
}

func manifestOf(files []File) ([]byte, error) {
	m := manifest{Schema: manifestSchema, Files: map[string]string{}}
	for _, f := range files {
		m.Files[f.Name] = digest(f.Data)
	}
	text, err := json.MarshalIndent(m, "", "  ")
	return append(text, '\n'), err
}

// openFolder is a folder that is being looked at or written.
type openFolder struct {
	root *os.Root
	dir  string
}

func (o openFolder) problem(what, hint string, err error, args ...message.Arg) error {
	return &message.Problem{Where: o.dir, What: message.New("recipe.folder."+what, args...), Hint: message.New("recipe.folder.hint-" + hint), Err: err}
}

// earlier lists the files of an earlier run; none where the folder is empty.
func (o openFolder) earlier() ([]string, error) {
	entries, err := fs.ReadDir(o.root.FS(), ".")
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	text, err := o.read(ManifestName)
	if err != nil {
		return nil, o.problem("foreign", "foreign", ErrForeignFolder)
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil || m.Schema != manifestSchema {
		return nil, o.problem("manifest", "foreign", ErrForeignFolder, message.Str("file", ManifestName))
	}
	names := []string{ManifestName}
	for name, sum := range m.Files {
		if !filepath.IsLocal(filepath.FromSlash(name)) || o.linked(name) {
			return nil, o.problem("outside", "foreign", ErrForeignFolder, message.Str("file", ManifestName), message.Str("name", name))
		}
		data, err := o.read(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, err
		case digest(data) != sum:
			return nil, o.problem("changed", "foreign", ErrForeignFolder, message.Str("name", name))
		}
		names = append(names, name)
	}
	return names, nil
}

// linked says whether a file, or a folder above it, is a link.
func (o openFolder) linked(name string) bool {
	for part := path.Clean(name); part != "." && part != "/"; part = path.Dir(part) {
		if info, err := o.root.Lstat(filepath.FromSlash(part)); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return true
		}
	}
	return false
}

// maxWritten bounds a file that is read back: a plan of thousands of values
// stays far below it.
const maxWritten = 64 << 20

// read reads a file of the folder, and no pipe or device in it.
func (o openFolder) read(name string) ([]byte, error) {
	info, err := o.root.Lstat(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxWritten {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrInvalid}
	}
	in, err := o.root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(io.LimitReader(in, maxWritten))
}

// create writes one file and does not write over one that is there.
func (o openFolder) create(f File) error {
	name := filepath.FromSlash(f.Name)
	if o.linked(f.Name) {
		return o.problem("link", "foreign", ErrForeignFolder, message.Str("name", f.Name))
	}
	if err := o.root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	out, err := o.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return o.problem("exists", "foreign", ErrForeignFolder, message.Str("name", f.Name))
	}
	if err != nil {
		return err
	}
	_, err = out.Write(f.Data)
	return errors.Join(err, out.Close())
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

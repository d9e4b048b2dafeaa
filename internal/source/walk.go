package source

import (
	"context"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"tlsready/internal/message"
)

// maxDepth bounds how deep folders are followed; a deeper tree is a mistake.
const maxDepth = 64

// ErrLoop says that a folder leads back to itself, or that folders lie too deep.
var ErrLoop error = message.Error("source.loop")

// Folder is a folder that a walk meets. Hidden entries, links to nowhere and what
// is neither file nor folder are left out.
type Folder struct {
	Path    string   // as it can be opened
	ID      string   // path below the start of the walk, with slashes; "" is the start
	Depth   int      // 0 is the start
	Files   []string // names, sorted
	Folders []string // names, sorted
}

// Name is the folder's own name, even if it was given as "." or "..".
func (f Folder) Name() string {
	full, err := filepath.Abs(f.Path)
	if err != nil {
		full = f.Path
	}
	return filepath.Base(full)
}

// Visitor is told what a walk meets, whatever the files are: sources, captures,
// logs.
type Visitor struct {
	// Folder is told of each folder before those below it; false passes over
	// those. An error ends the walk.
	Folder func(f Folder) (deeper bool, err error)
	// Broken is told of a folder below the start that cannot be looked into, with
	// its id; err is ErrLoop, or the system's.
	Broken func(id, path string, err error)
}

// Walk visits dir and the folders below it in the order of their names, following
// links. An error is the end of ctx, what Visitor.Folder returned, or that dir
// cannot be read.
func Walk(ctx context.Context, dir string, v Visitor) error {
	w := walk{ctx, v}
	return w.folder(Folder{Path: dir}, nil)
}

type walk struct {
	ctx context.Context
	Visitor
}

// folder visits f. Above holds the folders that lead here: a link back to one of them
// is reported, not followed.
func (w *walk) folder(f Folder, above []os.FileInfo) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	info, err := os.Stat(f.Path)
	if err == nil && (f.Depth > maxDepth || slices.ContainsFunc(above, func(a os.FileInfo) bool { return os.SameFile(a, info) })) {
		w.Broken(f.ID, f.Path, ErrLoop)
		return nil
	}
	var entries []os.DirEntry
	if err == nil {
		entries, err = os.ReadDir(f.Path)
	}
	switch {
	case err != nil && f.Depth == 0:
		return err
	case err != nil:
		w.Broken(f.ID, f.Path, err)
		return nil
	}
	f.Files, f.Folders = split(f.Path, entries)
	deeper, err := w.Folder(f)
	if err != nil || !deeper {
		return err
	}
	for _, name := range f.Folders {
		below := Folder{Path: filepath.Join(f.Path, name), ID: path.Join(f.ID, name), Depth: f.Depth + 1}
		if err := w.folder(below, append(above, info)); err != nil {
			return err
		}
	}
	return nil
}

// split parts a folder's entries, in their order, following links.
func split(dir string, entries []os.DirEntry) (files, folders []string) {
	for _, e := range entries {
		name, mode := e.Name(), e.Type()
		if strings.HasPrefix(name, ".") {
			continue
		}
		if mode&fs.ModeSymlink != 0 {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				continue
			}
			mode = info.Mode().Type()
		}
		switch {
		case mode.IsDir():
			folders = append(folders, name)
		case mode.IsRegular():
			files = append(files, name)
		}
	}
	return files, folders
}

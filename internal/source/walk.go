package source

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"tlsready/internal/source/image"
)

// maxDepth bounds how deep folders are followed; a deeper tree is a mistake.
const maxDepth = 64

// endings are double file name endings of which the first part is no part of a
// host's name.
var endings = [...]string{".tlsready.txt", ".tlsready.json", ".host.json"}

// stem is a file name without its extension: FS01.tlsready.txt is FS01.
func stem(name string) string {
	for _, ending := range endings {
		if hasSuffixFold(name, ending) && len(name) > len(ending) {
			return name[:len(name)-len(ending)]
		}
	}
	if s := strings.TrimSuffix(name, filepath.Ext(name)); s != "" && knownExtension(filepath.Ext(name)) {
		return s
	}
	return name
}

// knownExtension keeps "fs01.example.com" whole when a hive bears that name.
func knownExtension(ext string) bool {
	switch strings.ToLower(ext) {
	case ".json", ".reg", ".txt", ".csv", ".tsv", ".hive", ".hiv", ".dat", ".sav", ".save":
		return true
	}
	return slices.Contains(image.Extensions(), strings.ToLower(ext))
}

// folderSource adds all hosts below a folder.
func (p *plan) folderSource(dir string) error {
	before := len(p.items)
	if err := p.folder(dir, "", 0, nil); err != nil {
		return err
	}
	if len(p.items) == before {
		return &Error{
			Path: dir, Msg: "there is no host in this folder",
			Hint: "put .reg exports, hives, snapshots or the output of `tlsready collector` there; the collector is printed by: tlsready collector cmd",
		}
	}
	return nil
}

// folder adds the hosts of dir, whose ids begin with prefix. Above holds the
// folders that lead here, so that a link back to one of them ends.
func (p *plan) folder(dir, prefix string, depth int, above []os.FileInfo) error {
	if err := p.ctx.Err(); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err == nil && (depth > maxDepth || slices.ContainsFunc(above, func(a os.FileInfo) bool { return os.SameFile(a, info) })) {
		p.opt.warn("%s is passed over: it leads back to itself", dir)
		return nil
	}
	var entries []os.DirEntry
	if err == nil {
		entries, err = os.ReadDir(dir)
	}
	if err != nil {
		if depth == 0 {
			return &Error{Path: dir, Msg: "cannot be read: " + reason(err), Hint: "check the permissions", Err: err}
		}
		p.fail(prefix, dir, &Error{Path: dir, Msg: "cannot be read: " + reason(err), Hint: "check the permissions", Err: err})
		return nil
	}
	files, folders := split(dir, entries)
	if depth > 0 && len(folders) == 0 && onlyExports(files) {
		return p.add(item{id: prefix, path: dir, kind: p.kindIndex(exportName), files: joined(dir, files)})
	}
	files = p.hiveFolder(dir, prefix, files)
	for _, name := range files {
		if err := p.fileIn(dir, prefix, name); err != nil {
			return err
		}
	}
	for _, name := range folders {
		if err := p.folder(filepath.Join(dir, name), path.Join(prefix, name), depth+1, append(above, info)); err != nil {
			return err
		}
	}
	return nil
}

// split parts a folder's entries, in their order, following links. What is
// neither file nor folder, or hidden, is left out; so are links to nowhere.
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

func onlyExports(files []string) bool {
	return len(files) > 0 && !slices.ContainsFunc(files, func(name string) bool { return !hasSuffixFold(name, ".reg") })
}

func joined(dir string, names []string) []string {
	paths := make([]string, len(names))
	for i, name := range names {
		paths[i] = filepath.Join(dir, name)
	}
	return paths
}

func (p *plan) kindIndex(name string) int {
	return slices.IndexFunc(p.kinds, func(k Kind) bool { return k.Name == name })
}

// hiveFolder adds the host of a folder that holds SYSTEM or SOFTWARE, and
// returns the files that are left.
func (p *plan) hiveFolder(dir, prefix string, files []string) []string {
	var hives []string
	for _, name := range files {
		if isHiveName(name) || isLogName(name) && isHiveName(name[:strings.LastIndexByte(name, '.')]) {
			hives = append(hives, name)
		}
	}
	if !slices.ContainsFunc(hives, isHiveName) {
		return files
	}
	id := prefix
	if id == "" {
		id = folderName(dir)
	}
	p.items = append(p.items, item{id: id, path: dir, kind: p.kindIndex(hiveName), files: joined(dir, hives)})
	return slices.DeleteFunc(slices.Clone(files), besideHives)
}

// folderName is the name of a folder that may be given as "." or "..".
func folderName(dir string) string {
	if full, err := filepath.Abs(dir); err == nil {
		dir = full
	}
	return filepath.Base(dir)
}

// fileIn adds one file of a folder.
func (p *plan) fileIn(dir, prefix, name string) error {
	full := filepath.Join(dir, name)
	id := path.Join(prefix, stem(name))
	kind, err := p.recognise(full)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // deleted since the folder was read
	case err != nil:
		p.fail(id, full, &Error{Path: full, Msg: "cannot be read: " + reason(err), Hint: "check the permissions", Err: err})
		return nil
	case kind < 0:
		if !isLogName(name) {
			p.skipped = append(p.skipped, full)
		}
		return nil
	}
	return p.add(item{id: cmp.Or(id, name), path: full, kind: kind, files: []string{full}})
}

package source

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"tlsready/internal/message"
)

// stem is a file name without its extension: FS01.tlsready.txt is FS01.
func (p *plan) stem(name string) string {
	// Double endings, of which the first part is no part of a host's name.
	for _, ending := range []string{".tlsready.txt", ".tlsready.json", ".host.json"} {
		if HasSuffixFold(name, ending) && len(name) > len(ending) {
			return name[:len(name)-len(ending)]
		}
	}
	if s := strings.TrimSuffix(name, filepath.Ext(name)); s != "" && p.knownExtension(filepath.Ext(name)) {
		return s
	}
	return name
}

// knownExtension keeps "fs01.example.com" whole when a hive bears that name.
func (p *plan) knownExtension(ext string) bool {
	return slices.ContainsFunc(p.kinds, func(k Kind) bool { return slices.Contains(k.Extensions, strings.ToLower(ext)) })
}

// folderSource adds all hosts below a folder.
func (p *plan) folderSource(dir string) error {
	before := len(p.items)
	err := Walk(p.ctx, dir, Visitor{Folder: p.folder, Broken: p.broken})
	switch {
	case err != nil && p.ctx.Err() != nil:
		return err
	case err != nil:
		return Cannot(dir, err)
	}
	if len(p.items) == before {
		return &message.Problem{Where: dir, What: message.New("source.empty-folder"), Hint: message.New("source.hint.empty-folder")}
	}
	return nil
}

// broken notes a folder that cannot be looked into.
func (p *plan) broken(id, path string, err error) {
	if errors.Is(err, ErrLoop) {
		p.opt.warn("source.passed-over", message.Str("path", path), message.Cause("why", err))
		return
	}
	p.fail(id, path, Cannot(path, err))
}

// folder adds the hosts that lie in a folder itself.
func (p *plan) folder(f Folder) (deeper bool, err error) {
	for i, k := range p.kinds {
		if k.Together == nil {
			continue
		}
		together, rest := k.Together(f)
		if len(together) == 0 {
			continue
		}
		p.items = append(p.items, item{id: cmp.Or(f.ID, f.Name()), path: f.Path, kind: i, files: joined(f.Path, together)})
		f.Files = rest
	}
	for _, name := range f.Files {
		if err := p.fileIn(f.Path, f.ID, name); err != nil {
			return false, err
		}
	}
	return true, nil
}

func joined(dir string, names []string) []string {
	paths := make([]string, len(names))
	for i, name := range names {
		paths[i] = filepath.Join(dir, name)
	}
	return paths
}

// fileIn adds one file of a folder.
func (p *plan) fileIn(dir, prefix, name string) error {
	full := filepath.Join(dir, name)
	it := item{id: cmp.Or(path.Join(prefix, p.stem(name)), name), path: full, files: []string{full}}
	kind, err := p.recognise(full)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // deleted since the folder was read
	case err != nil:
		p.fail(it.id, full, Cannot(full, err))
		return nil
	case kind < 0:
		if !slices.ContainsFunc(p.kinds, func(k Kind) bool { return k.Silent != nil && k.Silent(name) }) {
			p.skipped = append(p.skipped, full)
		}
		return nil
	}
	it.kind = kind
	if p.kinds[kind].Many {
		return p.list(it, it.id)
	}
	return p.add(it)
}

package survey

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/survey/judge"
	"tlsready/internal/userfile"
)

// folder holds snapshots, one file for each host. Nothing is written outside it,
// whatever the hosts are called and whatever links it holds.
type folder struct {
	*userfile.Folder
	dir   string
	names userfile.Names
	told  map[string]bool
	tell  func(message.Text) // of hosts whose file is not called as they are; may be nil
}

// openFolder makes the folder if it does not exist. The names found in it are those of
// the hosts that an earlier run wrote.
func openFolder(dir string, tell func(message.Text)) (*folder, error) {
	inner, err := userfile.OpenFolder(dir)
	if err != nil {
		return nil, cannotWrite(dir, err)
	}
	f := &folder{Folder: inner, dir: dir, told: map[string]bool{}, tell: tell}
	there, err := inner.Below(".")
	if err != nil {
		return nil, judge.CannotRead(dir, err)
	}
	for _, name := range there {
		f.names.Take(name, name)
	}
	return f, nil
}

// path is the name of a file in the folder, for the reader.
func (f *folder) path(name string) string { return f.Path(name) }

// has says whether the folder holds a file for a host.
func (f *folder) has(id string) bool { return f.Has(f.fileOf(id)) }

// fileOf is the file of a host. If another host has that name on some file system, or
// the name is too long, it ends in a digest of the id.
func (f *folder) fileOf(id string) string {
	name, cut := fileOf(id)
	if !f.names.Take(name, name) {
		sum := sha256.Sum256([]byte(id))
		name, cut = strings.TrimSuffix(name, ".json")+"~"+hex.EncodeToString(sum[:8])+".json", true
		f.names.Take(name, name)
	}
	if cut && f.tell != nil && !f.told[id] {
		f.told[id] = true
		f.tell(message.New("survey.file-name", message.Str("host", id), message.Str("path", f.path(name))))
	}
	return name
}

// write writes a new file that appears under its name only when it is whole.
func (f *folder) write(name string, text []byte) error {
	if err := f.Create(name, text); err != nil {
		return cannotWrite(f.path(name), err)
	}
	return nil
}

// cannotWrite is a file or folder that cannot be written. If the place is wrong, that is
// a mistake of whoever named it.
func cannotWrite(path string, err error) error {
	p := message.Error("cli.error.write", message.Str("path", path), message.Cause("why", err))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		p.Hint = message.New("cli.hint.write")
		return &Mistake{Err: p}
	}
	return p
}

// fileOf is the file of a host in a folder, from which a source reads the same id
// again, unless the name is cut. Ids come from files and from machines: no id leads
// out of the folder, names a device or is that of a folder.
func fileOf(id string) (name string, cut bool) {
	parts := strings.Split(id, "/")
	for i, part := range parts {
		safe, short := userfile.SafeName(part)
		cut = cut || short
		if i < len(parts)-1 && hasEnding(safe, ".json") {
			safe += "%" // so that the host of that name can have its own file as well
		}
		parts[i] = safe
	}
	name = strings.Join(parts, "/")
	if hasEnding(name, ".host") || hasEnding(name, ".tlsready") {
		return name + ".host.json", cut
	}
	return name + ".json", cut
}

func hasEnding(name, ending string) bool {
	return len(name) > len(ending) && strings.EqualFold(name[len(name)-len(ending):], ending)
}

package strictyaml

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

// Folder is a folder of built-in files, one for each thing, named ID.yaml. FS is what
// "go:embed data/*.yaml" makes.
type Folder struct{ FS fs.FS }

// folderName is where rooms of knowledge keep their files.
const folderName = "data"

// IDs lists the ids of the files, sorted.
func (f Folder) IDs() []string {
	entries, err := fs.ReadDir(f.FS, folderName)
	if err != nil {
		return nil // an embedded folder can always be read
	}
	ids := make([]string, 0, len(entries))
	for _, e := range entries {
		ids = append(ids, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	slices.Sort(ids)
	return ids
}

// Data is a file as it is written; false if there is none with that id.
func (f Folder) Data(id string) ([]byte, bool) {
	data, err := fs.ReadFile(f.FS, path.Join(folderName, id+".yaml"))
	return data, err == nil
}

// Once gives, by id, what parse makes of each file. A file is parsed when it is first
// asked for, and once: the results are shared and not to be changed.
func Once[T any](f Folder, parse func(data []byte) (T, error)) map[string]func() (T, error) {
	all := map[string]func() (T, error){}
	for _, id := range f.IDs() {
		all[id] = sync.OnceValues(func() (T, error) {
			data, _ := f.Data(id)
			return parse(data)
		})
	}
	return all
}

package survey

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/userfile"
)

// Errors that [FixFolder] wraps for a folder that it may not write over.
var (
	// ErrForeignFolder is for a folder with files that no call wrote, or that were
	// changed since.
	ErrForeignFolder error = folderError("will not write over it")
	// ErrEarlierRun is for a folder that an earlier call wrote: it holds the undo
	// of changes that may have been made on the hosts by now.
	ErrEarlierRun error = folderError("it holds the files of an earlier run")
)

// folderError is told apart by errors.Is; its words are those of the problem around it.
type folderError string

func (e folderError) Error() string { return string(e) }

// FixFolder is a folder as a [recipe.Sink]. It must be new or empty: the files of an
// earlier run are replaced only if Replace says so and nobody has changed them since.
type FixFolder struct {
	Dir     string
	Replace bool
}

// stagePrefix begins the name of the folder in which files are prepared. A folder left
// behind by a run that was killed is not touched: another run may be using it.
const stagePrefix = ".tlsready-unfinished-"

// Put writes all of the files or none: they are prepared next to their places, and what
// is there goes only when they are whole.
func (f FixFolder) Put(files []recipe.File) error {
	folder, err := userfile.OpenFolder(f.Dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	o := fixFolder{folder}
	old, err := o.earlier()
	if err != nil {
		return err
	}
	if len(old) > 0 && !f.Replace {
		return o.refuse("earlier", "earlier", ErrEarlierRun)
	}
	manifest, err := recipe.Manifest(files)
	if err != nil {
		return err
	}
	stage, err := folder.Stage(stagePrefix)
	if err != nil {
		return err
	}
	if err := errors.Join(o.layReady(stage, files), o.free(files, old)); err != nil {
		return errors.Join(err, folder.Drop(stage))
	}
	if err := o.exchange(stage, files, manifest, old); err != nil {
		return err // what is laid ready may be the only whole copy
	}
	return folder.Drop(stage)
}

func (o fixFolder) layReady(stage string, files []recipe.File) error {
	for _, one := range files {
		if err := o.Create(stage+"/"+one.Name, one.Data); err != nil {
			return err
		}
	}
	return nil
}

// exchange takes the old files away and moves the new ones to their places. The
// manifest goes first, so that the next run knows the folder.
func (o fixFolder) exchange(stage string, files []recipe.File, manifest []byte, old []string) error {
	for _, name := range old {
		if err := o.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		// Fails, as it should, if something else is in the folder.
		_ = o.Remove(path.Dir(name))
	}
	if err := o.Create(recipe.ManifestName, manifest); errors.Is(err, fs.ErrExist) {
		return o.refuse("earlier", "earlier", ErrEarlierRun)
	} else if err != nil {
		return err
	}
	for _, name := range topLevel(files) {
		if err := o.Move(stage+"/"+name, name); err != nil {
			return err
		}
	}
	return nil
}

// free refuses to begin if a place is taken by something that no run wrote.
func (o fixFolder) free(files []recipe.File, old []string) error {
	for _, name := range topLevel(files) {
		if err := o.Check(name); err != nil {
			return o.refuse("link", "foreign", ErrForeignFolder, message.Str("name", name))
		}
		there, err := o.Below(name)
		if err != nil {
			return err
		}
		for _, one := range there {
			if !slices.Contains(old, one) {
				return o.refuse("exists", "foreign", ErrForeignFolder, message.Str("name", one))
			}
		}
	}
	return nil
}

// topOf is the folder, or the file, that stands directly in the folder.
func topOf(name string) string {
	top, _, _ := strings.Cut(name, "/")
	return top
}

// topLevel are what the files are in the folder itself.
func topLevel(files []recipe.File) []string {
	var names []string
	seen := map[string]bool{}
	for _, f := range files {
		if top := topOf(f.Name); !seen[top] {
			seen[top] = true
			names = append(names, top)
		}
	}
	return names
}

// fixFolder is a folder that is being looked at or written.
type fixFolder struct{ *userfile.Folder }

func (o fixFolder) refuse(what, hint string, err error, args ...message.Arg) error {
	return &message.Problem{Where: o.Dir(), What: message.New("recipe.folder."+what, args...), Hint: message.New("recipe.folder.hint-" + hint), Err: err}
}

// maxWritten bounds a file that is read back: a plan of thousands of values
// stays far below it.
const maxWritten = 64 << 20

// earlier lists the files of an earlier run; none if the folder is empty.
func (o fixFolder) earlier() ([]string, error) {
	entries, err := o.List()
	if err != nil {
		return nil, err
	}
	holds := false
	for _, name := range entries {
		holds = holds || !strings.HasPrefix(name, stagePrefix)
	}
	if !holds {
		return nil, nil
	}
	text, err := o.Read(recipe.ManifestName, maxWritten)
	if err != nil {
		return nil, o.refuse("foreign", "foreign", ErrForeignFolder)
	}
	files, ok := recipe.ReadManifest(text)
	if !ok {
		return nil, o.refuse("manifest", "foreign", ErrForeignFolder, message.Str("file", recipe.ManifestName))
	}
	return o.unchanged(files)
}

// unchanged lists the files that a manifest names and that are there as they were
// written, the manifest first.
func (o fixFolder) unchanged(files map[string]string) ([]string, error) {
	names := []string{recipe.ManifestName}
	for name, sum := range files {
		if o.Check(name) != nil {
			return nil, o.refuse("outside", "foreign", ErrForeignFolder, message.Str("file", recipe.ManifestName), message.Str("name", name))
		}
		data, err := o.Read(name, maxWritten)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, err
		case recipe.Digest(data) != sum:
			return nil, o.refuse("changed", "foreign", ErrForeignFolder, message.Str("name", name))
		}
		names = append(names, name)
	}
	return names, nil
}

package fleets

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tlsready/internal/cli/frame"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/site"
	"tlsready/internal/userfile"
)

// marker is the file that says which files of a folder this command made. A folder
// without it is somebody else's, and so is a file that it does not name.
const marker = "tlsready-site.txt"

// What of an earlier run is read: a marker of a million pages, and one page.
const (
	maxMarker = 128 << 20
	maxPage   = 1 << 20
)

// fileMark begins the lines of the marker that name files.
const fileMark = "file "

// folder is where a site is written, file by file: who reads it meanwhile meets old pages
// or new ones, never half of one, and a run that is cut short leaves what is there.
type folder struct {
	*userfile.Folder
	path    string
	words   string // at the head of the marker
	waiting []waiting
	made    map[string]bool // by earlier runs
	now     map[string]bool // by this one
	changed int
	gone    int
}

// waiting is a page that is not written yet.
type waiting struct {
	name string
	page []byte
}

// openFolder opens a folder that is new, empty, or was made by an earlier run. What it lies
// in has to be there: a mistyped share is not to be made on the local disk.
func openFolder(path string) (*folder, error) {
	_, err := os.Stat(filepath.Dir(filepath.Clean(path)))
	if err != nil {
		return nil, frame.CannotWrite(path, err)
	}
	in, err := userfile.OpenFolder(path)
	if err != nil {
		return nil, frame.CannotWrite(path, err)
	}
	f := &folder{Folder: in, path: path, made: map[string]bool{}, now: map[string]bool{}}
	if err := f.recall(); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

func (f *folder) close() { _ = f.Close() }

// recall reads which files earlier runs made.
func (f *folder) recall() error {
	text, err := f.Read(marker, maxMarker)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		names, err := f.List()
		if err != nil {
			return frame.CannotWrite(f.path, err)
		}
		if len(names) > 0 {
			return frame.Usage(message.Error("cli.report.foreign", message.Str("path", f.path)).Hinted("cli.report.hint-foreign"))
		}
		return nil
	case err != nil:
		return frame.CannotWrite(f.path, err)
	}
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), fileMark); ok && ours(name) {
			f.made[name] = true
		}
	}
	return nil
}

// ours says whether a name is one that a site can have: the marker lies where others may
// write, and what it names is removed.
func ours(name string) bool {
	if name == "style.css" || name == "index.html" || name == "hosts.csv" {
		return true
	}
	lang, rest, ok := strings.Cut(name, "/")
	return ok && slices.Contains(message.Languages(), lang) && (strings.HasSuffix(rest, ".html") || strings.HasSuffix(rest, ".zip")) &&
		strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz0123456789-/.") == "" && !strings.Contains(rest, "..") && !strings.Contains(rest, "//")
}

// put writes a page, unless it is there as it is to be.
func (f *folder) put(name string, page []byte) error {
	f.now[name] = true
	if had, err := f.Read(name, maxPage); err == nil && bytes.Equal(had, page) {
		return nil
	}
	f.changed++
	return f.Replace(name, page)
}

// note writes the marker: whoever is cut short after it has left only files that it names.
func (f *folder) note(names map[string]bool) error {
	var b strings.Builder
	b.WriteString(f.words + "\n\n")
	for _, name := range sorted(names) {
		b.WriteString(fileMark + name + "\n")
	}
	return f.Replace(marker, []byte(b.String()))
}

func sorted(names map[string]bool) []string {
	list := make([]string, 0, len(names))
	for name := range names {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// batch is how many pages wait in memory until the marker names them.
const batch = 500

// take takes a page, to be written with the next ones.
func (f *folder) take(name string, page []byte) error {
	f.waiting = append(f.waiting, waiting{name, page})
	if len(f.waiting) < batch {
		return nil
	}
	return f.flush()
}

// flush writes the pages that wait. The marker names them before they are there.
func (f *folder) flush() error {
	names, fresh := map[string]bool{}, false
	for name := range f.made {
		names[name] = true
	}
	for name := range f.now {
		names[name] = true
	}
	for _, w := range f.waiting {
		if !names[w.name] {
			if f.Has(w.name) {
				return frame.Usage(message.Error("cli.report.taken", message.Str("path", f.Path(w.name))).Hinted("cli.report.hint-taken"))
			}
			names[w.name], fresh = true, true
		}
	}
	if fresh {
		if err := f.note(names); err != nil {
			return err
		}
	}
	for _, w := range f.waiting {
		if err := f.put(w.name, w.page); err != nil {
			return err
		}
	}
	f.waiting = f.waiting[:0]
	return nil
}

// write writes the site.
func (app *command) write(ctx context.Context, f *folder, doc *document.Fleet) error {
	f.words = app.Text("cli.report.marker")
	err := site.Write(doc, app.Lang, func(name string, page []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return f.take(name, page)
	})
	for _, step := range []func() error{f.flush, f.tidy, func() error { return f.note(f.now) }} {
		if err == nil {
			err = step()
		}
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return frame.CannotWrite(f.path, err)
	}
	app.Say(app.Text("cli.report.written", message.Str("path", f.path), message.Int("pages", len(f.now)), message.Int("changed", f.changed),
		message.Int("gone", f.gone), message.Str("index", f.Path("index.html"))))
	return nil
}

// tidy removes the pages of earlier runs that this one has not made.
func (f *folder) tidy() error {
	for _, name := range sorted(f.made) {
		if f.now[name] || !f.Regular(name) {
			continue
		}
		if err := f.Remove(name); err != nil {
			return err
		}
		f.gone++
	}
	return nil
}

package intake

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/message"
)

const (
	// MaxUnpacked bounds what the files of one request have together, in bytes: the
	// hives of some servers. It is on the disk and not in memory.
	MaxUnpacked = 2 << 30
	// MaxFiles bounds the files of one request.
	MaxFiles = 50_000
	// maxPath bounds the path of a file in characters, and maxParts how deep it lies.
	maxPath, maxParts = 200, 16
)

// Folder is where files are put that come in one request.
type Folder struct {
	dir   string
	left  int64
	most  int64 // the size of the largest file
	files int
	names map[string]string // as they came, by where they lie, in lower case
	skips []skip
}

// skip is a file that was not taken.
type skip struct {
	name string
	why  error
}

// NewFolder makes a folder, which [Folder.Close] removes with all that is in it.
func NewFolder() (*Folder, error) {
	dir, err := os.MkdirTemp("", "tlsready-intake-*")
	return &Folder{dir: dir, left: MaxUnpacked, names: map[string]string{}}, err
}

// Largest is the size of the largest file that was put into the folder, in bytes.
func (f *Folder) Largest() int64 { return f.most }

// Close removes the folder.
func (f *Folder) Close() { _ = os.RemoveAll(f.dir) }

// Add puts a file into the folder; an archive is unpacked. An error is one of the disk, or
// says that all is too much.
func (f *Folder) Add(name string, r io.Reader) error {
	at, err := f.put(name, r)
	if err != nil || at == "" || !isZip(at) {
		return err
	}
	defer os.Remove(at)
	return f.unpack(name, at)
}

// isZip says whether a file is an archive, and not one of those formats that are archives
// themselves.
func isZip(at string) bool {
	file, err := os.Open(at)
	if err != nil {
		return false
	}
	defer file.Close()
	head := make([]byte, 4)
	_, _ = io.ReadFull(file, head) // a shorter file is none
	return bytes.Equal(head, []byte("PK\x03\x04"))
}

func (f *Folder) unpack(name, at string) error {
	archive, err := zip.OpenReader(at)
	if err != nil {
		f.skips = append(f.skips, skip{name, message.Error("console.intake.zip", message.Cause("why", err))})
		return nil
	}
	defer archive.Close()
	for _, one := range archive.File {
		if one.FileInfo().IsDir() {
			continue
		}
		if err := f.member(one); err != nil {
			return err
		}
	}
	return nil
}

// member puts a file of an archive into the folder. An archive in an archive is a file that
// nothing reads.
func (f *Folder) member(one *zip.File) error {
	if !one.Mode().IsRegular() {
		f.skips = append(f.skips, skip{one.Name, message.Error("console.intake.no-file")})
		return nil
	}
	r, err := one.Open()
	if err != nil {
		f.skips = append(f.skips, skip{one.Name, message.Error("console.intake.zip", message.Cause("why", err))})
		return nil
	}
	defer r.Close()
	_, err = f.put(one.Name, r)
	var damaged *damagedError
	if errors.As(err, &damaged) {
		f.skips = append(f.skips, skip{one.Name, message.Error("console.intake.zip", message.Cause("why", damaged.error))})
		return nil
	}
	return err
}

// damagedError is an error of what is read, and none of the disk.
type damagedError struct{ error }

// put writes a file and gives where it lies; "" if it cannot be taken.
func (f *Folder) put(name string, r io.Reader) (string, error) {
	if f.files++; f.files > MaxFiles {
		return "", tooLarge("files", message.Int("most", MaxFiles))
	}
	at, ok := f.place(name)
	if !ok {
		f.skips = append(f.skips, skip{name, message.Error("console.intake.name")})
		return "", nil
	}
	if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
		return "", f.odd(name, err)
	}
	out, err := os.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", f.odd(name, err)
	}
	n, err := io.Copy(out, io.LimitReader(reading{r}, f.left+1))
	f.left -= n
	f.most = max(f.most, n)
	err = errors.Join(err, out.Close())
	if f.left < 0 {
		return "", tooLarge("unpacked", message.Int("most", MaxUnpacked>>20))
	}
	return at, err
}

// odd passes over a name that stands for a file and a folder at once, or twice.
func (f *Folder) odd(name string, err error) error {
	if errors.Is(err, fs.ErrExist) || strings.Contains(err.Error(), "not a directory") {
		f.skips = append(f.skips, skip{name, message.Error("console.intake.twice")})
		return nil
	}
	return err
}

// reading tells errors of what is read from those of the disk.
type reading struct{ io.Reader }

// Read implements [io.Reader].
func (r reading) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = &damagedError{err}
	}
	return n, err
}

// Unwrap gives the error itself.
func (e *damagedError) Unwrap() error { return e.error }

// place is where a file lies: below the folder, whatever its name says. ok is false for a
// name of which nothing is left.
func (f *Folder) place(name string) (at string, ok bool) {
	var parts []string
	for _, p := range strings.FieldsFunc(name, func(r rune) bool { return r == '/' || r == '\\' || r == ':' }) {
		p = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f || strings.ContainsRune(`<>"|?*`, r) {
				return '_'
			}
			return r
		}, strings.ToValidUTF8(p, "_"))
		if p = strings.Trim(p, ". "); p != "" {
			parts = append(parts, safe(p))
		}
	}
	if len(parts) == 0 || len(parts) > maxParts {
		return "", false
	}
	below := path.Join(parts...)
	if len([]rune(below)) > maxPath {
		return "", false
	}
	for n := 2; ; n++ { // two files of one name are two files
		key := strings.ToLower(below)
		if _, taken := f.names[key]; !taken {
			f.names[key] = name
			return filepath.Join(f.dir, filepath.FromSlash(below)), true
		}
		ext := path.Ext(below)
		below = strings.TrimSuffix(below, ext) + "-" + strconv.Itoa(n) + ext
	}
}

// safe keeps Windows from opening a device in place of a file.
func safe(part string) string {
	stem, _, _ := strings.Cut(strings.ToUpper(part), ".")
	devices := []string{"CON", "PRN", "AUX", "NUL"}
	numbered := len(stem) == 4 && (strings.HasPrefix(stem, "COM") || strings.HasPrefix(stem, "LPT")) && stem[3] >= '0' && stem[3] <= '9'
	if slices.Contains(devices, stem) || numbered {
		return "_" + part
	}
	return part
}

// Each gives the files, with their names as they came.
func (f *Folder) each(do func(at, name string) error) error {
	return filepath.WalkDir(f.dir, func(at string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		below, err := filepath.Rel(f.dir, at)
		if err != nil {
			return err
		}
		return do(at, f.names[strings.ToLower(filepath.ToSlash(below))])
	})
}

// Files takes in everything in a folder: lines of what runs found, and hosts in every form
// that check reads.
func (in *Intake) Files(ctx context.Context, f *Folder) error {
	for _, s := range f.skips {
		in.refuse(s.name, 0, s.why)
	}
	if err := f.each(func(at, name string) error { return in.lineFile(ctx, at, name) }); err != nil {
		return err
	}
	return in.hosts(ctx, f)
}

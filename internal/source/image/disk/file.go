package disk

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"tlsready/internal/message"
	"tlsready/internal/userfile"
)

// Limits on what one image may consist of.
const (
	maxFiles  = 512 // below the usual limit of open files; a disk in parts of 2 GB reaches 1 TB
	maxChain  = 64  // a chain of checkpoints; Hyper-V allows 50
	maxParent = 4096
)

// OpenFunc opens a file read-only and tells its size in bytes.
type OpenFunc func(path string) (io.ReaderAt, int64, error)

// Files opens the files that an image consists of and counts the bytes that are
// read of them. A reader that is also an io.Closer is closed by Close.
type Files struct {
	ctx  context.Context // ends reading; every read looks at it
	open OpenFunc
	list []*file
	read atomic.Int64
}

// NewFiles uses open for every file; nil opens files of this machine.
func NewFiles(ctx context.Context, open OpenFunc) *Files {
	if open == nil {
		open = openOS
	}
	return &Files{ctx: ctx, open: open}
}

// BytesRead is how many bytes have been read of all files.
func (f *Files) BytesRead() int64 { return f.read.Load() }

// Close closes all files.
func (f *Files) Close() error {
	var errs []error
	for _, one := range f.list {
		if c, ok := one.r.(io.Closer); ok {
			errs = append(errs, c.Close())
		}
	}
	f.list = nil
	return errors.Join(errs...)
}

func openOS(path string) (io.ReaderAt, int64, error) {
	f, err := userfile.Open(path) // an image names its parents, and could name a pipe
	if err != nil {
		return nil, 0, err
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		_ = f.Close()
		return nil, 0, err
	}
	return f, size, nil
}

// file is one file of an image.
type file struct {
	path  string
	r     io.ReaderAt
	size  int64
	owner *Files

	patches []patch // what a log puts over the content
}

func (f *Files) file(path string) (*file, error) {
	if len(f.list) >= maxFiles {
		return nil, unsupported(path, "", "disk.many-files", message.Int("limit", maxFiles))
	}
	r, size, err := f.open(path)
	if err != nil {
		return nil, message.Error("source.unreadable", message.Cause("why", err)).At(path).Hinted("source.hint.permissions")
	}
	one := &file{path: path, r: r, size: size, owner: f}
	f.list = append(f.list, one)
	return one, nil
}

// readAt fills p or says what is missing.
func (f *file) readAt(p []byte, off int64) error {
	if err := f.owner.ctx.Err(); err != nil {
		return err
	}
	if off < 0 || off > f.size || int64(len(p)) > f.size-off {
		return cut(f.path, off, len(p), f.size)
	}
	n, err := f.r.ReadAt(p, off)
	f.owner.read.Add(int64(n))
	switch {
	case n == len(p):
		f.patched(p, off)
		return nil
	case err == nil || errors.Is(err, io.EOF):
		return cut(f.path, off, len(p), off+int64(n))
	}
	return message.Error("disk.unreadable", message.Hex("offset", off), message.Cause("why", err)).At(f.path).Hinted(hintCopy)
}

// bytes reads n bytes at off.
func (f *file) bytes(off int64, n int) ([]byte, error) {
	p := make([]byte, n)
	return p, f.readAt(p, off)
}

// head is the beginning of the file, at most n bytes.
func (f *file) head(n int) ([]byte, error) { return f.bytes(0, int(min(f.size, int64(n)))) }

// beside finds a file that an image names: as it is spelled, from the folder of
// the image, and by its last part in that folder, since images are copied without
// their paths. Network paths are not followed: an image must not make this
// machine log on elsewhere.
func (f *Files) beside(path string, names ...string) (string, bool) {
	dir := filepath.Dir(path)
	for _, name := range names {
		if name == "" || len(name) > maxParent || strings.ContainsRune(name, 0) {
			continue
		}
		slashed := strings.ReplaceAll(name, `\`, "/")
		var tries []string
		switch native := filepath.FromSlash(slashed); {
		case strings.HasPrefix(slashed, "//"):
		case filepath.IsAbs(native):
			tries = append(tries, native)
		case len(slashed) < 2 || slashed[1] != ':':
			tries = append(tries, filepath.Join(dir, native))
		}
		tries = append(tries, filepath.Join(dir, slashed[strings.LastIndexByte(slashed, '/')+1:]))
		for _, try := range tries {
			if f.exists(try) {
				return try, true
			}
		}
	}
	return "", false
}

// exists says whether a file can be opened or at least is there. What is named by
// an image has to be a regular file: opening a pipe or a tape does harm.
func (f *Files) exists(path string) bool {
	r, _, err := f.openRegular(path)
	if c, ok := r.(io.Closer); ok {
		_ = c.Close()
	}
	return err == nil || !errors.Is(err, fs.ErrNotExist)
}

func (f *Files) openRegular(path string) (io.ReaderAt, int64, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, 0, fs.ErrNotExist
	}
	return f.open(path)
}

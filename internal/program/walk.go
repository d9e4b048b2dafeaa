package program

import (
	"context"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/userfile"
)

// maxDepth bounds how deep folders are followed.
const maxDepth = 64

// ReadFile reads a file of at most [MaxFile] bytes from disk. A name that is not
// there is looked for without regard to case, as Windows would.
func ReadFile(path string) ([]byte, error) {
	info, err := os.Stat(path) // before it is opened: opening a pipe would wait
	if notThere(err) {
		if other := otherCase(path); other != "" {
			path = other
			info, err = os.Stat(path)
		}
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: message.Error("program-file.no-file")}
	}
	if info.Size() > MaxFile {
		return nil, message.Error("program-file.size", message.Int("size", info.Size()), message.Int("limit", int64(MaxFile)))
	}
	f, err := userfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxFile))
}

// otherCase is the file of that name in another spelling, or "".
func otherCase(path string) string {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return ""
	}
	for _, e := range entries {
		if strings.EqualFold(e.Name(), filepath.Base(path)) {
			return filepath.Join(filepath.Dir(path), e.Name())
		}
	}
	return ""
}

// Walk yields the programs, sites and scripts in files and below folders, in the
// order of their names. Libraries that were read as parts of a program are
// yielded with it, others only if they show TLS. Links to folders are not
// followed. A file that is damaged is yielded with its error and its Path, and
// the walk goes on; it ends with ctx.
func Walk(ctx context.Context, roots []string) iter.Seq2[Finding, error] {
	return func(yield func(Finding, error) bool) {
		w := &walk{ctx: ctx, yield: yield}
		for _, root := range roots {
			info, err := os.Stat(root)
			switch {
			case err != nil:
				if !yield(Finding{Path: root}, message.At(root, plain(err))) {
					return
				}
			case info.IsDir():
				if !w.folder(root, 0) {
					return
				}
			default:
				if _, more := w.file(root, true); !more {
					return
				}
			}
		}
	}
}

type walk struct {
	ctx   context.Context
	yield func(Finding, error) bool
}

// file yields one file and names the libraries that were read with it. Asked
// says that the user named the file itself.
func (w *walk) file(path string, asked bool) (parts []string, more bool) {
	if err := w.ctx.Err(); err != nil {
		w.yield(Finding{Path: path}, err)
		return nil, false
	}
	f, parts, err := Inspect(path, nil)
	if err == nil && !asked && f.Caller == "" && !hasExt(path, ".exe") && f.Proxy == "" && !switchesTLS(f) {
		return parts, true
	}
	return parts, w.yield(f, err)
}

func switchesTLS(f Finding) bool {
	return slices.ContainsFunc(f.Why, func(r Reason) bool { return r.Code == "switch" })
}

// folder yields what is in a folder: programs first, then libraries that belong
// to none of them, then the folders in it.
func (w *walk) folder(dir string, depth int) bool {
	entries, err := os.ReadDir(dir)
	if err != nil || depth > maxDepth {
		if err == nil {
			err = message.Error("program-file.depth", message.Int("limit", maxDepth))
		}
		return w.yield(Finding{Path: dir}, message.At(dir, plain(err)))
	}
	var libraries, folders []string
	read := map[string]bool{}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case e.IsDir():
			folders = append(folders, path)
		case !regular(path, e):
		case hasExt(path, ".dll") && isFramework(strings.TrimSuffix(e.Name(), filepath.Ext(e.Name()))):
			// The framework's own, brought along: it speaks for no program.
		case hasExt(path, ".dll"):
			libraries = append(libraries, path)
		case hasExt(path, ".exe") || isScript(path) || hasExt(path, ".config") && standsAlone(entries, e.Name()):
			parts, more := w.file(path, false)
			if !more {
				return false
			}
			for _, part := range parts {
				read[strings.ToLower(part)] = true
			}
		}
	}
	for _, path := range libraries {
		if !read[strings.ToLower(path)] {
			if _, more := w.file(path, false); !more {
				return false
			}
		}
	}
	for _, path := range folders {
		if !w.folder(path, depth+1) {
			return false
		}
	}
	return true
}

// regular follows a link to a file, but to nothing else.
func regular(path string, e fs.DirEntry) bool {
	if e.Type()&fs.ModeSymlink == 0 {
		return e.Type().IsRegular()
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// standsAlone says whether a configuration is no program's in the same folder,
// and is one that says something by itself.
func standsAlone(entries []fs.DirEntry, name string) bool {
	low := strings.ToLower(name)
	if low == "web.config" || low == "machine.config" {
		return true
	}
	program, _ := cutSuffixFold(name, ".config")
	return hasExt(program, ".exe") && !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return strings.EqualFold(e.Name(), program) })
}

package source

import (
	"errors"
	"io"
	"io/fs"
	"slices"

	"tlsready/internal/userfile"
)

// readFile reads a file of at most limit bytes.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := userfile.Open(path)
	if err != nil {
		return nil, Cannot(path, err)
	}
	defer f.Close()
	size := int64(0)
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		size = info.Size()
	}
	if size > limit {
		return nil, Problemf(path, "", "the file has %d bytes, the limit is %d", size, limit)
	}
	data := make([]byte, 0, size+1)
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case errors.Is(err, io.EOF):
			return data, nil
		case err != nil:
			return nil, &Error{Path: path, Msg: "cannot be read: " + reason(err), Err: err}
		case int64(len(data)) > limit:
			return nil, Problemf(path, "", "the file has more than %d bytes", limit)
		case len(data) == cap(data):
			data = slices.Grow(data, 512)
		}
	}
}

// reason is an error of the operating system without the path, which stands
// before it already.
func reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	return err.Error()
}

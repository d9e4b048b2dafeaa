package source

import (
	"errors"
	"io"
	"slices"

	"tlsready/internal/message"
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
		return nil, message.Error("source.file-size", message.Int("size", size), message.Int("limit", limit)).At(path)
	}
	data := make([]byte, 0, size+1)
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case errors.Is(err, io.EOF):
			return data, nil
		case err != nil:
			return nil, message.Error("source.unreadable", message.Cause("why", err)).At(path)
		case int64(len(data)) > limit:
			return nil, message.Error("source.file-long", message.Int("limit", limit)).At(path)
		case len(data) == cap(data):
			data = slices.Grow(data, 512)
		}
	}
}

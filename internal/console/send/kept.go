package send

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/userfile"
)

// Kept is a folder with results that could not be sent to one server for one tenant. Each
// file is what one request holds, named by its content: sent twice it changes nothing.
type Kept struct{ dir string }

// KeptIn is the folder, below one for all servers, for results of a tenant at a server. It
// is made when it is needed.
func (s *Server) KeptIn(dir, tenant string) *Kept {
	sum := sha256.Sum256([]byte(s.String() + "\x00" + tenant))
	return &Kept{filepath.Join(dir, hex.EncodeToString(sum[:8]))}
}

// Dir is the folder.
func (k *Kept) Dir() string { return k.dir }

const keptEnding = ".jsonl.gz"

// add keeps a part, which is on the disk when it returns.
func (k *Kept) add(p part) error {
	body, err := p.packed()
	if err == nil {
		err = os.MkdirAll(k.dir, 0o700)
	}
	if err != nil {
		return err
	}
	dir, err := userfile.OpenFolder(k.dir)
	if err != nil {
		return err
	}
	defer dir.Close()
	sum := sha256.Sum256(p.text)
	return dir.Write(hex.EncodeToString(sum[:16])+keptEnding, func(w io.Writer) error {
		_, err := w.Write(body)
		if file, ok := w.(*os.File); ok {
			err = errors.Join(err, file.Sync())
		}
		return err
	}, true)
}

// Resend sends what an earlier run kept, and returns how many files were sent and how many
// are left. One that the server will never take is left, and told.
func (b *Batches) Resend(ctx context.Context, told func(error)) (sent, left int, err error) {
	list, err := os.ReadDir(b.Kept.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, 0, err
	}
	for i, entry := range list {
		if !strings.HasSuffix(entry.Name(), keptEnding) {
			continue
		}
		path := filepath.Join(b.Kept.dir, entry.Name())
		err := b.resend(ctx, path)
		var away *AwayError
		switch {
		case errors.Is(err, fs.ErrNotExist): // another run has sent it
		case errors.As(err, &away):
			return sent, left + len(list) - i, nil
		case err != nil:
			left++
			told(message.At(path, err))
		default:
			sent++
		}
	}
	return sent, left, nil
}

// maxKept bounds a file that is read: one line alone may be larger than a part.
const maxKept = 64 << 20

func (b *Batches) resend(ctx context.Context, path string) error {
	body, err := userfile.Read(path, maxKept)
	if err != nil {
		return err
	}
	p := part{zip: body}
	if p.lines, err = lines(body); err != nil {
		return message.Error("send.error.kept-damaged").From(err)
	}
	said, err := b.post(ctx, p)
	if err != nil {
		return err
	}
	b.tell(said)
	return os.Remove(path)
}

// lines counts those of a file, which has to be whole.
func lines(packed []byte) (n int, err error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return 0, err
	}
	for buffer := make([]byte, 64<<10); err == nil; {
		var got int
		got, err = r.Read(buffer)
		n += bytes.Count(buffer[:got], []byte("\n"))
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

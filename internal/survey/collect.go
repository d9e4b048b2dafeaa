package survey

import (
	"bytes"
	"context"
	"errors"
	"io/fs"

	"tlsready/internal/message"
	"tlsready/internal/source"
)

// CollectOne reads the sources for their only host. Several hosts, or none, are a
// [Mistake]; a host that cannot be read is not.
func CollectOne(ctx context.Context, h *Hosts) (source.Host, error) {
	var found []source.Host
	for host, err := range h.Read(ctx) {
		if err != nil {
			return source.Host{}, err
		}
		if found = append(found, host); len(found) > 1 {
			return source.Host{}, mistake("collect-several")
		}
	}
	switch {
	case len(found) == 0:
		return source.Host{}, mistake("collect-none")
	case found[0].Err != nil:
		return source.Host{}, found[0].Err
	}
	return found[0], nil
}

// Collection writes a snapshot of every host below a folder, and counts what became
// of the hosts. A file that is there is never changed.
type Collection struct {
	Written    int
	Same       int // their file says the same already
	Skipped    int // their file was there, and the run goes on with an earlier one
	Unreadable int
	Refused    int // their file says something else

	// Also is told of every host that is read; may be nil.
	Also func(source.Host) error

	*folder
	resume bool
}

// OpenCollection prepares a folder. With resume, hosts whose file is there are not
// read again. tell is told of hosts whose file is not called as they are.
func OpenCollection(dir string, resume bool, tell func(message.Text)) (*Collection, error) {
	f, err := openFolder(dir, tell)
	return &Collection{folder: f, resume: resume}, err
}

// Collect reads every host and writes it. A host that cannot be read or whose file
// says something else costs that host, and is told to Warn of the hosts.
func (c *Collection) Collect(ctx context.Context, h *Hosts) error {
	if c.resume {
		h.Skip = c.skip
	}
	for host, err := range h.Read(ctx) {
		if err == nil && c.Also != nil {
			err = c.Also(host)
		}
		if err == nil {
			err = c.take(host, h.warn)
		}
		if err != nil {
			return c.ended(ctx, err, h.far.Total)
		}
	}
	return nil
}

// ended says how far a run was that its context has ended.
func (c *Collection) ended(ctx context.Context, err error, total int) error {
	if ctx.Err() == nil {
		return err
	}
	return interruptedSaved(err, c.Written+c.Same+c.Skipped, total+c.Skipped, c.dir)
}

func (c *Collection) skip(id string) bool {
	if !c.has(id) {
		return false
	}
	c.Skipped++
	return true
}

// maxSnapshot bounds a file that is compared with a snapshot, which has some
// megabytes at the most.
const maxSnapshot = 256 << 20

func (c *Collection) take(h source.Host, warn func(message.Text)) error {
	name := c.fileOf(h.ID)
	before, err := c.Read(name, maxSnapshot)
	exists := err == nil
	switch {
	case h.Err != nil:
		c.Unreadable++
		warn(message.CauseOf(message.At(h.ID, h.Err)))
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return cannotWrite(c.path(name), err)
	}
	text, err := h.Snapshot.Encode()
	switch {
	case err != nil:
		return err
	case exists && bytes.Equal(before, text):
		c.Same++
		return nil
	case exists:
		c.Refused++
		warn(message.New("survey.collect.differs", message.Str("path", c.path(name))))
		return nil
	}
	c.Written++
	return c.write(name, text)
}

package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"

	"tlsready/internal/document"
	"tlsready/internal/report/view"
)

// newWatchLines writes each connection as one line of JSON, and no sum.
func newWatchLines(w io.Writer, o view.WatchOptions) view.WatchWriter {
	return &watchJSON{lines: newLines(w), live: o.Live}
}

// newWatchObject writes one object: the connections as they come, then the sum.
func newWatchObject(w io.Writer, _ view.WatchOptions) view.WatchWriter {
	return &watchJSON{lines: newLines(w), object: true}
}

type watchJSON struct {
	lines
	object bool
	live   bool
	n      int
}

// Connection writes one connection.
func (j *watchJSON) Connection(c *document.Connection) error {
	if j.object {
		between := `{"connections": [` + "\n"
		if j.n > 0 {
			between = ","
		}
		if _, err := j.out.WriteString(between); err != nil {
			return err
		}
	}
	j.n++
	if err := j.enc.Encode(c); err != nil || !j.live {
		return err
	}
	return j.out.Flush()
}

// End writes the sum, as further members of the object.
func (j *watchJSON) End(w *document.Watch) error {
	if !j.object {
		return j.out.Flush()
	}
	start := `{"connections": [`
	if j.n > 0 {
		start = ""
	}
	if _, err := j.out.WriteString(start + "],\n"); err != nil {
		return err
	}
	if err := endObject(j.out, w); err != nil {
		return err
	}
	return j.out.Flush()
}

// endObject writes the members of an object without its opening brace, which stands
// before other members already.
func endObject(out *bufio.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := out.Write(b.Bytes()[1:])
	return err
}

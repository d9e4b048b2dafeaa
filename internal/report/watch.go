package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/report/view"
)

// newWatchLines writes each connection as one line of JSON, and no sum.
func newWatchLines(w io.Writer, o view.WatchOptions) view.WatchWriter {
	return newWatchJSON(w, &watchJSON{live: o.Live})
}

// newWatchObject writes one object: the connections as they come, then the sum.
func newWatchObject(w io.Writer, _ view.WatchOptions) view.WatchWriter {
	return newWatchJSON(w, &watchJSON{object: true})
}

func newWatchJSON(w io.Writer, j *watchJSON) view.WatchWriter {
	j.lines = newLines(w)
	j.connections = newConnectionLines(j.lines)
	return j
}

type watchJSON struct {
	lines
	connections *connectionLines
	object      bool
	live        bool
	n           int
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
	if err := j.connections.write(c); err != nil || !j.live {
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

// endObject writes the members of a sum, without its opening brace, which stands before
// other members already. The clients, of whom there may be many, are written one by one,
// so that their text need not be held.
func endObject(out *bufio.Writer, w *document.Watch) error {
	const place = "\n  \"clients\": []" // no text has a line break, and no other member is so far to the left
	others := *w
	others.Clients = []document.WatchClient{}
	text, err := indented(&others, "")
	if err != nil {
		return err
	}
	before, after, found := bytes.Cut(text[1:], []byte(place))
	if !found || len(w.Clients) == 0 {
		_, err := out.Write(text[1:])
		return err
	}
	_, _ = out.Write(before)
	_, _ = out.WriteString(strings.TrimSuffix(place, "]"))
	for i := range w.Clients {
		if i > 0 {
			_ = out.WriteByte(',')
		}
		text, err := indented(&w.Clients[i], "    ")
		if err != nil {
			return err
		}
		_, _ = out.WriteString("\n    ")
		_, _ = out.Write(bytes.TrimSuffix(text, []byte("\n")))
	}
	_, _ = out.WriteString("\n  ]")
	_, err = out.Write(after) // an error of those before is given again
	return err
}

// indented is a value as JSON over several lines.
func indented(v any, prefix string) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent(prefix, "  ")
	err := enc.Encode(v)
	return b.Bytes(), err
}

package intake

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/store"
	"tlsready/internal/store/results"
)

const (
	// MaxLine bounds a line in bytes: the longest is a host with its settings and the
	// outcomes of a dozen services, some hundred kilobytes.
	MaxLine = 8 << 20
	// MaxLines bounds the lines of one request: a batch has 5,000 at most, and what is
	// read from a file of connections some hundred thousand.
	MaxLines = 1 << 20
)

// Lines takes in lines of results, of snapshots, of probes and of connections. What is
// wrong with a line costs that line. An error costs the rest.
func (in *Intake) Lines(ctx context.Context, name string, r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), MaxLine)
	for n := 1; lines.Scan(); n++ {
		if n > MaxLines {
			return tooLarge("lines", message.Int("most", MaxLines))
		}
		line := bytes.TrimSpace(bytes.TrimPrefix(lines.Bytes(), []byte("\ufeff")))
		if len(line) == 0 {
			continue
		}
		wrong, err := in.line(ctx, line)
		if err != nil {
			return err
		}
		if wrong != nil {
			in.refuse(name, n, wrong)
			continue
		}
		in.doc.Lines++
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return tooLarge("line", message.Int("most", MaxLine))
	}
	return lines.Err()
}

func tooLarge(id string, args ...message.Arg) error {
	return web.Mistake(http.StatusRequestEntityTooLarge, message.Error("console.intake."+id, args...).Hinted("console.intake.hint."+id))
}

// line takes in a line, or says what is wrong with it. The error is one of recording.
func (in *Intake) line(ctx context.Context, line []byte) (wrong, err error) {
	var head document.Line
	if err := json.Unmarshal(line, &head); err != nil {
		return message.Error("console.intake.json"), nil
	}
	switch head.Schema {
	case document.ResultSchema:
		return in.result(ctx, line)
	case host.Schema:
		s, err := host.Decode(line, nil)
		if err != nil || noHost(s.Name) {
			return noName(err), nil
		}
		return nil, in.host(ctx, source.Host{ID: s.Name, Snapshot: s})
	case document.EndpointSchema:
		e, err := document.ReadEndpoint(line)
		if err != nil {
			return message.Error("console.intake.json"), nil
		}
		in.doc.Endpoints++
		return nil, in.rec.Endpoint(ctx, store.EndpointResult{At: in.Now, Endpoint: e})
	case document.ConnectionSchema:
		c, err := document.ReadConnection(line)
		if err != nil {
			return message.Error("console.intake.json"), nil
		}
		in.doc.Connections++
		in.seen.Add(c)
		return nil, nil
	}
	return message.Error("console.intake.schema", message.Quote("schema", head.Schema)).Hinted("console.intake.hint.schema"), nil
}

// noName is why a snapshot in a line is not taken.
func noName(err error) error {
	if err != nil {
		return err
	}
	return message.Error("console.intake.no-name")
}

// result takes in what a run found. Hosts that were not judged are judged here.
func (in *Intake) result(ctx context.Context, line []byte) (wrong, err error) {
	var b store.Batch
	if wrong := results.ReadLine(line, &b); wrong != nil {
		return wrong, nil
	}
	for _, h := range b.Hosts {
		if noHost(h.ID) {
			return noName(nil), nil
		}
		if len(h.Outcomes) == 0 && h.Settings != nil {
			at := h.At
			if h, err = in.Judge(ctx, source.Host{ID: h.ID, Snapshot: h.Settings}); err != nil {
				return nil, err
			}
			h.At = at
		}
		in.doc.Hosts++
		if err := in.rec.Host(ctx, h); err != nil {
			return nil, err
		}
	}
	for _, e := range b.Endpoints {
		in.doc.Endpoints++
		if err := in.rec.Endpoint(ctx, e); err != nil {
			return nil, err
		}
	}
	return nil, in.rest(ctx, &b)
}

func (in *Intake) rest(ctx context.Context, b *store.Batch) error {
	for _, o := range b.Observations {
		in.doc.Connections += int(o.Count)
		if err := in.rec.Observation(ctx, o); err != nil {
			return err
		}
	}
	for _, f := range b.Fixes {
		if err := in.rec.Fix(ctx, f); err != nil {
			return err
		}
	}
	for _, o := range b.Owners {
		if err := in.rec.Owner(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

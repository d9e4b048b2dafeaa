package send

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/store/results"
)

// maxPart is the size of what is sent at once, before it is compressed. It is small enough
// for a reverse proxy of usual settings, and large enough that the way does not count.
const maxPart = 8 << 20

// Batches sends batches of results: it is a [results.Recording]. It is not for several
// goroutines at once.
type Batches struct {
	// Refused is told what the server will never take: a line, and why.
	Refused func(document.RefusedInput)
	// Later is told, once, that results are kept to be sent later, and why.
	Later func(error)
	// Kept is where what could not be sent is kept; nil to fail instead.
	Kept *Kept
	// Parts, and NotTaken lines, were sent; Left parts could not be, and are kept.
	Parts, NotTaken, Left int

	server   Server // a copy: one that was away for all its patience is not waited for again
	patience time.Duration
}

// Batches begins to send results to the server.
func (s *Server) Batches() *Batches { return &Batches{server: *s, patience: s.Patience} }

// header is that of results. A server of before a format existed refuses it by its name.
func header() http.Header {
	return http.Header{"Content-Type": {"application/x-ndjson"}, "Content-Encoding": {"gzip"}}
}

// Hello sends nothing, to learn before any work is done whether the server is there and
// takes results, and whose they are.
func (b *Batches) Hello(ctx context.Context) (tenant string, err error) {
	said, err := b.post(ctx, part{})
	return said.Tenant, err
}

// afterEnd is how long a batch may go on being sent after the run was interrupted.
const afterEnd = 20 * time.Second

// Record sends a batch, and returns when the server has it on its disk, or when it is kept
// to be sent later. A run that is interrupted sends what it has.
func (b *Batches) Record(ctx context.Context, batch *store.Batch) error {
	ctx, stop := lasting(ctx, afterEnd)
	defer stop()
	w := &parts{send: func(p part) error { return b.send(ctx, p) }}
	if err := results.WriteLines(w, batch); err != nil {
		return err
	}
	return w.end()
}

// lasting is a context that goes on for a while after ctx has ended.
func lasting(ctx context.Context, d time.Duration) (context.Context, func()) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(d, cancel) })
	return longer, func() { stop(); cancel() }
}

// send sends a part, or keeps it.
func (b *Batches) send(ctx context.Context, p part) error {
	said, err := b.post(ctx, p)
	if err == nil {
		b.server.Patience = b.patience
		b.Parts++
		b.tell(said)
		return nil
	}
	b.server.Patience = 0
	if b.Kept == nil {
		return err
	}
	if kept := b.Kept.add(p); kept != nil {
		return message.Error("send.error.not-kept", message.Cause("server", err), message.Cause("why", kept)).At(b.Kept.dir).Hinted("send.hint.not-kept")
	}
	if b.Left++; b.Left == 1 && b.Later != nil {
		b.Later(err)
	}
	return nil
}

func (b *Batches) tell(said document.Recorded) {
	b.NotTaken += len(said.Refused) + said.RefusedMore
	for _, one := range said.Refused {
		if b.Refused != nil {
			b.Refused(one)
		}
	}
}

// post sends a part. What the server says it did has to be what it was sent: an answer of
// something between that is no console counts for nothing.
func (b *Batches) post(ctx context.Context, p part) (document.Recorded, error) {
	var said document.Recorded
	body, err := p.packed()
	if err != nil {
		return said, err
	}
	if err := b.server.Post(ctx, "api/v1/results", header(), body, &said); err != nil {
		return said, err
	}
	if said.Schema != document.RecordedSchema {
		return said, b.server.stranger()
	}
	if got := said.Lines + len(said.Refused) + said.RefusedMore; got < p.lines {
		return said, message.Error("send.error.short", message.Int("sent", p.lines), message.Int("got", got)).At(b.server.String())
	}
	return said, nil
}

// part is some lines of results.
type part struct {
	text  []byte
	lines int
	zip   []byte // the text as it is sent, if it is kept so
}

func (p part) packed() ([]byte, error) {
	if p.zip != nil {
		return p.zip, nil
	}
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(p.text); err != nil {
		return nil, err
	}
	err := w.Close()
	return out.Bytes(), err
}

// parts cuts what is written, a line at a time, into parts.
type parts struct {
	send func(part) error
	next part
}

// Write takes one line.
func (w *parts) Write(line []byte) (int, error) {
	if len(w.next.text)+len(line) > maxPart {
		if err := w.end(); err != nil {
			return 0, err
		}
	}
	w.next.text = append(w.next.text, line...)
	w.next.lines++
	return len(line), nil
}

func (w *parts) end() error {
	if w.next.lines == 0 {
		return nil
	}
	p := w.next
	w.next = part{}
	return w.send(p)
}

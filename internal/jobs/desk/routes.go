package desk

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/jobs/work"
	"tlsready/internal/message"
)

// Protocol is the version of what workers and servers say to each other. It grows when an
// older one of either would do something wrong.
const Protocol = "1"

// The headers of every request of a worker.
const (
	HeaderProtocol = "Tlsready-Protocol"
	HeaderVersion  = "Tlsready-Version" // of its program, for people
)

// Ask is what a worker sends to POST /api/v1/leases.
type Ask struct {
	Worker string `json:"worker"` // its name, which tells it apart from others of its token
	Site   string `json:"site"`
	// Wait is how long the worker waits for a batch, in seconds; 0 leaves it to the server,
	// which waits no longer than it would anyway.
	Wait float64 `json:"wait,omitempty"`
}

// Lease is the answer: a batch, and what the worker says later about it. Without a batch
// the answer is 204, and the worker asks again.
type Lease struct {
	Lease string `json:"lease"`
	// Silence is how long the worker may say nothing, in seconds.
	Silence float64     `json:"silence"`
	Batch   *work.Batch `json:"batch"`
}

// End is what a worker sends to POST /api/v1/leases/{lease}/end when it has sent everything.
type End struct {
	Error    string `json:"error,omitempty"`    // why the batch could not be done, in English
	Returned bool   `json:"returned,omitempty"` // the worker stops: others shall do it
}

// Route is one thing that the desk answers.
type Route struct {
	Pattern string // of [http.ServeMux]
	Handle  http.HandlerFunc
}

// Routes are what workers ask for. Whoever mounts them sees to it that a visitor has the
// right to work.
func (d *Desk) Routes() []Route {
	return []Route{
		{"POST /api/v1/leases", d.speaking(d.lease)},
		{"POST /api/v1/leases/{lease}/alive", d.speaking(d.held(d.alive))},
		{"POST /api/v1/leases/{lease}/results", d.speaking(d.held(d.results))},
		{"POST /api/v1/leases/{lease}/end", d.speaking(d.held(d.end))},
	}
}

// speaking refuses those who speak another protocol.
func (d *Desk) speaking(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(HeaderProtocol, Protocol)
		theirs := r.Header.Get(HeaderProtocol)
		if theirs == Protocol {
			next(w, r)
			return
		}
		p := message.Error("jobs.error.protocol", message.Quote("theirs", cut(theirs)), message.Str("ours", Protocol), message.Quote("version", cut(r.Header.Get(HeaderVersion))))
		if len(theirs) > len(Protocol) || len(theirs) == len(Protocol) && theirs > Protocol {
			p.Hinted("jobs.hint.update-server")
		} else {
			p.Hinted("jobs.hint.update-worker")
		}
		d.refuse(w, r, http.StatusUpgradeRequired, p)
	}
}

// refuse says what was wrong, to the worker and in the log.
func (d *Desk) refuse(w http.ResponseWriter, r *http.Request, code int, p *message.Problem) {
	v := d.o.Who(r)
	d.o.Log.Warn("a worker was refused", "tenant", v.Tenant, "token", v.Name, "address", r.RemoteAddr, "path", r.URL.Path, "status", code, "err", p)
	d.o.Refuse(w, r, code, p)
}

// maxAsk bounds what a worker asks, in bytes.
const maxAsk = 16 << 10

// workerName is a name that fits into a list.
var workerName = regexp.MustCompile(`^[\pL\pN][\pL\pN._-]{0,63}$`)

func (d *Desk) lease(w http.ResponseWriter, r *http.Request) {
	var ask Ask
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxAsk)).Decode(&ask); err != nil {
		d.refuse(w, r, http.StatusBadRequest, message.Error("jobs.error.ask", message.Cause("why", err)))
		return
	}
	if !work.IsSite(ask.Site) || !workerName.MatchString(ask.Worker) {
		d.refuse(w, r, http.StatusBadRequest, message.Error("jobs.error.names", message.Quote("worker", cut(ask.Worker)), message.Quote("site", cut(ask.Site))))
		return
	}
	v := d.o.Who(r)
	s, worker, p := d.hello(v, Worker{Worker: document.Worker{Name: ask.Worker, Site: ask.Site, Version: cut(r.Header.Get(HeaderVersion)), Address: r.RemoteAddr}})
	if p != nil {
		d.refuse(w, r, http.StatusConflict, p)
		return
	}
	l := d.wait(r, s, workerKey(v, ask.Worker), time.Duration(ask.Wait*float64(time.Second)))
	d.mu.Lock()
	worker.waits--
	worker.hear(d.o.Now())
	d.mu.Unlock()
	if l == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if r.Context().Err() != nil { // nobody would hear it
		l.finish(ErrReturned)
		return
	}
	l.Begin(d.o.Now())
	answer(w, Lease{Lease: l.id, Silence: d.o.Silence.Seconds(), Batch: l.Batch})
}

// held finds the lease of a request. That of another worker is answered as one that is
// not there.
func (d *Desk) held(next func(http.ResponseWriter, *http.Request, *lease)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := d.o.Who(r)
		d.mu.Lock()
		l := d.leases[r.PathValue("lease")]
		if l != nil && (l.key.tenant != v.Tenant || l.worker != workerKey(v, l.name)) {
			l = nil
		}
		if l != nil {
			l.heard = time.Now()
			if s := d.sites[l.key]; s != nil && s.workers[l.worker] != nil {
				s.workers[l.worker].hear(d.o.Now())
			}
		}
		d.mu.Unlock()
		if l == nil {
			d.refuse(w, r, http.StatusGone, message.Error("jobs.error.lease").Hinted("jobs.hint.lease"))
			return
		}
		next(w, r, l)
	}
}

func (d *Desk) alive(w http.ResponseWriter, _ *http.Request, _ *lease) {
	w.WriteHeader(http.StatusNoContent)
}

func (d *Desk) results(w http.ResponseWriter, r *http.Request, l *lease) {
	part, err := io.ReadAll(http.MaxBytesReader(w, r.Body, work.MaxPart))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		p := message.Error("jobs.lie.large", message.Int("most", work.MaxPart))
		d.lied(l, p)
		d.refuse(w, r, http.StatusRequestEntityTooLarge, p)
		return
	case err != nil:
		d.o.Refuse(w, r, http.StatusBadRequest, message.Error("jobs.error.ask", message.Cause("why", err)))
		return
	}
	err = d.take(r, l, part)
	var lie *work.LieError
	switch {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, errOver):
		d.refuse(w, r, http.StatusGone, message.Error("jobs.error.lease").Hinted("jobs.hint.lease"))
	case errors.As(err, &lie):
		d.lied(l, lie.Problem)
		d.refuse(w, r, http.StatusUnprocessableEntity, lie.Problem)
	default: // the store is away, or full: the worker keeps the part and sends it again
		d.o.Log.Error("a part could not be recorded", "job", l.Job, "worker", l.name, "err", err)
		d.o.Refuse(w, r, http.StatusServiceUnavailable, message.Error("jobs.error.record"))
	}
}

// errOver is that a lease takes nothing any more.
var errOver = errors.New("the lease has ended")

// take records a part, unless the lease has ended meanwhile.
func (d *Desk) take(r *http.Request, l *lease, part []byte) error {
	l.taking.Lock()
	defer l.taking.Unlock()
	if l.over {
		return errOver
	}
	defer func() {
		d.mu.Lock()
		l.heard = time.Now() // it was the server that took its time
		d.mu.Unlock()
	}()
	err := l.Take(r.Context(), part)
	var lie *work.LieError
	l.over = errors.As(err, &lie) // nothing more is taken from who lies, also before the lease is gone
	return err
}

func (d *Desk) end(w http.ResponseWriter, r *http.Request, l *lease) {
	var e End
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxAsk)).Decode(&e); err != nil {
		d.refuse(w, r, http.StatusBadRequest, message.Error("jobs.error.ask", message.Cause("why", err)))
		return
	}
	switch {
	case e.Returned:
		l.finish(ErrReturned)
	case e.Error != "":
		d.fail(l, message.Error("jobs.error.worker", message.Str("worker", l.name), message.Quote("what", cut(e.Error))))
	default:
		err := l.End()
		var lie *work.LieError
		if errors.As(err, &lie) {
			d.lied(l, lie.Problem)
			d.refuse(w, r, http.StatusUnprocessableEntity, lie.Problem)
			return
		}
		if l.finish(err) && err == nil {
			d.counted(l)
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// counted counts a batch of a worker that was done.
func (d *Desk) counted(l *lease) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.sites[l.key]; s != nil && s.workers[l.worker] != nil {
		s.workers[l.worker].Done++
	}
}

// answer answers with a document.
func answer(w http.ResponseWriter, doc any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(doc) // the worker has gone: it will be silent
}

// cut is the beginning of what somebody sent, for a message.
func cut(s string) string { return s[:min(len(s), 200)] }

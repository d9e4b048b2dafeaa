// Package metrics writes down what the server does: a line of the log for each request,
// and numbers for Prometheus.
package metrics

import (
	"cmp"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"tlsready/internal/console/web"
	"tlsready/internal/store"
)

// Options are what is counted.
type Options struct {
	Store store.Database
	// Queue is the queue of jobs; nil without one.
	Queue Queue
	Now   func() time.Time
	Log   *slog.Logger
	// Size is how many bytes the store has; nil if nobody knows.
	Size func() (int64, error)
	// Version is that of the program.
	Version string
}

// Metrics counts. It has a registry of its own. It may be used by many goroutines at once.
type Metrics struct {
	Options
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	notices  *prometheus.CounterVec
}

// New begins to count.
func New(o Options) *Metrics {
	m := &Metrics{
		Options: o, registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tlsready_http_requests_total", Help: "Requests answered, by route and status."}, []string{"route", "status"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tlsready_http_request_duration_seconds", Help: "Time in which requests were answered, by route.",
			Buckets: []float64{0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5, 30, 120},
		}, []string{"route"}),
		notices: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tlsready_notices_total", Help: "Webhook deliveries, by result: sent, failed (to be tried again), given-up."}, []string{"result"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "tlsready_build_info", Help: "Always 1; the version is a label.", ConstLabels: prometheus.Labels{"version": o.Version}})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.took, m.notices, build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Notice counts a delivery of a webhook.
func (m *Metrics) Notice(result string) { m.notices.WithLabelValues(result).Inc() }

// Around writes down every request that next answers. Of a request that no route answers
// neither the log nor a label has more than that: whoever asks for what is not there would
// choose what we keep.
func (m *Metrics) Around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := m.Now()
		ctx, trace := web.Traced(r.Context())
		w.Header().Set("X-Request-Id", trace.ID)
		said := &answer{ResponseWriter: w}
		defer func() {
			failure := recover()
			if failure != nil && said.status == 0 && failure != http.ErrAbortHandler {
				said.WriteHeader(http.StatusInternalServerError)
			}
			m.done(r, trace, said, m.Now().Sub(begun), failure)
			if failure == http.ErrAbortHandler {
				panic(failure) // net/http ends the connection
			}
		}()
		next.ServeHTTP(said, r.WithContext(ctx))
	})
}

// noRoute is the label of requests that no route has answered.
const noRoute = "none"

func (m *Metrics) done(r *http.Request, trace *web.Trace, said *answer, took time.Duration, failure any) {
	route, status := trace.Route, said.status
	if route == "" {
		route = noRoute
	}
	if status == 0 {
		status = http.StatusOK
	}
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.took.WithLabelValues(route).Observe(took.Seconds())
	// The path has ids of hosts and no more; queries hold what people search, or a code of
	// signing in, and are left out.
	list := []any{
		"request", trace.ID, "method", r.Method, "path", r.URL.Path, "route", route, "status", status, "ms", took.Milliseconds(), "bytes", said.bytes,
		"who", trace.Visitor.Name, "tenant", trace.Visitor.Tenant, "from", cmp.Or(trace.From, r.RemoteAddr),
	}
	if failure != nil && failure != http.ErrAbortHandler {
		m.Log.Error("a request has failed by a defect of the program", append(list, "defect", failure, "stack", string(debug.Stack()))...)
		return
	}
	if trace.Failure != nil {
		list = append(list, "err", trace.Failure)
	}
	m.Log.Log(r.Context(), levelOf(route, status), "request", list...)
}

// levelOf is how much a request tells: those of probes come every few seconds.
func levelOf(route string, status int) slog.Level {
	_, path, _ := strings.Cut(route, " ")
	switch {
	case status >= http.StatusInternalServerError:
		return slog.LevelWarn
	case path == "/healthz", path == "/readyz", path == "/metrics":
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// answer counts what is answered.
type answer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader notes the status.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(p)
	a.bytes += int64(n)
	return n, err
}

// Unwrap is for [http.ResponseController].
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

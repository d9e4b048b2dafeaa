package cli

import (
	"errors"
	"os"

	"tlsready"
	"tlsready/internal/cli/frame"
	"tlsready/internal/document"
	"tlsready/internal/endpoint"
	"tlsready/internal/message"
	"tlsready/internal/report"
	"tlsready/internal/report/view"
	"tlsready/internal/survey"
)

// probeWriters writes each address to every output as it comes.
type probeWriters struct {
	run      *probeRun
	outputs  []*frame.Output
	writers  []report.EndpointWriter
	met      map[string]bool // targets that were judged
	notMet   int             // findings that are a no
	unjudged int             // endpoints, and findings, of which not enough is known
}

// openWriters opens every output, and with --resume copies what stands in it.
func (r *probeRun) openWriters() (*probeWriters, error) {
	plan, err := r.app.PlanOutputs(probeFormats())
	if err != nil {
		return nil, err
	}
	old, err := r.readResumed(plan)
	if err != nil {
		return nil, err
	}
	outputs, err := r.app.Outputs(probeFormats()...)
	if err != nil {
		return nil, err
	}
	w := &probeWriters{run: r, outputs: outputs, met: map[string]bool{}}
	for _, out := range outputs {
		w.writers = append(w.writers, w.writer(out))
	}
	if old != nil {
		if _, err := outputs[0].Write(old); err != nil {
			w.discard()
			return nil, frame.CannotWrite(outputs[0].Path, err)
		}
	}
	return w, nil
}

// maxResumed is the most bytes of a result that a run goes on with.
const maxResumed = 1 << 30

// readResumed reads the result that --resume goes on with. Lines with an error are
// left out, so that their endpoints are tried again.
func (r *probeRun) readResumed(plan []*frame.Output) ([]byte, error) {
	if !r.flags.resume {
		return nil, nil
	}
	if len(plan) != 1 || plan[0].Format != frame.FormatJSONL || plan[0].Path == "-" {
		return nil, r.app.UsageError("resume")
	}
	info, err := os.Stat(plan[0].Path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, frame.CannotRead(plan[0].Path, err)
	}
	if info.Size() > maxResumed {
		return nil, r.app.UsageError("resume-size", message.Str("path", plan[0].Path))
	}
	r.look.Done = map[string]bool{}
	var old []byte
	err = survey.ReadEndpoints(plan[0].Path, func(e *document.Endpoint, line []byte) {
		if e.Error == nil {
			r.look.Done[endpoint.AddressKey(e)] = true
			old = append(append(old, line...), '\n')
		}
	})
	return old, err
}

func (w *probeWriters) writer(out *frame.Output) report.EndpointWriter {
	r := w.run
	limit := 0
	if r.oneNode {
		limit = fewEndpoints
	}
	return out.Format.Renderer().Endpoints(out, report.EndpointOptions{
		Details: r.flags.details, OneNode: limit,
		Words: r.app.Words, Width: r.app.ColumnsOf(out), Color: r.app.Color && out.Terminal(), Live: out.Terminal(),
		SSL: r.questions.SSL, Detailed: r.detailed(), Accepting: r.look.Rules != nil,
	})
}

// detailed says whether there is more to show than versions.
func (r *probeRun) detailed() bool {
	q := r.questions
	return q.Suites || q.Groups || q.Certificates || q.WithoutServerName || r.look.Clients != nil
}

func (w *probeWriters) write(one survey.LookedAt) error {
	if !one.PassedOver && !view.Judged(one.Endpoint, w.run.questions.SSL) {
		w.unjudged++
	}
	if one.Error == nil {
		w.met[one.Target] = true
	}
	for _, f := range one.Findings {
		if f.Met == tlsready.No {
			w.notMet++
		} else {
			w.unjudged++
		}
	}
	for i, out := range w.writers {
		if err := out.Write(one.Endpoint); err != nil {
			return frame.CannotWrite(w.outputs[i].Path, err)
		}
	}
	return nil
}

// finish ends every output. Of a run that was not whole the lines of JSON stay: each
// is whole in itself, and --resume goes on from there.
func (w *probeWriters) finish(whole bool) error {
	for i, out := range w.writers {
		err := out.End()
		if err == nil && (whole || w.outputs[i].Format == frame.FormatJSONL) {
			err = w.run.app.Commit(w.outputs[i])
		}
		if err != nil {
			return frame.CannotWrite(w.outputs[i].Path, err)
		}
	}
	return nil
}

func (w *probeWriters) discard() {
	for _, out := range w.outputs {
		out.Discard()
	}
}

package cli

import (
	"context"
	"errors"
	"iter"
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/assess"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report"
	"tlsready/internal/survey"
)

func newDiffCommand(app *App) *cobra.Command {
	f := &judgeFlags{}
	cmd := &cobra.Command{
		Use: "diff BEFORE AFTER",
		Example: `tlsready diff FS01-may.json FS01-june.json --service azure-backup
tlsready diff snapshots-may snapshots-june --service azure-backup --on 2021-09-01 -f json`,
		Args: app.exactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error { return app.diff(cmd.Context(), f, args) },
	}
	f.add(cmd)
	return cmd
}

// diff compares two sources host by host. What only fails or is unknown as it
// was before is no news.
func (app *App) diff(ctx context.Context, f *judgeFlags, args []string) error {
	for flag, value := range map[string]string{"with": f.with, "by": f.by} {
		if value != "" {
			return app.usageError("diff-flag", message.Str("flag", "--"+flag))
		}
	}
	r, err := app.newRun(ctx, f)
	if err != nil {
		return err
	}
	hosts, err := app.hosts(&f.sourceFlags, f.hosts, r.source, args)
	if err != nil {
		return err
	}
	r.assessor.WithDocumented = false
	outputs, err := app.Outputs(formatsWith(func(f report.Format) bool { return f.Diff != nil || f.DiffStream != nil })...)
	if err != nil {
		return err
	}
	defer func() {
		for _, out := range outputs {
			out.Discard()
		}
	}()
	c := newDiffCollector(app, r, outputs)
	for d, err := range r.compare(ctx, hosts) {
		if err == nil {
			err = c.take(d)
		}
		if err != nil {
			return err
		}
	}
	if c.doc.Summary.Hosts == 0 {
		return app.usageError("diff-none")
	}
	if err := c.finish(); err != nil {
		return err
	}
	return app.Verdict(c.doc.Summary.Fails, c.doc.Summary.Unknown+c.doc.Summary.Unreadable)
}

// diffCollector takes hosts as they come: it streams them to JSON lines, and
// keeps them only for the formats that need the whole.
type diffCollector struct {
	app     *App
	outputs []*Output
	streams map[*Output]*report.DiffStream
	doc     *document.Diff
}

func newDiffCollector(app *App, r *run, outputs []*Output) *diffCollector {
	c := &diffCollector{app: app, outputs: outputs, streams: map[*Output]*report.DiffStream{}}
	c.doc = &document.Diff{Schema: document.DiffSchema, On: r.on.String(), Today: r.today.String(), Hosts: []document.HostDiff{}}
	for _, out := range outputs {
		if stream := out.Format.renderer().DiffStream; stream != nil {
			c.streams[out] = stream(out)
		}
	}
	return c
}

func (c *diffCollector) take(d document.HostDiff) error {
	c.doc.Summary.Add(d)
	for out, s := range c.streams {
		if err := s.Host(d); err != nil {
			return c.app.cannotWrite(out.Path, err)
		}
	}
	if len(c.streams) < len(c.outputs) {
		c.doc.Hosts = append(c.doc.Hosts, d)
	}
	return nil
}

func (c *diffCollector) finish() error {
	c.app.Clear()
	for _, out := range c.outputs {
		err := c.render(out)
		if err == nil {
			err = out.Commit()
		}
		if err != nil {
			return c.app.cannotWrite(out.Path, err)
		}
	}
	return nil
}

func (c *diffCollector) render(out *Output) error {
	if s := c.streams[out]; s != nil {
		return s.End(c.doc)
	}
	return out.Format.renderer().Diff(out, c.doc, report.Options{Lang: c.app.Lang, Width: c.app.width(out), Color: c.app.Color && out.Path == "-"})
}

// side is one of the two sources, a host at a time.
type side struct {
	source string
	next   func() (judged, error, bool)
	ahead  []judged // read, and not taken yet
	err    error
}

var errStopped = errors.New("no more hosts are wanted")

// side opens a source; stop ends its reading. A machine that the list names is looked
// for on both sides by its id.
func (r *run) side(ctx context.Context, hosts *survey.Hosts, source string) (s *side, stop func()) {
	s = &side{source: source}
	own := &survey.Hosts{Sources: []string{source}, Options: hosts.Options, List: hosts.List.AllByID(), Warn: hosts.Warn}
	s.next, stop = iter.Pull2(func(yield func(judged, error) bool) {
		err := r.each(ctx, own, func(j judged) error {
			if !yield(j, nil) {
				return errStopped
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(judged{}, err)
		}
	})
	return s, stop
}

// peek reads ahead up to n hosts and returns how many there are.
func (s *side) peek(n int) int {
	for len(s.ahead) < n && s.err == nil {
		j, err, ok := s.next()
		if !ok {
			break
		}
		if err != nil {
			s.err = err
			break
		}
		s.ahead = append(s.ahead, j)
	}
	return len(s.ahead)
}

// take is the next host.
func (s *side) take() *assess.DiffSide {
	j := s.ahead[0]
	s.ahead = s.ahead[1:]
	return &assess.DiffSide{Snapshot: j.host.Snapshot, Err: j.host.Err, Judged: j.list}
}

// compare goes through both sources at once: each yields its hosts in the order
// of their ids, so that neither has to be held in memory.
func (r *run) compare(ctx context.Context, hosts *survey.Hosts) iter.Seq2[document.HostDiff, error] {
	return func(yield func(document.HostDiff, error) bool) {
		b, stop := r.side(ctx, hosts, hosts.Sources[0])
		defer stop()
		a, stop := r.side(ctx, hosts, hosts.Sources[1])
		defer stop()
		alone := b.peek(2) == 1 && a.peek(2) == 1 && pair(b, a)
		for b.peek(1)+a.peek(1) > 0 && b.err == nil && a.err == nil {
			if !yield(nextDiff(b, a, alone), nil) {
				return
			}
		}
		for _, s := range []*side{b, a} {
			if s.err != nil {
				yield(document.HostDiff{}, s.err)
				return
			}
		}
	}
}

// pair says whether the only hosts of the sources are compared whatever their
// ids: each source is that host itself, not a folder that holds it.
func pair(b, a *side) bool {
	return b.ahead[0].host.Path == b.source && a.ahead[0].host.Path == a.source
}

// nextDiff takes the host that comes first, from both sides where both have it.
func nextDiff(b, a *side, alone bool) document.HostDiff {
	switch {
	case len(b.ahead) == 0:
		id := a.ahead[0].host.ID
		return assess.Compare(id, nil, a.take())
	case len(a.ahead) == 0:
		id := b.ahead[0].host.ID
		return assess.Compare(id, b.take(), nil)
	}
	was, is := b.ahead[0].host.ID, a.ahead[0].host.ID
	order := strings.Compare(strings.ToLower(was), strings.ToLower(is))
	switch {
	case alone || order == 0:
		return assess.Compare(is, b.take(), a.take())
	case order < 0:
		return assess.Compare(was, b.take(), nil)
	}
	return assess.Compare(is, nil, a.take())
}

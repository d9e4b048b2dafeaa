package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/assess"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report"
	"tlsready/internal/term"
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
	if err := r.readHosts(args); err != nil {
		return err
	}
	r.only, r.listed = r.named, nil // a machine that --hosts names is looked for on both sides by its id
	r.assessor.WithDocumented = false
	outputs, err := app.Outputs(FormatTable, FormatJSON, FormatJSONL, FormatCSV)
	if err != nil {
		return err
	}
	defer func() {
		for _, out := range outputs {
			out.Discard()
		}
	}()
	c := newDiffCollector(app, r, outputs)
	for d, err := range r.compare(ctx, args[0], args[1]) {
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
		if out.Format == FormatJSONL {
			c.streams[out] = report.NewDiffStream(out)
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
	switch out.Format {
	case FormatJSONL:
		return c.streams[out].End(c.doc)
	case FormatJSON:
		return writeJSON(out, c.doc)
	case FormatCSV:
		return report.DiffCSV(out, c.doc)
	}
	_, err := fmt.Fprint(out, c.app.diffTable(out, c.doc))
	return err
}

// side is one of the two sources, a host at a time.
type side struct {
	source string
	next   func() (judged, error, bool)
	ahead  []judged // read, and not taken yet
	err    error
}

var errStopped = errors.New("no more hosts are wanted")

// side opens a source; stop ends its reading.
func (r *run) side(ctx context.Context, source string) (s *side, stop func()) {
	s = &side{source: source}
	own := *r // both sources are read at the same time
	if own.only = maps.Clone(r.only); own.only != nil {
		own.only[""] = true // met: that one side has none of the named hosts is a result, not a mistake
	}
	s.next, stop = iter.Pull2(func(yield func(judged, error) bool) {
		err := own.each(ctx, []string{source}, func(j judged) error {
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
func (r *run) compare(ctx context.Context, before, after string) iter.Seq2[document.HostDiff, error] {
	return func(yield func(document.HostDiff, error) bool) {
		b, stop := r.side(ctx, before)
		defer stop()
		a, stop := r.side(ctx, after)
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

// diffTable is the result for people: hosts that changed, what became of their
// verdicts, and what differs.
func (app *App) diffTable(out *Output, doc *document.Diff) string {
	h := app.newPage(out)
	for _, d := range doc.Hosts {
		if d.State != document.SameHost {
			app.hostDiff(h, d)
		}
	}
	s := doc.Summary
	h.Text(term.Plain, "", app.text("diff.summary", message.Int("n", s.Hosts), message.Int("same", s.Same), message.Int("changed", s.Changed),
		message.Int("added", s.Added), message.Int("removed", s.Removed), message.Int("unreadable", s.Unreadable)))
	h.Text(term.Plain, "", app.text("diff.effects", message.Str("on", doc.On), message.Int("fails", s.Fails), message.Int("better", s.Better),
		message.Int("unknown", s.Unknown), message.Int("known", s.Known)))
	return h.String()
}

func (app *App) hostDiff(h *term.Page, d document.HostDiff) {
	title := d.Host
	if d.State != document.ChangedHost {
		title += "  (" + app.text("diff.state."+d.State) + ")"
	}
	h.Line(title)
	for _, text := range []string{d.ErrorBefore, d.ErrorAfter} {
		if text != "" {
			h.Wrapped("  ! ", "    ", text)
		}
	}
	for _, v := range d.Verdicts {
		h.Wrapped("  "+effectMark(v)+" ", "    ", app.verdictDiff(v))
	}
	area, oneSided := "", 0
	for _, one := range d.Differences {
		if one.Area == document.RegistryArea && (one.Before.State == notAsked || one.After.State == notAsked) {
			oneSided++
			continue
		}
		if one.Area != area {
			area = one.Area
			h.Line("  " + app.text("diff.area."+area))
		}
		h.Wrapped("    ", "      ", app.difference(one))
	}
	if oneSided > 0 {
		h.Wrapped("  ", "    ", app.text("diff.one-sided", message.Int("n", oneSided)))
	}
	h.Blank()
}

// notAsked is the state of what a side did not look at.
const notAsked = "not-asked"

// effectMark stands before a verdict, so that the bad ones are found by eye.
func effectMark(v document.VerdictDiff) string {
	switch {
	case v.FailsNewly():
		return "-"
	case v.Effect == document.Better:
		return "+"
	case v.Effect == document.Unclear:
		return "?"
	}
	return " "
}

func (app *App) verdictDiff(v document.VerdictDiff) string {
	return strings.Join([]string{v.Service, v.Caller, v.Stack}, " ") + ": " +
		app.verdictText(v.Before, v.CauseBefore) + " → " + app.verdictText(v.After, v.CauseAfter)
}

func (app *App) verdictText(verdict string, cause *string) string {
	if verdict == "" {
		return app.text("diff.no-row")
	}
	text := app.text("verdict." + verdict)
	if cause != nil {
		text += " (" + app.text("cause."+*cause) + ")"
	}
	return text
}

// difference is "key name: before → after". The type is told where it differs,
// or where only one side has the value.
func (app *App) difference(d document.Difference) string {
	name := d.Name
	switch {
	case d.Area == document.RegistryArea:
		name = d.Key + " " + firstOf(name, app.text("diff.default-value"))
	case d.Area == document.SystemArea:
		name = app.text("diff.system." + d.Name)
	case d.Key != "":
		name = app.text("diff.store."+d.Key) + " " + name
	}
	withType := d.Before.Type != d.After.Type
	return name + ": " + app.sideText(d.Before, withType) + " → " + app.sideText(d.After, withType)
}

func (app *App) sideText(s document.Side, withType bool) string {
	if s.Value == nil {
		return app.Words.Or("state."+s.State, app.text("diff.side."+s.State))
	}
	text := string(s.Value)
	var plain string
	if json.Unmarshal(s.Value, &plain) == nil {
		text = plain
	}
	if withType && s.Type != "" {
		text = string(s.Type) + " " + text
	}
	return text
}

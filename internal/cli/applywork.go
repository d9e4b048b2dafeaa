package cli

import (
	"context"
	"strings"

	"tlsready/internal/apply"
	"tlsready/internal/assess"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/registry"
	"tlsready/internal/verdict"
)

// fate is what became of one machine; the words are those of the JSON lines.
type fate string

// The fates.
const (
	changedRow   fate = "changed"    // and the undo file is there
	unchangedRow fate = "unchanged"  // it was as it should be already
	untouchedRow fate = "untouched"  // the change failed; everything is as before
	halfRow      fate = "half"       // the change failed, and not everything could be put back
	unreadRow    fate = "unreadable" // it could not be read, so nothing was tried
	notBegunRow  fate = "notBegun"   // the run ended before
)

// row is what is said of one machine at the end.
type row struct {
	host    string
	fate    fate
	undo    string // path of the undo file; "" where none is needed
	verdict verdict.Verdict
	err     *UserError
}

// work goes from machine to machine; one that fails does not stop the others.
type work struct {
	*changer
	run            *run
	rows           []row
	fails, unknown int // machines without a change that fail, or of which it is unknown
}

// count counts the machines for which there is nothing to do.
func (w *work) count(list []*assess.Judged, intents []*intent) {
	touched := map[string]bool{}
	for _, in := range intents {
		touched[strings.ToLower(in.id)] = true
	}
	worst := map[string]verdict.Verdict{}
	for _, j := range list {
		if id := strings.ToLower(j.ID); j.Err == nil && !touched[id] {
			worst[id] = worse(worst[id], j.Outcome.Verdict)
		}
	}
	for _, v := range worst {
		w.tally(v)
	}
}

func (w *work) tally(v verdict.Verdict) {
	switch v {
	case verdict.Fails:
		w.fails++
	case verdict.Unknown:
		w.unknown++
	}
}

// worse is the verdict that counts of two.
func worse(a, b verdict.Verdict) verdict.Verdict {
	for _, v := range []verdict.Verdict{verdict.Fails, verdict.Unknown} {
		if a == v || b == v {
			return v
		}
	}
	return verdict.Connects
}

// all changes the machines one after the other.
func (w *work) all(ctx context.Context, intents []*intent) {
	several := len(w.rows)+len(intents) > 1
	for _, in := range intents {
		r := row{host: in.id, fate: notBegunRow}
		if ctx.Err() == nil {
			r = w.one(ctx, in)
		}
		if r.err == nil {
			w.tally(r.verdict)
		} else if !w.app.JSON && (several || ctx.Err() != nil) {
			w.app.Error(r.err.Msg, r.err.Hint, ExitIncomplete)
		}
		w.rows = append(w.rows, r)
	}
	if several || ctx.Err() != nil || w.app.JSON {
		w.summary()
	}
}

// summary says for each machine what became of it.
func (w *work) summary() {
	text := w.app.text
	if w.app.JSON {
		w.summaryJSON()
		return
	}
	lines := []string{text("cli.apply.summary")}
	for _, r := range w.rows {
		line := "  " + r.host + "  " + text("cli.apply.outcome."+string(r.fate))
		if r.verdict != "" {
			line += ", " + text("verdict."+string(r.verdict))
		}
		if r.undo != "" {
			line += "  " + r.undo
		}
		lines = append(lines, line)
	}
	w.tell(strings.Join(lines, "\n"))
}

func (w *work) summaryJSON() {
	for _, r := range w.rows {
		line := document.Applied{Host: r.host, Outcome: string(r.fate), Verdict: string(r.verdict), Undo: r.undo}
		if r.err != nil {
			line.Error, line.Hint = r.err.Msg, r.err.Hint
		}
		w.app.JSONLine(line)
	}
}

// status is the exit status of what is true now.
func (w *work) status(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var failed []*UserError
	for _, r := range w.rows {
		if r.err != nil {
			failed = append(failed, r.err)
		}
	}
	switch {
	case len(failed) == 0:
		return w.app.Verdict(w.fails, w.unknown)
	case len(w.rows) == 1 && w.rows[0].fate != unreadRow:
		return failed[0]
	case w.fails > 0 && !w.app.ExitZero:
		return Exit(ExitFails)
	}
	return Exit(ExitIncomplete)
}

// line is the connection to a machine, and the one that takes its place.
type line struct {
	open func(ctx context.Context) (conn, error)
	now  conn
}

func (l *line) again(ctx context.Context) (registry.Writer, error) {
	l.close()
	c, err := l.open(ctx)
	if err != nil {
		return nil, err
	}
	l.now = c
	return c, nil
}

func (l *line) close() {
	if l.now != nil {
		_ = l.now.Close() // what was to be done is done and read back
	}
	l.now = nil
}

// one changes one machine.
func (w *work) one(ctx context.Context, in *intent) row {
	r := row{host: in.id, fate: untouchedRow}
	l := &line{open: in.open}
	defer l.close()
	first, err := l.again(ctx)
	if err != nil {
		r.err = w.app.unreached(in.target, err)
		return r
	}
	report, err := apply.Apply(ctx, first, apply.Request{
		Host: in.id, Source: in.url, Changes: in.changes, Undo: in.undo, Now: w.app.Now, Reopen: l.again,
		Judge: func(ctx context.Context) (err error) {
			r.verdict, err = w.run.Machine(ctx, in.url, w.run.source)
			return err
		},
	})
	if err != nil {
		r.fate, r.undo, r.err = w.app.applyError(in.target, err)
		return r
	}
	r.fate, r.undo = changedRow, report.Undo
	if report.Undo == "" {
		r.fate = unchangedRow
	}
	if report.Judge != nil {
		r.verdict = verdict.Unknown
	}
	w.tellOne(in, r, report)
	return r
}

// tellOne says what was done on one machine.
func (w *work) tellOne(in *intent, r row, report apply.Report) {
	app, text, name := w.app, w.app.text, message.Str("host", in.id)
	if report.Undo == "" {
		app.Say(text("cli.apply.unchanged", name))
	} else {
		app.Say(text("cli.apply.done", name, message.Int("n", len(report.Changed)), message.Int("keys", len(report.Created))))
		app.Say(text("cli.apply.how-to-undo", message.Str("command", undoCommand(report.Undo))))
	}
	if report.Judge != nil {
		app.Warn(text("cli.apply.not-judged", name, message.Str("why", report.Judge.Error())))
		return
	}
	app.Say(text("cli.apply.judged", name, message.Str("verdict", text("verdict."+string(r.verdict)))))
	if in.restart != "none" {
		app.Say(text("cli.apply.restart", name, message.Str("what", text("restart."+string(in.restart)))))
	}
}

func undoCommand(path string) string { return "tlsready fix --undo " + quoteArg(path) }

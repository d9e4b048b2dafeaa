package cli

import (
	"tlsready/internal/cli/frame"
	"tlsready/internal/message"
	"tlsready/internal/report"
)

// answerOf takes the table on standard output out of what a report is written to:
// with --dir the answer is what was written, for whom and what to do next. nil: none
// was asked for.
func answerOf(outputs []*frame.Output, f *fixFlags) (rest []*frame.Output, answer *frame.Output) {
	if f.dir == "" || f.apply {
		return outputs, nil
	}
	for _, out := range outputs {
		if out.Format == frame.FormatTable && out.Path == "-" {
			answer = out
		} else {
			rest = append(rest, out)
		}
	}
	return rest, answer
}

// tellFixes says what was written, for whom, and what to do next. Where there was
// nothing to write, the report says why.
func (app *App) tellFixes(out *frame.Output, f *fixFlags, done fixes, c *collector) error {
	answer := report.Fixes{Dir: f.dir, Set: done.set, Check: app.CommandLine(c.cmd, "check", c.args), Unfixed: unfixed(c.kept), Unknown: c.sum.Unknown + c.sum.Unreadable}
	switch {
	case len(done.set.Files) == 0:
		return c.renderAlone(out)
	case out == nil:
		app.Say(app.Text("cli.fix.written", message.Str("dir", f.dir), message.Int("groups", done.set.Groups), message.Int("hosts", done.set.Hosts)))
		return nil
	}
	app.Clear()
	if err := answer.Write(out, app.NewPage(out), app.Catalog()); err != nil {
		return frame.CannotWrite(out.Path, err)
	}
	return out.Commit()
}

// renderAlone writes the report to one more output; nil means that there is none.
func (c *collector) renderAlone(out *frame.Output) error {
	if out == nil {
		return nil
	}
	err := c.render(out)
	if err == nil {
		err = out.Commit()
	}
	if err != nil {
		return frame.CannotWrite(out.Path, err)
	}
	return nil
}

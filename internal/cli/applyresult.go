package cli

import (
	"context"
	"strings"

	"tlsready/internal/cli/frame"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/survey"
	"tlsready/internal/verdict"
)

// applied collects what became of each machine, as they are done.
type applied struct {
	app            *App
	undo           func(url, path string) string // the command that puts a machine back
	several        bool                          // machines
	results        []survey.MachineResult
	fails, unknown int // machines on which nothing went wrong that fail, or of which it is unknown
}

// take tells of one machine that is done.
func (o *applied) take(ctx context.Context, r survey.MachineResult) {
	o.results = append(o.results, r)
	if r.Problem != nil {
		if !o.app.JSON && (o.several || ctx.Err() != nil) {
			what, hint := o.app.Catalog().Problem(r.Problem)
			o.app.Error(what, hint, frame.ExitIncomplete)
		}
		return
	}
	switch r.Verdict {
	case verdict.Fails:
		o.fails++
	case verdict.Unknown:
		o.unknown++
	}
	if r.Result != survey.NotBegun {
		o.tell(r)
	}
}

// tell says what was done on one machine.
func (o *applied) tell(r survey.MachineResult) {
	app, text, name := o.app, o.app.Text, message.Str("host", r.Host)
	if r.Result == survey.Unchanged {
		app.Say(text("cli.apply.unchanged", name))
	} else {
		app.Say(text("cli.apply.done", name, message.Int("n", r.Values), message.Int("keys", r.Keys)))
		app.Say(text("cli.apply.how-to-undo", message.Str("command", o.undo(r.URL, r.Undo))))
	}
	if r.NotJudged != nil {
		app.Warn(text("cli.apply.not-judged", name, message.Str("why", app.Why(r.NotJudged))))
		return
	}
	app.Say(text("cli.apply.judged", name, message.Str("verdict", text("verdict."+string(r.Verdict)))))
	if r.Restart != recipe.RestartNone {
		app.Say(text("cli.apply.restart", name, message.Str("what", text("restart."+string(r.Restart)))))
	}
}

// summary says for each machine what became of it.
func (c *applying) summary(results []survey.MachineResult) {
	text := c.app.Text
	if c.app.JSON {
		c.summaryJSON(results)
		return
	}
	lines := []string{text("cli.apply.summary")}
	for _, r := range results {
		line := "  " + r.Host + "  " + text("cli.apply.outcome."+string(r.Result))
		if r.Verdict != "" {
			line += ", " + text("verdict."+string(r.Verdict))
		}
		if r.Undo != "" {
			line += "  " + r.Undo
		}
		lines = append(lines, line)
	}
	c.tell(strings.Join(lines, "\n"))
}

func (c *applying) summaryJSON(results []survey.MachineResult) {
	for _, r := range results {
		line := document.Applied{Host: r.Host, Outcome: string(r.Result), Verdict: string(r.Verdict), Undo: r.Undo}
		if r.Problem != nil {
			line.Error, line.Hint = c.app.Catalog().Problem(r.Problem)
		}
		c.app.JSONLine(line)
	}
}

// status is the exit status of what is true now.
func (o *applied) status(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var failed []error
	for _, r := range o.results {
		if r.Problem != nil {
			failed = append(failed, r.Problem)
		}
	}
	switch {
	case len(failed) == 0:
		return o.app.Verdict(o.fails, o.unknown)
	case len(o.results) == 1 && o.results[0].Result != survey.Unreadable:
		return failed[0]
	case o.fails > 0 && !o.app.ExitZero:
		return frame.Exit(frame.ExitFails)
	}
	return frame.Exit(frame.ExitIncomplete)
}

package rehearse

import (
	"encoding/json"
	"io"
	"os"

	"tlsready/internal/cli/frame"
	"tlsready/internal/document"
	"tlsready/internal/term"
)

// visits writes each visit to every output, at once: whoever watches shall see it, and
// what was written stays if the machine goes down.
type visits struct {
	c     *command
	plain []io.Writer // get a short line
	lines []io.Writer // get a line of JSON
	files []*os.File
}

// openLog opens the outputs. A file is appended to: it is a log. A terminal gets short
// lines unless it is asked otherwise.
func (c *command) openLog() (*visits, error) {
	plan, err := c.PlanOutputs([]frame.Format{frame.FormatJSONL, frame.FormatTable})
	if err != nil {
		return nil, err
	}
	v := &visits{c: c}
	for _, out := range plan {
		var w io.Writer = c.Out
		if out.Path != "-" {
			file, err := os.OpenFile(out.Path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666) // less the umask
			if err != nil {
				v.close()
				return nil, frame.CannotWrite(out.Path, err)
			}
			v.files = append(v.files, file)
			w = file
		}
		if out.Format == frame.FormatTable || out.Path == "-" && c.OutTerminal && !c.Given("format") && len(c.OutputFlags()) == 0 {
			v.plain = append(v.plain, &term.Filter{W: w})
		} else {
			v.lines = append(v.lines, &term.Filter{W: w, JSON: true})
		}
	}
	return v, nil
}

// line writes one visit.
func (v *visits) line(d *document.Connection) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	for _, w := range v.lines {
		if _, err := w.Write(append(text, '\n')); err != nil {
			return err
		}
	}
	for _, w := range v.plain {
		if _, err := io.WriteString(w, term.OneLine(v.c.short(d))+"\n"); err != nil {
			return err
		}
	}
	return nil
}

func (v *visits) close() {
	for _, f := range v.files {
		_ = f.Close()
	}
}

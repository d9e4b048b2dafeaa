package digest

import (
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
)

// Line is a block in words, for formats that show blocks as the rows of a table.
type Line struct {
	*Block
	Word    string // the verdict
	Hosts   string
	Why     string // why they fail or are not judged; "" if there is nothing to say
	Set     string // what helps; "" if nothing has to be done
	Beside  []string
	Restart string // what has to start anew; "-" if nothing has to
}

// Lines phrases the blocks of a digest, the worst first.
func (w Words) Lines(d *Digest) []Line {
	list := make([]Line, 0, len(d.Blocks))
	for _, b := range d.Blocks {
		l := Line{Block: b, Word: w.Code("verdict", b.Verdict), Hosts: Free(w.HostsOf(b)), Restart: view.Dash("")}
		switch b.Verdict {
		case document.Fails:
			l.Why, l.Set = Free(w.Why(b, d)), Free(w.Set(b))
		case document.Unknown:
			l.Why = Free(w.Open(b))
			if Settled(b) {
				l.Set = w.T("fix.collect")
			}
		}
		if b.Later != "" {
			l.Why = w.D("later", message.Str("from", b.Later))
		}
		if b.Restart != "" && b.Restart != "none" {
			l.Restart = w.Code("restart", b.Restart)
		}
		for _, text := range w.Beside(b) {
			l.Beside = append(l.Beside, Free(text))
		}
		list = append(list, l)
	}
	return list
}

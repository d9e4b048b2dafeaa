package runs

import (
	"bytes"
	"encoding/json"
	"io"

	"tlsready/internal/document"
	"tlsready/internal/fleet"
	"tlsready/internal/message"
)

// maxWhole bounds the JSON document of a check in bytes, which is kept in memory whole:
// some 30,000 hosts. Lines have no bound.
const maxWhole = 512 << 20

// whole takes a file that is no lines but the JSON of check, as -f json writes it: its
// first line is a brace alone. It says whether the file was that.
func (f *file) whole(first []byte) bool {
	if string(first) != "{" {
		return false
	}
	var doc document.Check
	rest := io.LimitReader(f.lines.in, maxWhole)
	err := json.NewDecoder(io.MultiReader(bytes.NewReader(first), rest)).Decode(&doc)
	switch {
	case err != nil:
		f.lose(0, message.New("runs.loss.json"))
		f.out.file.Damaged++
		return true
	case doc.Schema != document.CheckSchema:
		f.lose(0, message.New("runs.loss.schema", message.Quote("schema", doc.Schema)))
		f.out.file.Damaged++
		return true
	}
	if doc.Assumed != nil {
		f.lose(0, message.New("runs.loss.assumed"))
		f.out.file.Lines++
		return true
	}
	run := f.begin()
	run.Cut, run.Services = false, doc.Services
	if d := fleet.ParseDay(doc.Today); d != fleet.NoDay {
		run.Day, f.by = d, document.DatedByLines
	}
	for i := range doc.Hosts {
		if h := &doc.Hosts[i]; h.Host != "" && document.Rank(h.Verdict) >= 0 {
			run.Rows = append(run.Rows, f.ledger.Row(h))
			f.out.file.Lines++
		}
	}
	f.close()
	return true
}

package table

import (
	"io"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
	"tlsready/internal/term"
)

const (
	// maxBlocks and maxConnecting groups are shown in full, so that a report on
	// 10,000 hosts can still be read from top to bottom.
	maxBlocks     = 25
	maxConnecting = 10
)

// Format is text for a terminal.
func Format() view.Format {
	return view.Format{Name: "table", Extensions: []string{".txt"}, Check: Check, CheckStream: newStream, Whole: func(o view.Options) bool { return o.Details }, Diff: diffTable, Endpoints: newEndpointTable, Watch: newWatchTable}
}

// Check writes a result for a terminal: the answer, or with details everything.
func Check(w io.Writer, c *document.Check, o view.Options) error {
	if o.Details {
		return details(w, c, o)
	}
	o.Today = c.Today
	return view.Streamed(newStream(w, o), c)
}

// table writes the parts of a check on a page.
type table struct {
	*term.Page
	w view.Words
}

func newTable(o view.Options) *table {
	return &table{Page: &term.Page{Width: o.Width, Color: o.Color}, w: view.NewWords(o.Lang)}
}

func verdictStyle(verdict string) term.Style {
	switch verdict {
	case document.Fails, document.Unreadable:
		return term.Red
	case document.Unknown:
		return term.Yellow
	case document.Connects:
		return term.Green
	}
	return term.Plain
}

func (t *table) partHead(p view.Part, by string) {
	t.Led(term.Bold, "== ", term.Bold, t.w.PartTitle(p, by)+" ==") // no line of a long name begins as a row does
}

// blocks writes the groups one by one.
func (t *table) blocks(list []*view.Group, c *document.Check) {
	shown := map[bool]int{}
	left := map[bool]int{}
	for _, g := range list {
		fine := g.First().Verdict == document.Connects
		limit := maxBlocks
		if fine {
			limit = maxConnecting
		}
		if shown[fine] == limit {
			left[fine]++
			continue
		}
		shown[fine]++
		t.Blank()
		t.block(g, c)
	}
	if n := left[false] + left[true]; n > 0 {
		t.Blank()
		t.Text(term.Dim, "", t.w.T("blocks.more", message.Int("n", n)))
	}
}

// hostList names the hosts that were not judged.
func (t *table) hostList(c *document.Check, verdict string) {
	hosts := view.Unjudged(c, verdict)
	if len(hosts) == 0 {
		return
	}
	t.Blank()
	t.Text(term.Bold, "", t.w.T("list."+verdict, message.Int("n", len(hosts))))
	if verdict == document.NotInstalled {
		t.Text(term.Plain, "  ", t.w.HostNames(hosts))
		return
	}
	for _, h := range hosts[:min(len(hosts), view.MaxListed)] {
		t.Text(term.Plain, "  ", h.Host+"  "+h.Error)
		if h.Hint != "" {
			t.Text(term.Dim, "    ", t.w.T("list.hint", message.Str("hint", h.Hint)))
		}
	}
	if n := len(hosts) - view.MaxListed; n > 0 {
		t.Text(term.Dim, "  ", t.w.T("list.rest", message.Int("n", n)))
	}
}

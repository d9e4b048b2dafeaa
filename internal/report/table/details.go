package table

import (
	"io"
	"iter"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/report/digest"
	"tlsready/internal/report/view"
	"tlsready/internal/term"
)

// details writes everything that is known of each host: the whole block of every
// group of hosts that are alike, after the sentence that decides.
func details(w io.Writer, c *document.Check, o view.Options) error {
	t := newTable(o)
	a := newAnswer(t, digest.Of(c), o)
	a.head()
	a.since()
	for _, part := range view.Split(c, o.By) {
		if view.PartName(o.By) != nil {
			t.Blank()
			t.partHead(part, o.By)
		}
		list := view.Groups(part.Check)
		t.blocks(list, part.Check)
		t.hostList(part.Check, document.Unreadable)
		t.hostList(part.Check, document.NotInstalled)
	}
	a.foot()
	if view.ChangedNothing(o.Command) {
		t.Blank()
		t.Text(term.Plain, "", t.w.T("nothing"))
	}
	return t.Flush(w)
}

// Groups gives the whole block of every group of hosts that are alike, one after the
// other, as plain text.
func Groups(c *document.Check, o view.Options) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, g := range view.Groups(c) {
			t := newTable(o)
			t.block(g, c)
			var b strings.Builder
			if _ = t.Flush(&b); !yield(b.String()) { // a builder takes everything
				return
			}
		}
	}
}

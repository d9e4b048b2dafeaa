package assess

import (
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/verdict"
)

// DiffSide is a host as one side knows it. Snapshot is nil if Err is set.
type DiffSide struct {
	Snapshot *host.Snapshot
	Err      error
	Judged   []*Judged
}

// Compared is what became of a host. Its errors are in English; In has them in another
// language.
type Compared struct {
	document.HostDiff
	before, after error
}

// In is the comparison in a language.
func (c Compared) In(words *message.Catalog) document.HostDiff {
	d := c.HostDiff
	if c.before != nil {
		d.ErrorBefore, _ = words.Problem(c.before)
	}
	if c.after != nil {
		d.ErrorAfter, _ = words.Problem(c.after)
	}
	return d
}

// Compare compares a host of both sides; nil is a host that a side does not have.
func Compare(id string, before, after *DiffSide) Compared {
	d := Compared{before: errorOf(before), after: errorOf(after)}
	d.HostDiff = document.HostDiff{Host: id, Verdicts: verdictDiffs(before, after), Differences: []document.Difference{}}
	d.ErrorBefore, d.ErrorAfter = errorText(d.before), errorText(d.after)
	switch {
	case d.before != nil || d.after != nil:
		d.State = document.UnreadableHost
	case before == nil:
		d.State = document.AddedHost
	case after == nil:
		d.State = document.RemovedHost
	default:
		d.Differences = differences(before.Snapshot, after.Snapshot)
		d.State = document.SameHost
		if len(d.Differences)+len(d.Verdicts) > 0 {
			d.State = document.ChangedHost
		}
	}
	return d
}

func errorOf(s *DiffSide) error {
	if s == nil {
		return nil
	}
	return s.Err
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// rowID names a row of verdicts.
type rowID struct{ service, caller, stack string }

// verdictDiffs are the rows that changed, in the order of AFTER and then BEFORE.
// A caller may use other stacks than before, for example after an upgrade of the
// system: a new row is compared with the verdict of the whole caller before, and a
// row that is gone counts only if the whole caller is gone.
func verdictDiffs(before, after *DiffSide) []document.VerdictDiff {
	was, is := rowsOf(before), rowsOf(after)
	list := []document.VerdictDiff{}
	add := func(id rowID) {
		d := document.VerdictDiff{Service: id.service, Caller: id.caller, Stack: id.stack}
		d.Before, d.CauseBefore = was.verdict(id)
		d.After, d.CauseAfter = is.verdict(id)
		if d.Before != d.After || text(d.CauseBefore) != text(d.CauseAfter) {
			d.Effect = effect(d.Before, d.After, after == nil)
			list = append(list, d)
		}
	}
	for _, id := range is.ids {
		add(id)
	}
	for _, id := range was.ids {
		if _, there := is.rows[rowID{id.service, id.caller, ""}]; !there {
			add(id)
		}
	}
	return list
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// sideRows are the rows of a side; the row without a stack is the result of the whole
// caller.
type sideRows struct {
	side *DiffSide
	ids  []rowID // of the rows with a stack, in their order
	rows map[rowID]row
}

type row struct {
	verdict verdict.Verdict
	cause   verdict.Cause
}

func rowsOf(s *DiffSide) sideRows {
	o := sideRows{side: s, rows: map[rowID]row{}}
	if s == nil {
		return o
	}
	for _, j := range s.Judged {
		for _, r := range j.Judgement.Rows {
			id, whole := rowID{j.Demand.Service, r.Caller, r.Stack}, rowID{j.Demand.Service, r.Caller, ""}
			if _, twice := o.rows[id]; !twice {
				o.ids = append(o.ids, id)
			}
			one := row{r.Verdict, r.Cause}
			o.rows[id] = one
			if known, ok := o.rows[whole]; !ok || rank(one.verdict) > rank(known.verdict) {
				o.rows[whole] = one
			}
		}
	}
	return o
}

// rank orders verdicts as a caller adds up its stacks: fails wins over unknown,
// unknown over connects.
func rank(v verdict.Verdict) int {
	switch v {
	case verdict.Fails:
		return 2
	case verdict.Unknown:
		return 1
	}
	return 0
}

// verdict is that of a row; without the row that of its caller, and without this
// what the side says of the service.
func (o sideRows) verdict(id rowID) (string, *string) {
	r, ok := o.rows[id]
	if !ok {
		r, ok = o.rows[rowID{id.service, id.caller, ""}]
	}
	switch {
	case ok:
		return string(r.verdict), orNull(string(r.cause))
	case o.side == nil:
		return "", nil
	case o.side.Err != nil:
		return string(verdict.Unreadable), nil
	}
	for _, j := range o.side.Judged {
		if j.Demand.Service == id.service && j.Judgement.Verdict == verdict.NotInstalled {
			return string(verdict.NotInstalled), nil
		}
	}
	return "", nil
}

// effect says what a change means. A host that is gone cannot be judged any more.
func effect(before, after string, gone bool) string {
	const connects, fails = string(verdict.Connects), string(verdict.Fails)
	known := func(v string) bool { return v == connects || v == fails }
	unknown := func(v string) bool { return v == string(verdict.Unknown) || v == string(verdict.Unreadable) }
	switch {
	case before == connects && after == fails:
		return document.Worse
	case before == fails && after == connects:
		return document.Better
	case unknown(after) && !unknown(before), known(before) && gone:
		return document.Unclear
	case unknown(before) && known(after):
		return document.Known
	}
	return document.Other
}

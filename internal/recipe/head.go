package recipe

import (
	"encoding/hex"
	"strconv"
	"strings"

	"tlsready/internal/host"
)

// role is what a file is for.
type role string

const (
	roleApply  role = "apply"
	roleUndo   role = "undo"
	roleVerify role = "verify"
)

// changes are what a file of this role sets.
func (r role) changes(p Plan) []host.Change {
	if r == roleUndo {
		return p.Undo()
	}
	return p.Changes
}

// head is the opening comment of a file.
func head(p Plan, r role, w words) []string {
	lines := []string{
		w.say("head." + string(r)),
		w.say("head.system", systemName(p.OS)),
		w.say("head.restart", w.say("restart."+string(p.Restart))),
		w.say("head.plan", p.ID()),
	}
	lines = append(lines, p.Notes...)
	return append(lines, needs(p, w)...)
}

// needs names the prerequisites, one a line, under a title.
func needs(p Plan, w words) []string {
	if len(p.Prerequisites) == 0 {
		return nil
	}
	lines := []string{w.say("need.title")}
	for _, n := range p.Prerequisites {
		kind := n.Kind
		if _, ok := w.text["need."+kind]; ok {
			kind = w.say("need." + kind)
		}
		if n.Or == "" {
			lines = append(lines, w.say("need.one", kind, n.ID))
		} else {
			lines = append(lines, w.say("need.or", kind, n.ID, n.Or))
		}
	}
	return lines
}

// tag is the comment of one value: who needs it, what was there, who owns it.
func tag(c host.Change, w words) string {
	var parts []string
	if len(c.Services) > 0 {
		parts = append(parts, w.say("tag.services", strings.Join(c.Services, ", ")))
	}
	parts = append(parts, w.say("tag.before", showBefore(c.Before, w)))
	if c.Owner == host.GroupPolicy {
		parts = append(parts, w.say("tag.policy"))
	}
	return strings.Join(parts, "; ")
}

func showBefore(b host.Before, w words) string {
	if b.State != host.Present {
		return w.say("tag.absent")
	}
	return showData(b.Data)
}

// showData is a value as people write it.
func showData(d host.Data) string {
	switch d.Type {
	case host.DWORD, host.QWORD:
		return string(d.Type) + " 0x" + strconv.FormatUint(d.Number, 16)
	case host.SZ, host.ExpandSZ:
		return string(d.Type) + " " + strconv.Quote(d.Text)
	case host.MultiSZ:
		return string(d.Type) + " " + strings.Join(d.Strings, " ")
	}
	return string(d.Type) + " " + hex.EncodeToString(d.Bytes)
}

func systemName(os host.OS) string {
	name := os.Name
	if name == "" {
		name = "Windows"
	}
	if os.Version != "" {
		name += " " + os.Version + "." + strconv.Itoa(os.Build)
	}
	if os.Architecture != "" {
		name += " " + os.Architecture
	}
	return name
}

// oneLine keeps a text from ending the comment line that it stands in.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, s)
}

package recipe

import (
	"encoding/hex"
	"strconv"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
)

// Role is what a file is for.
type Role string

// The roles, in the order in which files are written.
const (
	Apply  Role = "apply"
	Undo   Role = "undo"
	Verify Role = "verify"
)

// Changes are what a file of this role sets.
func (r Role) Changes(p Plan) []host.Change {
	if r == Undo {
		return p.Undo()
	}
	return p.Changes
}

// Say gives a text of this room.
func Say(w *message.Catalog, id string, args ...message.Arg) string {
	return w.Text("recipe."+id, args...)
}

// restartLine says after what the changes hold.
func restartLine(p Plan, w *message.Catalog) string {
	return Say(w, "head.restart", message.Str("when", Say(w, "restart."+string(p.Restart))))
}

// Head is the opening comment of a file, a line each.
func Head(p Plan, r Role, w *message.Catalog) []string {
	lines := []string{
		Say(w, "head."+string(r)),
		Say(w, "head.system", message.Str("system", systemName(p.OS))),
		restartLine(p, w),
		Say(w, "head.plan", message.Str("plan", p.ID())),
	}
	lines = append(lines, notes(p, w)...)
	return append(lines, Needs(p, w)...)
}

// HeadAll is the opening comment of a file that holds every group.
func HeadAll(a All, r Role, w *message.Catalog) []string {
	return []string{Say(w, "head."+string(r)), Say(w, "head.all", message.Int("hosts", len(a.Picks)), message.Int("groups", len(a.Groups)))}
}

func notes(p Plan, w *message.Catalog) []string {
	lines := make([]string, len(p.Notes))
	for i, n := range p.Notes {
		lines[i] = w.Render(n)
	}
	return lines
}

// Needs names the prerequisites, one a line, under a title.
func Needs(p Plan, w *message.Catalog) []string {
	if len(p.Prerequisites) == 0 {
		return nil
	}
	lines := []string{Say(w, "need.title")}
	for _, n := range p.Prerequisites {
		kind, id := message.Str("kind", w.Or("recipe.need."+n.Kind, n.Kind)), message.Str("id", n.ID)
		if n.Or.IsZero() {
			lines = append(lines, Say(w, "need.one", kind, id))
		} else {
			lines = append(lines, Say(w, "need.or", kind, id, message.Str("or", w.Render(n.Or))))
		}
	}
	return lines
}

// Tag is the comment of one value: who needs it, what was there, who owns it.
func Tag(c host.Change, w *message.Catalog) string {
	var parts []string
	if len(c.Services) > 0 {
		parts = append(parts, Say(w, "tag.services", message.List("services", c.Services)))
	}
	parts = append(parts, Say(w, "tag.before", message.Str("before", showBefore(c.Before, w))))
	if c.Owner == host.GroupPolicy {
		if c.Policy != "" {
			parts = append(parts, Say(w, "tag.gpo", message.Str("gpo", c.Policy)))
		} else {
			parts = append(parts, Say(w, "tag.policy"))
		}
	}
	return strings.Join(parts, "; ")
}

func showBefore(b host.Before, w *message.Catalog) string {
	if b.State != host.Present {
		return Say(w, "tag.absent")
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

// OneLine keeps a text from ending the comment line that it stands in.
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, s)
}

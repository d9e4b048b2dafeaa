package source

import (
	"path"
	"slices"
	"strings"

	"tlsready/internal/message"
)

// maxUnjoined is how many computers that several hosts may be are named in the
// warning.
const maxUnjoined = 3

// folderOf is the folder that an id lies in; "" is the top.
func folderOf(id string) string {
	if dir := path.Dir(id); dir != "." {
		return dir
	}
	return ""
}

// within says whether a folder is another one or lies below it.
func within(folder, above string) bool {
	return above == "" || folder == above || strings.HasPrefix(folder, above+"/")
}

// joinByName gives the rows of lists the ids of the hosts that they are about; row and
// host are then read as one. A row is about a host if they have the same name in the
// domain, or the same computer name if one of the two has no domain, and if no other
// host could be meant. A list speaks of the hosts of its own folder and those below it.
func (p *plan) joinByName() {
	by := map[string][]*item{}
	var names []string
	for i := range p.items {
		it := &p.items[i]
		name := computerName(it.ownName())
		if by[name] == nil {
			names = append(names, name)
		}
		by[name] = append(by[name], it)
	}
	var unclear []string
	for _, name := range names {
		if !sameComputer(by[name]) {
			unclear = append(unclear, name)
		}
	}
	if len(unclear) > 0 {
		named := strings.Join(unclear[:min(len(unclear), maxUnjoined)], ", ")
		p.opt.warn("source.not-joined", message.Int("n", len(unclear)), message.Str("names", named))
	}
}

// ownName is the computer's name: of a row as the list gives it, else the last part
// of the id.
func (it *item) ownName() string {
	if it.name != "" {
		return it.name
	}
	return path.Base(it.id)
}

// isRow says whether the item is a row of a list, with facts about a host.
func (it *item) isRow() bool { return it.name != "" && it.found.Snapshot != nil }

// computerName is the first part of a name, without case.
func computerName(name string) string {
	name, _, _ = strings.Cut(fold(name), ".")
	return name
}

// domainName is a name with its domain, without case, or "" if it has none.
func domainName(name string) string {
	if strings.Contains(name, ".") {
		return strings.TrimSuffix(fold(name), ".")
	}
	return ""
}

// fits says whether two names may be of one computer, whose computer names are equal.
func fits(a, b string) bool {
	a, b = domainName(a), domainName(b)
	return a == "" || b == "" || a == b
}

// sameComputer joins the rows among items of one computer name to their hosts, and to
// each other; false: it is not clear to which.
func sameComputer(items []*item) bool {
	if len(items) < 2 {
		return true
	}
	var hosts []*item // what rows may be joined to: files and machines, then rows of other lists
	for _, it := range items {
		if !it.isRow() {
			hosts = append(hosts, it)
		}
	}
	var rows []*item
	for _, it := range items {
		if it.isRow() {
			rows = append(rows, it)
		}
	}
	// Names with their domain first: a bare name must not take one of two that it fits.
	slices.SortStableFunc(rows, func(a, b *item) int {
		return strings.Count(domainName(b.name), "") - strings.Count(domainName(a.name), "")
	})
	clear := true
	for _, row := range rows {
		found := candidates(row, hosts, rows)
		switch {
		case len(found) == 1:
			row.id = found[0]
		case len(found) > 1:
			clear = false
		}
		hosts = append(hosts, row)
	}
	return clear
}

// candidates are the ids of the hosts that a row may be about. Files and machines come
// before the rows of other lists.
func candidates(row *item, hosts, rows []*item) []string {
	var ids, lists []string
	for _, h := range hosts {
		switch {
		case !fits(row.name, h.ownName()):
		case h.isRow() && h.path != row.path && (within(h.scope, row.scope) || within(row.scope, h.scope)):
			lists = appendID(lists, h.id)
		case !h.isRow() && within(folderOf(h.id), row.scope):
			ids = appendID(ids, h.id)
			if domainName(h.ownName()) == "" {
				ids = appendID(ids, rivalOf(row, rows))
			}
		}
	}
	if len(ids) > 0 {
		return ids
	}
	return lists
}

// rivalOf is the id of another computer of the same name in the same list, or "".
func rivalOf(row *item, rows []*item) string {
	for _, r := range rows {
		if r.path == row.path && !fits(r.name, row.name) {
			return r.path + "\x00" + r.name
		}
	}
	return ""
}

func appendID(ids []string, id string) []string {
	if id == "" || slices.ContainsFunc(ids, func(have string) bool { return fold(have) == fold(id) }) {
		return ids
	}
	return append(ids, id)
}

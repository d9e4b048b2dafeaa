// Package join makes one host of what several sources say of it: a list gives the
// system, the owner and the programs, an export the registry, a third the updates.
package join

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
)

// maxNotes bounds how many contradictions of a host are named; beyond it the two
// sources are not of the same machine, or of the same year.
const maxNotes = 10

// Hosts makes one host of all that was read of it, with at least one snapshot in the
// list. If two sources state the same fact differently, the one that was collected
// last counts; if not both are dated, the fact counts as not asked. Each
// contradiction is a note of the snapshot that names both sources. The first of list
// gives the id.
func Hosts(list []source.Host) source.Host {
	j := joining{id: list[0].ID}
	for _, h := range list {
		if h.Snapshot != nil {
			j.parts = append(j.parts, h)
		} else if h.Err != nil {
			j.failed = append(j.failed, h)
		}
	}
	if len(j.parts) == 0 {
		return list[0]
	}
	slices.SortStableFunc(j.parts, func(a, b source.Host) int {
		return cmp.Or(b.Snapshot.CollectedAt.Compare(a.Snapshot.CollectedAt), cmp.Compare(weight(b.Snapshot), weight(a.Snapshot)))
	})
	return j.host()
}

// weight puts what was read from the machine itself before a list.
func weight(s *host.Snapshot) int {
	if len(s.Covered)+len(s.Shallow)+len(s.Registry) > 0 {
		return 1
	}
	return 0
}

// joining is one host being put together; the newest part comes first.
type joining struct {
	id     string
	parts  []source.Host
	failed []source.Host
	out    host.Snapshot
	from   map[string]source.Host // which part a fact came from, by what it is
	more   int                    // contradictions that are not named
}

func (j *joining) host() source.Host {
	first := j.parts[0]
	j.out = *first.Snapshot
	j.out.Notes = nil
	j.from = map[string]source.Host{}
	if err := j.system(); err != nil {
		return source.Host{ID: j.id, Path: first.Path, Err: err}
	}
	j.registry()
	j.programs()
	j.updates()
	j.files()
	j.certificates()
	j.labels()
	j.policies()
	j.addresses()
	j.rest()
	return source.Host{ID: j.id, Path: first.Path, Snapshot: &j.out}
}

// addresses are those of all parts: a machine may have several.
func (j *joining) addresses() {
	j.out.Addresses = nil
	for _, h := range j.parts {
		for _, a := range h.Snapshot.Addresses {
			if !slices.Contains(j.out.Addresses, a) {
				j.out.Addresses = append(j.out.Addresses, a)
			}
		}
	}
}

// rest takes what nothing can contradict: where it came from, and the notes.
func (j *joining) rest() {
	var from []string
	for _, h := range j.parts {
		s := h.Snapshot
		if s.Source != "" && !slices.Contains(from, s.Source) {
			from = append(from, s.Source)
		}
		if j.out.Proxy == nil {
			j.out.Proxy = s.Proxy
		}
	}
	j.out.Source = strings.Join(from, " + ")
	var notes []message.Text
	for _, h := range j.parts {
		notes = append(notes, h.Snapshot.Notes...)
	}
	for _, h := range j.failed {
		notes = append(notes, message.New("join.unreadable", message.Str("path", h.Path), message.Cause("why", h.Err)))
	}
	j.out.Notes = slices.Concat(notes, j.out.Notes)
	if j.more > 0 {
		j.out.Notes = append(j.out.Notes, message.New("join.more", message.Int("n", j.more)))
	}
}

// dated says whether both are dated, and differently: then the first is the newer.
func dated(a, b source.Host) bool {
	return !b.Snapshot.CollectedAt.IsZero() && a.Snapshot.CollectedAt.After(b.Snapshot.CollectedAt)
}

// contradiction notes that two parts state a fact differently. It says whether the
// first, which is the newer one, counts.
func (j *joining) contradiction(what message.Text, a, b source.Host) bool {
	newer := dated(a, b)
	if len(j.out.Notes) >= maxNotes {
		j.more++
		return newer
	}
	id := "join.not-asked"
	if newer {
		id = "join.newest"
	}
	j.out.Notes = append(j.out.Notes, message.New(id, message.Sub("what", what), message.Str("one", a.Path), message.Str("other", b.Path)))
	return newer
}

// system takes the operating system. Of two systems the newer statement counts; else
// that of the machine itself against a list, which is written by hand or long ago. If
// neither is so, all statements are named, and none counts.
func (j *joining) system() error {
	at := slices.IndexFunc(j.parts, func(h source.Host) bool { return h.Snapshot.OS.Build != 0 })
	if at < 0 {
		return nil
	}
	best := j.parts[at]
	j.out.OS = best.Snapshot.OS
	open := false
	says := j.says(best)
	for _, h := range j.parts[at+1:] {
		os := h.Snapshot.OS
		switch {
		case os.Build == 0:
		case os.Build == j.out.OS.Build && os.Version == j.out.OS.Version:
			j.fill(best, h)
		case dated(best, h) || weight(best.Snapshot) > weight(h.Snapshot):
			j.note("join.system", message.Str("one", best.Path), message.Str("system", systemName(j.out.OS)), message.Str("other", h.Path), message.Str("against", systemName(os)))
		default:
			open = true
			says = message.New("join.also", message.Sub("first", says), message.Sub("second", j.says(h)))
		}
	}
	if open {
		return message.Error("join.systems", message.Sub("says", says)).At(j.id).Hinted("join.hint.systems")
	}
	return nil
}

// says is what a part says of the system.
func (j *joining) says(h source.Host) message.Text {
	return message.New("join.says", message.Str("path", h.Path), message.Str("system", systemName(h.Snapshot.OS)))
}

func (j *joining) note(id string, args ...message.Arg) {
	j.out.Notes = append(j.out.Notes, message.New(id, args...))
}

func systemName(os host.OS) string { return cmp.Or(os.Name, os.Version+"."+strconv.Itoa(os.Build)) }

// fill adds what only the other statement of the same system has. Which of two
// architectures or editions a machine has is said by itself before a list, by a newer
// statement before an older one, and else is not known: it decides which values a program
// reads, and what is on where nothing is set.
func (j *joining) fill(best, h source.Host) {
	os, other := &j.out.OS, h.Snapshot.OS
	os.Name = cmp.Or(os.Name, other.Name)
	os.ServicePack = cmp.Or(os.ServicePack, other.ServicePack)
	if os.Revision != 0 && other.Revision != 0 && os.Revision != other.Revision && !dated(best, h) {
		os.Revision = min(os.Revision, other.Revision) // what the later one brought is not sure
	}
	os.Revision = cmp.Or(os.Revision, other.Revision)
	for _, fact := range []struct {
		what        string
		mine, other *string
	}{{"join.what.architecture", &os.Architecture, &other.Architecture}, {"join.what.edition", &os.Type, &other.Type}} {
		switch {
		case bothServers(*fact.mine, *fact.other):
			*fact.mine = "domain-controller"
		case *fact.mine == "" || *fact.other == "" || *fact.mine == *fact.other || weight(best.Snapshot) > weight(h.Snapshot) && !dated(h, best):
			*fact.mine = cmp.Or(*fact.mine, *fact.other)
		case !j.contradiction(message.New(fact.what, message.Str("one", *fact.mine), message.Str("other", *fact.other)), best, h):
			*fact.mine = ""
		}
	}
}

// bothServers says that a list, which knows servers alone, and the machine, which knows its
// role, say the same.
func bothServers(a, b string) bool {
	return a == "server" && b == "domain-controller" || a == "domain-controller" && b == "server"
}

// programs are those that any part names: a list that lacks one was made for another
// end. A version that two state differently is not known.
func (j *joining) programs() {
	j.out.Programs = nil
	var list []host.Program
	by := map[string]source.Host{}
	asked := false
	for _, h := range j.parts {
		if h.Snapshot.Programs == nil {
			continue
		}
		asked = true
		for _, p := range *h.Snapshot.Programs {
			at := slices.IndexFunc(list, func(q host.Program) bool { return strings.EqualFold(p.Name, q.Name) })
			switch {
			case at < 0:
				list = append(list, p)
				by[strings.ToLower(p.Name)] = h
			case p.Version == "" || p.Version == list[at].Version:
			case list[at].Version == "" && by[strings.ToLower(p.Name)].Path != h.Path:
				list[at].Version = p.Version
			case by[strings.ToLower(p.Name)].Path == h.Path:
				list = append(list, p) // one machine may have a program twice
			case !j.contradiction(message.New("join.what.program", message.Str("program", p.Name)), by[strings.ToLower(p.Name)], h):
				list[at].Version = ""
			}
		}
	}
	if asked {
		slices.SortStableFunc(list, func(a, b host.Program) int { return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
		j.out.Programs = &list
	}
}

// updates are those that any part names. A list is whole only if the others name
// nothing beyond it.
func (j *joining) updates() {
	var best source.Host
	for _, h := range j.parts {
		theirs := h.Snapshot.Updates
		if theirs == nil {
			continue
		}
		if best.Snapshot == nil {
			best = h
			j.out.Updates = &host.Updates{Complete: theirs.Complete, IDs: slices.Clone(theirs.IDs)}
			continue
		}
		j.moreUpdates(best, h)
	}
}

func (j *joining) moreUpdates(best, h source.Host) {
	ours, theirs := j.out.Updates, h.Snapshot.Updates
	beyond := without(theirs.IDs, ours.IDs)
	short := without(ours.IDs, theirs.IDs)
	clash := ours.Complete && len(beyond) > 0 || theirs.Complete && len(short) > 0
	if clash && j.contradiction(message.New("join.what.updates"), best, h) {
		return
	}
	ours.IDs = append(ours.IDs, beyond...)
	ours.Complete = !clash && (ours.Complete || theirs.Complete)
}

func without(list, has []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(id string) bool {
		return slices.ContainsFunc(has, func(o string) bool { return strings.EqualFold(id, o) })
	})
}

// files are the versions of files that any part states.
func (j *joining) files() {
	j.out.Files = nil
	by := map[string]source.Host{}
	dropped := map[string]bool{}
	for _, h := range j.parts {
		for _, name := range slices.Sorted(maps.Keys(h.Snapshot.Files)) {
			version := h.Snapshot.Files[name]
			if j.out.Files == nil {
				j.out.Files = map[string]string{}
			}
			had, there := j.out.Files[name]
			switch {
			case dropped[name] || there && had == version:
			case !there:
				j.out.Files[name], by[name] = version, h
			case !j.contradiction(message.New("join.what.file", message.Str("file", name)), by[name], h):
				delete(j.out.Files, name)
				dropped[name] = true
			}
		}
	}
}

// certificates takes each store from the first part that was asked for it; stores
// that differ and are not dated were not asked for.
func (j *joining) certificates() {
	root := j.store(func(c *host.Certificates) []string { return c.Root }, "join.what.roots")
	intermediate := j.store(func(c *host.Certificates) []string { return c.Intermediate }, "join.what.intermediates")
	j.out.Certificates = nil
	if root != nil || intermediate != nil {
		j.out.Certificates = &host.Certificates{Root: root, Intermediate: intermediate}
	}
}

func (j *joining) store(of func(*host.Certificates) []string, what string) []string {
	var best source.Host
	var store []string
	for _, h := range j.parts {
		if h.Snapshot.Certificates == nil || of(h.Snapshot.Certificates) == nil {
			continue
		}
		theirs := of(h.Snapshot.Certificates)
		if best.Snapshot == nil {
			best, store = h, theirs
			continue
		}
		if len(without(theirs, store))+len(without(store, theirs)) > 0 && !j.contradiction(message.New(what), best, h) {
			return nil
		}
	}
	return store
}

// policies are what any report of policies says. Two that name different policy objects for a
// value are both named.
func (j *joining) policies() {
	j.out.Policies = nil // what the first part says is taken up below
	at := map[string]int{}
	by := map[string]source.Host{}
	for _, h := range j.parts {
		for _, p := range h.Snapshot.Policies {
			id := host.ValueID(p.Key, p.Name)
			i, there := at[id]
			switch {
			case !there:
				at[id], by[id] = len(j.out.Policies), h
				j.out.Policies = append(j.out.Policies, p)
			case j.out.Policies[i].GPO != p.GPO && !j.contradiction(message.New("join.what.policy", message.Str("key", p.Key), message.Quote("name", p.Name)), by[id], h):
				j.out.Policies[i].GPO += ", " + p.GPO
				j.out.Policies[i].Data = host.Data{}
			}
		}
	}
}

// labels are those of all parts.
func (j *joining) labels() {
	j.out.Labels = nil
	by := map[string]source.Host{}
	for _, h := range j.parts {
		for _, name := range slices.Sorted(maps.Keys(h.Snapshot.Labels)) {
			if j.out.Labels == nil {
				j.out.Labels = map[string]string{}
			}
			value := h.Snapshot.Labels[name]
			had, there := j.out.Labels[name]
			switch {
			case !there:
				j.out.Labels[name], by[name] = value, h
			case had != value && !dated(by[name], h):
				j.note("join.label", message.Str("label", name), message.Str("one", by[name].Path), message.Quote("value", had), message.Str("other", h.Path), message.Quote("against", value))
			}
		}
	}
}

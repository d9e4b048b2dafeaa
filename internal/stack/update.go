package stack

import (
	"maps"
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/winver"
)

// Update answers whether an update is installed, by the strongest evidence that
// the snapshot has: file version, build revision, list of updates. A KB missing
// from a list that is not complete proves nothing.
func (m *Model) Update(v *host.View, id string) tlsready.Answer {
	u := m.updates[id]
	if (v.AssumesUpdates() && u.offeredTo(v.OS)) || v.Granted(id) || slices.ContainsFunc(u.AlsoProvedBy, v.Granted) {
		return tlsready.Yes
	}
	if !u.appliesTo(v.OS.Build) {
		return tlsready.Yes
	}
	if !u.offeredTo(v.OS) {
		return tlsready.No
	}
	if answer := u.byFiles(v); answer != tlsready.Unknown {
		return answer
	}
	if least := u.Revision[v.OS.Build]; least > 0 && v.OS.Revision >= least {
		return tlsready.Yes
	}
	listed, complete := v.UpdatesListed()
	switch {
	case !listed:
		return m.byList(v, u)
	case v.HasUpdate(id) || slices.ContainsFunc(u.AlsoProvedBy, v.HasUpdate):
		return tlsready.Yes
	case complete:
		return tlsready.No
	}
	return m.byList(v, u)
}

// byList takes a list in the registry, as it was collected, as proof of an update if it names
// something that only that update adds.
func (m *Model) byList(v *host.View, u Update) tlsready.Answer {
	if u.Listed.Item == "" {
		return tlsready.Unknown
	}
	d, state := v.Collected(host.NewRef(u.Listed.Key, u.Listed.Name))
	if state == host.Present && slices.ContainsFunc(SplitList(d), func(n string) bool { return strings.EqualFold(n, u.Listed.Item) }) {
		return tlsready.Yes
	}
	return tlsready.Unknown
}

// appliesTo says whether a build can lack the update.
func (u Update) appliesTo(build int) bool {
	if build >= winver.Cumulative || (u.IncludedFromBuild > 0 && build >= u.IncludedFromBuild) {
		return false
	}
	if len(u.Builds) == 0 {
		return true
	}
	lowest, highest := slices.Min(u.Builds), slices.Max(u.Builds)
	return build <= highest || build < lowest
}

// offeredTo says whether the update was ever offered to this edition.
func (u Update) offeredTo(os host.OS) bool {
	return os.Type != "client" || !slices.Contains(u.NotForClients, os.Build)
}

// byFiles compares file versions: all named files have to be new enough; one
// that is too old is proof of absence.
func (u Update) byFiles(v *host.View) tlsready.Answer {
	if len(u.Files) == 0 || !v.FilesAsked() {
		return tlsready.Unknown
	}
	all := true
	for _, name := range slices.Sorted(maps.Keys(u.Files)) {
		want, have := u.Files[name][v.OS.Version], v.FileVersion(name)
		switch {
		case want == "" || have == "":
			all = false
		case host.CompareVersions(have, want) < 0:
			return tlsready.No
		}
	}
	if all {
		return tlsready.Yes
	}
	return tlsready.Unknown
}

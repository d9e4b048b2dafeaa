package host

import (
	"slices"
	"strings"
)

// The parts of a snapshot beside the registry. What judges asks for them here and not in the
// snapshot itself, so that a trace knows of it.

// HasUpdate says whether the list of updates names one.
func (v *View) HasUpdate(id string) bool {
	return v.yesNo(question{kind: askUpdate, text: id}, func() bool { return v.Snapshot.hasUpdate(id) })
}

func (s *Snapshot) hasUpdate(id string) bool {
	return s.Updates != nil && hasFold(s.Updates.IDs, id)
}

// UpdatesListed says whether there is a list of updates, and whether it is whole.
func (v *View) UpdatesListed() (listed, complete bool) {
	listed = v.yesNo(question{kind: askUpdates}, func() bool { return v.Updates != nil })
	return listed, listed && v.Updates.Complete
}

// FilesAsked says whether the source looked for versions of files.
func (v *View) FilesAsked() bool {
	return v.yesNo(question{kind: askFiles}, func() bool { return v.Files != nil })
}

// FileVersion is the version of a file, or "" where it is not known.
func (v *View) FileVersion(name string) string {
	v.yesNo(question{kind: askFile, text: name}, func() bool { return false })
	return v.Snapshot.fileVersion(name)
}

func (s *Snapshot) fileVersion(name string) string {
	for file, version := range s.Files {
		if strings.EqualFold(file, name) {
			return version
		}
	}
	return ""
}

// Store is a store of certificates.
type Store string

// The stores.
const (
	RootStore         Store = "root"
	IntermediateStore Store = "intermediate"
)

// StoreAsked says whether the source looked into a store of certificates.
func (v *View) StoreAsked(s Store) bool {
	return v.yesNo(question{kind: askCertificates, text: string(s)}, func() bool { return v.Certificates.store(s) != nil })
}

// HasCertificate says whether a store holds the certificate with a SHA-1 thumbprint.
func (v *View) HasCertificate(s Store, thumbprint string) bool {
	return v.yesNo(question{kind: askCertificate, text: string(s) + " " + thumbprint}, func() bool { return hasFold(v.Certificates.store(s), thumbprint) })
}

func (c *Certificates) store(s Store) []string {
	switch {
	case c == nil:
		return nil
	case s == RootStore:
		return c.Root
	}
	return c.Intermediate
}

func hasFold(list []string, name string) bool {
	return slices.ContainsFunc(list, func(have string) bool { return strings.EqualFold(have, name) })
}

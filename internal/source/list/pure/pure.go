// Package pure is the list of the kinds that need nothing but the bytes of a
// file, for programs without a file system and a network, such as a page in a
// browser. It leaves out images, which are read in pieces, and running machines.
package pure

import (
	"slices"

	"tlsready/internal/source"
	"tlsready/internal/source/files"
	"tlsready/internal/source/fleet"
)

// Kinds lists the kinds in the order of list.Kinds.
func Kinds() []source.Kind {
	return slices.Concat(
		[]source.Kind{files.Collected(), files.Snapshot(), files.Export(), files.Hives(), files.PolicyReport()},
		fleet.Kinds(),
		[]source.Kind{files.Console(), files.Unread(), files.BrokenSnapshot(), files.Inventory()},
	)
}

// Package list is the list of where hosts can come from. A new kind is one line
// here and, unless it has to reach outside of the bytes it is given, one in
// source/list/pure.
package list

import (
	"slices"

	"tlsready/internal/source"
	"tlsready/internal/source/files"
	"tlsready/internal/source/fleet"
	"tlsready/internal/source/image"
	"tlsready/internal/source/live"
	"tlsready/internal/source/remote"
)

// Kinds lists the kinds of files in the order in which they are asked. The first
// that recognises a file reads it: those that know it by its content come before
// the one that goes by a name, and exports before the inventory, which would take
// any list with a column of names.
func Kinds() []source.Kind {
	return slices.Concat(
		[]source.Kind{files.Collected(), files.Snapshot(), files.Export(), files.Hives(), image.Kind()},
		fleet.Kinds(),
		[]source.Kind{files.Console(), files.Unread(), files.BrokenSnapshot(), files.Inventory()},
	)
}

// Schemes lists the ways to running machines.
func Schemes(opt remote.Options) []source.Scheme {
	return append([]source.Scheme{live.Scheme()}, remote.Schemes(opt)...)
}

// Package list is the list of where hosts can come from. A new kind is one line in
// source/list/pure, or here if it has to reach outside of the bytes it is given.
package list

import (
	"slices"

	"tlsready/internal/source"
	"tlsready/internal/source/image"
	"tlsready/internal/source/list/pure"
	"tlsready/internal/source/live"
	"tlsready/internal/source/remote"
)

// Kinds lists the kinds of files in the order in which they are asked. The first
// that recognises a file reads it: those that know it by its content come before
// the one that goes by a name, and exports before the inventory, which would take
// any list with a column of names.
func Kinds() []source.Kind {
	kinds := pure.Kinds()
	behindHives := slices.IndexFunc(kinds, func(k source.Kind) bool { return k.Name == "hive" }) + 1
	return slices.Insert(kinds, behindHives, image.Kind())
}

// Schemes lists the ways to running machines.
func Schemes(opt remote.Options) []source.Scheme {
	return append([]source.Scheme{live.Scheme()}, remote.Schemes(opt)...)
}

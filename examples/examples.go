// Package examples holds the example fleet, so that it can be looked at where the files of
// this folder are not.
package examples

import "embed"

// Fleet has the hosts below "fleet".
//
//go:embed fleet
var Fleet embed.FS

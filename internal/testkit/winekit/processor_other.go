//go:build !linux

package winekit

// processor chooses none: Wine is run on Linux.
func processor() string { return "" }

//go:build !windows

package tty

import "os/exec"

// ownConsole is false: elsewhere a program that is started without a terminal has no
// window of its own.
func ownConsole() bool { return false }

// openFile shows a file in the program that the user has for its kind
// (xdg-utils).
func openFile(path string) error { return exec.Command("xdg-open", path).Start() }

//go:build !windows

package tty

import "os"

// enableColour says whether the terminal understands ANSI colours; TERM=dumb is
// handled by the code that knows the environment.
func enableColour(*os.File) bool { return true }

// systemLanguage is unknown here: these systems say it in the environment.
func systemLanguage() string { return "" }

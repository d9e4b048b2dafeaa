//go:build !windows

package tty

import "os"

// enableColour says whether the terminal understands ANSI colours; TERM=dumb is
// looked at where the environment is known.
func enableColour(*os.File) bool { return true }

// systemLanguage is unknown here: these systems say it in the environment.
func systemLanguage() string { return "" }

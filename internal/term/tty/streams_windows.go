package tty

import (
	"os"

	"golang.org/x/sys/windows"
)

// enableColour switches the console's ANSI interpreter on and says whether that
// worked; consoles before Windows 10 1511 have none.
func enableColour(console *os.File) bool {
	handle := windows.Handle(console.Fd())
	var mode uint32
	if err := windows.GetConsoleMode(handle, &mode); err != nil {
		return false
	}
	return windows.SetConsoleMode(handle, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}

// systemLanguage is the user's preferred display language, such as "ja-JP".
func systemLanguage() string {
	list, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil || len(list) == 0 {
		return ""
	}
	return list[0]
}

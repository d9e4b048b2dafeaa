package tty

import (
	"os/exec"
	"unsafe"

	"golang.org/x/sys/windows"
)

// getConsoleProcessList is GetConsoleProcessList of kernel32, which x/sys lacks
// (learn.microsoft.com/windows/console/getconsoleprocesslist).
func getConsoleProcessList() *windows.LazyProc {
	return windows.NewLazySystemDLL("kernel32.dll").NewProc("GetConsoleProcessList")
}

// ownConsole says whether the console belongs to this process alone: nobody typed a
// command, Explorer made the window.
func ownConsole() bool {
	var ids [2]uint32
	n, _, _ := getConsoleProcessList().Call(uintptr(unsafe.Pointer(&ids[0])), uintptr(len(ids)))
	return n == 1
}

// openFile shows a file in the program that the user has for its kind.
func openFile(path string) error {
	return exec.Command("rundll32", "url.dll,FileProtocolHandler", path).Start()
}

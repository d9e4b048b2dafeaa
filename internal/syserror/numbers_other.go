//go:build !unix && !windows

package syserror

import "syscall"

// numbers is empty on systems with neither files nor sockets, such as a browser.
func numbers() map[syscall.Errno]string { return nil }

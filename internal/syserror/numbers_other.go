//go:build !unix && !windows

package syserror

import "syscall"

// numbers is empty where there are neither files nor sockets, as in a browser.
func numbers() map[syscall.Errno]string { return nil }

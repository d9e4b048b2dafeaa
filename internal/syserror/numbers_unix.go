//go:build unix

package syserror

import "syscall"

// numbers are the error numbers of POSIX (<errno.h>) that a file, a folder or a
// socket brings.
func numbers() map[syscall.Errno]string {
	return map[syscall.Errno]string{
		syscall.ENOENT:        "not-exist",
		syscall.EACCES:        "permission",
		syscall.EPERM:         "not-permitted",
		syscall.EEXIST:        "exist",
		syscall.EISDIR:        "is-folder",
		syscall.ENOTDIR:       "no-folder",
		syscall.ENOTEMPTY:     "not-empty",
		syscall.ENOSPC:        "disk-full",
		syscall.EDQUOT:        "quota",
		syscall.EROFS:         "read-only",
		syscall.EFBIG:         "file-size",
		syscall.EIO:           "device",
		syscall.EBUSY:         "busy",
		syscall.EMFILE:        "open-files",
		syscall.ENFILE:        "open-files",
		syscall.ENAMETOOLONG:  "long-name",
		syscall.ELOOP:         "links",
		syscall.EXDEV:         "other-device",
		syscall.EINVAL:        "invalid",
		syscall.ENOMEM:        "memory",
		syscall.EPIPE:         "pipe",
		syscall.ECONNREFUSED:  "refused",
		syscall.ECONNRESET:    "reset",
		syscall.ECONNABORTED:  "aborted",
		syscall.ETIMEDOUT:     "timeout-system",
		syscall.EHOSTUNREACH:  "no-route",
		syscall.EHOSTDOWN:     "host-down",
		syscall.ENETUNREACH:   "no-network",
		syscall.ENETDOWN:      "network-down",
		syscall.EADDRINUSE:    "address-used",
		syscall.EADDRNOTAVAIL: "address-foreign",
		syscall.EAFNOSUPPORT:  "address-family",
	}
}

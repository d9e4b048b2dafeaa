package syserror

import "syscall"

// numbers are the error codes of Windows that a file, a folder or a socket
// brings ("System Error Codes" and "Windows Sockets Error Codes" at Microsoft
// Learn).
func numbers() map[syscall.Errno]string {
	return map[syscall.Errno]string{
		2:     "not-exist",       // ERROR_FILE_NOT_FOUND
		3:     "not-exist",       // ERROR_PATH_NOT_FOUND
		4:     "open-files",      // ERROR_TOO_MANY_OPEN_FILES
		5:     "permission",      // ERROR_ACCESS_DENIED
		8:     "memory",          // ERROR_NOT_ENOUGH_MEMORY
		17:    "other-device",    // ERROR_NOT_SAME_DEVICE
		19:    "read-only",       // ERROR_WRITE_PROTECT
		21:    "device",          // ERROR_NOT_READY
		23:    "device",          // ERROR_CRC
		32:    "busy",            // ERROR_SHARING_VIOLATION
		33:    "busy",            // ERROR_LOCK_VIOLATION
		53:    "no-share",        // ERROR_BAD_NETPATH
		64:    "reset",           // ERROR_NETNAME_DELETED
		67:    "no-share",        // ERROR_BAD_NET_NAME
		80:    "exist",           // ERROR_FILE_EXISTS
		87:    "invalid",         // ERROR_INVALID_PARAMETER
		109:   "pipe",            // ERROR_BROKEN_PIPE
		112:   "disk-full",       // ERROR_DISK_FULL
		123:   "bad-name",        // ERROR_INVALID_NAME
		145:   "not-empty",       // ERROR_DIR_NOT_EMPTY
		183:   "exist",           // ERROR_ALREADY_EXISTS
		206:   "long-name",       // ERROR_FILENAME_EXCED_RANGE
		267:   "no-folder",       // ERROR_DIRECTORY
		1117:  "device",          // ERROR_IO_DEVICE
		1295:  "quota",           // ERROR_DISK_QUOTA_EXCEEDED
		1314:  "not-permitted",   // ERROR_PRIVILEGE_NOT_HELD
		1326:  "logon",           // ERROR_LOGON_FAILURE
		10013: "permission",      // WSAEACCES
		10047: "address-family",  // WSAEAFNOSUPPORT
		10048: "address-used",    // WSAEADDRINUSE
		10049: "address-foreign", // WSAEADDRNOTAVAIL
		10050: "network-down",    // WSAENETDOWN
		10051: "no-network",      // WSAENETUNREACH
		10053: "aborted",         // WSAECONNABORTED
		10054: "reset",           // WSAECONNRESET
		10060: "timeout-system",  // WSAETIMEDOUT
		10061: "refused",         // WSAECONNREFUSED
		10064: "host-down",       // WSAEHOSTDOWN
		10065: "no-route",        // WSAEHOSTUNREACH
	}
}

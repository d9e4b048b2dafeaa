package winreg

import (
	"fmt"

	"tlsready/internal/message"
	"tlsready/internal/registry"
)

// Code is the error code that a call of the remote registry ends with
// (MS-ERREF 2.2).
type Code uint32

// The codes that have a meaning for the caller.
const (
	codeNotFound     Code = 2
	codeDenied       Code = 5
	codeBadPath      Code = 161
	codeMoreData     Code = 234
	codeNoMore       Code = 259
	codeMarkedDelete Code = 1018
)

// Error says in English what the code means.
func (c Code) Error() string { return message.English(c.Text()) }

// Text names the code and, if it is a common one, what it means.
func (c Code) Text() message.Text {
	switch c {
	case codeNotFound:
		return message.CauseOf(registry.ErrNotExist)
	case codeDenied:
		return message.CauseOf(registry.ErrDenied)
	case codeMarkedDelete:
		return message.New("winreg.being-deleted")
	}
	return message.New("winreg.code", message.Int("code", c))
}

// Is tells the errors of package registry apart.
func (c Code) Is(target error) bool {
	switch target {
	case registry.ErrNotExist:
		return c == codeNotFound || c == codeBadPath
	case registry.ErrDenied:
		return c == codeDenied
	}
	return false
}

// Fault is the status with which the server's RPC layer refuses a call
// (C706, appendix E).
type Fault uint32

// Error names the status in English.
func (f Fault) Error() string { return message.English(f.Text()) }

// Text names the status.
func (f Fault) Text() message.Text {
	if f == Fault(codeDenied) {
		return message.CauseOf(registry.ErrDenied)
	}
	return message.New("winreg.fault", message.Str("status", fmt.Sprintf("0x%08x", uint32(f))))
}

// Is says whether access was denied.
func (f Fault) Is(target error) bool { return target == registry.ErrDenied && f == Fault(codeDenied) }

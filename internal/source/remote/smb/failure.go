package smb

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/cloudsoda/go-smb2"

	"tlsready/internal/message"
	"tlsready/internal/registry"
	"tlsready/internal/source/remote/peer"
)

// statusPipeNotAvailable: the service behind the pipe is still starting
// (MS-ERREF 2.3.1, like all those below).
const statusPipeNotAvailable = 0xc00000ac

func isStatus(err error, code uint32) bool {
	var status *smb2.ResponseError
	return errors.As(err, &status) && status.Code == code
}

// Hints that several errors share.
const (
	hintService = "smb.hint.service"
	hintRight   = "smb.hint.right"
)

// inside is a failure on a machine that let us in.
func inside(p *message.Problem) error { return peer.LoginTaken.Answered(p) }

// logins says what a status of the log-in means: the text smb.status-<code> says
// it, and the hint what helps.
func logins() map[uint32]string {
	const ask, password, change = "smb.hint.ask", "smb.hint.password", "smb.hint.change-password"
	return map[uint32]string{
		0xc000006d: password,
		0xc0000064: password,
		0xc000006a: password,
		0xc0000234: "smb.hint.locked",
		0xc0000072: ask,
		0xc0000193: ask,
		0xc0000071: change,
		0xc0000224: change,
		0xc000006e: ask,
		0xc000006f: ask,
		0xc000015b: "smb.hint.network-right",
		0xc0000413: "smb.hint.allowed",
		0xc000005e: "smb.hint.no-controller",
		0xc0000418: "smb.hint.ntlm",
		0xc00000bb: "smb.hint.kerberos",
		0xc00000d0: "smb.hint.later",
	}
}

// countsAgainst says whether a status of the log-in brings the account nearer to
// being locked, or says that it is.
func countsAgainst(status uint32) bool {
	switch status {
	case 0xc000006d, 0xc0000064, 0xc000006a, 0xc0000234:
		return true
	}
	return false
}

// loginFailed is a log-in that did not succeed.
func loginFailed(t peer.Target, err error) error {
	var status *smb2.ResponseError
	if errors.As(err, &status) {
		if t.User == "" && countsAgainst(status.Code) {
			return peer.Failure(t, "smb.ticket-refused").Hinted("smb.hint.ticket-refused", message.Str("host", t.Host))
		}
		if hint, ok := logins()[status.Code]; ok {
			p := peer.Failure(t, fmt.Sprintf("smb.status-%08x", status.Code)).Hinted(hint)
			if countsAgainst(status.Code) {
				return peer.LoginRefused.Answered(p)
			}
			return p
		}
	}
	switch {
	case errors.Is(err, os.ErrPermission):
		return peer.Failure(t, "smb.no-login").From(registry.ErrDenied).Hinted(hintRight)
	case strings.Contains(err.Error(), "signing"):
		return peer.Failure(t, "smb.guest").Hinted("smb.hint.password")
	}
	return peer.Failure(t, "smb.login").From(err).Hinted("smb.hint.smb2")
}

// pipeFailed is a pipe that could not be opened.
func pipeFailed(t peer.Target, err error) error {
	host := message.Str("host", t.Host)
	switch {
	case errors.Is(err, os.ErrNotExist), isStatus(err, statusPipeNotAvailable):
		return inside(peer.Failure(t, "smb.no-service").Hinted(hintService, host))
	case errors.Is(err, os.ErrPermission):
		return inside(peer.Failure(t, "smb.no-registry-right").From(registry.ErrDenied).Hinted(hintRight))
	}
	return inside(peer.Failure(t, "smb.no-registry").From(err).Hinted(hintService, host))
}

// registryFailed is a service that does not let us in.
func registryFailed(t peer.Target, err error) error {
	if errors.Is(err, registry.ErrDenied) {
		return inside(peer.Failure(t, "smb.no-read-right").From(err).Hinted(hintRight))
	}
	return inside(peer.Failure(t, "smb.registry-odd").From(err).Hinted(hintService, message.Str("host", t.Host)))
}

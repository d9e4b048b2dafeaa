package smb

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/cloudsoda/go-smb2"

	"tlsready/internal/registry"
	"tlsready/internal/source/remote/peer"
)

// statusPipeNotAvailable: the service behind the pipe is being started
// (MS-ERREF 2.3.1, as all below).
const statusPipeNotAvailable = 0xc00000ac

func isStatus(err error, code uint32) bool {
	var status *smb2.ResponseError
	return errors.As(err, &status) && status.Code == code
}

// Hints that several errors share.
const (
	hintFirewall = "check that the machine is on, and that its firewall lets TCP port %d in (rule \"File and Printer Sharing (SMB-In)\")"
	hintPassword = "check user and password; a local account is written as HOST\\user, an account of a domain as DOMAIN\\user"
	hintService  = "start its RemoteRegistry service: sc \\\\%[1]s config RemoteRegistry start= demand, then sc \\\\%[1]s start RemoteRegistry"
	hintRight    = "use a member of its Administrators group, or give the account read access to HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurePipeServers\\winreg; " +
		"a local administrator outside a domain also needs LocalAccountTokenFilterPolicy = 1"
)

func failure(t peer.Target, msg, hint string, err error) error {
	return &peer.Error{Target: t.String(), Msg: msg, Hint: hint, Err: err}
}

// inside is a failure on a machine that let us in.
func inside(t peer.Target, msg, hint string, err error) error {
	return &peer.Error{Target: t.String(), Msg: msg, Hint: hint, Err: err, Login: peer.LoginTaken}
}

// logins says what a status of the log-in means, and what helps.
func logins() map[uint32][2]string {
	ask := "ask who keeps the account"
	return map[uint32][2]string{
		0xc000006d: {"the user name or the password is wrong", hintPassword},
		0xc0000064: {"the user name or the password is wrong", hintPassword},
		0xc000006a: {"the user name or the password is wrong", hintPassword},
		0xc0000234: {"the account is locked out", "wait, or unlock it; do not try more passwords"},
		0xc0000072: {"the account is disabled", ask},
		0xc0000193: {"the account has expired", ask},
		0xc0000071: {"the password has expired", "change it at a log-in, then try again"},
		0xc0000224: {"the password must be changed first", "change it at a log-in, then try again"},
		0xc000006e: {"the account may not log in this way (an empty password, or a restriction)", ask},
		0xc000006f: {"the account may not log in at this hour", ask},
		0xc000015b: {"the account lacks the right to log in over the network", `give it "Access this computer from the network", and take it out of "Deny access to this computer from the network"`},
		0xc0000413: {"the account may not log in to this machine from its domain", `give it "Allowed to authenticate" on the computer object`},
		0xc000005e: {"the machine finds no domain controller", "use a local account, HOST\\user, or try again later"},
		0xc0000418: {"the machine or its domain blocks NTLM", "add the machine to the exceptions of the policy, use ssh://, or run the collector there"},
		0xc00000bb: {"the machine does not take this kind of log-in", "it may demand Kerberos; use ssh://, or run the collector there"},
		0xc00000d0: {"the machine takes no more connections", "try again later, or with fewer machines at a time"},
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
			return failure(t, "the machine does not take the Kerberos ticket", "check that its clock is right, and its name as the domain has it; or write smb://USER@"+t.Host, nil)
		}
		if known, ok := logins()[status.Code]; ok {
			e := &peer.Error{Target: t.String(), Msg: known[0], Hint: known[1]}
			if countsAgainst(status.Code) {
				e.Login = peer.LoginRefused
			}
			return e
		}
	}
	switch {
	case errors.Is(err, os.ErrPermission):
		return failure(t, "the account may not log in here", hintRight, registry.ErrDenied)
	case strings.Contains(err.Error(), "signing"):
		return failure(t, "the machine let us in as a guest, which shows no registry", hintPassword, nil)
	}
	return failure(t, "the log-in failed", "check that it is a Windows machine with SMB 2 or later", err)
}

// pipeFailed is a pipe that could not be opened.
func pipeFailed(t peer.Target, err error) error {
	service := fmt.Sprintf(hintService, t.Host)
	switch {
	case errors.Is(err, os.ErrNotExist), isStatus(err, statusPipeNotAvailable):
		return inside(t, "its RemoteRegistry service is not running", service, nil)
	case errors.Is(err, os.ErrPermission):
		return inside(t, "the account may not use its remote registry", hintRight, registry.ErrDenied)
	}
	return inside(t, "its remote registry cannot be opened", service, err)
}

// registryFailed is a service that does not let us in.
func registryFailed(t peer.Target, err error) error {
	if errors.Is(err, registry.ErrDenied) {
		return inside(t, "the account may not read its registry from another machine", hintRight, err)
	}
	return inside(t, "its remote registry does not answer as it should", fmt.Sprintf(hintService, t.Host), err)
}

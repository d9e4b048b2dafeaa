package winrm

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"unicode"

	"tlsready/internal/registry"
	"tlsready/internal/source/remote/peer"
)

// Hints that several errors share.
const (
	hintPort = "check that the machine is on, that WinRM is set up there (winrm quickconfig; for HTTPS: winrm quickconfig -transport:https, which needs a certificate), " +
		"and that its firewall lets TCP port %d in"
	hintTrust = "compare the thumbprint with that of the listener (there: winrm enumerate winrm/config/listener), write its certificate, or that of its authority, " +
		"in PEM form into a file, and set TLSREADY_WINRM_CA to the file's path"
	hintPassword = `check user and password; a local account is written as HOST\user, an account of a domain as DOMAIN\user`
	hintRight    = "use a member of its Administrators group, or add the account to Remote Management Users there " +
		"(Windows Server 2008 R2 has no such group: winrm configSDDL default, Read and Execute); a local administrator outside a domain also needs LocalAccountTokenFilterPolicy = 1"
	hintOld = "a WinRM listener of Windows Server 2008 R2 or 2012 may speak TLS 1.0 alone: turn TLS 1.2 on there, " +
		"use winrm://%[1]s:5985 (HTTP with encrypted messages), or smb://%[1]s"
	hintWinRM = "check that a WinRM service answers on this port: 5986 is HTTPS, 5985 is HTTP with encrypted messages"
)

func failure(t peer.Target, msg, hint string, err error) error {
	return &peer.Error{Target: t.String(), Msg: msg, Hint: hint, Err: err}
}

// refused is a log-in with a wrong password, which counts towards a lock-out.
func refused(t peer.Target, msg, hint string) error {
	return &peer.Error{Target: t.String(), Msg: msg, Hint: hint, Login: peer.LoginRefused}
}

// fingerprint is how a certificate is compared: the thumbprint that Windows shows
// of the listener's (winrm enumerate winrm/config/listener), which is SHA-1, and
// one that nobody can find a second certificate for.
func fingerprint(c *x509.Certificate) string {
	return fmt.Sprintf("thumbprint %X, SHA-256 %x", sha1.Sum(c.Raw), sha256.Sum256(c.Raw))
}

// maxQuoted bounds what an error repeats of a machine's own words, in characters.
const maxQuoted = 300

// shortened is text of a machine that is fit for one line of a message.
func shortened(text string) string {
	text = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))), " ")
	if runes := []rune(text); len(runes) > maxQuoted {
		return string(runes[:maxQuoted]) + "…"
	}
	return text
}

// brief is an error that may repeat what a machine sent, in one line that is not
// too long.
type brief struct{ err error }

func (b *brief) Error() string { return shortened(b.err.Error()) }
func (b *brief) Unwrap() error { return b.err }

// userAt is how the hints name the machine.
func userAt(t peer.Target) string {
	host := t.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if t.User == "" {
		return host
	}
	return t.Account() + "@" + host
}

// handshakeFailed is a TLS connection that did not come about.
func handshakeFailed(t peer.Target, err error) error {
	var own *peer.Error
	var plain tls.RecordHeaderError
	said := err.Error()
	// The alerts of RFC 8446, 6, in the words of crypto/tls, which exports no type
	// for those of the other side; Schannel may also just end the connection.
	old := errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || slices.ContainsFunc([]string{
		"protocol version not supported", "handshake failure", "insufficient security level", "unsupported protocol version", "unconfigured cipher suite",
	}, func(words string) bool { return strings.Contains(said, words) })
	switch {
	case errors.As(err, &own):
		return own
	case old:
		return failure(t, "it and this program agree on no TLS version or cipher suite", fmt.Sprintf(hintOld, userAt(t)), err)
	case errors.As(err, &plain):
		return failure(t, "it does not speak TLS on this port", hintWinRM, nil)
	}
	return lost(t, "the TLS connection failed", err)
}

// lost is a connection that ended or made no sense.
func lost(t peer.Target, msg string, err error) error {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return peer.Late(t, context.DeadlineExceeded)
	}
	return failure(t, msg, hintWinRM, err)
}

// unexpected is an HTTP status that says nothing of what was asked.
func unexpected(t peer.Target, status int) error {
	msg := fmt.Sprintf("it answered with HTTP status %d", status)
	switch {
	case status == 403:
		return failure(t, msg, hintRight, registry.ErrDenied)
	case status == 404:
		return failure(t, msg+": there is no /wsman", hintWinRM, nil)
	case status == 503:
		return failure(t, msg, "start its WinRM service: sc start WinRM", nil)
	}
	return failure(t, msg, hintWinRM, nil)
}

// What WS-Management calls the faults that are told apart (wsmerror.h).
const (
	codeDenied   = "5"
	codeTimedOut = "2150858793" // 0x80338029: no output yet
	codeNoShell  = "2150858843" // 0x8033805B: the shell is gone
)

// failed is a fault as an error for users.
func (f *fault) failed(t peer.Target) error {
	said := shortened(f.said())
	switch {
	case f.code() == codeDenied || f.subcode() == "AccessDenied":
		return failure(t, "the account may not use WinRM here", hintRight, registry.ErrDenied)
	case f.subcode() == "QuotaLimit":
		return failure(t, "it opens no more shells for this account: "+said, "wait for others to end, or raise MaxShellsPerUser (winrm get winrm/config/winrs)", nil)
	case strings.Contains(strings.ToLower(said), "unencrypted"):
		return failure(t, "it wants encrypted messages: "+said, "use HTTPS on port 5986, or port 5985 with an account that logs in with NTLM", nil)
	}
	return failure(t, fmt.Sprintf("its WinRM service refused: %s (code %s)", said, shortened(f.code())), "see winrm get winrm/config on the machine", nil)
}

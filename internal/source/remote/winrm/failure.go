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

	"tlsready/internal/message"
	"tlsready/internal/registry"
	"tlsready/internal/source/remote/peer"
)

// hintWinRM is a hint that several errors share.
const hintWinRM = "winrm.hint.service"

// allowNegotiate is what an administrator enters on the machine.
const allowNegotiate = `winrm set winrm/config/service/auth @{Negotiate="true"}`

// refused is a log-in with a wrong password, which counts towards a lock-out.
func refused(t peer.Target, hint string) error {
	return peer.LoginRefused.Answered(peer.Failure(t, "winrm.refused", message.Str("account", t.Account())).Hinted(hint))
}

// fingerprint is how a certificate is compared: the thumbprint that Windows shows
// of the listener's (winrm enumerate winrm/config/listener), which is SHA-1, and
// one that nobody can find a second certificate for.
func fingerprint(c *x509.Certificate) message.Text {
	return message.New("winrm.fingerprint", message.Str("sha1", fmt.Sprintf("%X", sha1.Sum(c.Raw))), message.Str("sha256", fmt.Sprintf("%x", sha256.Sum256(c.Raw))))
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
	var own *message.Problem
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
		return peer.Failure(t, "winrm.no-tls-version").From(err).Hinted("winrm.hint.old", message.Str("target", userAt(t)))
	case errors.As(err, &plain):
		return peer.Failure(t, "winrm.not-tls").Hinted(hintWinRM)
	}
	return lost(t, "winrm.tls-failed", err)
}

// lost is a connection that ended or made no sense.
func lost(t peer.Target, id string, err error) error {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return peer.Late(t, context.DeadlineExceeded)
	}
	return peer.Failure(t, id).From(err).Hinted(hintWinRM)
}

// unexpected is an HTTP status that says nothing of what was asked.
func unexpected(t peer.Target, status int) error {
	code := message.Int("status", status)
	switch {
	case status == 403:
		return peer.Failure(t, "winrm.status", code).From(registry.ErrDenied).Hinted("winrm.hint.right")
	case status == 404:
		return peer.Failure(t, "winrm.status-no-path", code).Hinted(hintWinRM)
	case status == 503:
		return peer.Failure(t, "winrm.status", code).Hinted("winrm.hint.start")
	}
	return peer.Failure(t, "winrm.status", code).Hinted(hintWinRM)
}

// What WS-Management calls the faults that are told apart (wsmerror.h).
const (
	codeDenied   = "5"
	codeTimedOut = "2150858793" // 0x80338029: no output yet
	codeNoShell  = "2150858843" // 0x8033805B: the shell is gone
)

// failed is a fault as an error for users.
func (f *fault) failed(t peer.Target) error {
	said, words := shortened(f.said()), message.Str("said", shortened(f.said()))
	switch {
	case f.code() == codeDenied || f.subcode() == "AccessDenied":
		return peer.Failure(t, "winrm.no-right").From(registry.ErrDenied).Hinted("winrm.hint.right")
	case f.subcode() == "QuotaLimit":
		return peer.Failure(t, "winrm.many-shells", words).Hinted("winrm.hint.many-shells")
	case strings.Contains(strings.ToLower(said), "unencrypted"):
		return peer.Failure(t, "winrm.unencrypted", words).Hinted("winrm.hint.encrypted")
	}
	return peer.Failure(t, "winrm.fault", words, message.Str("code", shortened(f.code()))).Hinted("winrm.hint.config")
}

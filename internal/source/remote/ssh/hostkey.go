package ssh

import (
	"errors"
	"io/fs"
	"net"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"tlsready/internal/message"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/userfile"
)

// maxKnownHosts bounds a list of known hosts in bytes: 100,000 machines with three
// keys each take some 90 MB.
const maxKnownHosts = 256 << 20

// hostKeys checks the keys of machines against known_hosts.
type hostKeys struct {
	target peer.Target
	files  []string
	known  ssh.HostKeyCallback
}

// knownHosts reads the files that are there.
func (o Options) knownHosts(t peer.Target) (*hostKeys, error) {
	h := &hostKeys{target: t}
	bad := func(err error) (*hostKeys, error) {
		return nil, peer.Failure(t, "ssh.known-hosts").From(err).Hinted("ssh.hint.known-hosts")
	}
	for _, path := range o.KnownHosts {
		switch err := userfile.Check(path, maxKnownHosts); {
		case err == nil:
			h.files = append(h.files, path)
		case !errors.Is(err, fs.ErrNotExist):
			return bad(message.At(path, userfile.Why(err)))
		}
	}
	var err error
	if h.known, err = knownhosts.New(h.files...); err != nil {
		return bad(err)
	}
	return h, nil
}

// check refuses a key that is not known, or not the known one.
func (h *hostKeys) check(address string, remote net.Addr, key ssh.PublicKey) error {
	err := h.known(address, remote, key)
	var mismatch *knownhosts.KeyError
	var revoked *knownhosts.RevokedError
	shown := key.Type() + " " + ssh.FingerprintSHA256(key)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &revoked):
		return peer.Failure(h.target, "ssh.key-revoked", message.Str("key", shown)).Hinted("ssh.hint.key-revoked")
	case errors.As(err, &mismatch) && len(mismatch.Want) > 0:
		at := mismatch.Want[0]
		return peer.Failure(h.target, "ssh.key-changed", message.Str("key", shown), message.Str("file", at.Filename), message.Int("line", at.Line)).
			Hinted("ssh.hint.key-changed")
	case errors.As(err, &mismatch):
		return peer.Failure(h.target, "ssh.key-unknown", message.Str("key", shown)).Hinted("ssh.hint.key-unknown")
	}
	return peer.Failure(h.target, "ssh.key-unchecked").From(err)
}

// algorithms are those of the keys that are known of a machine: asked for another
// kind of key, it would show one that is not in the list. None means any.
func (h *hostKeys) algorithms(address string) []string {
	probe, err := ssh.ParsePublicKey(noKey())
	if err != nil {
		return nil
	}
	var mismatch *knownhosts.KeyError
	if !errors.As(h.known(address, &net.TCPAddr{}, probe), &mismatch) {
		return nil
	}
	var list []string
	for _, known := range mismatch.Want {
		switch kind := known.Key.Type(); kind {
		case ssh.KeyAlgoRSA:
			list = append(list, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
		default:
			list = append(list, kind)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// noKey is a public key that no machine has: ed25519 of 32 zero bytes.
func noKey() []byte {
	key := []byte("\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20")
	return append(key, make([]byte, 32)...)
}

// loginFailed is a handshake that did not succeed.
func loginFailed(t peer.Target, err error) error {
	var own *message.Problem
	switch {
	case errors.As(err, &own):
		if own.Where == "" {
			return message.At(t.String(), own)
		}
		return own
	case strings.Contains(err.Error(), "unable to authenticate"):
		return peer.LoginRefused.Answered(peer.Failure(t, "ssh.no-key", message.Str("account", t.Account())).Hinted("ssh.hint.keys"))
	case strings.Contains(err.Error(), "no common algorithm"):
		return peer.Failure(t, "ssh.algorithms").From(err).Hinted("ssh.hint.update")
	}
	return peer.Failure(t, "ssh.login").From(err).Hinted("ssh.hint.port")
}

package ssh

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"tlsready/internal/source/remote/peer"
)

// hostKeys checks the keys of machines against known_hosts.
type hostKeys struct {
	target peer.Target
	files  []string
	known  ssh.HostKeyCallback
}

// knownHosts reads the files that are there.
func (o Options) knownHosts(t peer.Target) (*hostKeys, error) {
	h := &hostKeys{target: t}
	for _, path := range o.KnownHosts {
		if _, err := os.Stat(path); err == nil {
			h.files = append(h.files, path)
		}
	}
	var err error
	if h.known, err = knownhosts.New(h.files...); err != nil {
		return nil, failure(t, "the list of known hosts cannot be read", "mend or remove the line that is named", err)
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
		return failure(h.target, "its host key is revoked ("+shown+")", "do not connect until you know why", nil)
	case errors.As(err, &mismatch) && len(mismatch.Want) > 0:
		at := mismatch.Want[0]
		return failure(h.target, fmt.Sprintf("its host key has changed: it shows %s, but %s:%d has another", shown, at.Filename, at.Line),
			"somebody may stand between you and the machine; if it was set up anew, remove that line and connect once with ssh", nil)
	case errors.As(err, &mismatch):
		return failure(h.target, "its host key is not known ("+shown+")", "connect once with ssh, compare the key with the one on the machine, and accept it", nil)
	}
	return failure(h.target, "its host key cannot be checked", "", err)
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

// Hints that several errors share.
const (
	hintShell = "set the default shell of its OpenSSH server to cmd.exe or PowerShell, and let the account run commands"
	hintKeys  = "add your key to the agent (ssh-add), and see that the machine has its public half: for members of Administrators in " +
		`C:\ProgramData\ssh\administrators_authorized_keys, for others in .ssh\authorized_keys`
	hintPort = "check that the machine is on, that its OpenSSH server runs (sc query sshd), and that its firewall lets TCP port %d in"
)

func failure(t peer.Target, msg, hint string, err error) error {
	return &peer.Error{Target: t.String(), Msg: msg, Hint: hint, Err: err}
}

// loginFailed is a handshake that did not succeed.
func loginFailed(t peer.Target, err error) error {
	var own *peer.Error
	switch {
	case errors.As(err, &own):
		if own.Target == "" {
			own.Target = t.String()
		}
		return own
	case strings.Contains(err.Error(), "unable to authenticate"):
		return &peer.Error{Target: t.String(), Msg: "it takes none of the keys, nor a password, for " + t.Account(), Hint: hintKeys, Login: peer.LoginRefused}
	case strings.Contains(err.Error(), "no common algorithm"):
		return failure(t, "it and this program have no algorithm in common", "update its OpenSSH server", err)
	}
	return failure(t, "the log-in failed", "check that an OpenSSH server answers on this port", err)
}

//go:build linux

package sshd

import (
	"os"
	"strings"
	"testing"

	"tlsready/internal/source/remote/peer"
	"tlsready/internal/source/remote/ssh"
)

// Proves that a key that is not known, has changed, or belongs to a stranger ends
// before any command is run, and that each error says what to do.
func TestLogin(t *testing.T) {
	s := start(t)
	right := s.options(t, "cmd")
	for _, c := range []struct {
		name       string
		opt        ssh.Options
		user       string
		want, hint string
	}{
		{"unknown host key", ssh.Options{Keys: right.Keys, KnownHosts: []string{s.path("none")}}, s.account, "host key is not known (ssh-ed25519 SHA256:", "ssh"},
		{"changed host key", ssh.Options{Keys: right.Keys, KnownHosts: []string{s.known(t, "stranger")}}, s.account, "known_hosts.stranger:2 has another", "remove that line"},
		{"stranger", ssh.Options{Keys: []string{s.path("stranger")}, KnownHosts: right.KnownHosts}, s.account, "none of the keys", "administrators_authorized_keys"},
		{"no key", ssh.Options{Keys: []string{s.path("none")}, KnownHosts: right.KnownHosts}, s.account, "none of the keys", "ssh-add"},
	} {
		t.Run(c.name, func(t *testing.T) {
			target := s.target()
			target.User = c.user
			conn, err := ssh.Open(t.Context(), target, c.opt)
			if conn != nil || err == nil {
				t.Fatal("it was let in")
			}
			what, hint := shown(t, err)
			if !strings.Contains(what, c.want) || !strings.Contains(hint, c.hint) {
				t.Errorf("error %q, hint %q", what, hint)
			}
		})
	}
	closed := peer.Target{Scheme: "ssh", User: "a", Host: "127.0.0.1", Port: 1}
	_, err := ssh.Open(t.Context(), closed, right)
	if what, hint := shown(t, err); !strings.Contains(what, "no connection") || !strings.Contains(hint, "sshd") {
		t.Errorf("a closed port: %v", err)
	}
	if text, err := os.ReadFile(s.path("commands")); err != nil || len(text) > 0 {
		t.Errorf("commands were run: %q %v", text, err)
	}
}

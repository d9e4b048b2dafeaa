//go:build linux

package samba

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/registry"
	"tlsready/internal/source"
	"tlsready/internal/source/remote"
	"tlsready/internal/source/remote/peer"
)

const (
	protocols = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols`
	dotnet    = `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`
	dotnet32  = `HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319`
)

// settings fills the registry of the server with a host's settings.
func (s *server) settings(t testing.TB) {
	for _, key := range []string{protocols + `\TLS 1.0\Client`, protocols + `\TLS 1.2\Client`, dotnet, dotnet32} {
		s.registry(t, "createkey", key)
	}
	c := s.open(t)
	for _, key := range []string{dotnet, dotnet32} { // a fix of another test may have left them
		_ = c.Delete(t.Context(), key, "SystemDefaultTlsVersions")
	}
	s.registry(t, "setvalue", protocols+`\TLS 1.2\Client`, "Enabled", "dword", "4294967295")
	s.registry(t, "setvalue", protocols+`\TLS 1.2\Client`, "DisabledByDefault", "dword", "0")
	s.registry(t, "setvalue", protocols+`\TLS 1.0\Client`, "Enabled", "sz", "1")
	s.registry(t, "setvalue", dotnet, "SchUseStrongCrypto", "dword", "1")
	// "net registry setvalue" takes the word multi_sz for the first string.
	list, err := registry.NewValue("表示名", host.Multi("値", "two words"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Set(t.Context(), dotnet32, list); err != nil {
		t.Fatal(err)
	}
}

func options(s *server) remote.Options {
	return remote.Options{
		Passwords: &peer.Passwords{Environment: password},
		// Every name is the one server, so that one server stands for many hosts.
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, fmt.Sprintf("127.0.0.1:%d", s.port))
		},
	}
}

// Proves that a machine reached over SMB becomes a snapshot: what is there with
// its type, and what is absent under the keys that were looked through.
func TestSnapshot(t *testing.T) {
	s := needServer(t)
	s.settings(t)
	snapshot, err := source.ReadOne(t.Context(), "smb://root@fs01.example.com", source.Options{
		OS: "Windows Server 2012 R2", Schemes: remote.Schemes(options(s)),
	})
	if err != nil {
		t.Fatal(err)
	}
	view := host.NewView(snapshot)
	for _, c := range []struct {
		key, name string
		want      host.Data
	}{
		{protocols + `\TLS 1.2\Client`, "Enabled", host.Dword(4294967295)},
		{protocols + `\TLS 1.0\Client`, "Enabled", host.String("1")},
		{dotnet, "SchUseStrongCrypto", host.Dword(1)},
		{dotnet32, "表示名", host.Multi("値", "two words")},
	} {
		if got, state := view.Lookup(host.NewRef(c.key, c.name)); state != host.Present || !got.Equal(c.want) {
			t.Errorf("%s %s: %+v %s, want %+v", c.key, c.name, got, state, c.want)
		}
	}
	for _, c := range []struct {
		key  string
		want host.State
	}{
		{protocols + `\TLS 1.1\Client`, host.Absent},
		{`HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002`, host.Absent},
		{`HKLM\SOFTWARE\Other`, host.NotAsked},
	} {
		if _, state := view.Lookup(host.NewRef(c.key, "Enabled")); state != c.want {
			t.Errorf("%s: %s, want %s", c.key, state, c.want)
		}
	}
	if snapshot.Source != "smb://root@fs01.example.com" || snapshot.Name == "" {
		t.Errorf("source %q, name %q", snapshot.Source, snapshot.Name)
	}
	if want := 9600; snapshot.OS.Build != want {
		t.Errorf("build %d, want %d", snapshot.OS.Build, want)
	}
}

// What one run reads: through the program as many as the goal names, which is 30
// seconds for them; within the process fewer. limit is what a busy machine may take,
// since most of the time goes into samba's log-ins.
const (
	hosts = 500
	fewer = 150
	limit = 5 * time.Minute
)

// Proves that hundreds of machines are read in one run in the order of their
// ids, that one that cannot be reached costs only itself, and how long it takes.
func TestManyHosts(t *testing.T) {
	s := needServer(t)
	s.settings(t)
	opt := options(s)
	dial := opt.Dial
	opt.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasPrefix(address, "host-075.") {
			return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("connection refused")}
		}
		return dial(ctx, network, address)
	}
	var urls []string
	for i := range fewer {
		urls = append(urls, fmt.Sprintf("smb://root@host-%03d.example.com", fewer-1-i))
	}
	begun, n := time.Now(), 0
	for h, err := range source.Read(t.Context(), urls, source.Options{OS: "Windows Server 2012 R2", Schemes: remote.Schemes(opt)}) {
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("host-%03d.example.com", n); h.ID != want {
			t.Fatalf("host %d is %s, want %s", n, h.ID, want)
		}
		switch {
		case n == 75:
			if h.Err == nil || !strings.Contains(h.Err.Error(), "no connection") || !strings.Contains(message.English(message.HintOf(h.Err)), "445") {
				t.Errorf("the machine without a connection: %+v", h.Err)
			}
		case h.Err != nil:
			t.Errorf("%s: %v", h.ID, h.Err)
		case len(h.Snapshot.Registry) < 5:
			t.Errorf("%s has %d values", h.ID, len(h.Snapshot.Registry))
		}
		n++
	}
	took := time.Since(begun)
	t.Logf("%d hosts, %d at a time: %s", n, remote.DefaultConcurrency, took.Round(time.Millisecond))
	if n != fewer {
		t.Errorf("%d hosts, want %d", n, fewer)
	}
	if took > limit {
		t.Errorf("it took %s, the limit is %s", took, limit)
	}
}

// Proves that a wrong password, a wrong user and a missing user each say what to
// do, and that the password stands in no error, snapshot or printed option.
func TestRefused(t *testing.T) {
	s := needServer(t)
	const wrong = "Wrong-Secret-99"
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(wrong+"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ url, want string }{
		{"smb://root@fs01", "password is wrong"},
		{`smb://CORP\nobody@fs01`, "password is wrong"},
		{"smb://fs01", "no user"},
		{"smb://root:" + wrong + "@fs01", "command line"},
	} {
		opt := options(s)
		opt.Passwords = &peer.Passwords{File: file}
		c2, err := remote.Open(t.Context(), c.url, opt)
		hint := message.English(message.HintOf(err))
		if c2 != nil || err == nil || !strings.Contains(err.Error(), c.want) || hint == "" {
			t.Errorf("%s: %+v, want %q", strings.ReplaceAll(c.url, wrong, "…"), err, c.want)
		}
		seen := fmt.Sprintf("%v %+v %#v %s", err, err, err, hint)
		if secret, err := opt.Passwords.Find(t.Context(), peer.Target{User: "root"}); err == nil {
			seen += fmt.Sprintf("%v %+v %#v %s %q %x", secret, secret, secret, secret, secret, secret)
		}
		if strings.Contains(seen, wrong) {
			t.Errorf("the password can be read: %s", seen)
		}
	}
}

// Proves that nothing that samba logs or that our snapshots hold shows the
// password.
func TestPasswordIsNowhere(t *testing.T) {
	s := needServer(t)
	snapshot, err := source.ReadOne(t.Context(), "smb://root@fs01", source.Options{OS: "6.3.9600", Schemes: remote.Schemes(options(s))})
	if err != nil {
		t.Fatal(err)
	}
	text, err := snapshot.Encode()
	if err != nil {
		t.Fatal(err)
	}
	logs, _ := filepath.Glob(filepath.Join(s.dir, "log", "log.*"))
	for _, file := range logs {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, data...)
	}
	if len(logs) == 0 || bytes.Contains(text, []byte(password)) {
		t.Errorf("%d logs; the password is among the %d bytes", len(logs), len(text))
	}
}

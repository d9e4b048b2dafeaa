//go:build linux

package samba

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/remote"
	"tlsready/internal/source/remote/smb"
	"tlsready/internal/testkit/loopback"
	"tlsready/internal/testkit/parts"
)

// The realm's settings: loopback alone, no name service, and tickets without the
// directory's part, which a samba outside a domain refuses.
const (
	krb5Conf = `[libdefaults]
default_realm = EXAMPLE.COM
dns_lookup_kdc = false
dns_lookup_realm = false
rdns = false
dns_canonicalize_hostname = false
udp_preference_limit = 1
[realms]
EXAMPLE.COM = {
 kdc = 127.0.0.1:%[1]d
}
[domain_realm]
localhost = EXAMPLE.COM
`
	kdcConf = `[kdcdefaults]
kdc_listen = 127.0.0.1:%[1]d
kdc_tcp_listen = 127.0.0.1:%[1]d
[realms]
EXAMPLE.COM = {
 database_name = %[2]s/principal
 key_stash_file = %[2]s/stash
 acl_file = %[2]s/acl
 max_life = 1h
 disable_pac = true
 supported_enctypes = aes256-cts-hmac-sha1-96:normal
}
`
	ticketPassword = "Ticket-Horse 8"
)

// realm is a Kerberos realm on loopback, which knows the user root and the
// machine localhost.
type realm struct {
	dir, config, cache string
	env                []string
}

// needRealm starts a key distribution centre, gives the samba server its key and
// gets a ticket for root.
func needRealm(t *testing.T, s *server) *realm {
	t.Helper()
	for _, program := range []string{"krb5kdc", "kdb5_util", "kadmin.local", "kinit"} {
		parts.Need(t, program, "krb5-kdc krb5-admin-server krb5-user")
	}
	dir := t.TempDir()
	k := &realm{dir: dir, config: filepath.Join(dir, "krb5.conf"), cache: filepath.Join(dir, "cache")}
	k.env = append(os.Environ(), "KRB5_CONFIG="+k.config, "KRB5_KDC_PROFILE="+filepath.Join(dir, "kdc.conf"), "LC_ALL=C")
	port := freeTCP(t)
	for name, text := range map[string]string{k.config: fmt.Sprintf(krb5Conf, port), filepath.Join(dir, "kdc.conf"): fmt.Sprintf(kdcConf, port, dir)} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	k.run(t, "", "kdb5_util", "create", "-s", "-r", "EXAMPLE.COM", "-P", "master")
	for _, query := range []string{`addprinc -pw "` + ticketPassword + `" root`, "addprinc -randkey cifs/localhost", "ktadd -k " + filepath.Join(s.dir, "smb.keytab") + " cifs/localhost"} {
		k.run(t, "", "kadmin.local", "-r", "EXAMPLE.COM", "-q", query)
	}
	kdc := exec.Command("krb5kdc", "-n", "-r", "EXAMPLE.COM")
	kdc.Env = k.env
	if err := kdc.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = kdc.Process.Kill()
		_ = kdc.Wait()
	})
	awaitTCP(t, port)
	k.run(t, ticketPassword+"\n", "kinit", "-c", "FILE:"+k.cache, "root")
	return k
}

func (k *realm) run(t *testing.T, input, program string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env, cmd.Stdin = k.env, strings.NewReader(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
}

func freeTCP(t *testing.T) int {
	t.Helper()
	ports, err := loopback.FreePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	return ports[0]
}

func awaitTCP(t *testing.T, port int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			_ = c.Close()
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("the key distribution centre takes no connections")
		}
	}
}

func (k *realm) tickets() *smb.Tickets {
	return &smb.Tickets{Cache: "FILE:" + k.cache, Config: k.config}
}

// Proves that a machine is read and changed with the ticket that kinit left, by
// a target without a user and without any password.
func TestKerberosTicket(t *testing.T) {
	s := needServer(t)
	s.settings(t)
	k := needRealm(t, s)
	url := fmt.Sprintf("smb://localhost:%d", s.port)
	opt := remote.Options{Tickets: k.tickets()}
	snapshot, err := source.ReadOne(t.Context(), url, source.Options{OS: "Windows Server 2012 R2", Schemes: remote.Schemes(opt)})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, v := range snapshot.Registry {
		found = found || v.Key == dotnet && v.Name == "SchUseStrongCrypto" && v.Data.Number == 1
	}
	if !found {
		t.Errorf("the setting is not in the snapshot: %v", snapshot.Registry)
	}
	c, err := remote.Open(t.Context(), url, opt)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Delete(t.Context(), dotnet, "SchUseStrongCrypto"); err != nil {
		t.Errorf("change: %v", err)
	}
}

// Proves that every reason for having no ticket is told, with what to do.
func TestKerberosFailures(t *testing.T) {
	s := needServer(t)
	k := needRealm(t, s)
	damaged := filepath.Join(k.dir, "damaged")
	text, err := os.ReadFile(k.cache)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(damaged, text[:len(text)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	late := func() time.Time { return time.Now().Add(2 * time.Hour) }
	for _, c := range []struct {
		name, host string
		tickets    *smb.Tickets
		want, hint string
	}{
		{"no cache", "localhost", &smb.Tickets{Cache: filepath.Join(k.dir, "none"), Config: k.config}, "there is no Kerberos ticket to use", "kinit"},
		{"damaged", "localhost", &smb.Tickets{Cache: damaged, Config: k.config}, "there is no Kerberos ticket to use", "kinit"},
		{"another kind of cache", "localhost", &smb.Tickets{Cache: "KCM:0", Config: k.config}, "KCM:0", "kinit"},
		{"expired", "localhost", &smb.Tickets{Cache: k.cache, Config: k.config, Now: late}, "expired on", "kinit"},
		{"no configuration", "localhost", &smb.Tickets{Cache: k.cache, Config: filepath.Join(k.dir, "none.conf")}, "none.conf", "kinit"},
		{"an address", "127.0.0.1", k.tickets(), "not for addresses", "smb://USER@"},
		{"a machine that the realm does not know", "fs01.example.com", k.tickets(), "the domain knows no machine of this name", "write the name as the domain has it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := remote.Open(t.Context(), fmt.Sprintf("smb://%s:%d", c.host, s.port), remote.Options{Tickets: c.tickets})
			hint := message.English(message.HintOf(err))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(hint, c.hint) {
				t.Errorf("error %v, want %q with hint %q", err, c.want, c.hint)
			}
			t.Logf("%v\nhint: %s", err, hint)
		})
	}
}

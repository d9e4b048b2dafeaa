//go:build linux

package servers

import (
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tlsready"
	"tlsready/test/lab/labkit"
)

// dovecotPolicies are the rows of one Dovecot, each on a loopback address of its
// own, with the settings of that address.
func dovecotPolicies(t *testing.T, keys labkit.Keys) (rows []labkit.Row, settings []string) {
	t.Helper()
	pair := func(k labkit.Key) string { return "ssl_cert = <" + k.Cert + "\nssl_key = <" + k.Key + "\n" }
	rows = []labkit.Row{
		{Name: "1.2 and 1.3", Versions: "1.2 1.3", Key: &keys.RSA, Suites: gcmRSA + "; " + labkit.Suites13},
		{Name: "1.0 to 1.3", Versions: "1.0 1.1 1.2 1.3", Key: &keys.RSA, Suites: labkit.OpenSSL(t, everyAES, "rsa", tlsready.TLS10, tlsready.TLS11, tls12, tlsready.TLS13)},
		{Name: "1.3 alone", Versions: "1.3", Key: &keys.EC, Groups: "secp384r1", Suites: "1.3: TLS_AES_256_GCM_SHA384"},
		{Name: "DHE without parameters", Versions: "1.0 1.1 1.2 1.3", Key: &keys.RSA, Suites: labkit.Suites13},
		{Name: "no TLS", Error: refuses},
	}
	return rows, []string{
		pair(keys.RSA) + "ssl_min_protocol = TLSv1.2\nssl_cipher_list = ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384\n",
		pair(keys.RSA) + "ssl_min_protocol = TLSv1\nssl_cipher_list = " + everyAES + "\n",
		pair(keys.EC) + "ssl_min_protocol = TLSv1.3\nssl_cipher_suites = TLS_AES_256_GCM_SHA384\nssl_curve_list = P-384\n",
		pair(keys.RSA) + "ssl_min_protocol = TLSv1\nssl_cipher_list = DHE+AES:" + everyAES + "\n",
		"ssl = no\n",
	}
}

// Proves that probe --starttls imap and pop3 say exactly what Dovecot was told to
// take on each of its addresses, and that one without TLS, and one that speaks
// another protocol, are told as such.
func TestDovecot(t *testing.T) {
	t.Parallel()
	dovecot := labkit.Need(t, "dovecot", "dovecot-imapd dovecot-pop3d")
	labkit.NeedRoot(t)
	dir := labkit.Dir(t)
	policies, settings := dovecotPolicies(t, labkit.MakeKeys(t, dir))
	ports := labkit.Ports(t, 2)
	conf := fmt.Sprintf(`base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = /dev/stderr
protocols = imap pop3
ssl = yes
ssl_cert = <%[1]s/rsa.crt
ssl_key = <%[1]s/rsa.key
auth_debug = no
passdb {
  driver = static
  args = nopassword=y
}
service imap-login {
  service_count = 0
  inet_listener imap {
    port = %[2]d
  }
  inet_listener imaps {
    port = 0
  }
}
service pop3-login {
  service_count = 0
  inet_listener pop3 {
    port = %[3]d
  }
  inet_listener pop3s {
    port = 0
  }
}
`, dir, ports[0], ports[1])
	var addresses, hosts []string
	var rows []labkit.Row
	for i, policy := range policies {
		host := fmt.Sprintf("127.0.0.%d", i+1)
		hosts = append(hosts, host)
		conf += fmt.Sprintf("local %s {\n%s}\n", host, settings[i])
		for j, protocol := range []string{"imap", "pop3"} {
			r := policy
			r.Name = protocol + ", " + r.Name
			r.Address = net.JoinHostPort(host, strconv.Itoa(ports[j]))
			r.Flags = []string{"--starttls", protocol}
			addresses = append(addresses, r.Address)
			rows = append(rows, r)
		}
	}
	conf += "listen = " + strings.Join(hosts, ", ") + "\n"
	rows = append(rows,
		labkit.Row{Name: "imap asked in POP3", Address: rows[0].Address, Flags: []string{"--starttls", "pop3"}, Error: foreign},
		labkit.Row{Name: "pop3 asked in IMAP", Address: rows[1].Address, Flags: []string{"--starttls", "imap"}, Error: foreign})
	labkit.Write(t, filepath.Join(dir, "dovecot.conf"), conf)
	labkit.Start(t, exec.Command(dovecot, "-F", "-c", filepath.Join(dir, "dovecot.conf")), addresses...)
	check(t, rows)
}

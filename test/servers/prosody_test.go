//go:build linux

package servers

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"tlsready"
	"tlsready/test/lab/labkit"
)

// Proves that probe --starttls xmpp says exactly what Prosody was told to take for
// each of its domains, which XMPP names in clear, and that a domain that it does
// not serve, and one without TLS, are told as such.
func TestProsody(t *testing.T) {
	t.Parallel()
	prosody := labkit.Need(t, "prosody", "prosody")
	labkit.NeedRoot(t)
	dir := labkit.Dir(t)
	keys := labkit.MakeKeys(t, dir)
	port := labkit.Ports(t, 1)[0]
	host := func(name string, k labkit.Key, protocol, cipher string) string {
		return fmt.Sprintf("VirtualHost %q\n  ssl = { key = %q; certificate = %q; protocol = %q; ciphers = %q; curveslist = { \"P-256\", \"P-384\" } }\n", name, k.Key, k.Cert, protocol, cipher)
	}
	conf := fmt.Sprintf(`run_as_root = true
pidfile = "%[1]s/pid"
data_path = "%[1]s/data"
certificates = "%[1]s"
log = { { levels = { min = "info" }, to = "console" } }
modules_enabled = { "tls" }
modules_disabled = { "s2s", "offline", "c2s_unauthed" }
interfaces = { "127.0.0.1" }
c2s_ports = { %[2]d }
c2s_direct_tls_ports = {}
s2s_ports = {}
`, dir, port) +
		host(labkit.Name, keys.RSA, "tlsv1_2", "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384") +
		host("old.test", keys.RSA, "tlsv1+", everyAES) +
		host("new.test", keys.EC, "tlsv1_2+", "ECDHE-ECDSA-AES128-GCM-SHA256") +
		"VirtualHost \"plain.test\"\n  modules_disabled = { \"tls\" }\n"
	rows := []labkit.Row{
		{Name: "1.2 alone", Versions: "1.2", Key: &keys.RSA, Suites: gcmRSA, Groups: "secp256r1 secp384r1"},
		{Name: "1.0 to 1.3", Flags: []string{"--sni", "old.test"}, Versions: "1.0 1.1 1.2 1.3", Key: &keys.RSA, Suites: labkit.OpenSSL(t, everyAES, "rsa", tlsready.TLS10, tlsready.TLS11, tls12, tlsready.TLS13)},
		{Name: "1.2 and 1.3", Flags: []string{"--sni", "new.test"}, Versions: "1.2 1.3", Key: &keys.EC, Suites: gcmEC + "; " + labkit.Suites13},
		{Name: "a domain without TLS", Flags: []string{"--sni", "plain.test"}, Error: refuses},
		{Name: "a domain of nobody", Flags: []string{"--sni", "nobody.test"}, Error: refuses},
	}
	for i := range rows {
		rows[i].Address = labkit.At(port)
		rows[i].Flags = append(rows[i].Flags, "--starttls", "xmpp")
	}
	labkit.Write(t, filepath.Join(dir, "prosody.cfg.lua"), conf)
	labkit.Run(t, "chown", "prosody", dir)
	labkit.Start(t, labkit.As(t, exec.Command(prosody, "--config", filepath.Join(dir, "prosody.cfg.lua"), "-F"), "prosody"), rows[0].Address)
	check(t, rows)
}

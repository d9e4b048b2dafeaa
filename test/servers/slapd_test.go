//go:build linux

package servers

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"tlsready/test/lab/labkit"
)

// Proves that probe --starttls ldap says exactly what OpenLDAP, which Debian builds
// with GnuTLS, was told to take, and that one without a certificate is told as such.
func TestOpenLDAP(t *testing.T) {
	t.Parallel()
	slapd := labkit.Need(t, "slapd", "slapd")
	dir := labkit.Dir(t)
	keys := labkit.MakeKeys(t, dir)
	rows := []labkit.Row{
		{Name: "1.2 alone", Versions: "1.2", Key: &keys.RSA, Suites: gcmRSA, Groups: "secp256r1"},
		{Name: "1.2 and 1.3", Versions: "1.2 1.3", Key: &keys.EC, Suites: "1.2: TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256; 1.3: TLS_AES_128_GCM_SHA256", Groups: "secp256r1 x25519"},
		{Name: "1.0 and 1.1", Versions: "1.0 1.1", Key: &keys.RSA, Suites: "1.0: TLS_RSA_WITH_3DES_EDE_CBC_SHA TLS_RSA_WITH_AES_128_CBC_SHA; 1.1: TLS_RSA_WITH_3DES_EDE_CBC_SHA TLS_RSA_WITH_AES_128_CBC_SHA", Groups: "-"},
		{Name: "no certificate", Error: refuses},
	}
	settings := []string{
		slapdTLS(keys.RSA, "NONE:+VERS-TLS1.2:+ECDHE-RSA:+AES-128-GCM:+AES-256-GCM:+AEAD:+SIGN-ALL:+COMP-NULL:+GROUP-SECP256R1:+CTYPE-X509"),
		slapdTLS(keys.EC, "NONE:+VERS-TLS1.2:+VERS-TLS1.3:+ECDHE-ECDSA:+AES-128-GCM:+AEAD:+SIGN-ALL:+COMP-NULL:+GROUP-SECP256R1:+GROUP-X25519:+CTYPE-X509"),
		slapdTLS(keys.RSA, "NONE:+VERS-TLS1.0:+VERS-TLS1.1:+RSA:+AES-128-CBC:+3DES-CBC:+SHA1:+SIGN-ALL:+COMP-NULL:+CTYPE-X509"),
		"",
	}
	ports := labkit.Ports(t, len(rows))
	for i := range rows {
		conf := filepath.Join(dir, fmt.Sprintf("slapd-%d.conf", i))
		labkit.Write(t, conf, settings[i])
		rows[i].Address, rows[i].Flags = labkit.At(ports[i]), []string{"--starttls", "ldap"}
		labkit.Start(t, exec.Command(slapd, "-d", "0", "-f", conf, "-h", "ldap://"+rows[i].Address+"/"), rows[i].Address)
	}
	check(t, rows)
}

func slapdTLS(k labkit.Key, priority string) string {
	return fmt.Sprintf("TLSCertificateFile %s\nTLSCertificateKeyFile %s\nTLSCipherSuite %s\n", k.Cert, k.Key, priority)
}

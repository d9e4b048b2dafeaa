//go:build linux

package servers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tlsready"
	"tlsready/test/lab/labkit"
)

// Proves that probe --starttls ftp says exactly what vsftpd was told to take, and
// that one without TLS is told as such.
func TestVsftpd(t *testing.T) {
	t.Parallel()
	vsftpd := labkit.Need(t, "vsftpd", "vsftpd")
	labkit.NeedRoot(t)
	dir := labkit.Dir(t)
	keys := labkit.MakeKeys(t, dir)
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	rows := []labkit.Row{
		{Name: "1.2 and 1.3", Versions: "1.2 1.3", Key: &keys.RSA, Suites: gcmRSA + "; " + labkit.Suites13},
		{Name: "an EC key", Versions: "1.2 1.3", Key: &keys.EC, Suites: gcmEC + "; " + labkit.Suites13},
		{Name: "1.0 to 1.3", Versions: "1.0 1.1 1.2 1.3", Key: &keys.RSA, Suites: labkit.OpenSSL(t, everyAES, "rsa", tlsready.TLS10, tlsready.TLS11, tls12, tlsready.TLS13)},
		{Name: "no TLS", Error: refuses},
	}
	settings := []string{
		vsftpdTLS(keys.RSA, "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384"),
		vsftpdTLS(keys.EC, "ECDHE-ECDSA-AES128-GCM-SHA256"),
		vsftpdTLS(keys.RSA, everyAES),
		"ssl_enable=NO\n",
	}
	ports := labkit.Ports(t, len(rows))
	for i := range rows {
		conf := filepath.Join(dir, fmt.Sprintf("vsftpd-%d.conf", i))
		labkit.Write(t, conf, fmt.Sprintf("listen=YES\nlisten_ipv6=NO\nbackground=NO\nlisten_address=127.0.0.1\nlisten_port=%d\nanonymous_enable=YES\nnopriv_user=nobody\nsecure_chroot_dir=%s\nxferlog_enable=NO\n%s", ports[i], empty, settings[i]))
		rows[i].Address, rows[i].Flags = labkit.At(ports[i]), []string{"--starttls", "ftp"}
		labkit.Start(t, exec.Command(vsftpd, conf), rows[i].Address)
	}
	check(t, rows)
}

func vsftpdTLS(k labkit.Key, cipher string) string {
	return fmt.Sprintf("ssl_enable=YES\nallow_anon_ssl=YES\nssl_tlsv1=YES\nssl_sslv2=NO\nssl_sslv3=NO\nrsa_cert_file=%s\nrsa_private_key_file=%s\nssl_ciphers=%s\n", k.Cert, k.Key, cipher)
}

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

// Proves that probe --starttls rdp says exactly what xrdp was told to take, and
// that one with RDP's own encryption alone is told as such.
func TestXRDP(t *testing.T) {
	t.Parallel()
	xrdp := labkit.Need(t, "xrdp", "xrdp")
	labkit.NeedRoot(t)
	dir := labkit.Dir(t)
	keys := labkit.MakeKeys(t, dir)
	rows := []labkit.Row{
		{Name: "1.2 alone", Versions: "1.2", Key: &keys.RSA, Suites: gcmRSA},
		{Name: "1.2 and 1.3, negotiated", Versions: "1.2 1.3", Key: &keys.EC, Suites: gcmEC + "; " + labkit.Suites13},
		{Name: "1.0 to 1.2", Versions: "1.0 1.1 1.2", Key: &keys.RSA, Suites: labkit.OpenSSL(t, everyAES, "rsa", tlsready.TLS10, tlsready.TLS11, tls12)},
		{Name: "RDP's own encryption", Error: refuses},
	}
	settings := []string{
		xrdpTLS(keys.RSA, "tls", "TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384"),
		xrdpTLS(keys.EC, "negotiate", "TLSv1.2, TLSv1.3", "ECDHE-ECDSA-AES128-GCM-SHA256"),
		xrdpTLS(keys.RSA, "tls", "TLSv1, TLSv1.1, TLSv1.2", everyAES),
		"security_layer=rdp\n",
	}
	ports := labkit.Ports(t, len(rows))
	for i := range rows {
		conf := filepath.Join(dir, fmt.Sprintf("xrdp-%d.ini", i))
		labkit.Write(t, conf, fmt.Sprintf("[Globals]\nini_version=1\nfork=true\nport=tcp://127.0.0.1:%d\ncrypt_level=high\n%s\n[Logging]\nLogFile=%s/log-%d\nLogLevel=INFO\nEnableSyslog=false\nEnableConsole=true\nConsoleLevel=INFO\n\n[Channels]\n\n[Xorg]\nname=Xorg\nlib=libxup.so\n", ports[i], settings[i], dir, i))
		rows[i].Address, rows[i].Flags = labkit.At(ports[i]), []string{"--starttls", "rdp"}
		labkit.Start(t, exec.Command(xrdp, "--nodaemon", "--config", conf), rows[i].Address)
	}
	check(t, rows)
}

func xrdpTLS(k labkit.Key, layer, versions, cipher string) string {
	return fmt.Sprintf("security_layer=%s\ncertificate=%s\nkey_file=%s\nssl_protocols=%s\ntls_ciphers=%s\n", layer, k.Cert, k.Key, versions, cipher)
}

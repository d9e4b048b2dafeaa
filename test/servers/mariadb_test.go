//go:build linux

package servers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tlsready/test/lab/labkit"
)

// Proves that probe --starttls mysql says exactly what MariaDB was told to take,
// and that one without TLS is told as such.
func TestMariaDB(t *testing.T) {
	t.Parallel()
	mariadbd := labkit.Need(t, "mariadbd", "mariadb-server-core")
	labkit.NeedRoot(t)
	dir := labkit.Dir(t)
	keys := labkit.MakeKeys(t, dir)
	rows := []labkit.Row{
		{Name: "1.2 alone", Versions: "1.2", Key: &keys.RSA, Suites: gcmRSA},
		{Name: "1.2 and 1.3", Versions: "1.2 1.3", Key: &keys.EC, Suites: gcmEC + "; " + labkit.Suites13},
		{Name: "1.1 alone", Versions: "1.1", Key: &keys.RSA, Suites: "1.1: TLS_RSA_WITH_AES_128_CBC_SHA TLS_RSA_WITH_AES_256_CBC_SHA", Groups: "-"},
		{Name: "no TLS", Error: refuses},
	}
	settings := [][]string{
		mariadbTLS(keys.RSA, "TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384"),
		mariadbTLS(keys.EC, "TLSv1.2,TLSv1.3", "ECDHE-ECDSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"),
		mariadbTLS(keys.RSA, "TLSv1.1", "AES128-SHA:AES256-SHA:@SECLEVEL=0"),
		{"--skip-ssl"},
	}
	ports := labkit.Ports(t, len(rows))
	for i := range rows {
		data := filepath.Join(dir, fmt.Sprint(i))
		if err := os.MkdirAll(filepath.Join(data, "mysql"), 0o755); err != nil {
			t.Fatal(err)
		}
		labkit.Run(t, "chown", "-R", "nobody", data)
		rows[i].Address, rows[i].Flags = labkit.At(ports[i]), []string{"--starttls", "mysql"}
		args := append([]string{
			"--no-defaults", "--datadir=" + data, "--socket=" + data + "/s", "--pid-file=" + data + "/pid", "--bind-address=127.0.0.1", fmt.Sprintf("--port=%d", ports[i]),
			"--skip-grant-tables", "--skip-networking=0", "--innodb=OFF", "--default-storage-engine=Aria", "--default-tmp-storage-engine=Aria", "--performance-schema=OFF",
		}, settings[i]...)
		labkit.Start(t, labkit.As(t, exec.Command(mariadbd, args...), "nobody"), rows[i].Address)
	}
	check(t, rows)
}

func mariadbTLS(k labkit.Key, versions, cipher string) []string {
	return []string{"--ssl-cert=" + k.Cert, "--ssl-key=" + k.Key, "--tls-version=" + versions, "--ssl-cipher=" + cipher}
}

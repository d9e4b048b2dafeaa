//go:build linux

package servers

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tlsready"
	"tlsready/test/lab/labkit"
)

// Proves that probe --starttls postgres says exactly what PostgreSQL was told to
// take, and that one with ssl = off is told as such.
func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	initdb := labkit.Need(t, "initdb", "postgresql", folders...)
	postgres := labkit.Need(t, "postgres", "postgresql", folders...)
	labkit.NeedRoot(t)
	dir := labkit.Dir(t)
	keys := labkit.MakeKeys(t, dir)
	run := func(cmd *exec.Cmd) {
		t.Helper()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
		}
	}
	run(exec.Command("chown", "postgres", dir, keys.RSA.Key, keys.EC.Key)) // it refuses a key that others may read
	run(exec.Command("chmod", "600", keys.RSA.Key, keys.EC.Key))
	first := filepath.Join(dir, "data")
	run(labkit.As(t, exec.Command(initdb, "-N", "-A", "trust", "--no-instructions", "--no-locale", "-E", "UTF8", "-D", first), "postgres"))
	rows := []labkit.Row{
		{Name: "1.2 alone", Versions: "1.2", Key: &keys.RSA, Suites: gcmRSA, Groups: "secp384r1"},
		{Name: "1.2 and 1.3", Versions: "1.2 1.3", Key: &keys.EC, Suites: gcmEC + "; " + labkit.Suites13, Groups: "secp256r1"},
		{Name: "1.0 to 1.2", Versions: "1.0 1.1 1.2", Key: &keys.RSA, Suites: labkit.OpenSSL(t, everyAES, "rsa", tlsready.TLS10, tlsready.TLS11, tls12)},
		{Name: "ssl off", Error: refuses},
	}
	settings := []string{
		"ssl_min_protocol_version=TLSv1.2 ssl_max_protocol_version=TLSv1.2 ssl_ecdh_curve=secp384r1 ssl_ciphers=ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384" + postgresKey(keys.RSA),
		"ssl_min_protocol_version=TLSv1.2 ssl_ecdh_curve=prime256v1 ssl_ciphers=ECDHE-ECDSA-AES128-GCM-SHA256" + postgresKey(keys.EC),
		"ssl_min_protocol_version=TLSv1 ssl_max_protocol_version=TLSv1.2 ssl_ciphers=" + everyAES + postgresKey(keys.RSA),
		"ssl=off",
	}
	ports := labkit.Ports(t, len(rows))
	for i := range rows {
		data := fmt.Sprintf("%s-%d", first, i)
		run(exec.Command("cp", "-a", first, data))
		rows[i].Address, rows[i].Flags = labkit.At(ports[i]), []string{"--starttls", "postgres"}
		args := []string{"-D", data, "-F"}
		for _, setting := range append(strings.Fields(settings[i]), "listen_addresses=127.0.0.1", fmt.Sprintf("port=%d", ports[i]), "unix_socket_directories=") {
			args = append(args, "-c", setting)
		}
		labkit.Start(t, labkit.As(t, exec.Command(postgres, args...), "postgres"), rows[i].Address)
	}
	check(t, rows)
}

func postgresKey(k labkit.Key) string {
	return " ssl=on ssl_cert_file=" + k.Cert + " ssl_key_file=" + k.Key
}

//go:build linux

package servers

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"tlsready"
	"tlsready/test/lab/labkit"
)

const tls12 = tlsready.TLS12

// postfixServices are the parts of Postfix that smtpd talks to before mail comes.
const postfixServices = `tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
`

// Proves that probe --starttls smtp says exactly what each of five listeners of one
// Postfix was told to take, and that one without STARTTLS is told as such.
func TestPostfix(t *testing.T) {
	t.Parallel()
	postfix := labkit.Need(t, "postfix", "postfix")
	labkit.NeedRoot(t)
	dir := labkit.Dir(t)
	keys := labkit.MakeKeys(t, dir)
	ports := labkit.Ports(t, 6)
	rows := []labkit.Row{
		{Name: "1.2 alone", Versions: "1.2", Key: &keys.RSA, Suites: gcmRSA},
		{Name: "1.2 and 1.3", Versions: "1.2 1.3", Key: &keys.EC, Suites: gcmEC + "; " + labkit.Suites13},
		{Name: "1.0 to 1.3", Versions: "1.0 1.1 1.2 1.3", Key: &keys.RSA},
		{Name: "1.0 alone", Versions: "1.0", Key: &keys.RSA, Groups: "-", Suites: "1.0: TLS_RSA_WITH_AES_128_CBC_SHA"},
		{Name: "1.3 alone", Versions: "1.3", Key: &keys.P384, Suites: labkit.Suites13},
		{Name: "no STARTTLS", Error: refuses},
	}
	options := []string{
		"smtpd_tls_protocols=TLSv1.2 tls_medium_cipherlist=ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384",
		"smtpd_tls_protocols=>=TLSv1.2 tls_medium_cipherlist=ECDHE-ECDSA-AES128-GCM-SHA256 " + postfixKey(keys.EC),
		"smtpd_tls_protocols=>=TLSv1 tls_medium_cipherlist=" + everyAES,
		"smtpd_tls_protocols=TLSv1 tls_medium_cipherlist=AES128-SHA:@SECLEVEL=0",
		"smtpd_tls_protocols=>=TLSv1.3 " + postfixKey(keys.P384),
		"smtpd_tls_security_level=none",
	}
	var master strings.Builder
	master.WriteString(postfixServices)
	var addresses []string
	for i, port := range ports {
		rows[i].Address = labkit.At(port)
		rows[i].Flags = []string{"--starttls", "smtp"}
		addresses = append(addresses, rows[i].Address)
		fmt.Fprintf(&master, "127.0.0.1:%d inet n - n - 20 smtpd\n", port)
		for _, option := range strings.Fields(options[i]) {
			fmt.Fprintf(&master, "  -o %s\n", option)
		}
	}
	rows[2].Suites = labkit.OpenSSL(t, everyAES, "rsa", tlsready.TLS10, tlsready.TLS11, tls12, tlsready.TLS13)
	labkit.Write(t, filepath.Join(dir, "master.cf"), master.String())
	labkit.Write(t, filepath.Join(dir, "main.cf"), postfixMain(t, dir, keys.RSA))
	t.Cleanup(func() { killMaster(dir) })
	labkit.Start(t, exec.Command(postfix, "-c", dir, "start-fg"), addresses...)
	rows = append(rows, labkit.Row{Name: "asked in IMAP", Address: rows[0].Address, Flags: []string{"--starttls", "imap"}, Error: foreign})
	check(t, rows)
}

// killMaster ends Postfix's master process and what it started: it has left the
// process group of the command that started it.
func killMaster(dir string) {
	text, err := os.ReadFile(filepath.Join(dir, "queue", "pid", "master.pid"))
	if err != nil {
		return
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return
	}
	if cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid)); err == nil && strings.HasPrefix(cwd, dir) {
		_ = syscall.Kill(-pid, syscall.SIGTERM)
	}
}

func postfixKey(k labkit.Key) string {
	return "smtpd_tls_chain_files=" + k.Both
}

// postfixMain is a configuration that delivers nothing, below dir alone.
func postfixMain(t *testing.T, dir string, k labkit.Key) string {
	t.Helper()
	for _, name := range []string{"queue", "data"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	owner, err := user.Lookup("postfix")
	if err != nil {
		t.Fatal(err)
	}
	uid, err := strconv.Atoi(owner.Uid)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(filepath.Join(dir, "data"), uid, -1); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
maillog_file = /dev/stdout
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = lab.test
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
smtpd_peername_lookup = no
smtpd_relay_restrictions = reject
smtpd_tls_security_level = may
smtpd_tls_chain_files = %[2]s
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
`, dir, k.Both)
}

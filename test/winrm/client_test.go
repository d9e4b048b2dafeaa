//go:build linux

package winrm

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/source/remote/winrm/winrmtest"
	"tlsready/internal/testkit/parts"
)

// client is a program for another client of WinRM: two commands in one session.
const client = `
import sys, warnings
warnings.simplefilter("ignore")
from winrm.protocol import Protocol
url, user, password, transport, encryption, ca = sys.argv[1:]
p = Protocol(endpoint=url, transport=transport, username=user, password=password, message_encryption=encryption, ca_trust_path=ca, server_cert_validation="validate")
shell = p.open_shell()
for line, arguments in (("first <&> \u8868", ["one", '"two words"']), ("second", [])):
    c = p.run_command(shell, line, arguments)
    out, err, code = p.get_command_output(shell, c)
    print(out.decode(), err.decode(), code)
    p.cleanup_command(shell, c)
p.close_shell(shell)
`

// withMD4 lets OpenSSL 3 compute MD4, which NTLM is made of.
const withMD4 = `openssl_conf = start
[start]
providers = both
[both]
default = on
legacy = on
[on]
activate = 1
`

// Proves that the service of these tests is one that another client of WinRM
// (pywinrm, with its own NTLM) can talk to: it logs in, encrypts, runs commands and
// gets their output and status. What passes against the service is not just what
// we think WinRM is.
func TestOtherClient(t *testing.T) {
	const python = "/usr/bin/python3"
	if exec.Command(python, "-c", "import winrm").Run() != nil {
		parts.Missing(t, "pywinrm", "python3-winrm")
	}
	openssl := filepath.Join(t.TempDir(), "openssl.cnf")
	must(t, os.WriteFile(openssl, []byte(withMD4), 0o600))
	for _, c := range []struct {
		name, transport, encryption string
		secure, right               bool
		offers                      []string
	}{
		{"NTLM over HTTP, encrypted", "ntlm", "always", false, true, nil},
		{"NTLM over HTTPS", "ntlm", "never", true, true, nil},
		{"NTLM over HTTPS, encrypted", "ntlm", "always", true, true, nil},
		{"Basic over HTTPS", "basic", "never", true, true, []string{"Basic"}},
		{"wrong password", "ntlm", "always", false, false, nil},
		{"not encrypted over HTTP", "ntlm", "never", false, false, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &winrmtest.Server{User: account, Domain: "CORP", Password: password, Offers: c.offers}
			s.Run = func(line string) (out, errs []byte, status int) {
				return []byte("out " + line), []byte("err"), strings.Count(line, "second") + 1
			}
			winrmtest.Start(t, s, nil)
			plain, secure := s.Addresses()
			url := "http://" + plain + "/wsman"
			if c.secure {
				_, port, _ := strings.Cut(secure, ":")
				url = "https://localhost:" + port + "/wsman"
			}
			secret := password
			if c.name == "wrong password" {
				secret += "x"
			}
			user := `CORP\` + account
			if c.transport == "basic" {
				user = account
			}
			cmd := exec.CommandContext(t.Context(), python, "-c", client, url, user, secret, c.transport, c.encryption, s.CA(t))
			cmd.Env = append(os.Environ(), "OPENSSL_CONF="+openssl)
			out, err := cmd.CombinedOutput()
			created, open := s.Shells()
			if !c.right {
				if err == nil || created > 0 {
					t.Errorf("it was let in: %s", out)
				}
				return
			}
			want := "out first <&> 表 one \"two words\" err 1\nout second err 2\n"
			if err != nil || string(out) != want || created != 1 || open != 0 {
				t.Errorf("%v, %d shells opened, %d open, printed %s", err, created, open, out)
			}
		})
	}
}

package cli

import (
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/survey/judge"
	"tlsready/internal/testkit/certkit"
)

func thumbprint(c *x509.Certificate) string {
	sum := sha1.Sum(c.Raw)
	return hex.EncodeToString(sum[:])
}

// clientFile writes the snapshot of a Windows Server 2019 with these stores; "" leaves
// them out.
func clientFile(t *testing.T, certificates string, values ...string) string {
	t.Helper()
	if certificates != "" {
		certificates = `"certificates":` + certificates + ","
	}
	text := fmt.Sprintf(`{"schema":"tlsready.host/v1","name":"APP01","os":{"name":"Windows Server 2019","version":"10.0","build":17763,"type":"server","architecture":"x64"},
"covered":["HKLM"],"updates":{"complete":true,"ids":[]},%s"registry":[%s]}`, certificates, strings.Join(values, ","))
	file := filepath.Join(t.TempDir(), "APP01.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func stored(c *x509.Certificate) string { return fmt.Sprintf(`{"root":[%q]}`, thumbprint(c)) }

// Proves that if roots are not fetched, a host whose store lacks the root refuses after
// the server has accepted; that the outcome is unknown if roots may be fetched, or if the
// root cannot be found out; and that a store nobody asked for changes nothing, in probe
// and check alike.
func TestHostTrust(t *testing.T) {
	root, rootKey := certkit.Issue(t, "Own Root", nil, nil)
	leaf, leafKey := certkit.Issue(t, "lab.example.com", root, rootKey)
	other, _ := certkit.Issue(t, "Other Root", nil, nil)
	serve := func(chain ...*x509.Certificate) string {
		cert := tls.Certificate{PrivateKey: leafKey}
		for _, c := range chain {
			cert.Certificate = append(cert.Certificate, c.Raw)
		}
		return tlsServer(t, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	}
	whole, short := serve(leaf, root), serve(leaf)
	off := registryJSON(`HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot`, "DisableRootAutoUpdate", "REG_DWORD", "1")
	for name, c := range map[string]struct {
		server, file     string
		connects, text   string
		verdict, trouble string
	}{
		"root in the store":    {whole, clientFile(t, stored(root), off), "yes", "", "connects", ""},
		"root lacks, no fetch": {whole, clientFile(t, stored(other), off), "no", "the server would accept, and the client would then refuse: untrusted root, CN=Own Root", "fails", "certificate-trust"},
		"root lacks, fetch":    {whole, clientFile(t, stored(other)), "unknown", "which Windows may fetch", "unknown", "not-asked"},
		"root not sent":        {short, clientFile(t, stored(root), off), "unknown", "does not send the certificate of CN=Own Root", "connects", ""},
		"store not asked":      {whole, clientFile(t, "", off), "yes", "", "connects", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, out, errs := runProbe(t, "", "probe", c.server, "--rate", "0", "--as", judge.ServerPrefix+c.file, "-f", "jsonl")
			if want := `"client":"APP01/schannel","connects":"` + c.connects + `"`; !strings.Contains(out, want) || !strings.Contains(out, c.text) {
				t.Errorf("%s%s", out, errs)
			}
			_, out, errs = runProbe(t, "", "check", c.file, "--endpoint", c.server, "--caller", "schannel", "-f", "json")
			if !strings.Contains(out, `"verdict": "`+c.verdict+`"`) || c.trouble != "" && !strings.Contains(out, `"cause": "`+c.trouble+`"`) {
				t.Errorf("%s%s", out, errs)
			}
		})
	}
}

// Proves that a chain which ends in no public root is a note, and no refusal, for
// clients whose stores nobody knows.
func TestOwnRootIsANote(t *testing.T) {
	server := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{certificateOf(t, "ec", 256)}})
	_, out, _ := runProbe(t, "", "probe", server, "--rate", "0", "--as", "windows-server-2022")
	if !strings.Contains(out, "the certificate is self-signed, clients need it in their store; SHA-1") || strings.Contains(out, "unknown: ") {
		t.Errorf("%s", out)
	}
	_, out, _ = runProbe(t, "", "probe", server, "--rate", "0", "--certificates", "-f", "jsonl")
	if !strings.Contains(out, `"roots":[{"subject":"CN=lab.example.com","sha1":"`) || !strings.Contains(out, `"public":false`) {
		t.Errorf("%s", out)
	}
}

//go:build linux

package lab

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"tlsready/test/lab/labkit"
)

// Proves that what probe says of a server of Java's own TLS library is what that
// was told to take, and that every modelled client ends there as computed.
func TestJava(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("javac"); err != nil {
		t.Log("not run: no JDK, which is too large to be installed for this alone")
		return
	}
	dir := labkit.Dir(t)
	keys := labkit.MakeKeys(t, dir)
	labkit.Run(t, "javac", "-d", dir, filepath.Join("testdata", "Jsse.java"))
	labkit.Write(t, filepath.Join(dir, "security"), "jdk.tls.disabledAlgorithms=\njdk.tls.legacyAlgorithms=\n")
	const cbc = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA TLS_RSA_WITH_3DES_EDE_CBC_SHA TLS_RSA_WITH_AES_128_CBC_SHA"
	for _, c := range []struct {
		labkit.Row
		protocols, suites string
	}{
		{labkit.Row{Name: "as it comes", Versions: "1.2 1.3", Key: &keys.RSA}, "-", "-"},
		{labkit.Row{Name: "1.0 to 1.2, CBC", Versions: "1.0 1.1 1.2", Key: &keys.RSA, Suites: "1.0: " + cbc + "; 1.1: " + cbc + "; 1.2: " + cbc}, "TLSv1,TLSv1.1,TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,TLS_RSA_WITH_AES_128_CBC_SHA,SSL_RSA_WITH_3DES_EDE_CBC_SHA"},
		{labkit.Row{Name: "1.3 alone", Versions: "1.3", Key: &keys.EC, Suites: "1.3: TLS_AES_256_GCM_SHA384"}, "TLSv1.3", "TLS_AES_256_GCM_SHA384"},
		{labkit.Row{Name: "1.2 alone, ECDSA", Versions: "1.2", Key: &keys.EC, Suites: "1.2: TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"}, "TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
	} {
		store := filepath.Join(dir, filepath.Base(c.Key.Both)+".p12")
		labkit.Run(t, "openssl", "pkcs12", "-export", "-in", c.Key.Both, "-out", store, "-passout", "pass:changeit")
		port := labkit.Ports(t, 1)[0]
		c.Address, c.Open = labkit.At(port), labkit.CurvePair
		args := []string{"-cp", dir, "-XX:TieredStopAtLevel=1"}
		if c.protocols != "-" {
			args = append(args, "-Djava.security.properties="+filepath.Join(dir, "security"))
		}
		labkit.Start(t, exec.Command("java", append(args, "Jsse", store, fmt.Sprint(port), c.protocols, c.suites)...), c.Address)
		t.Run(c.Name, c.Check)
	}
}

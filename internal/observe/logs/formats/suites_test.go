package formats

import (
	"bufio"
	"os/exec"
	"strings"
	"testing"

	"tlsready"
)

// Proves that OpenSSL's own names of all its suites are found, by asking it, and those
// that only older ones have, which are written here.
func TestSuiteNames(t *testing.T) {
	names := suiteNames()
	for name, want := range map[string]tlsready.Suite{
		"EDH-RSA-DES-CBC3-SHA": 0x0016, "DES-CBC3-SHA": 0x000a, "RC4-MD5": 0x0004, "RC4-SHA": 0x0005,
		"EXP-RC4-MD5": 0x0003, "EXP-DES-CBC-SHA": 0x0008, "DES-CBC-SHA": 0x0009, "IDEA-CBC-SHA": 0x0007,
		"ECDHE-RSA-RC4-SHA": 0xc011, "SEED-SHA": 0x0096, "TLS_RSA_WITH_AES_128_CBC_SHA": 0x002f,
	} {
		if names[name] != want {
			t.Errorf("%s: %v, want %v", name, names[name], want)
		}
	}
	out, err := exec.CommandContext(t.Context(), "openssl", "ciphers", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0").Output()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for lines := bufio.NewScanner(strings.NewReader(string(out))); lines.Scan(); {
		columns := strings.Fields(lines.Text()) // IANA - OPENSSL VERSION …
		want, err := tlsready.ParseSuite(columns[0])
		if err != nil {
			t.Errorf("%s is not known", columns[0])
		}
		if names[columns[2]] != want {
			t.Errorf("%s: %v, want %s", columns[2], names[columns[2]], columns[0])
		}
		found++
	}
	if found < 100 {
		t.Errorf("OpenSSL listed %d suites", found)
	}
}

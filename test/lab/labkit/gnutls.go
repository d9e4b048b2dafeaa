package labkit

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"tlsready"
)

// GnuTLSTruth is what a priority string allows, in the words of [Row].
type GnuTLSTruth struct{ Versions, Suites, Groups string }

// GnuTLS is what gnutls-cli itself lists for a priority string, for a server that
// has a key of this type. A version for which no suite is left cannot be agreed.
func GnuTLS(t testing.TB, priority, keyType string) GnuTLSTruth {
	t.Helper()
	out, err := exec.Command("gnutls-cli", "--list", "--priority", priority).CombinedOutput()
	if err != nil {
		t.Fatalf("gnutls-cli --list --priority %s: %v\n%s", priority, err, out)
	}
	text := string(out)
	all := gnutlsSuites(t, text)
	e := Endpoint{Versions: map[string]string{}, Suites: map[string][]string{}}
	for _, name := range gnutlsNames(text, "Protocols: ", "VERS-TLS") { // the others are of DTLS
		version, err := tlsready.ParseVersion("TLS " + name)
		must(t, err)
		for suite, from := range all {
			if suite.Fits(version) && serves(suite, keyType) && (version == tlsready.TLS13) == (from == "1.3") && from <= name {
				e.Versions[version.String()] = "yes"
				e.Suites[version.String()] = append(e.Suites[version.String()], suite.String())
			}
		}
	}
	for _, name := range gnutlsNames(text, "Groups: ", "GROUP-") {
		if name = strings.ToLower(name); e.Versions["TLS 1.3"] == "yes" || !strings.HasPrefix(name, "ffdhe") {
			e.Groups = append(e.Groups, name)
		}
	}
	return GnuTLSTruth{e.VersionWords(), e.SuiteWords(), sorted(e.Groups)}
}

// gnutlsSuites reads the lines of suites: name, "0xc0, 0x2c", oldest version.
func gnutlsSuites(t testing.TB, text string) map[tlsready.Suite]string {
	t.Helper()
	all := map[tlsready.Suite]string{}
	for _, line := range strings.Split(text, "\n") {
		if fields := strings.Split(line, "\t"); len(fields) == 3 {
			code, err := strconv.ParseUint(strings.ReplaceAll(strings.TrimPrefix(fields[1], "0x"), ", 0x", ""), 16, 16)
			must(t, err)
			all[tlsready.Suite(code)] = strings.TrimPrefix(fields[2], "TLS")
		}
	}
	return all
}

// gnutlsNames reads a line of names that begin alike.
func gnutlsNames(text, head, prefix string) (names []string) {
	_, rest, _ := strings.Cut(text, head)
	line, _, _ := strings.Cut(rest, "\n")
	for _, name := range strings.Split(line, ", ") {
		if name, ok := strings.CutPrefix(name, prefix); ok {
			names = append(names, name)
		}
	}
	return names
}

//go:build linux

package lab

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"tlsready/test/lab/labkit"
)

// gnutlsRow is a server of GnuTLS; what its priority string lists is the truth.
type gnutlsRow struct {
	name, priority, key string
	args                []string
	groups              string
	closed              bool // to every hello without an extension that Windows never sends
	breaks              bool // off over some suites before TLS 1.3, which hides others
	hidden              bool // its certificate is encrypted with a group that we cannot use
}

func gnutlsRows() []gnutlsRow {
	return []gnutlsRow{
		{name: "NORMAL", priority: "NORMAL", key: "rsa"},
		{name: "NORMAL, an EC key", priority: "NORMAL", key: "ec"},
		{name: "LEGACY", priority: "LEGACY", key: "rsa"},
		{name: "SECURE256", priority: "SECURE256", key: "rsa"},
		{name: "SECURE192 without TLS 1.3, an EC key", priority: "SECURE192:-VERS-TLS1.3", key: "p384"},
		{name: "1.0 with 3DES alone", priority: "NONE:+VERS-TLS1.0:+RSA:+3DES-CBC:+SHA1:+SIGN-ALL:+COMP-NULL:+CTYPE-X509", key: "rsa", groups: "-"},
		{name: "1.0 with RC4 and MD5", priority: "NONE:+VERS-TLS1.0:+RSA:+ARCFOUR-128:+MD5:+SHA1:+SIGN-ALL:+COMP-NULL:+CTYPE-X509", key: "rsa", groups: "-"},
		{name: "1.1 alone", priority: "NORMAL:-VERS-ALL:+VERS-TLS1.1", key: "rsa"},
		{name: "1.0 to 1.2, its own order", priority: "NORMAL:-VERS-ALL:+VERS-TLS1.0:+VERS-TLS1.1:+VERS-TLS1.2:%SERVER_PRECEDENCE", key: "rsa"},
		{name: "1.2 with CBC alone", priority: "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC:+AES-256-CBC:+SHA256:+SHA384", key: "rsa"},
		{name: "1.3 with X448 alone", priority: "NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-X448", key: "rsa", groups: "x448", hidden: true},
		{name: "1.3 with ffdhe3072 alone", priority: "NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-FFDHE3072", key: "rsa", groups: "ffdhe3072", hidden: true},
		{name: "1.2 with DHE and ffdhe3072 alone", priority: "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+DHE-RSA:-GROUP-ALL:+GROUP-FFDHE3072", key: "rsa"},
		{name: "P-521 alone", priority: "NORMAL:-DHE-RSA:-GROUP-ALL:+GROUP-SECP521R1", key: "rsa"},
		{name: "P-521 alone, and DHE without parameters: alert 80 to most", priority: "NORMAL:-GROUP-ALL:+GROUP-SECP521R1", key: "rsa", breaks: true},
		{name: "neither encrypt-then-MAC nor extended master secret", priority: "NORMAL:-VERS-TLS1.3:%NO_ETM:%NO_SESSION_HASH", key: "rsa"},
		{name: "CCM alone", priority: "NORMAL:-CIPHER-ALL:+AES-128-CCM:+AES-256-CCM:+AES-128-CCM-8", key: "ec"},
		{name: "CAMELLIA alone", priority: "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+CAMELLIA-128-CBC:+CAMELLIA-256-GCM:+SHA256", key: "rsa"},
		{name: "signatures with SHA-512 alone", priority: "NORMAL:-VERS-ALL:+VERS-TLS1.2:-SIGN-ALL:+SIGN-RSA-SHA512", key: "rsa"},
		{name: "signatures of PSS alone", priority: "NORMAL:-SIGN-ALL:+SIGN-RSA-PSS-RSAE-SHA256", key: "rsa"},
		{name: "encrypt-then-MAC demanded", priority: "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC:%FORCE_ETM", key: "rsa", closed: true},
		{name: "safe renegotiation demanded", priority: "NORMAL:-VERS-ALL:+VERS-TLS1.2:%SAFE_RENEGOTIATION", key: "rsa"},
		{name: "client certificate demanded", priority: "NORMAL", key: "rsa", args: []string{"--require-client-cert"}},
	}
}

// Proves that everything that probe says of a server of GnuTLS is what its priority
// string lists, and that every modelled client ends there as computed.
func TestGnuTLS(t *testing.T) {
	t.Parallel()
	serv := labkit.Need(t, "gnutls-serv", "gnutls-bin")
	keys := labkit.MakeKeys(t, labkit.Dir(t))
	for _, c := range gnutlsRows() {
		t.Run(c.name, func(t *testing.T) {
			key, kind := keys.RSA, "rsa"
			switch c.key {
			case "ec":
				key, kind = keys.EC, "ecdsa"
			case "p384":
				key, kind = keys.P384, "ecdsa"
			}
			r := labkit.Row{Name: c.name, Key: &key, Groups: c.groups, Open: labkit.CurvePair}
			if c.hidden {
				r.Key = nil
			}
			truth := labkit.GnuTLS(t, c.priority, kind)
			r.Versions, r.Suites = truth.Versions, truth.Suites
			if r.Groups == "" {
				r.Groups = truth.Groups
			}
			if c.breaks {
				_, suites13, _ := strings.Cut(truth.Suites, "1.3: ")
				r.Suites, r.Open = "1.3: "+suites13, alert80
			}
			if c.closed {
				r = labkit.Row{Name: c.name, Versions: "?1.2 ?1.3", Error: "no hello was answered"}
			}
			port := labkit.Ports(t, 1)[0]
			r.Address = labkit.At(port)
			args := append([]string{"--quiet", "--nodb", "--noticket", "--port", fmt.Sprint(port), "--priority", c.priority, "--x509certfile", key.Cert, "--x509keyfile", key.Key}, c.args...)
			labkit.Start(t, exec.Command(serv, args...), r.Address)
			r.Check(t)
		})
	}
}

// alert80 lets a client be unknown if the server broke off that client's own hello
// although it takes one of its suites: what decides is which suite it picks first, and no
// list of what it takes says that.
func alert80(_, why string) bool { return strings.Contains(why, "alert 80") }

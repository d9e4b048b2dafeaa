package lab

import (
	"bufio"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/probe"
)

// files are the keys and certificates of the lab.
type files struct{ dir string }

func (f files) path(name string) string { return filepath.Join(f.dir, name) }

func openssl(t testing.TB, args ...string) string {
	t.Helper()
	out, err := exec.Command("openssl", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// makeFiles makes one certificate of each kind, and parameters.
func makeFiles(t testing.TB) files {
	t.Helper()
	f := files{t.TempDir()}
	for name, kind := range map[string][]string{
		"rsa":     {"-newkey", "rsa:2048", "-sha256"},
		"old":     {"-newkey", "rsa:1024", "-sha1"},
		"ec":      {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-sha256"},
		"p384":    {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-sha384"},
		"ed25519": {"-newkey", "ed25519"},
	} {
		openssl(t, append([]string{
			"req", "-x509", "-nodes", "-days", "30", "-subj", "/CN=lab.test", "-addext", "subjectAltName=DNS:lab.test",
			"-keyout", f.path(name + ".key"), "-out", f.path(name + ".crt"),
		}, kind...)...)
	}
	openssl(t, "dhparam", "-dsaparam", "-out", f.path("dh1024"), "1024")
	if err := os.WriteFile(f.path("staple"), []byte{0x30, 0x03, 0x0a, 0x01, 0x06}, 0o600); err != nil { // OCSPResponse: unauthorized
		t.Fatal(err)
	}
	return f
}

// server starts s_server on a free port and waits for its first line.
func server(t testing.TB, args []string) netip.AddrPort {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "openssl", append([]string{"s_server", "-accept", "127.0.0.1:0", "-naccept", "5000"}, args...)...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var failed strings.Builder
	cmd.Stderr = &failed
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	t.Cleanup(func() { in.Close(); cancel(); _ = cmd.Wait() })
	for lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), "ACCEPT "); ok {
			go func() { // keep the pipe empty
				for lines.Scan() {
				}
			}()
			return netip.MustParseAddrPort(address)
		}
	}
	cancel()
	_ = cmd.Wait()
	t.Fatalf("s_server %s ended: %s", strings.Join(args, " "), failed.String())
	return netip.AddrPort{}
}

// row is one server and its truth. An empty field is not looked at.
type row struct {
	name     string
	cert     string // files of makeFiles; "" none
	args     string // of s_server; @ stands for the folder of the files
	versions string
	suites   string // "1.2: a b; 1.3: c", sorted by code
	groups   string // "-" for none
	order    string // suites of TLS 1.2 in the server's own order
	dh       int
	key      string
	client   tlsready.Answer
	schemes  string
	staple   bool
	why      error
}

const (
	suites13    = "1.3: TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256"
	rsaSchemes  = "rsa_pkcs1_sha256"
	groupsFull  = "ffdhe2048 ffdhe3072 ffdhe4096 ffdhe6144 ffdhe8192 secp256r1 secp384r1 secp521r1 x25519 x448"
	level0      = ":@SECLEVEL=0"
	aria        = "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256 TLS_DHE_RSA_WITH_AES_256_CCM"
	dheGCM      = "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"
	mixedCipher = "ECDHE-RSA-AES128-SHA:AES256-SHA256:AES128-SHA"
	mixedOrder  = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA TLS_RSA_WITH_AES_256_CBC_SHA256 TLS_RSA_WITH_AES_128_CBC_SHA"
)

func rows() []row {
	return []row{
		{name: "1.0 alone", cert: "rsa", args: "-tls1 -cipher ALL" + level0, versions: "1.0", suites: "openssl"},
		{name: "1.0, DHE 1024, RSA 1024 with SHA-1", cert: "old", args: "-tls1 -cipher DHE-RSA-AES128-SHA" + level0 + " -dhparam @dh1024", versions: "1.0", suites: "1.0: TLS_DHE_RSA_WITH_AES_128_CBC_SHA", groups: "-", dh: 1024, key: "rsa 1024 rsa_pkcs1_sha1"},
		{name: "1.1 alone", cert: "rsa", args: "-tls1_1 -cipher ALL" + level0, versions: "1.1", suites: "openssl"},
		{name: "1.2 alone", cert: "rsa", args: "-tls1_2", versions: "1.2", suites: "openssl", groups: "secp256r1 secp384r1 secp521r1 x25519 x448", key: "rsa 2048 rsa_pkcs1_sha256", client: tlsready.No},
		{name: "1.3 alone", cert: "rsa", args: "-tls1_3", versions: "1.3", suites: suites13, groups: groupsFull, key: "rsa 2048 rsa_pkcs1_sha256", client: tlsready.No},
		{name: "1.2, RSA key exchange alone", cert: "rsa", args: "-tls1_2 -cipher AES128-SHA", versions: "1.2", suites: "1.2: TLS_RSA_WITH_AES_128_CBC_SHA", groups: "-"},
		{name: "1.3, AES-CCM alone", cert: "rsa", args: "-tls1_3 -ciphersuites TLS_AES_128_CCM_SHA256", versions: "1.3", suites: "1.3: TLS_AES_128_CCM_SHA256"},
		{name: "1.2, P-384 alone", cert: "p384", args: "-tls1_2 -named_curve P-384", versions: "1.2", groups: "secp384r1", key: "ecdsa 384 ecdsa_secp384r1_sha384"},
		{name: "1.3, X448 alone", cert: "rsa", args: "-tls1_3 -groups X448", versions: "1.3", suites: suites13, groups: "x448"},
		{name: "1.2, DHE 2048 alone", cert: "rsa", args: "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256", versions: "1.2", suites: "1.2: " + dheGCM, groups: "-", dh: 2048},
		{name: "1.2, ARIA, CCM and CAMELLIA alone", cert: "rsa", args: "-tls1_2 -cipher ECDHE-ARIA128-GCM-SHA256:DHE-RSA-AES256-CCM:CAMELLIA128-SHA", versions: "1.2", suites: "1.2: " + aria},
		{name: "1.2, anonymous alone", args: "-nocert -tls1_2 -cipher ADH-AES128-SHA" + level0, versions: "1.2", suites: "1.2: TLS_DH_anon_WITH_AES_128_CBC_SHA"},
		{name: "1.3, ffdhe3072 alone", cert: "rsa", args: "-tls1_3 -groups ffdhe3072", versions: "1.3", groups: "ffdhe3072"},
		{name: "1.2, client certificate demanded", cert: "rsa", args: "-tls1_2 -Verify 1", versions: "1.2", key: "rsa 2048 rsa_pkcs1_sha256", client: tlsready.Yes},
		{name: "1.3, client certificate demanded", cert: "rsa", args: "-tls1_3 -Verify 1", versions: "1.3", key: "rsa 2048 rsa_pkcs1_sha256", client: tlsready.Yes},
		{name: "the right server name", cert: "rsa", args: "-tls1_2 -servername lab.test -servername_fatal -cert2 @ec.crt -key2 @ec.key", versions: "1.2", key: "ecdsa 256 ecdsa_secp256r1_sha256"},
		{name: "a wrong server name", cert: "rsa", args: "-tls1_2 -servername other.test -servername_fatal -cert2 @ec.crt -key2 @ec.key", versions: "?1.2 ?1.3", why: probe.ErrNoHello},
		{name: "1.2 and 1.3", cert: "ec", args: "", versions: "1.2 1.3", suites: "openssl", key: "ecdsa 256 ecdsa_secp256r1_sha256"},
		{name: "1.0 to 1.3, everything", cert: "rsa", args: "-cipher ALL:!aNULL" + level0, versions: "1.0 1.1 1.2 1.3", suites: "openssl"},
		{name: "1.0 and 1.1", cert: "rsa", args: "-no_tls1_2 -no_tls1_3 -cipher ALL" + level0, versions: "1.0 1.1"},
		{name: "its own order", cert: "rsa", args: "-tls1_2 -serverpref -cipher " + mixedCipher, versions: "1.2", order: mixedOrder},
		{name: "the client's order", cert: "rsa", args: "-tls1_2 -cipher " + mixedCipher, versions: "1.2", order: "client"},
		{name: "pre-shared keys alone", args: "-nocert -psk 0123456789abcdef -tls1_2 -cipher PSK-AES128-CBC-SHA:DHE-PSK-AES128-GCM-SHA256", versions: "1.2", suites: "1.2: TLS_PSK_WITH_AES_128_CBC_SHA TLS_DHE_PSK_WITH_AES_128_GCM_SHA256"},
		{name: "Ed25519", cert: "ed25519", args: "-tls1_3", versions: "1.3", key: "eddsa 256 ed25519", schemes: "ed25519"},
		{name: "one signature algorithm", cert: "rsa", args: "-tls1_2 -sigalgs RSA+SHA256", versions: "1.2", schemes: rsaSchemes},
		{name: "two keys", cert: "rsa", args: "-tls1_2 -dcert @ec.crt -dkey @ec.key", versions: "1.2", key: "ecdsa 256 ecdsa_secp256r1_sha256, rsa 2048 rsa_pkcs1_sha256"},
		{name: "OCSP staple", cert: "rsa", args: "-tls1_2 -status_file @staple", versions: "1.2", staple: true},
		{name: "brainpool", cert: "rsa", args: "-tls1_2 -named_curve brainpoolP256r1", versions: "1.2", groups: "brainpoolP256r1"},
		{name: "nothing is encrypted", cert: "rsa", args: "-tls1_2 -cipher eNULL" + level0, versions: "1.2", suites: "openssl"},
		{name: "1.2, ECDHE with GCM alone", cert: "rsa", args: "-tls1_2 -cipher ECDHE+AESGCM", versions: "1.2", suites: "1.2: TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
	}
}

// TestOpenSSL proves that everything the prober says of a server of OpenSSL is what
// that server was told to be.
func TestOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Log("no openssl: its servers were not probed")
		return
	}
	f := makeFiles(t)
	p := probe.New(probe.Options{Questions: probe.Everything(), Timeout: 10 * time.Second})
	for _, c := range rows() {
		t.Run(c.name, func(t *testing.T) {
			args := strings.Fields(c.args)
			for i, a := range args {
				if name, ok := strings.CutPrefix(a, "@"); ok {
					args[i] = f.path(name)
				}
			}
			if c.cert != "" {
				args = append(args, "-cert", f.path(c.cert+".crt"), "-key", f.path(c.cert+".key"))
			}
			address := server(t, args)
			r := p.Probe(t.Context(), probe.Target{Address: address, ServerName: "lab.test"})
			check(t, c, &r)
			t.Logf("%d connections", r.Connections)
			if t.Failed() {
				t.Logf("%v\n%+v", r.Err, r.Evidence)
			}
		})
	}
}

func check(t *testing.T, c row, r *probe.Result) {
	same := func(what, got, want string) {
		if want != "" && got != want {
			t.Errorf("%s: %s\nwant %s", what, got, want)
		}
	}
	same("versions", versions(r), c.versions)
	if (c.why == nil) != (r.Err == nil) {
		t.Errorf("error %v, want %v", r.Err, c.why)
	}
	want := c.suites
	if want == "openssl" {
		want = told(t, c, r)
	}
	same("suites", suites(r), want)
	groups := words(r.Groups, true)
	if groups == "" {
		groups = "-"
	}
	same("groups", groups, c.groups)
	switch own := r.OwnOrder[tlsready.TLS12]; {
	case c.order == "client":
		same("own order", own.String(), "no")
	case c.order != "":
		same("order", words(r.Suites[tlsready.TLS12], false), c.order)
		same("own order", own.String(), "yes")
	}
	if c.dh != 0 && r.DHBits != c.dh {
		t.Errorf("finite field of %d bits, want %d", r.DHBits, c.dh)
	}
	same("key", keys(r), c.key)
	if c.client != tlsready.Unknown && r.ClientCertificate != c.client {
		t.Errorf("client certificate: %v, want %v", r.ClientCertificate, c.client)
	}
	same("signatures", words(r.SignatureAlgorithms, true), c.schemes)
	if c.staple != (r.OCSPStaple == tlsready.Yes) {
		t.Errorf("staple %v", r.OCSPStaple)
	}
}

func versions(r *probe.Result) string {
	var list []string
	for _, v := range tlsready.Versions() {
		name := strings.TrimPrefix(v.String(), "TLS ")
		switch {
		case r.Versions[v] == tlsready.Yes:
			list = append(list, name)
		case r.Versions[v] == tlsready.Unknown && v >= tlsready.TLS10:
			list = append(list, "?"+name)
		}
	}
	return strings.Join(list, " ")
}

func words[T interface {
	~uint16 | ~uint32
	fmt.Stringer
}](list []T, sort bool) string {
	var names []string
	if sort {
		list = slices.Clone(list)
	}
	for _, x := range list {
		names = append(names, x.String())
	}
	if sort {
		slices.Sort(names)
	}
	return strings.Join(names, " ")
}

// suites shows the suites of every version, by code, and whether the list is whole.
func suites(r *probe.Result) string {
	var parts []string
	for _, v := range tlsready.Versions() {
		if list, ok := r.Suites[v]; ok {
			part := strings.TrimPrefix(v.String(), "TLS ") + ": " + words(slices.Sorted(slices.Values(list)), false)
			if !r.Complete[v] {
				part += " and perhaps more"
			}
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "; ")
}

// told is what openssl itself lists for the server's settings: every suite of each
// version that its key can serve, except those of pre-shared keys and passwords,
// for which the server was given none.
func told(t *testing.T, c row, r *probe.Result) string {
	cipher, options := "DEFAULT", map[tlsready.Version]string{tlsready.TLS10: "-tls1", tlsready.TLS11: "-tls1_1", tlsready.TLS12: "-tls1_2", tlsready.TLS13: "-tls1_3"}
	fields := strings.Fields(c.args)
	if at := slices.Index(fields, "-cipher"); at >= 0 {
		cipher = fields[at+1]
	}
	key := map[string]string{"rsa": "rsa", "ec": "ecdsa"}[c.cert]
	truth := probe.Result{Suites: map[tlsready.Version][]tlsready.Suite{}, Complete: map[tlsready.Version]bool{}}
	for v := range r.Suites {
		var list []tlsready.Suite
		for _, line := range strings.Split(openssl(t, "ciphers", "-s", options[v], "-stdname", cipher), "\n") {
			name, _, _ := strings.Cut(line, " ")
			suite, err := tlsready.ParseSuite(name)
			if err != nil || !suite.Fits(v) {
				continue
			}
			info := suite.Info()
			secret := info.KeyExchange == tlsready.SRP || info.KeyExchange >= tlsready.PSK && info.KeyExchange <= tlsready.RSAPSK
			if !secret && tlsready.AuthFits(info, key) {
				list = append(list, suite)
			}
		}
		truth.Suites[v], truth.Complete[v] = list, true
	}
	return suites(&truth)
}

func keys(r *probe.Result) string {
	var list []string
	for _, chain := range r.Chains {
		list = append(list, fmt.Sprintf("%s %d %s", chain[0].KeyType, chain[0].KeyBits, chain[0].Signature))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

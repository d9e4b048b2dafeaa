//go:build linux

package deploy_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tlsready/internal/testkit/built"
	"tlsready/internal/testkit/parts"
)

// page is docs/deploy.md, or its translation.
func page(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
	must(t, err)
	return string(text)
}

// blocks are what a page has for root to run, in its order.
func blocks(text string) []string {
	var list []string
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(text, -1) {
		list = append(list, block[1])
	}
	return list
}

// before is what a reader has: names that mean something, and a database server.
const before = `
trap 'status=$?; if [ $status != 0 ]; then grep -h -v msg.:.request /var/log/tlsready*.log server.log | tail -n 40; fi' EXIT
printf '127.0.0.1 tlsready.example.com db.example.com\n' >> /etc/hosts
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
export PATH=$PATH:$bin
install -d -o postgres /run/postgresql /var/lib/server
runuser -u postgres -- "$bin/initdb" -N -A peer --no-instructions --no-locale -E UTF8 -D /var/lib/server/data > /dev/null
install -m 600 -o postgres key.pem /var/lib/server/key.pem
install -m 644 chain.pem /var/lib/server/chain.pem
echo 'hostssl tlsready tlsready 127.0.0.1/32 scram-sha-256' > /var/lib/server/data/pg_hba.conf
echo 'local all postgres peer' >> /var/lib/server/data/pg_hba.conf
runuser -u postgres -- "$bin/postgres" -D /var/lib/server/data -F -c listen_addresses=127.0.0.1 -c unix_socket_directories=/run/postgresql \
	-c ssl=on -c ssl_cert_file=/var/lib/server/chain.pem -c ssl_key_file=/var/lib/server/key.pem > server.log 2>&1 &
until "$bin/pg_isready" -q -U postgres -h /run/postgresql; do read -rt 0.05 <> <(:) || true; done
`

// after waits until both workers have sent what the page ordered at once, before it goes
// back to a backup.
const after = `
as() { curl --no-progress-meter --cacert ca.pem -H @/etc/tlsready/nightly.header "$@"; }
again() { for _ in $(seq 300); do if "$@"; then return; fi; read -rt 0.1 <> <(:) || true; done; cat jobs metrics; echo "not within 30 s: $*"; return 1; }
done_at() { grep -o '"kind":"probe","state":"done","site":"'"$1"'"' jobs > /dev/null; }
found() { as "https://tlsready.example.com:8443/api/v1/jobs?kind=probe" > jobs; done_at osaka && done_at nagoya; }
there() { as https://tlsready.example.com:8443/metrics > metrics; [ "$(grep -c '^tlsready_workers{' metrics)" = 2 ]; }
again found
again there
as https://tlsready.example.com:8443/api/v1/endpoints | grep -o '"target":"tlsready.example.com:8443"'
grep '^tlsready_workers{' metrics
as https://tlsready.example.com:8443/api/v1/hosts > hosts
grep -c '"SQL01"' hosts
`

// Proves that docs/deploy.md, followed by somebody who knows nothing else, leads from one
// machine to PostgreSQL with two workers at sites, over TLS with a CA of one's own, one with
// a token and one with a certificate: what was in the file is in the database, what the
// workers find arrives, and the way back leads to what the backup holds.
func TestDocument(t *testing.T) {
	parts.Root(t, "a machine of its own")
	parts.Need(t, "curl", "curl")
	t.Parallel()
	folder := t.TempDir()
	must(t, os.Chmod(filepath.Dir(folder), 0o755))
	must(t, os.Chmod(folder, 0o755))
	must(t, os.Link(built.Program(t), filepath.Join(folder, "tlsready")))
	must(t, os.CopyFS(filepath.Join(folder, "deploy"), os.DirFS(filepath.Join("..", "..", "deploy"))))
	must(t, os.CopyFS(filepath.Join(folder, "snapshots"), os.DirFS(filepath.Join("..", "..", "examples", "fleet"))))
	certificates(t, folder)
	for name, text := range map[string]string{"alice.txt": "correct horse battery\n", "pgpass": "db.example.com:5432:tlsready:tlsready:staple of the database\n"} {
		must(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	list := blocks(page(t, "deploy.md"))
	if len(list) < 12 {
		t.Fatalf("only %d blocks", len(list))
	}
	back := len(list) - 1 // after which nothing that came since the backup is there
	script := before + strings.Join(list[:back], "\n") + after + list[back] + "\nas https://tlsready.example.com:8443/api/v1/hosts | cmp hosts\necho followed\n"
	said := inMachine(t, folder, script, "staple of the database\nstaple of the database\n")
	if !strings.Contains(said, "\nfollowed\n") || !strings.Contains(said, `tlsready_workers{site="osaka",tenant="default"} 1`) || !strings.Contains(said, `tlsready_workers{site="nagoya",tenant="default"} 1`) {
		t.Errorf("%s", said)
	}
}

// Proves that both languages of these pages have the same commands but for remarks, and as
// many headings.
func TestTranslation(t *testing.T) {
	t.Parallel()
	code, heading, remark := regexp.MustCompile("(?s)```.*?```"), regexp.MustCompile(`(?m)^#+ `), regexp.MustCompile(`(?m)(^|\s+)# .*$`)
	shape := func(name string) string {
		text := page(t, name)
		return remark.ReplaceAllString(strings.Join(code.FindAllString(text, -1), "\n"), "") + strings.Join(heading.FindAllString(code.ReplaceAllString(text, ""), -1), "")
	}
	for _, name := range []string{"api", "collecting", "console", "deploy", "sign-in"} {
		if shape(name+".md") != shape(name+".ja.md") {
			t.Errorf("the blocks or headings of docs/%[1]s.md and docs/%[1]s.ja.md differ", name)
		}
	}
}

// certificates makes a CA, a certificate of the console and the database, and one of a
// worker.
func certificates(t *testing.T, folder string) {
	t.Helper()
	ca, signer := issue(t, "Example CA", nil, nil)
	save(t, folder, "ca.pem", "CERTIFICATE", ca.Raw)
	for name, file := range map[string][2]string{"tlsready.example.com": {"chain.pem", "key.pem"}, "nagoya.example.com": {"nagoya.pem", "nagoya.key"}} {
		c, key := issue(t, name, ca, signer)
		raw, err := x509.MarshalPKCS8PrivateKey(key)
		must(t, err)
		save(t, folder, file[0], "CERTIFICATE", c.Raw)
		save(t, folder, file[1], "PRIVATE KEY", raw)
	}
}

func save(t *testing.T, folder, name, kind string, data []byte) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(folder, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}), 0o600))
}

func issue(t *testing.T, name string, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true, IsCA: parent == nil,
		DNSNames: []string{name, "db.example.com"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	if parent == nil {
		parent, signer, template.DNSNames, template.IPAddresses = template, key, nil, nil
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	must(t, err)
	c, err := x509.ParseCertificate(der)
	must(t, err)
	return c, key
}

package serving_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Proves with real handshakes who comes in by a certificate at a server with --client-ca: a
// worker and a script whose names were given to them, in their tenant and with their rights;
// and that nobody comes in without one, with one of a name that was given to nobody, of
// another authority, that is over, or that is made for servers.
func TestClientCertificates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	where := filepath.Join(dir, "store.db")
	ours, others := newAuthority(t, "workers"), newAuthority(t, "others")
	ca := writePEM(t, dir, "ca.pem", "CERTIFICATE", ours.cert.Raw)
	cert, key := ours.issue(t, dir, "localhost", time.Now().Add(time.Hour), x509.ExtKeyUsageServerAuth)
	password := filepath.Join(dir, "password.txt")
	if err := os.WriteFile(password, []byte("correct horse battery staple\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	works(t, "serve", "user", "add", "alice", "--role", "admin", "--all-tenants", "--password-file", password, "--store", where)
	works(t, "serve", "token", "add", "osaka", "--kind", "worker", "--tenant", "osaka", "--certificate", "worker.example.com", "--store", where)
	works(t, "serve", "token", "add", "nightly", "--kind", "api", "--role", "operate", "--tenant", "tokyo", "--certificate", "Script.example.com", "--store", where)
	b := serve(t, where, "--cert", cert, "--key", key, "--client-ca", ca)
	day := func(n int) time.Time { return time.Now().Add(time.Duration(n) * 24 * time.Hour) }
	client := func(cert, key string) *http.Client {
		roots := x509.NewCertPool()
		roots.AddCert(ours.cert)
		config := &tls.Config{RootCAs: roots}
		if cert != "" {
			pair, err := tls.LoadX509KeyPair(cert, key)
			if err != nil {
				t.Fatal(err)
			}
			// As a client would that does not look at whom the server trusts.
			config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
		}
		return &http.Client{Transport: &http.Transport{TLSClientConfig: config}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	by := map[string][2]string{"nobody": {}}
	add := func(who string, a *authority, name string, until time.Time, use x509.ExtKeyUsage) {
		folder := filepath.Join(dir, who)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		cert, key := a.issue(t, folder, name, until, use)
		by[who] = [2]string{cert, key}
	}
	add("worker", ours, "worker.example.com", day(1), x509.ExtKeyUsageClientAuth)
	add("script", ours, "script.example.com", day(1), x509.ExtKeyUsageClientAuth)
	add("unknown", ours, "stranger.example.com", day(1), x509.ExtKeyUsageClientAuth)
	add("another authority", others, "worker.example.com", day(1), x509.ExtKeyUsageClientAuth)
	add("over", ours, "worker.example.com", time.Now().Add(-time.Hour), x509.ExtKeyUsageClientAuth)
	add("of a server", ours, "worker.example.com", day(1), x509.ExtKeyUsageServerAuth)
	const shut = 0                            // the handshake fails
	for who, want := range map[string][2]int{ // what the API's exemptions and a worker's question (here without its version) answer
		"nobody": {401, 401}, "unknown": {401, 401}, "worker": {403, 426}, "script": {200, 403},
		"another authority": {shut, shut}, "over": {shut, shut}, "of a server": {shut, shut},
	} {
		c := client(by[who][0], by[who][1])
		for i, ask := range [][2]string{{http.MethodGet, "/api/v1/exemptions"}, {http.MethodPost, "/api/v1/leases"}} {
			r, err := http.NewRequestWithContext(t.Context(), ask[0], b.url+ask[1], nil)
			if err != nil {
				t.Fatal(err)
			}
			code := shut
			a, err := c.Do(r)
			if err == nil {
				code = a.StatusCode
				_ = a.Body.Close()
			}
			if code != want[i] {
				t.Errorf("%s at %s: %d, %v, want %d", who, ask[1], code, err, want[i])
			}
		}
	}
	b.checks(t, ca, by)
}

// checks sends a run by certificates, as people do.
func (b *begun) checks(t *testing.T, ca string, by map[string][2]string) {
	t.Helper()
	home := []string{"XDG_DATA_HOME=" + t.TempDir(), "HOME=" + t.TempDir()}
	for who, want := range map[string]struct {
		status int
		says   string
	}{
		"script": {0, "(tenant tokyo): 1 hosts"}, "worker": {2, ""}, "nobody": {2, ""}, "another authority": {2, "without a token"}, "over": {2, "certificate"},
	} {
		args := []string{"check", "../../../examples/fleet/osaka/FS01.json", "--service", "azure-backup", "--on", "2021-01-01", "--server", b.url, "--server-ca", ca}
		if by[who][0] != "" {
			args = append(args, "--client-cert", by[who][0], "--client-key", by[who][1])
		}
		status, out := run(t, home, args...)
		if (status == 2) != (want.status == 2) || !strings.Contains(out, want.says) {
			t.Errorf("%s: status %d\n%s", who, status, out)
		}
		args = []string{"worker", "--server", b.url, "--server-ca", ca, "--site", "osaka", "--once"}
		if who != "worker" {
			continue
		}
		if status, out = run(t, home, append(args, "--client-cert", by[who][0], "--client-key", by[who][1])...); status != 0 {
			t.Errorf("a worker: status %d\n%s", status, out)
		}
	}
}

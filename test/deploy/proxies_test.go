//go:build linux

package deploy_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tlsready/internal/testkit/loopback"
	"tlsready/internal/testkit/parts"
)

// Proves that the console stands behind nginx and HAProxy as the page sets them up: what
// is sent arrives, browsers are held to TLS, and the console knows from where somebody asks.
func TestProxies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, around string
		run          func(dir string) *exec.Cmd
	}{
		{"nginx", "daemon off;\nmaster_process off;\npid %[1]s/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\nclient_body_temp_path %[1]s/body;\nproxy_temp_path %[1]s/proxied;\n%[2]s}\n", func(dir string) *exec.Cmd {
			return exec.Command("nginx", "-e", "stderr", "-p", dir, "-c", filepath.Join(dir, "conf"))
		}},
		{"haproxy", "# %[1]s\n%[2]s", func(dir string) *exec.Cmd { return exec.Command("haproxy", "-db", "-f", filepath.Join(dir, "conf")) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			parts.Need(t, c.name, c.name)
			behind(t, c.name, c.around, c.run)
		})
	}
}

func behind(t *testing.T, name, around string, run func(dir string) *exec.Cmd) {
	dir := t.TempDir()
	certificates(t, dir)
	chain, err := os.ReadFile(filepath.Join(dir, "chain.pem"))
	must(t, err)
	key, err := os.ReadFile(filepath.Join(dir, "key.pem"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "both.pem"), append(chain, key...), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "word.txt"), []byte("correct horse battery\n"), 0o600))
	file := filepath.Join(dir, "tlsready.db")
	program(t, dir, "serve", "user", "add", "alice", "--role", "admin", "--all-tenants", "--password-file", filepath.Join(dir, "word.txt"), "--store", file)
	token := lastLine(program(t, dir, "serve", "token", "add", "nightly", "--role", "operate", "--store", file))
	inner, outer := freePort(t), freePort(t)
	s := begin(t, serving(t, dir, "--store", file, "--listen", inner, "--public-url", "https://tlsready.example.com", "--trusted-proxy", "127.0.0.1"))
	until(t, "the console is there", func() bool { code, _ := get(t.Context(), "http://"+inner+"/readyz"); return code == http.StatusOK })

	block := regexp.MustCompile("(?s)```" + name + "\n(.*?)```").FindStringSubmatch(page(t, "deploy.md"))
	if block == nil {
		t.Fatal("the page has nothing of it")
	}
	conf := strings.NewReplacer("127.0.0.1:8443", inner, "listen 443", "listen "+outer, "bind :443", "bind "+outer, "/etc/tlsready/", dir+"/").Replace(block[1])
	must(t, os.WriteFile(filepath.Join(dir, "conf"), fmt.Appendf(nil, around, dir, conf), 0o600))
	begin(t, run(dir))
	roots := x509.NewCertPool()
	ca, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	must(t, err)
	roots.AppendCertsFromPEM(ca)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "tlsready.example.com"}}}
	ask := func(method, path string, body string, header ...string) (int, http.Header) {
		r, err := http.NewRequestWithContext(t.Context(), method, "https://"+outer+path, strings.NewReader(body))
		must(t, err)
		r.Host = "tlsready.example.com"
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		a, err := client.Do(r)
		if err != nil {
			return 0, nil
		}
		defer a.Body.Close()
		return a.StatusCode, a.Header
	}
	until(t, "the proxy is there and takes the console for ready", func() bool { code, _ := ask(http.MethodGet, "/readyz", ""); return code == http.StatusOK })
	code, header := ask(http.MethodPost, "/api/v1/import?name=FS01.json", string(sample(t)), "Authorization", "Bearer "+token, "X-Forwarded-For", "192.0.2.7")
	if code/100 != 2 || header.Get("Strict-Transport-Security") == "" {
		t.Errorf("an upload: %d %v", code, header)
	}
	asked := regexp.MustCompile(`route="POST /api/v1/import" .* from=192\.0\.2\.7( |\n)`)
	until(t, "the log says who asked", func() bool { return asked.MatchString(s.said.String()) }) // the line is written after the answer
}

func freePort(t *testing.T) string {
	t.Helper()
	ports, err := loopback.FreePorts(1)
	must(t, err)
	return fmt.Sprintf("127.0.0.1:%d", ports[0])
}

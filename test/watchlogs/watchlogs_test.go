//go:build linux

package watchlogs

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsready/internal/observe"
	"tlsready/internal/observe/logs"
	"tlsready/test/lab/labkit"
)

// everything is a cipher string with which OpenSSL takes TLS 1.0 too.
const everything = "ALL:!aNULL:@SECLEVEL=0"

// get connects to a server with one version of TLS, asks for a page, and ends.
func get(t *testing.T, address, version string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "openssl", "s_client", "-connect", address, "-servername", "www.example.com", "-quiet", "-cipher", everything, "-"+version)
	cmd.Stdin = strings.NewReader("GET / HTTP/1.0\r\nHost: www.example.com\r\nUser-Agent: client-" + version + "\r\n\r\n")
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		t.Fatalf("%s: %v\n%s", version, err, out)
	}
}

// versions are those that the clients come with, each alone.
func versions() []string { return []string{"tls1", "tls1_1", "tls1_2", "tls1_3"} }

// found says what a log gives, once it has as many connections as it should.
func found(t *testing.T, path string, n int, o logs.Options, say func(c observe.Connection) string) []string {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		coverage, err := logs.Read(t.Context(), bytes.NewReader(text), path, o, func(c observe.Connection) error {
			if c.Client.Addr().String() != "127.0.0.1" || time.Since(c.Time) > time.Hour {
				t.Errorf("client %s at %s", c.Client, c.Time)
			}
			list = append(list, c.Format+" "+say(c))
			return nil
		})
		if len(list) >= n || time.Now().After(deadline) {
			if err != nil || len(coverage.Losses) > 0 {
				t.Errorf("%v %+v\n%s", err, coverage.Losses, text)
			}
			return list
		}
	}
}

func expect(t *testing.T, got, want []string, path string) {
	t.Helper()
	if !slices.Equal(got, want) {
		text, _ := os.ReadFile(path)
		t.Errorf("%s\ngot  %q\nwant %q\n%s", filepath.Base(path), got, want, text)
	}
}

// negotiated says a version, with the user agent, which says what the client came with.
func negotiated(c observe.Connection) string {
	if c.Negotiated == nil {
		return "refused"
	}
	return c.Negotiated.Version.String() + " " + fmt.Sprint(c.Negotiated.HasSuite) + " " + c.Identity.UserAgent
}

// refused says why a handshake failed.
func refused(c observe.Connection) string {
	if c.Alert == nil {
		return fmt.Sprint(c.Refused)
	}
	return c.Alert.Description.String()
}

// Proves that the logs of a real nginx are read: in lines whose places are evident, with
// the log_format of the configuration and what clients offered, as JSON, and the error
// log's refusals.
func TestNginx(t *testing.T) {
	nginx := labkit.Need(t, "nginx", "nginx-light")
	labkit.Need(t, "openssl", "openssl")
	dir := labkit.Dir(t)
	key := labkit.MakeKeys(t, dir).RSA
	ports := labkit.Ports(t, 2)
	format := `$remote_addr:$remote_port [$time_local] "$request" $ssl_protocol $ssl_cipher $ssl_ciphers $ssl_curves "$http_user_agent" $ssl_server_name`
	conf := fmt.Sprintf(`daemon off;
master_process off;
pid %[1]s/nginx.pid;
error_log %[1]s/error.log info;
events { worker_connections 64; }
http {
log_format evident '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $ssl_protocol/$ssl_cipher';
log_format own '%[2]s';
log_format json escape=json '{"time":"$time_iso8601","msec":"$msec","remote_addr":"$remote_addr","ssl_protocol":"$ssl_protocol","ssl_cipher":"$ssl_cipher","http_user_agent":"$http_user_agent"}';
access_log %[1]s/evident.log evident;
access_log %[1]s/own.log own;
access_log %[1]s/json.log json;
ssl_certificate %[3]s;
ssl_certificate_key %[4]s;
ssl_ciphers %[5]s;
server { listen 127.0.0.1:%[6]d ssl; ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; return 200 "ok"; }
server { listen 127.0.0.1:%[7]d ssl; ssl_protocols TLSv1.2; return 200 "ok"; }
}
`, dir, format, key.Cert, key.Key, everything, ports[0], ports[1])
	file := filepath.Join(dir, "nginx.conf")
	labkit.Write(t, file, conf)
	labkit.Start(t, exec.Command(nginx, "-e", filepath.Join(dir, "error.log"), "-p", dir, "-c", file), labkit.At(ports[0]), labkit.At(ports[1]))
	for _, port := range ports {
		for _, v := range versions() {
			get(t, labkit.At(port), v)
		}
	}
	all := []string{"TLS 1.0 true client-tls1", "TLS 1.1 true client-tls1_1", "TLS 1.2 true client-tls1_2", "TLS 1.3 true client-tls1_3", "TLS 1.2 true client-tls1_2"}
	as := func(format string) []string {
		var list []string
		for _, s := range all {
			list = append(list, format+" "+s)
		}
		return list
	}
	for _, c := range []struct {
		file, format string
		options      logs.Options
	}{
		{"evident.log", "combined", logs.Options{}},
		{"own.log", "nginx", logs.Options{LogFormat: format}},
		{"json.log", "nginx", logs.Options{}},
	} {
		path := filepath.Join(dir, c.file)
		expect(t, found(t, path, len(all), c.options, negotiated), as(c.format), path)
	}
	offered := found(t, filepath.Join(dir, "own.log"), len(all), logs.Options{LogFormat: format}, func(c observe.Connection) string {
		return fmt.Sprint(c.Offered != nil && len(c.Offered.Suites) > 3 && c.ServerName == "www.example.com")
	})
	expect(t, offered, slices.Repeat([]string{"nginx true"}, len(all)), filepath.Join(dir, "own.log"))
	// Two clients below TLS 1.2 and one above it.
	path := filepath.Join(dir, "error.log")
	expect(t, found(t, path, 3, logs.Options{Location: time.Local}, refused), slices.Repeat([]string{"nginx-error protocol_version"}, 3), path)
}

// Proves that the logs of a real HAProxy are read: option httpslog, its error line, and a
// log-format with what clients offered.
func TestHAProxy(t *testing.T) {
	haproxy := labkit.Need(t, "haproxy", "haproxy")
	labkit.Need(t, "openssl", "openssl")
	dir := labkit.Dir(t)
	key := labkit.MakeKeys(t, dir).RSA
	ports := labkit.Ports(t, 3)
	format := `%ci:%cp [%tr] %ft %[fc_err]/%[ssl_fc_err,hex] %[ssl_fc_sni]/%sslv/%sslc %[ssl_fc_protocol_hello_id] %{+Q}r`
	path := filepath.Join(dir, "haproxy.log")
	address := syslog(t, path)
	conf := fmt.Sprintf(`global
	log %[7]s format rfc3164 local0
	tune.ssl.capture-buffer-size 512
	ssl-default-bind-ciphers %[1]s
defaults
	mode http
	log global
	timeout client 10s
	timeout server 10s
	timeout connect 10s
frontend all
	bind 127.0.0.1:%[3]d ssl crt %[2]s ssl-min-ver TLSv1.0
	option httpslog
	http-request return status 200
frontend new
	bind 127.0.0.1:%[4]d ssl crt %[2]s ssl-min-ver TLSv1.2
	option httpslog
	http-request return status 200
frontend own
	bind 127.0.0.1:%[5]d ssl crt %[2]s ssl-min-ver TLSv1.2
	log-format "%[6]s"
	error-log-format "%[6]s"
	http-request return status 200
`, everything, key.Both, ports[0], ports[1], ports[2], format, address)
	file := filepath.Join(dir, "haproxy.cfg")
	labkit.Write(t, file, conf)
	labkit.Start(t, exec.Command(haproxy, "-db", "-f", file), labkit.At(ports[0]), labkit.At(ports[1]), labkit.At(ports[2]))
	for _, port := range ports {
		for _, v := range versions() {
			get(t, labkit.At(port), v)
		}
	}
	o := logs.Options{Location: time.Local}
	want := []string{
		"TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3", // all
		"refused", "refused", "TLS 1.2", "TLS 1.3", // new
		"refused", "refused", "TLS 1.2", "TLS 1.3", // own, with the version that HAProxy would have begun with
	}
	for i := range want {
		want[i] = "haproxy " + want[i]
	}
	expect(t, found(t, path, len(want), o, func(c observe.Connection) string {
		if c.Negotiated == nil || c.Refused {
			return "refused"
		}
		return c.Negotiated.Version.String()
	}), want, path)
	// The two clients below TLS 1.2 say what they offer, in the lines with the own format.
	o.LogFormat = format
	var offered []string
	found(t, path, len(want), o, func(c observe.Connection) string {
		if c.Offered != nil {
			offered = append(offered, c.Offered.Max.String())
		}
		return ""
	})
	if n := len(offered); n < 2 || !slices.Equal(offered[n-2:], []string{"TLS 1.0", "TLS 1.1"}) {
		t.Errorf("offered %q", offered)
	}
}

// syslog writes what comes to a port into a file, a line each.
func syslog(t *testing.T, path string) string {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		packet := make([]byte, 1<<16)
		for {
			n, _, err := conn.ReadFrom(packet)
			if err != nil {
				return
			}
			if _, err := file.Write(append(bytes.TrimRight(packet[:n], "\n"), '\n')); err != nil {
				t.Error(err)
			}
		}
	}()
	t.Cleanup(func() {
		conn.Close()
		<-done
		file.Close()
	})
	return conn.LocalAddr().String()
}

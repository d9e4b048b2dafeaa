package cli

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"tlsready/internal/cli/frame"
	"tlsready/internal/probe"
	"tlsready/internal/testkit/loopback"
)

// pipe carries bytes both ways until one side ends.
func pipe(a, b net.Conn) {
	go func() {
		_, _ = io.Copy(a, b)
		a.Close()
		b.Close()
	}()
	_, _ = io.Copy(b, a)
}

// lab is a name that only the proxies know.
const lab = "lab.example.com"

// socksProxy is a SOCKS5 server without authentication (RFC 1928) for IPv4, and for
// the name lab, which is this machine.
func socksProxy(t *testing.T, used *atomic.Int64) string {
	return loopback.Listen(t, func(c net.Conn) {
		head := make([]byte, 2)
		if _, err := io.ReadFull(c, head); err != nil {
			return
		}
		_, _ = io.ReadFull(c, make([]byte, head[1]))
		_, _ = c.Write([]byte{5, 0})
		request := make([]byte, 10)
		if _, err := io.ReadFull(c, request); err != nil {
			return
		}
		to := &net.TCPAddr{IP: net.IP(request[4:8]), Port: int(binary.BigEndian.Uint16(request[8:]))}
		if request[3] == 3 { // a name, with its length in front
			rest := make([]byte, int(request[4])+7-len(request))
			if _, err := io.ReadFull(c, rest); err != nil {
				return
			}
			name := append(request[5:], rest...)
			if string(name[:len(name)-2]) != lab {
				return
			}
			to = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(binary.BigEndian.Uint16(name[len(name)-2:]))}
		}
		out, err := net.DialTCP("tcp", nil, to)
		if err != nil {
			_, _ = c.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0})
			return
		}
		used.Add(1)
		_, _ = c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
		pipe(c, out)
	})
}

// connectProxy is an HTTP proxy that wants a password.
func connectProxy(t *testing.T, used *atomic.Int64) string {
	return loopback.Listen(t, func(c net.Conn) {
		req, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil || req.Method != http.MethodConnect {
			return
		}
		if req.Header.Get("Proxy-Authorization") != "Basic dXNlcjpzZWNyZXQ=" {
			_, _ = io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
			return
		}
		out, err := net.Dial("tcp", strings.Replace(req.Host, lab, "127.0.0.1", 1))
		if err != nil {
			_, _ = io.WriteString(c, "HTTP/1.1 502 Bad Gateway\r\n\r\n")
			return
		}
		used.Add(1)
		_, _ = io.WriteString(c, "HTTP/1.1 200 Connection established\r\nX-Some: head\r\n\r\n")
		pipe(c, out)
	})
}

// Proves that every connection goes through the proxy, and that what the proxy
// refuses is told.
func TestProxies(t *testing.T) {
	server := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{certificateOf(t, "ec", 256)}, MinVersion: tls.VersionTLS12})
	var socks, connects atomic.Int64
	web := connectProxy(t, &connects)
	for proxy, used := range map[string]*atomic.Int64{"socks5://" + socksProxy(t, &socks): &socks, "http://user:secret@" + web: &connects} {
		status, out, errs := runProbe(t, "", "probe", server, "--rate", "0", "--proxy", proxy, "-f", "jsonl")
		if status != 0 || !strings.Contains(out, `"TLS 1.3":"yes"`) || used.Load() == 0 {
			t.Errorf("%s: %d, %d connections, %s%s", proxy, status, used.Load(), errs, out)
		}
	}
	status, out, _ := runProbe(t, "", "probe", server, "--rate", "0", "--proxy", "http://user:wrong@"+web, "-f", "jsonl")
	if status != frame.ExitIncomplete || !strings.Contains(out, "407 Proxy Authentication Required") {
		t.Errorf("%d %s", status, out)
	}
}

// Proves that names which only the proxy can look up are probed through it, as one
// endpoint without an address and with its name in server_name, also by --resume and
// --diff; and that socks5 looks them up here.
func TestProxyLooksNamesUp(t *testing.T) {
	var name atomic.Value
	server := tlsServer(t, &tls.Config{
		Certificates: []tls.Certificate{certificateOf(t, "ec", 256)}, MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) { name.Store(h.ServerName); return nil, nil },
	})
	_, port, _ := net.SplitHostPort(server)
	target := net.JoinHostPort(lab, port)
	var socks, connects atomic.Int64
	for _, proxy := range []string{"socks5h://" + socksProxy(t, &socks), "http://user:secret@" + connectProxy(t, &connects)} {
		file := filepath.Join(t.TempDir(), "result.jsonl")
		status, _, errs := runProbe(t, "", "probe", target, "--rate", "0", "--certificates", "--proxy", proxy, "-o", file)
		data, err := os.ReadFile(file)
		if err != nil || status != 0 || !strings.Contains(string(data), `"target":"`+target+`","address":"","serverName":"`+lab+`"`) || !strings.Contains(string(data), `"TLS 1.3":"yes"`) || name.Load() != lab {
			t.Errorf("%s: %d %v %s%s", proxy, status, err, errs, data)
		}
		used := socks.Load() + connects.Load()
		status, _, errs = runProbe(t, "", "probe", target, "--rate", "0", "--certificates", "--proxy", proxy, "-o", file, "--resume")
		if again, _ := os.ReadFile(file); status != 0 || string(again) != string(data) || socks.Load()+connects.Load() != used {
			t.Errorf("resumed: %d %s%s", status, errs, again)
		}
		if status, _, errs = runProbe(t, "", "probe", target, "--rate", "0", "--proxy", proxy, "--diff", file); status != 0 {
			t.Errorf("diff: %d %s", status, errs)
		}
	}
	for spec, want := range map[string]bool{"socks5://192.0.2.1:1080": false, "socks5h://192.0.2.1": true, "http://192.0.2.1": true} {
		if p, err := probe.ParseProxy(spec); err != nil || p.Resolves != want {
			t.Errorf("%s: %+v %v", spec, p, err)
		}
	}
}

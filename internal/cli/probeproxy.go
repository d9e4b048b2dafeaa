package cli

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"golang.org/x/net/proxy"

	"tlsready/internal/message"
)

// dialFunc makes a connection.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// maxProxyAnswer is the most bytes of an HTTP proxy's answer to CONNECT; servers
// limit theirs to 8 KiB as a rule.
const maxProxyAnswer = 16 << 10

// proxyDial makes connections through the proxy of --proxy; nil without one.
func (app *App) proxyDial(spec string) (dialFunc, error) {
	if spec == "" {
		return nil, nil
	}
	u, err := url.Parse(spec)
	if err != nil || u.Host == "" {
		return nil, app.usageError("proxy", message.Str("value", spec))
	}
	switch u.Scheme {
	case "socks5", "socks5h":
		return socksDial(u)
	case "http":
		return connectDial(u), nil
	}
	return nil, app.usageError("proxy", message.Str("value", spec))
}

// proxyResolves says whether the proxy looks names up: one of HTTP, and one of SOCKS
// that is written socks5h, as curl has it. With socks5 they are looked up here.
func proxyResolves(spec string) bool {
	u, err := url.Parse(spec)
	return err == nil && (u.Scheme == "socks5h" || u.Scheme == "http")
}

func socksDial(u *url.URL) (dialFunc, error) {
	var auth *proxy.Auth
	if u.User != nil {
		password, _ := u.User.Password()
		auth = &proxy.Auth{User: u.User.Username(), Password: password}
	}
	dialer, err := proxy.SOCKS5("tcp", hostWithPort(u, "1080"), auth, new(net.Dialer))
	if err != nil {
		return nil, err
	}
	with, ok := dialer.(proxy.ContextDialer)
	if !ok {
		return nil, errors.New("the SOCKS dialer cannot be interrupted")
	}
	return with.DialContext, nil
}

func hostWithPort(u *url.URL, port string) string {
	if u.Port() != "" {
		port = u.Port()
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// connectDial asks an HTTP proxy for a tunnel (RFC 9110 section 9.3.6).
func connectDial(u *url.URL) dialFunc {
	var head string
	if u.User != nil {
		password, _ := u.User.Password()
		head = "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password)) + "\r\n"
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, hostWithPort(u, "8080"))
		if err != nil {
			return nil, fmt.Errorf("proxy: %w", err)
		}
		if deadline, ok := ctx.Deadline(); ok {
			_ = conn.SetDeadline(deadline)
		}
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		defer stop()
		if err := connect(conn, address, head); err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("proxy: %w", err)
		}
		return conn, nil
	}
}

// connect speaks CONNECT. The answer is read byte by byte: what follows it belongs
// to the server.
func connect(conn net.Conn, address, head string) error {
	if _, err := fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", address, address, head); err != nil {
		return err
	}
	var answer []byte
	for one := make([]byte, 1); !strings.HasSuffix(string(answer), "\r\n\r\n"); answer = append(answer, one[0]) {
		if len(answer) >= maxProxyAnswer {
			return fmt.Errorf("an answer of more than %d bytes", maxProxyAnswer)
		}
		if _, err := conn.Read(one); err != nil {
			return err
		}
	}
	first, _, _ := strings.Cut(string(answer), "\r\n")
	if fields := strings.Fields(first); len(fields) < 2 || !strings.HasPrefix(fields[0], "HTTP/") || fields[1] != "200" {
		return fmt.Errorf("it answered %q", first)
	}
	return nil
}

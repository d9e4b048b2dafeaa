package probe

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"golang.org/x/net/proxy"
)

// Proxy is how connections are made through a proxy.
type Proxy struct {
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Resolves says that the proxy looks names up: one of HTTP, and one of SOCKS that is
	// written socks5h, as curl has it. With socks5 they are looked up here.
	Resolves bool
}

// errProxy says that a text names no proxy.
var errProxy = errors.New("no proxy such as http://host:port, socks5h://host:port or socks5://host:port")

// maxProxyAnswer is the most bytes of an HTTP proxy's answer to CONNECT; servers
// commonly limit theirs to 8 KiB.
const maxProxyAnswer = 16 << 10

// ParseProxy reads http://host:port, socks5h://host:port or socks5://host:port, with
// user:password@ if needed.
func ParseProxy(spec string) (*Proxy, error) {
	u, err := url.Parse(spec)
	if err != nil || u.Host == "" {
		return nil, errProxy // url's own error would show the password
	}
	switch u.Scheme {
	case "socks5", "socks5h":
		dial, err := socksDial(u)
		return &Proxy{dial, u.Scheme == "socks5h"}, err
	case "http":
		return &Proxy{connectDial(u), true}, nil
	}
	return nil, errProxy
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

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

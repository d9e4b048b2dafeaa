package notices

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"syscall"
	"time"

	"tlsready/internal/message"
)

// SignatureHeader signs a body: "t=SECONDS,v1=HEX", SECONDS since 1970 being the moment of the
// delivery, and HEX the HMAC-SHA-256 of the seconds, a dot and the body. Who checks it refuses
// what is old, so that nobody sends it again.
const SignatureHeader = "Tlsready-Signature"

// sign is the value of [SignatureHeader].
func sign(secret, body []byte, at time.Time) string {
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(seconds + "."))
	mac.Write(body)
	return "t=" + seconds + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// internal says whether an address is one that only this machine, its link or the platform
// below it has: loopback, link-local with the metadata services of clouds (169.254.169.254),
// unspecified, multicast. Addresses of the network of an organisation are none of them: its
// chat and its tickets stand there.
func internal(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsUnspecified() || a.IsMulticast() ||
		slices.ContainsFunc(platforms(), func(p netip.Prefix) bool { return p.Contains(a) })
}

// platforms are the other addresses of those: what a cloud answers its own machines from, and
// what is turned into an address of IPv4, which may be any of them.
func platforms() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("fd00:ec2::254/128"),  // AWS, metadata over IPv6
		netip.MustParsePrefix("fd20:ce::254/128"),   // Google Cloud, metadata over IPv6
		netip.MustParsePrefix("168.63.129.16/32"),   // Azure (learn.microsoft.com, "What is IP address 168.63.129.16?")
		netip.MustParsePrefix("100.100.100.200/32"), // Alibaba Cloud
		netip.MustParsePrefix("64:ff9b::/96"),       // NAT64 (RFC 6052, section 2.1)
		netip.MustParsePrefix("64:ff9b:1::/48"),     // NAT64 of a network (RFC 8215)
	}
}

// deliveryTime bounds a delivery.
const deliveryTime = 15 * time.Second

// client is one that does not follow redirections and, unless it may, connects to no
// address that is internal. The address itself is looked at, after the name was resolved
// and at the very connection, so that a name cannot change in between; a proxy would
// resolve it elsewhere, and is not used.
func client(mayInternal bool) *http.Client {
	dial := &net.Dialer{Timeout: deliveryTime, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err == nil && !mayInternal && internal(to.Addr()) {
			err = message.Error("notices.error.internal", message.Str("address", to.Addr().String()))
		}
		return err
	}}
	return &http.Client{
		Timeout:       deliveryTime,
		Transport:     &http.Transport{DialContext: dial.DialContext, TLSHandshakeTimeout: deliveryTime, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// deliver posts a body. Any status but 2xx is a failure.
func (h *Hook) deliver(ctx context.Context, c *http.Client, body []byte, now time.Time) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "tlsready")
	r.Header.Set(SignatureHeader, sign(h.Secret, body, now))
	answer, err := c.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, 64<<10) // so that the connection can be used again
	if answer.StatusCode/100 != 2 {
		return message.Error("notices.error.status", message.Int("status", answer.StatusCode))
	}
	return nil
}

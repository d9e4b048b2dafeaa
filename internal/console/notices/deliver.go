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
	"strconv"
	"syscall"
	"time"

	"tlsready/internal/message"
)

// SignatureHeader signs a body: "t=SECONDS,v1=HEX", HEX being HMAC-SHA-256 of the seconds,
// a dot and the body. Who checks it refuses what is old.
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
// below it has: loopback, link-local with the metadata services of clouds (169.254.169.254,
// fd00:ec2::254), unspecified, multicast. Addresses of the network of an organisation are
// none of them: its chat and its tickets stand there. 168.63.129.16 is what Azure answers its
// machines from (learn.microsoft.com, "What is IP address 168.63.129.16?"), 100.100.100.200
// what Alibaba Cloud does, fd00:ec2::254 the metadata service of AWS over IPv6.
func internal(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsUnspecified() || a.IsMulticast() || a == netip.MustParseAddr("fd00:ec2::254") ||
		a == netip.MustParseAddr("100.100.100.200") || a == netip.MustParseAddr("168.63.129.16") || netip.MustParsePrefix("64:ff9b::/96").Contains(a)
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

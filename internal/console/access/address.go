package access

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// source is the address that a request came from. What a proxy says of it counts only if
// the proxy is one that the server was told to trust: everybody can write the header.
func source(r *http.Request, trusted []netip.Prefix) netip.Addr {
	from := remote(r)
	if !within(from, trusted) {
		return from
	}
	said := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, word := range slices.Backward(said) { // each proxy adds whom it saw at the end
		a, err := parseAddress(strings.TrimSpace(word))
		if err != nil {
			break
		}
		from = a
		if !within(from, trusted) {
			break
		}
	}
	return from
}

func remote(r *http.Request) netip.Addr {
	a, err := parseAddress(r.RemoteAddr)
	if err != nil {
		return netip.IPv4Unspecified() // no connection of ours is without one
	}
	return a
}

// parseAddress reads an address with or without a port.
func parseAddress(s string) (netip.Addr, error) {
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.Unmap().WithZone(""), err
}

func within(a netip.Addr, list []netip.Prefix) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a) })
}

// named says whether a request was sent to this server by a name of its own. A page of
// another site whose name was made to mean this machine (DNS rebinding) has that site's
// name here, and would pass for ours otherwise.
func named(host string, names []string) bool {
	return ofThisMachine(host) || slices.Contains(names, bare(host))
}

// ofThisMachine says whether a request was sent to a name or an address by which every
// machine means itself. Other servers of the machine have it as well, on other ports and
// without TLS: what a browser is told of it holds for them too.
func ofThisMachine(host string) bool {
	name := bare(host)
	a, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && a.IsLoopback()
}

// bare is a host without its port.
func bare(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// inside is a path of this server that somebody is to be led back to; "/" in place of
// everything that could lead elsewhere.
func inside(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") || strings.HasPrefix(path, "/sign-") {
		return "/"
	}
	return path
}

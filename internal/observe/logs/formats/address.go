package formats

import (
	"bytes"
	"net/netip"
	"strconv"
)

// address reads an address with or without a port: 192.0.2.7, 192.0.2.7:443,
// 2001:db8::7, [2001:db8::7]:443. The port is 0 where there is none. An IPv4 address in
// IPv6 form is IPv4.
func address(v []byte) (netip.Addr, uint16, bool) {
	if a, rest, ok := ipv4(v); ok {
		port, ok := portOf(rest)
		return a, port, ok
	}
	var port uint16
	if len(v) > 0 && v[0] == '[' {
		end := bytes.IndexByte(v, ']')
		if end < 0 {
			return netip.Addr{}, 0, false
		}
		var ok bool
		if port, ok = portOf(v[end+1:]); !ok {
			return netip.Addr{}, 0, false
		}
		v = v[1:end]
	}
	if len(v) > len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%a-long-zone") || bytes.IndexByte(v, ':') < 0 {
		return netip.Addr{}, 0, false
	}
	a, err := netip.ParseAddr(string(v))
	return a.WithZone("").Unmap(), port, err == nil
}

// portOf reads what stands behind an address: nothing, or a colon and a port.
func portOf(rest []byte) (uint16, bool) {
	if len(rest) == 0 {
		return 0, true
	}
	if rest[0] != ':' || len(rest) > len(":65535") {
		return 0, false
	}
	n, err := strconv.ParseUint(string(rest[1:]), 10, 16)
	return uint16(n), err == nil
}

// ipv4 reads four numbers at the beginning of v, without the text that netip asks for,
// which would be a copy for each line.
func ipv4(v []byte) (a netip.Addr, rest []byte, ok bool) {
	var four [4]byte
	at, i := 0, 0
	for {
		n, digits := 0, 0
		for ; i < len(v) && v[i]-'0' <= 9 && digits < 4; i++ {
			n = n*10 + int(v[i]-'0')
			digits++
		}
		if digits == 0 || digits > 3 || n > 255 {
			return a, v, false
		}
		four[at] = byte(n)
		if at++; at == 4 {
			return netip.AddrFrom4(four), v[i:], true
		}
		if i >= len(v) || v[i] != '.' {
			return a, v, false
		}
		i++
	}
}

package formats

import "bytes"

// xrdp is the log of the RDP server for Linux. The line of a connection is written by
// xrdp_rdp.c of libxrdp (https://github.com/neutrinolabs/xrdp): "TLS connection
// established from ADDRESS port PORT: VERSION with cipher SUITE". Times have no zone.
func xrdp() format {
	return format{
		id: "xrdp", name: "xrdp log",
		detect: func(c *Config, s *sample) *Layout {
			if parseXRDP(newDraft(c), s.line) == Foreign {
				return nil
			}
			return &Layout{Format: "xrdp", parse: parseXRDP}
		},
	}
}

// parseXRDP reads [20261128-10:00:00] [INFO ] TEXT.
func parseXRDP(d *draft, line []byte) Outcome {
	if len(line) < len("[20261128-10:00:00] [INFO ] ") || line[0] != '[' || line[9] != '-' || line[18] != ']' || line[20] != '[' {
		return Foreign
	}
	day := line[1:9]
	iso := bytes.Join([][]byte{day[:4], day[4:6], day[6:]}, []byte{'-'})
	at, _, ok := isoTime(append(append(iso, 'T'), line[10:18]...), &d.zone)
	if !ok {
		return Foreign
	}
	d.c.Time = at
	_, rest, found := bytes.Cut(line, []byte(" TLS connection established from "))
	if !found {
		return Other
	}
	peer, rest, ok := bytes.Cut(rest, []byte(": "))
	address, port, ok2 := bytes.Cut(peer, []byte(" port "))
	protocol, cipher, ok3 := bytes.Cut(rest, []byte(" with cipher "))
	if !ok || !ok2 || !ok3 {
		return Broken
	}
	d.set(client, address)
	d.set(clientPort, port)
	d.set(version, protocol)
	d.set(suite, bytes.TrimSpace(cipher))
	d.c.Before = "rdp"
	return d.finish()
}

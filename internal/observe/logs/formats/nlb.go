package formats

import "tlsready/internal/wire"

// nlb is the access log of a TLS listener of a Network Load Balancer, handshakes that
// failed with it: they have no version.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html#access-log-entry-format
func nlb() format {
	p := &positional{
		id: "nlb", name: "AWS Network Load Balancer access log", least: 18,
		fields: byPlace{2: when, 3: serverHost, 5: client, 6: server, 11: nlbAlert, 14: suite, 15: version, 17: serverName},
		is:     func(list [][]byte) bool { return string(list[0]) == "tls" && isTime(list[2]) },
		check: func(d *draft) Outcome {
			d.c.Refused = d.version == 0
			d.hasAlert = d.hasAlert && d.c.Refused
			return Seen
		},
	}
	return p.format()
}

// nlbAlert takes the number of the alert that came from the client.
func nlbAlert(d *draft, v []byte) bool {
	var n uint16
	if !number16(v, &n) || n > 255 {
		return false
	}
	d.alert, d.hasAlert = wire.AlertDescription(n), n != 0
	return true
}

package formats

// albConnections is the connection log of an Application Load Balancer.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-connection-logs.html#connection-log-entry-format
func albConnections() format {
	p := &positional{
		id: "alb-connections", name: "AWS Application Load Balancer connection log", least: 11,
		fields: byPlace{0: when, 1: client, 2: clientPort, 3: serverPort, 4: version, 5: suite, 7: clientCertificate},
		is: func(list [][]byte) bool {
			return isTime(list[0]) && isAddress(list[1]) && isPort(list[2]) && isPort(list[3])
		},
	}
	return p.format()
}

func isPort(w []byte) bool { var n uint16; return number16(w, &n) }

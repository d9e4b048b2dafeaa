package formats

// alb is the access log of an Application Load Balancer: successes, on a best-effort
// basis.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#access-log-entry-format
func alb() format {
	p := &positional{
		id: "alb", name: "AWS Application Load Balancer access log", least: 16,
		fields: byPlace{1: when, 2: serverHost, 3: client, 13: userAgent, 14: suite, 15: version, 18: serverName},
		is: func(list [][]byte) bool {
			switch string(list[0]) {
			case "http", "https", "h2", "grpcs", "ws", "wss":
				return isTime(list[1])
			}
			return false
		},
	}
	return p.format()
}

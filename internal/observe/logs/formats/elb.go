package formats

// elb is the access log of a Classic Load Balancer.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html#access-log-entry-format
func elb() format {
	p := &positional{
		id: "elb", name: "AWS Classic Load Balancer access log", least: 15,
		fields: byPlace{0: when, 1: serverHost, 2: client, 12: userAgent, 13: suite, 14: version},
		is: func(list [][]byte) bool {
			return isTime(list[0]) && isAddress(list[2]) && list[11][0] == '"'
		},
	}
	return p.format()
}

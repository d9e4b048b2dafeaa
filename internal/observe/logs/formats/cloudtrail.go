package formats

// cloudtrail is the log of calls to AWS itself, as files with Records or as single
// events. tlsDetails is missing for some services and for calls by the console.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
func cloudtrail() format {
	return format{
		id: "cloudtrail", name: "AWS CloudTrail",
		detect: func(c *Config, s *sample) *Layout {
			if !s.has("eventVersion", "eventSource", "eventName", "awsRegion") {
				return nil
			}
			return c.jsonLayout("cloudtrail", s, table{
				"eventTime": when, "sourceIPAddress": client, "userAgent": userAgent, "eventSource": serverHost,
				"tlsDetails.tlsVersion": version, "tlsDetails.cipherSuite": suite, "tlsDetails.clientProvidedHostHeader": serverNameOfHost,
				"userIdentity.arn": principal, "userIdentity.invokedBy": invokedBy, "userIdentity.accountId": account,
			}, nil, "eventSource")
		},
	}
}

// invokedBy takes the service that called in somebody's name, where nobody else is named.
func invokedBy(d *draft, v []byte) bool {
	if d.c.Identity.Principal == "" {
		d.c.Identity.Principal = d.text(v)
	}
	return true
}

package formats

import (
	"bytes"

	"tlsready/internal/observe/logs/jsonscan"
)

// entra are the sign-in logs of Microsoft Entra ID, as resource logs (JSON) and as Graph
// and the portal export them. "Legacy TLS (TLS 1.0, 1.1, 3DES)" is True where a sign-in
// came with one of those, and does not say which: such a sign-in is a connection without
// a version, with the flag in Identity.Fields.
//
// https://learn.microsoft.com/troubleshoot/entra/entra-id/ad-dmn-services/enable-support-tls-environment
// (sign-in logs, Additional Details), the record in
// https://learn.microsoft.com/graph/api/resources/signin, authenticationProcessingDetails.
func entra() format {
	return format{
		id: "entra", name: "Microsoft Entra sign-in log",
		detect: func(c *Config, s *sample) *Layout {
			if !s.has("authenticationProcessingDetails") && !s.has("properties.authenticationProcessingDetails") {
				return nil
			}
			t := table{}
			for name, set := range map[string]setter{
				"createdDateTime": when, "ipAddress": client, "userPrincipalName": principal, "appDisplayName": serverHost,
				"userAgent": userAgent, "authenticationProcessingDetails": entraDetails,
			} {
				t[name], t["properties."+name] = set, set
			}
			return c.jsonLayout("entra", s, t, entraCheck, "authenticationProcessingDetails", "properties.authenticationProcessingDetails")
		},
	}
}

// entraDetails looks for the key that begins with Legacy TLS.
func entraDetails(d *draft, v []byte) bool {
	jsonscan.Elements(v, func(detail []byte) {
		var key, value []byte
		d.inner.Object(detail, func(path, text []byte) {
			switch string(path) {
			case "key":
				key = text
			case "value":
				value = text
			}
		})
		if bytes.HasPrefix(key, []byte(legacyTLS)) {
			d.kind = string(value)
		}
	})
	return true
}

// entraCheck keeps the sign-ins with the flag; of the others nothing is said.
func entraCheck(d *draft) Outcome {
	if d.kind == "True" || d.kind == "true" {
		d.keepField(legacyTLS, "True")
		d.flagged = true
	}
	return Seen
}

// legacyTLS is the name of the flag in Identity.Fields.
const legacyTLS = "Legacy TLS"

package formats

import "tlsready"

// suricata is eve.json of Suricata. tls.version is what was negotiated;
// what was offered is in a custom log alone, as client_handshake
// (https://docs.suricata.io/en/latest/output/eve/eve-json-format.html#event-type-tls).
// Versions are spelled by SSLVersionToString of
// https://github.com/OISF/suricata/blob/master/src/app-layer-ssl.c: TLSv1, TLS 1.1,
// TLS 1.2, TLS 1.3, UNDETERMINED.
func suricata() format {
	return format{
		id: "suricata", name: "Suricata eve.json",
		detect: func(c *Config, s *sample) *Layout {
			if !s.has("event_type", "timestamp") || !s.has("src_ip") && !s.has("flow_id") && s.names["event_type"] != "stats" {
				return nil
			}
			return c.jsonLayout("suricata", s, table{
				"timestamp": when, "event_type": kind,
				"src_ip": client, "src_port": clientPort, "dest_ip": server, "dest_port": serverPort,
				"tls.version": suricataVersion, "tls.sni": serverName, "tls.subject": serverCertificate,
				"tls.ja3.hash": ja3, "tls.ja4": ja4, "tls.client_handshake.version": suricataOffered,
			}, func(d *draft) Outcome {
				if d.kind != "tls" {
					return Other
				}
				return Seen
			}, "event_type")
		},
	}
}

func suricataVersion(d *draft, v []byte) bool {
	return string(v) == "UNDETERMINED" || zeekVersion(d, v)
}

// suricataOffered takes legacy_version of the hello: below TLS 1.2 it is the maximum.
func suricataOffered(d *draft, v []byte) bool {
	offered, ok := parseVersion(v)
	if ok && offered.Rank() < tlsready.TLS12.Rank() {
		d.offered.Max, d.hasOffered = offered, true
	}
	return true
}

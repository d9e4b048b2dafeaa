package formats

import "bytes"

// postfix is the mail log of Postfix with smtpd_tls_loglevel of at least 1, which is not
// the default. Its times are of syslog: most have neither year nor zone.
//
// The line is tls_log_summary of src/tls/tls_misc.c in Postfix
// (https://www.postfix.org/postconf.5.html#smtpd_tls_loglevel): "Anonymous TLS connection
// established from NAME[ADDRESS]: VERSION with cipher SUITE (…)".
func postfix() format {
	return format{
		id: "postfix", name: "Postfix mail log",
		detect: func(c *Config, s *sample) *Layout {
			if parsePostfix(newDraft(c), s.line) == Foreign {
				return nil
			}
			return &Layout{Format: "postfix", parse: parsePostfix}
		},
	}
}

func parsePostfix(d *draft, line []byte) Outcome {
	text := d.stripped(line)
	if d.c.Time.IsZero() || !bytes.Contains(line, []byte(" postfix/")) && !bytes.Contains(line, []byte(" postfix-")) {
		return Foreign
	}
	from, established := " TLS connection established from ", true
	_, rest, found := bytes.Cut(text, []byte(from))
	if !found {
		// The server is the other side: what this host offered is not in the line.
		_, rest, found = bytes.Cut(text, []byte(" TLS connection established to "))
		established = false
	}
	if !found {
		return Other
	}
	peer, rest, ok := bytes.Cut(rest, []byte(": "))
	protocol, cipher, ok2 := bytes.Cut(rest, []byte(" with cipher "))
	if !ok || !ok2 {
		return Broken
	}
	name, address, ok := bytes.Cut(peer, []byte{'['})
	end := bytes.IndexByte(address, ']')
	if !ok || end < 0 {
		return Broken
	}
	if established {
		d.set(client, address[:end])
		if string(name) != "unknown" {
			d.set(clientName, name)
		}
	} else {
		d.set(server, address[:end])
		d.c.ClientName, d.c.ServerHost = d.c.ServerHost, ""
		d.set(serverName, name)
		if port, found := bytes.CutPrefix(address[end+1:], []byte{':'}); found {
			d.set(serverPort, port)
		}
	}
	d.set(version, protocol)
	cipher, _, _ = bytes.Cut(cipher, []byte{' '})
	d.set(suite, cipher)
	d.c.Before = "smtp"
	return d.finish()
}

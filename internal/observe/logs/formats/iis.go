package formats

import (
	"bytes"
	"strings"

	"tlsready"

	"tlsready/internal/message"
)

// iis is the W3C Extended Log File Format of Internet Information Services. Times are
// UTC; the fields are named by #Fields, which comes again when the service starts and
// when they are changed.
//
// Fields: https://learn.microsoft.com/windows/win32/http/w3c-logging. The version needs
// the custom field crypt-protocol, which Windows Server 2016 and 2012 R2 with updates
// have: https://www.microsoft.com/security/blog/2017/09/07/new-iis-functionality-to-help-identify-weak-tls-usage/.
// Only connections that came about are logged.
func iis() format {
	f := &w3cFormat{
		id: "iis", fields: iisFields(), separator: ' ',
		version: "crypt-protocol", missing: message.New("logs.missing-iis"),
		marks: []string{"s-ip", "s-computername", "s-sitename", "cs-uri-stem", "sc-win32-status", "c-ip", "sc-status", "cs-method", "cs(User-Agent)"},
	}
	return format{id: f.id, name: "IIS W3C Extended", header: f.header}
}

func iisFields() table {
	return table{
		"date": onDate, "time": atClock,
		"c-ip": client, "s-ip": server, "s-port": serverPort, "s-computername": serverHost,
		"cs-host": serverNameOfHost, "cs(User-Agent)": userAgentPlus, "cs-username": principal,
		"crypt-protocol": schannelProtocol,
	}
}

// schannelProtocol takes a protocol as Schannel numbers it, in hexadecimal:
// SP_PROT_…_SERVER and SP_PROT_…_CLIENT of schannel.h
// (https://learn.microsoft.com/windows/win32/api/schannel/ns-schannel-secpkgcontext_connectioninfo).
func schannelProtocol(d *draft, v []byte) bool {
	switch string(bytes.TrimPrefix(v, []byte("0x"))) {
	case "0":
		return true // no TLS
	case "4", "8":
		d.version = tlsready.SSL20
	case "10", "20":
		d.version = tlsready.SSL30
	case "40", "80":
		d.version = tlsready.TLS10
	case "100", "200":
		d.version = tlsready.TLS11
	case "400", "800":
		d.version = tlsready.TLS12
	case "1000", "2000":
		d.version = tlsready.TLS13
	default:
		return false
	}
	return true
}

// serverNameOfHost takes a Host header, which is the name that the client asked for
// where the log does not have the one of TLS.
func serverNameOfHost(d *draft, v []byte) bool {
	if d.c.ServerName != "" {
		return true
	}
	if i := bytes.LastIndexByte(v, ':'); i >= 0 && bytes.IndexByte(v, ']') < i {
		v = v[:i]
	}
	d.c.ServerName = d.text(v)
	return true
}

// userAgentPlus takes a user agent in which spaces are written as plus signs.
func userAgentPlus(d *draft, v []byte) bool {
	agent, ok := d.agents[string(v)]
	if !ok {
		agent = strings.ReplaceAll(d.text(v), "+", " ")
		if len(d.agents) >= maxTexts {
			clear(d.agents)
		}
		d.agents[string(v)] = agent
	}
	d.c.Identity.UserAgent = agent
	return true
}

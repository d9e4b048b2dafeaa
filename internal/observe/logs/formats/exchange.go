package formats

import (
	"bytes"

	"tlsready"
)

// exchange are the SMTP protocol logs of Exchange Server, of its receive and send
// connectors. Times are UTC.
//
// Fields: https://learn.microsoft.com/exchange/mail-flow/connectors/protocol-logging; the
// line of a handshake as mail administrators show it, "TLS protocol
// SP_PROT_TLS1_2_SERVER negotiation succeeded using …", names it as schannel.h does.
func exchange() format {
	f := &w3cFormat{
		id: "exchange", separator: ',', csv: true, version: "context", marks: []string{"connector-id"},
		fields: table{
			"date-time": when, "local-endpoint": exchangeLocal, "remote-endpoint": exchangeRemote, "context": exchangeContext,
		},
		check: exchangeCheck,
	}
	return format{id: f.id, name: "Exchange SMTP protocol log", header: f.header}
}

// exchangeLocal and exchangeRemote are server and client for a receive connector; the
// protocol says which one it is.
func exchangeLocal(d *draft, v []byte) bool { return server(d, v) }

func exchangeRemote(d *draft, v []byte) bool { return client(d, v) }

func exchangeContext(d *draft, v []byte) bool {
	rest, found := bytes.CutPrefix(v, []byte("TLS protocol SP_PROT_"))
	name, rest, ok := bytes.Cut(rest, []byte{' '})
	if !found || !ok || !bytes.HasPrefix(rest, []byte("negotiation succeeded")) {
		return true
	}
	protocol, side, ok := bytes.Cut(name, []byte("_SERVER"))
	if !ok {
		protocol, _, _ = bytes.Cut(name, []byte("_CLIENT"))
		d.kind = "client"
	}
	if len(side) > 0 {
		return false
	}
	switch string(protocol) {
	case "SSL3":
		d.version = tlsready.SSL30
	case "TLS1", "TLS1_0":
		d.version = tlsready.TLS10
	case "TLS1_1":
		d.version = tlsready.TLS11
	case "TLS1_2":
		d.version = tlsready.TLS12
	case "TLS1_3":
		d.version = tlsready.TLS13
	default:
		return false
	}
	return true
}

// exchangeCheck passes over all lines but those of handshakes.
func exchangeCheck(d *draft) Outcome {
	if d.version == 0 {
		return Other
	}
	if d.kind == "client" {
		d.client, d.server = d.server, d.client
		d.clientPort, d.serverPort = d.serverPort, d.clientPort
		d.c.ClientName, d.c.ServerHost = d.c.ServerHost, d.c.ClientName
	}
	d.c.Before = "smtp"
	return Seen
}

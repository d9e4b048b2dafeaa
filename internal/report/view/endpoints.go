package view

import (
	"tlsready"
	"tlsready/internal/document"
)

// Judged says whether an endpoint answered everything that was asked of its versions;
// ssl says that SSL 2.0 and SSL 3.0 were.
func Judged(e *document.Endpoint, ssl bool) bool {
	if e.Error != nil {
		return false
	}
	for v, answer := range e.Versions {
		if answer == tlsready.Unknown && (ssl || v >= tlsready.TLS10) {
			return false
		}
	}
	return true
}

// ClientCounts counts clients by answer.
type ClientCounts struct {
	Yes, No, Open int
	Cut           int // connect now and would not under --accepting
	Perhaps       int // connect now, and it is not known whether they would
}

// CountClients counts the clients of an endpoint.
func CountClients(e *document.Endpoint) ClientCounts {
	var n ClientCounts
	for _, c := range e.Clients {
		switch c.Connects {
		case tlsready.Yes:
			n.Yes++
		case tlsready.No:
			n.No++
		default:
			n.Open++
		}
		switch {
		case Loses(c, tlsready.No):
			n.Cut++
		case Loses(c, tlsready.Unknown):
			n.Perhaps++
		}
	}
	return n
}

// Loses says whether a client connects now and ends so under --accepting.
func Loses(c document.EndpointClient, after tlsready.Answer) bool {
	return c.After != nil && c.Connects == tlsready.Yes && c.After.Connects == after
}

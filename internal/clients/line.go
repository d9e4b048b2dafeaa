package clients

import (
	"net/netip"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/observe"
)

// Document is the connection as one line of watch, with what is known of its server.
func (j *Judged) Document(known *Known) *document.Connection {
	d := &document.Connection{
		Schema: document.ConnectionSchema, Source: j.Source, Line: j.Line, Format: j.Format, Time: j.Time.UTC(), Transport: string(j.Transport),
		Client: addressText(j.Client), Server: addressText(j.Server), ClientName: j.ClientName, ServerHost: j.ServerHost,
		ServerName: j.ServerName, Before: j.Before, Offered: j.Offered, Refused: j.Refused, JA3: j.JA3, JA4: j.JA4, Stack: j.Stack.ID,
		Owner: j.Owner.Name, OwnerMail: j.Owner.Mail, Survives: j.Survives, Old: j.Old, Finding: j.Finding, Why: j.Why, Remedy: j.Remedy,
		Identity: document.ConnectionIdentity{
			Principal: j.Identity.Principal, Account: j.Identity.Account, ClientCertificate: j.Identity.ClientCertificate,
			UserAgent: j.Identity.UserAgent, ServerCertificate: j.Identity.ServerCertificate, Process: j.Identity.Process,
		},
	}
	if j.Via.IsValid() {
		d.Via = j.Via.String()
	}
	if n := j.Negotiated; n != nil {
		d.Negotiated = &document.ConnectionNegotiated{Version: n.Version, Group: groupText(n.Group)}
		if n.HasSuite {
			d.Negotiated.Suite = n.Suite.String()
		}
	}
	d.Alert = alertOf(j.Alert)
	if j.Open {
		if newer, ok := known.newerTo(&j.Connection); ok {
			d.Likely, d.Basis = document.LikelyNo, document.BasisInferred
			d.Why = newer.why(&j.Connection)
		}
	}
	return d
}

func alertOf(a *observe.Alert) *document.ConnectionAlert {
	if a == nil {
		return nil
	}
	from := "client"
	if a.FromServer {
		from = "server"
	}
	return &document.ConnectionAlert{From: from, Level: int(a.Level), Description: int(a.Description), Name: a.Description.String()}
}

func groupText(g tlsready.Group) string {
	if g == 0 {
		return ""
	}
	return g.String()
}

// addressText is address:port, the address alone without a port, or "".
func addressText(a netip.AddrPort) string {
	switch {
	case !a.Addr().IsValid():
		return ""
	case a.Port() == 0:
		return a.Addr().Unmap().String()
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()).String()
}

package clients

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"net"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
)

// Pseudonyms puts made-up names in the place of what tells who somebody is: addresses,
// machines' and servers' names, principals, accounts, subjects of certificates, owners and
// their addresses. The same thing gets the same name wherever the same key is used, and
// without the key nobody can tell which it was. Ports, times, versions, fingerprints, user
// agents and the names of the files that were read stay; of a program's path its last part
// does.
type Pseudonyms struct{ key []byte }

// NewPseudonyms makes names with a key, which has to be kept from those who are handed
// the result.
func NewPseudonyms(key []byte) *Pseudonyms { return &Pseudonyms{key} }

// pseudonymBits is how much of a name is random, in characters of five bits: among a
// million things two get the same name with a chance of one in two million.
const pseudonymBits = 12

// of is the name of a thing of a kind; "" stays "".
func (p *Pseudonyms) of(kind, value string) string {
	if value == "" {
		return ""
	}
	mac := hmac.New(sha256.New, p.key)
	_, _ = mac.Write([]byte(kind + "\x00" + strings.ToLower(value)))
	return kind + "-" + strings.ToLower(base32.StdEncoding.EncodeToString(mac.Sum(nil))[:pseudonymBits])
}

// address is the name of an address, with its port if it has one.
func (p *Pseudonyms) address(text string) string {
	if host, port, err := net.SplitHostPort(text); err == nil {
		return p.of("address", host) + ":" + port
	}
	return p.of("address", text)
}

// Connection replaces what is in a line.
func (p *Pseudonyms) Connection(c *document.Connection) {
	c.Client, c.Server, c.Via = p.address(c.Client), p.address(c.Server), p.address(c.Via)
	c.ClientName, c.ServerHost, c.ServerName = p.of("machine", c.ClientName), p.of("machine", c.ServerHost), p.of("name", c.ServerName)
	c.Owner, c.OwnerMail = p.of("owner", c.Owner), p.of("mail", c.OwnerMail)
	c.Source = baseName(c.Source)
	id := &c.Identity
	id.Principal, id.Account, id.ClientCertificate = p.of("principal", id.Principal), p.of("account", id.Account), p.of("certificate", id.ClientCertificate)
	id.ServerCertificate, id.Process = p.of("certificate", id.ServerCertificate), baseName(id.Process)
}

// Watch replaces what is in a sum, and says so in it.
func (p *Pseudonyms) Watch(w *document.Watch) {
	w.Pseudonymised = message.New("clients.pseudonymised")
	for i := range w.Clients {
		p.client(&w.Clients[i])
	}
	for i := range w.Owners {
		o := &w.Owners[i]
		o.Owner, o.Mail = p.of("owner", o.Owner), p.of("mail", o.Mail)
	}
	for i := range w.Coverage.Sources {
		s := &w.Coverage.Sources[i]
		s.Source, s.Hint = baseName(s.Source), message.Text{} // which names the file with its folder
		for n := range s.Losses {                             // a line of a log names whatever it names
			s.Losses[n].Example, s.Losses[n].Where = "", ""
		}
	}
	for i := range w.Coverage.Skews {
		s := &w.Coverage.Skews[i]
		s.One, s.Other = baseName(s.One), baseName(s.Other)
	}
}

func (p *Pseudonyms) client(c *document.WatchClient) {
	if len(c.Names) == 0 && net.ParseIP(c.Client) == nil {
		c.Client = p.of("machine", c.Client)
	} else {
		c.Client = p.address(c.Client)
	}
	for i, name := range c.Names {
		c.Names[i] = p.of("machine", name)
	}
	c.Owner, c.OwnerMail, c.Process = p.of("owner", c.Owner), p.of("mail", c.OwnerMail), baseName(c.Process)
	for i := range c.Servers {
		server := &c.Servers[i]
		if host, _, err := net.SplitHostPort(server.Server); err != nil && net.ParseIP(server.Server) == nil || err == nil && net.ParseIP(host) == nil {
			server.Server = p.of("machine", server.Server)
		} else {
			server.Server = p.address(server.Server)
		}
		server.ServerName = p.of("name", server.ServerName)
	}
	for i := range c.Evidence {
		c.Evidence[i].Source = baseName(c.Evidence[i].Source)
	}
}

// baseName is a path's last part, whichever system's path it is.
func baseName(path string) string { return path[strings.LastIndexAny(path, `/\`)+1:] }

package clients

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"tlsready/internal/observe"
)

// Owner is who answers for a client.
type Owner struct{ Name, Mail string }

// OwnerRule says to whom something belongs: the clients of an address range, the
// connections with a key (a principal, an account, a certificate's subject, the value of
// the field that owners are told by), or those that ask for a server name.
type OwnerRule struct {
	Range netip.Prefix // valid, or one of the two below is given
	Key   string
	SNI   string // "*.example.com" stands for one label
	Owner Owner
}

// Owners tells to whom connections belong. It does not change and is safe for concurrent
// use.
type Owners struct {
	by     Field
	keys   map[string]Owner
	names  map[string]Owner
	ranges []OwnerRule // the narrowest first
	listed []Owner     // each once, in the list's order
}

// NewOwners makes owners of a list and of the field that they are told by, either of which
// may be empty.
func NewOwners(by Field, rules []OwnerRule) *Owners {
	o := &Owners{by: by, keys: map[string]Owner{}, names: map[string]Owner{}}
	for _, r := range rules {
		switch {
		case r.Range.IsValid():
			o.ranges = append(o.ranges, r)
		case r.Key != "":
			o.keys[strings.ToLower(r.Key)] = r.Owner
		default:
			o.names[strings.ToLower(r.SNI)] = r.Owner
		}
		if at := slices.IndexFunc(o.listed, func(l Owner) bool { return l.Name == r.Owner.Name }); at < 0 {
			o.listed = append(o.listed, r.Owner)
		} else if o.listed[at].Mail == "" {
			o.listed[at].Mail = r.Owner.Mail
		}
	}
	slices.SortStableFunc(o.ranges, func(a, b OwnerRule) int { return cmp.Compare(narrowness(b.Range), narrowness(a.Range)) })
	return o
}

// narrowness is how narrow a range is, the same for an IPv4 range and its mapped form.
func narrowness(p netip.Prefix) int {
	if p.Addr().Is4() {
		return p.Bits() + 96
	}
	return p.Bits()
}

// Asked says whether anybody wants to know of owners.
func (o *Owners) Asked() bool { return o.by != "" || len(o.listed) > 0 }

// Of is the owner of a connection; zero if it has none that is known. What the connection
// says of itself counts before the server name, and that before the address.
func (o *Owners) Of(c *observe.Connection) Owner {
	by := o.by.Of(c)
	for _, key := range [...]string{by, c.Identity.Principal, c.Identity.Account, c.Identity.ClientCertificate} {
		if owner, ok := o.keys[strings.ToLower(key)]; ok && key != "" {
			return owner
		}
	}
	if by != "" {
		return Owner{Name: by}
	}
	if owner, ok := o.ofName(strings.ToLower(c.ServerName)); ok {
		return owner
	}
	if address := c.Client.Addr().Unmap(); address.IsValid() {
		for _, r := range o.ranges {
			if r.Range.Contains(address) {
				return r.Owner
			}
		}
	}
	return Owner{}
}

func (o *Owners) ofName(name string) (Owner, bool) {
	if name == "" || len(o.names) == 0 {
		return Owner{}, false
	}
	if owner, ok := o.names[name]; ok {
		return owner, true
	}
	_, rest, _ := strings.Cut(name, ".")
	owner, ok := o.names["*."+rest]
	return owner, ok
}

// Field names what owners are told by: a part of the identity, the server name, the
// client's address, or a field of the log by its name there. "" is none.
type Field string

// FieldNames are the fields that every source may have; others are those of a log.
func FieldNames() []string {
	return []string{"account", "certificate", "client", "name", "principal", "process", "server", "sni", "user-agent"}
}

// Of is the field's value in a connection, "" without one. "identity.principal" is
// "principal".
func (f Field) Of(c *observe.Connection) string {
	name := strings.TrimPrefix(strings.ToLower(string(f)), "identity.")
	switch name {
	case "":
		return ""
	case "account":
		return c.Identity.Account
	case "certificate", "clientcertificate":
		return c.Identity.ClientCertificate
	case "client":
		return addressText(netip.AddrPortFrom(c.Client.Addr(), 0))
	case "name", "clientname":
		return c.ClientName
	case "principal":
		return c.Identity.Principal
	case "process":
		return c.Identity.Process
	case "server":
		return cmp.Or(addressText(c.Server), c.ServerHost)
	case "sni", "servername":
		return c.ServerName
	case "user-agent", "useragent":
		return c.Identity.UserAgent
	}
	if v, ok := c.Identity.Fields[string(f)]; ok {
		return v
	}
	for key, v := range c.Identity.Fields {
		if strings.EqualFold(key, string(f)) {
			return v
		}
	}
	return ""
}

package gate

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/strictyaml"
)

// The limits of a configuration: each is beyond what a person maintains, and keeps the
// judgement of a connection short.
const (
	maxListen     = 64
	maxStages     = 200
	maxWindows    = 50
	maxRoutes     = 1000
	maxExemptions = 10000
	maxTrusted    = 1000
	maxCommand    = 100
)

// Reading is what a configuration does not say itself.
type Reading struct {
	Local *time.Location // the machine's time zone, for a file that names none
	// Service finds what the key service names.
	Service func(name string) (*service.Profile, error)
}

// Parse reads a configuration from YAML or JSON and checks it. The first mistake is a
// [message.Problem] with its line and column, and mostly a hint.
func (r Reading) Parse(data []byte) (*Config, error) {
	var doc yaml.Node
	if err := strictyaml.Decode(data, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) != 1 {
		return nil, message.Error("yaml.empty")
	}
	b := &builder{Reading: r, out: &Config{Protocol: PlainTLS, HelloTimeout: DefaultHelloTimeout}}
	return b.config(resolved(doc.Content[0]))
}

// PlainTLS is the protocol in which TLS comes first, of [Config.Protocol].
const PlainTLS = "tls"

// builder makes a configuration of the file. The time zone has to be known before dates are
// read, so what holds dates is read in a second round.
type builder struct {
	Reading
	out   *Config
	zone  string
	later []func() error
}

func (b *builder) config(n *yaml.Node) (*Config, error) {
	var schema, serviceName, minimum string
	out := b.out
	out.Proxy.Out = "none"
	err := object(n, fields{
		"schema":        into(&schema),
		"listen":        b.listen,
		"upstream":      parsed(&out.Upstream, endpoint),
		"minimum":       b.minimum(&minimum, &out.Demand.Minimum),
		"service":       b.service(&serviceName, &out.Demand.Service),
		"protocol":      oneOf(&out.Protocol, protocols()...),
		"timezone":      b.timezone,
		"stages":        b.after(func(n *yaml.Node) error { return b.stages(n, &out.Stages) }),
		"routes":        b.after(func(n *yaml.Node) error { return list(n, maxRoutes, b.route) }),
		"exemptions":    b.after(func(n *yaml.Node) error { return list(n, maxExemptions, b.exemption) }),
		"proxyProtocol": b.proxy,
		"rollback":      b.rollback,
		"helloTimeout":  parsed(&out.HelloTimeout, duration),
		"onStage":       b.hook,
		"log":           into(&out.Log),
		"metrics":       parsed(&out.Metrics, address),
	})
	switch {
	case err != nil:
		return nil, err
	case schema != Schema:
		return nil, placed(n, message.Error("problem.schema", message.Quote("found", schema), message.Quote("want", Schema)))
	case len(out.Listen) == 0:
		return nil, problem(n, "missing", message.Str("key", "listen")).Hinted("gate.hint.listen")
	case out.Upstream == "":
		return nil, problem(n, "missing", message.Str("key", "upstream")).Hinted("gate.hint.upstream")
	case minimum != "" && serviceName != "":
		return nil, problem(n, "both").Hinted("gate.hint.both")
	}
	if out.Demand.Minimum == 0 {
		out.Demand.Minimum = tlsready.TLS12
	}
	out.Zone, out.Location = b.zone, b.location()
	for _, read := range b.later {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// after is a field that is read once the rest of the file is known.
func (b *builder) after(read func(*yaml.Node) error) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		b.later = append(b.later, func() error { return read(n) })
		return nil
	}
}

// protocols are those before or in which TLS begins.
func protocols() []string {
	return []string{PlainTLS, "smtp", "imap", "pop3", "ftp", "ldap", "postgres", "mysql", "xmpp"}
}

func (b *builder) listen(n *yaml.Node) error {
	one := func(n *yaml.Node) error {
		at := ""
		if err := parsed(&at, address)(n); err != nil {
			return err
		}
		if slices.Contains(b.out.Listen, at) {
			return problem(resolved(n), "listen-twice", message.Quote("text", at))
		}
		b.out.Listen = append(b.out.Listen, at)
		return nil
	}
	if resolved(n).Kind == yaml.ScalarNode {
		return one(n)
	}
	return list(n, maxListen, one)
}

// minimum is a field with a version, which remembers what was written.
func (b *builder) minimum(written *string, out *tlsready.Version) func(*yaml.Node) error {
	return parsed(out, func(s string) (tlsready.Version, error) {
		v, err := tlsready.ParseVersion(s)
		if err != nil || !slices.Contains(tlsready.Versions(), v) {
			return 0, message.Error("gate.config.version", message.Quote("text", s)).Hinted("gate.hint.version")
		}
		*written = s
		return v, nil
	})
}

func (b *builder) service(written *string, out **service.Profile) func(*yaml.Node) error {
	return parsed(out, func(s string) (*service.Profile, error) {
		*written = s
		return b.Service(s)
	})
}

func (b *builder) timezone(n *yaml.Node) error {
	return parsed(&b.out.Location, func(s string) (*time.Location, error) {
		zone, err := time.LoadLocation(s)
		if err != nil || s == "Local" {
			return nil, message.Error("gate.config.timezone", message.Quote("text", s)).Hinted("gate.hint.timezone")
		}
		b.zone = s
		return zone, nil
	})(n)
}

func (b *builder) location() *time.Location { return cmp.Or(b.out.Location, b.Local) }

func (b *builder) route(n *yaml.Node) error {
	r := Route{Line: resolved(n).Line, Demand: b.out.Demand}
	var minimum string
	var until service.Date
	err := object(n, fields{
		"sni":      parsed(&r.SNI, sniPattern),
		"upstream": parsed(&r.Upstream, endpoint),
		"minimum":  b.minimum(&minimum, &r.Demand.Minimum),
		"stages": func(n *yaml.Node) error {
			r.Own = true
			return b.stages(n, &r.Stages)
		},
		"until": parsed(&until, day),
	})
	n = resolved(n)
	switch {
	case err != nil:
		return err
	case r.SNI == "":
		return problem(n, "missing", message.Str("key", "sni"))
	case r.Upstream == "":
		return problem(n, "missing", message.Str("key", "upstream"))
	}
	for _, other := range b.out.Routes {
		if other.SNI == r.SNI {
			return problem(n, "route-twice", message.Quote("sni", r.SNI), message.Int("line", other.Line))
		}
	}
	if minimum != "" {
		r.Demand.Service = nil
	}
	r.Ends = b.endOf(until)
	b.out.Routes = append(b.out.Routes, r)
	return nil
}

func (b *builder) exemption(n *yaml.Node) error {
	e := Exemption{Line: resolved(n).Line}
	err := object(n, fields{
		"cidr":   parsed(&e.CIDR, prefix),
		"sni":    parsed(&e.SNI, sniPattern),
		"until":  parsed(&e.Until, day),
		"reason": into(&e.Reason),
		"owner":  into(&e.Owner),
	})
	n = resolved(n)
	switch {
	case err != nil:
		return err
	case !e.CIDR.IsValid():
		return problem(n, "missing", message.Str("key", "cidr"))
	case e.Until.IsZero():
		return problem(n, "missing", message.Str("key", "until")).Hinted("gate.hint.until")
	}
	e.Ends = b.endOf(e.Until)
	b.out.Exemptions = append(b.out.Exemptions, e)
	return nil
}

func (b *builder) proxy(n *yaml.Node) error {
	p := &b.out.Proxy
	err := object(n, fields{
		"in": truth(&p.In),
		"trusted": func(n *yaml.Node) error {
			return list(n, maxTrusted, func(n *yaml.Node) error {
				var one netip.Prefix
				err := parsed(&one, prefix)(n)
				p.Trusted = append(p.Trusted, one)
				return err
			})
		},
		"out": oneOf(&p.Out, "none", "v1", "v2"),
	})
	if err == nil && p.In && len(p.Trusted) == 0 {
		return problem(resolved(n), "trusted").Hinted("gate.hint.trusted")
	}
	return err
}

func (b *builder) rollback(n *yaml.Node) error {
	r := &Rollback{}
	err := object(n, fields{
		"above":      parsed(&r.Above, factor),
		"over":       parsed(&r.Over, duration),
		"minClients": whole(&r.MinClients, 1, 1<<30),
	})
	n = resolved(n)
	switch {
	case err != nil:
		return err
	case r.Above == 0:
		return problem(n, "missing", message.Str("key", "above"))
	case r.Over == 0:
		return problem(n, "missing", message.Str("key", "over"))
	case r.MinClients == 0:
		return problem(n, "missing", message.Str("key", "minClients"))
	}
	b.out.Rollback = r
	return nil
}

func (b *builder) hook(n *yaml.Node) error {
	h := &b.out.OnStage
	return object(n, fields{
		"command": func(n *yaml.Node) error {
			return list(n, maxCommand, func(n *yaml.Node) error {
				word := ""
				err := into(&word)(n)
				h.Command = append(h.Command, word)
				return err
			})
		},
		"webhook": parsed(&h.Webhook, webhook),
	})
}

// sorted are the keys of a map in their order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

package formats

import (
	"bytes"

	"tlsready"
	"tlsready/internal/observe"
	"tlsready/internal/wire"
)

// lines is what watch, a gate and a rehearsal write: tlsready.connection/v1. What they
// concluded is left aside, since it was concluded for another service or day.
func lines() format {
	const schema = "tlsready.connection/v1"
	return format{
		id: "tlsready", name: schema,
		detect: func(c *Config, s *sample) *Layout {
			if s.names["schema"] != schema {
				return nil
			}
			return c.jsonLayout("tlsready", s, table{
				"time": when, "client": client, "server": server, "clientName": clientName, "serverHost": serverHost, "via": via,
				"serverName": serverName, "transport": transport, "before": before,
				"offered.max": offeredMax, "offered.versions": listedVersions, "offered.exact": exact, "offered.suites": listedSuites, "offered.groups": listedGroups,
				"negotiated.version": version, "negotiated.suite": suite, "negotiated.group": group,
				"alert.from": alertFrom, "alert.name": alertName, "refused": refused, "ja3": ja3, "ja4": ja4, "stack": statedStack,
				"identity.principal": principal, "identity.account": account, "identity.clientCertificate": clientCertificate,
				"identity.userAgent": userAgent, "identity.serverCertificate": serverCertificate, "identity.process": process,
			}, func(d *draft) Outcome {
				if d.kind != wholeList {
					d.offered.Versions = nil
				}
				return Seen
			}, "schema")
		},
	}
}

// wholeList marks a hello that lists its versions; others state their maximum alone.
const wholeList = "exact"

func exact(d *draft, v []byte) bool {
	if string(v) == "true" {
		d.kind = wholeList
	}
	return true
}

func transport(d *draft, v []byte) bool { d.c.Transport = observe.Transport(d.text(v)); return true }

func before(d *draft, v []byte) bool { d.c.Before = d.text(v); return true }

func refused(d *draft, v []byte) bool { d.c.Refused = string(v) == "true"; return true }

func alertFrom(d *draft, v []byte) bool { d.alertByServer = string(v) == "server"; return true }

func alertName(d *draft, v []byte) bool { d.setAlert(d.text(v), d.alertByServer); return true }

func statedStack(d *draft, v []byte) bool { d.c.Identity.Stack = d.text(v); return true }

func listedVersions(d *draft, v []byte) bool {
	return each(v, func(name []byte) {
		if parsed, err := tlsready.ParseVersion(string(name)); err == nil {
			d.offered.Versions, d.hasOffered = append(d.offered.Versions, parsed), true
		}
	})
}

func listedSuites(d *draft, v []byte) bool {
	return each(v, func(name []byte) {
		if s, err := tlsready.ParseSuite(string(name)); err == nil && (s > 0xffff || !wire.IsGREASE(uint16(s))) {
			d.offered.Suites, d.hasOffered = append(d.offered.Suites, s), true
		}
	})
}

func listedGroups(d *draft, v []byte) bool {
	return each(v, func(name []byte) {
		if g, err := tlsready.ParseGroup(string(name)); err == nil {
			d.offered.Groups, d.hasOffered = append(d.offered.Groups, g), true
		}
	})
}

// each gives the items of a list of names, none of which has an escape in it.
func each(list []byte, take func(name []byte)) bool {
	if len(list) < 2 || list[0] != '[' {
		return false
	}
	for {
		_, rest, found := bytes.Cut(list, []byte{'"'})
		name, after, ended := bytes.Cut(rest, []byte{'"'})
		if !found || !ended {
			return true
		}
		take(name)
		list = after
	}
}

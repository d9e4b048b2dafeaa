package envoy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tlsready"
	"tlsready/internal/gate"
	"tlsready/internal/gate/export"
)

// matching builds the matcher of a moment and the filter chains that it leads to.
type matching struct {
	*export.Plan
	at       time.Time
	matchers []any
	chains   object // by name
}

func sortedNames(o object) []string { return slices.Sorted(maps.Keys(o)) }

// ja4 is how the fingerprint states versions, after its first letter.
func ja4() map[tlsready.Version]string {
	return map[tlsready.Version]string{
		tlsready.SSL30: "s3", tlsready.TLS10: "10", tlsready.TLS11: "11", tlsready.TLS12: "12", tlsready.TLS13: "13",
	}
}

// matcher tries the routes from the most exact one on, and in each the versions.
func (m *matching) matcher() object {
	for i := range m.Routes {
		r := &m.Routes[i]
		if !r.Ends.IsZero() && !m.at.Before(r.Ends) {
			continue
		}
		for _, v := range tlsready.Versions() {
			if ja4()[v] != "" {
				m.version(r, v)
			}
		}
	}
	last := &m.Routes[len(m.Routes)-1]
	state := m.state(last)
	if state.Act(gate.Standing{Chosen: true}) == gate.Close {
		for _, g := range m.Groups {
			if g.SNI == "" && m.at.Before(g.Ends) {
				m.add(m.chain(last, 0, gate.Exempt), source(g))
			}
		}
	}
	none := m.chain(last, 0, state.Act(gate.Standing{Chosen: true}))
	return object{"matcher_list": object{"matchers": m.matchers}, "on_no_match": action(none)}
}

// version adds what happens to clients of a version on a route.
func (m *matching) version(r *export.Route, v tlsready.Version) {
	hello := single("envoy.extensions.matching.common_inputs.network.v3.FilterStateInput", object{"key": helloKey},
		object{"value_match": object{"safe_regex": object{"google_re2": object{}, "regex": "^." + ja4()[v] + ".*"}}})
	predicates := []any{hello}
	if r.SNI != "" {
		predicates = append(predicates, named(r.SNI))
	}
	standing := gate.Standing{Hello: true, Refused: v.Rank() < r.Minimum.Rank(), Chosen: true}
	act := m.state(r).Act(standing)
	if standing.Refused {
		for _, g := range m.Groups {
			exempt := standing
			exempt.Exempt = true
			if a := m.state(r).Act(exempt); a != act && m.at.Before(g.Ends) {
				with := append(slices.Clone(predicates), source(g))
				if g.SNI != "" {
					with = append(with, named(g.SNI))
				}
				m.add(m.chain(r, v, a), with...)
			}
		}
	}
	m.add(m.chain(r, v, act), predicates...)
}

// state is what the plan of a route does at the moment. A share of the addresses cannot be
// chosen: nobody is rejected then.
func (m *matching) state(r *export.Route) export.State {
	var now export.State
	for _, step := range m.Schedules[r.Schedule].Steps {
		if !m.at.Before(step.From) {
			now = step.State
		}
	}
	if now.Shares() {
		now.Rejecting, now.Percent = false, 0
	}
	return now
}

// add adds a matcher with predicates that must all hold.
func (m *matching) add(chain string, predicates ...any) {
	predicate := predicates[0]
	if len(predicates) > 1 {
		predicate = object{"and_matcher": object{"predicate": predicates}}
	}
	m.matchers = append(m.matchers, object{"predicate": predicate, "on_match": action(chain)})
}

func action(chain string) object {
	return object{"action": object{"name": chain, "typed_config": typed("google.protobuf.StringValue", object{"value": chain})}}
}

// single is a predicate over one input.
func single(input string, fields, match object) object {
	o := object{"input": object{"name": "input", "typed_config": typed(input, fields)}}
	maps.Copy(o, match)
	return object{"single_predicate": o}
}

// named is a predicate over the server name; * stands for one label.
func named(sni string) object {
	pattern := strings.NewReplacer(".", "[.]", "*", "[^.]+").Replace(sni) + "[.]?"
	return single("envoy.extensions.matching.common_inputs.network.v3.ServerNameInput", nil,
		object{"value_match": object{"safe_regex": object{"google_re2": object{}, "regex": pattern}}})
}

// source is a predicate over the client's address.
func source(g export.Group) object {
	var ranges []any
	for _, e := range g.List {
		ranges = append(ranges, object{"address_prefix": e.CIDR.Addr().String(), "prefix_len": e.CIDR.Bits()})
	}
	return single("envoy.extensions.matching.common_inputs.network.v3.SourceIPInput", nil,
		object{"custom_match": object{"name": "ip", "typed_config": typed("envoy.extensions.matching.input_matchers.ip.v3.Ip", object{"cidr_ranges": ranges, "stat_prefix": "gate"})}})
}

// chain is the filter chain of a route, a version (0 for no hello) and an action; it gives
// its name.
func (m *matching) chain(r *export.Route, v tlsready.Version, act gate.Action) string {
	code := cmp.Or(ja4()[v], "none")
	name := fmt.Sprintf("%s-%s-%s", r.ID, code, act)
	if _, there := m.chains[name]; there {
		return name
	}
	filter := object{"name": "close", "typed_config": typed(directResponse, nil)}
	if act != gate.Close {
		filter = object{"name": "tcp_proxy", "typed_config": typed("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", object{
			"stat_prefix": "gate", "cluster": m.cluster(r, act), "idle_timeout": "3600s",
			"access_log": []any{object{"name": "log", "typed_config": typed("envoy.extensions.access_loggers.file.v3.FileAccessLog", object{
				"path": m.logPath(), "log_format": object{"text_format_source": object{"inline_string": m.line(r, v, act) + "\n"}},
			})}},
		})}
	}
	m.chains[name] = object{"name": name, "filters": []any{filter}}
	return name
}

func (m *matching) logPath() string {
	switch m.Log {
	case "", "-":
		return "/dev/stdout"
	}
	return m.Log
}

// cluster is where an action leads.
func (m *matching) cluster(r *export.Route, act gate.Action) string {
	switch act {
	case gate.Reject:
		if r.Minimum == tlsready.TLS13 {
			return "refuse1"
		}
		return "refuse0"
	case gate.Sent:
		return fmt.Sprint("divert", slices.Index(m.Diverts(), m.state(r).Divert)+1)
	}
	return r.ID
}

// line is a line of tlsready.connection/v1 (docs/gate.md).
func (m *matching) line(r *export.Route, v tlsready.Version, act gate.Action) string {
	offered, survives, fingerprint := "null", "unknown", ""
	if v != 0 {
		fingerprint = "%TLS_JA4_FINGERPRINT%"
		offered = fmt.Sprintf(`{"max":%[1]q,"versions":[%[1]q],"exact":false,"suites":[],"groups":[],"signatureAlgorithms":[]}`, v)
		switch {
		case v.Rank() < r.Minimum.Rank():
			survives = "no"
		case !r.Service:
			survives = "yes"
		}
	}
	return `{"schema":"tlsready.connection/v1","source":"envoy","time":"%START_TIME%","client":"%DOWNSTREAM_REMOTE_ADDRESS%","server":"%DOWNSTREAM_LOCAL_ADDRESS%","transport":"tcp","serverName":"%REQUESTED_SERVER_NAME%","offered":` + offered +
		`,"negotiated":null,"alert":null,"ja3":"","ja4":"` + fingerprint + `","stack":"","owner":"","identity":{"principal":"","account":"","clientCertificate":"","userAgent":""},"survives":"` + survives +
		fmt.Sprintf(`","why":"","remedy":"","gate":{"mode":%q,"action":%q,"route":%q,"bytesIn":%%BYTES_RECEIVED%%,"bytesOut":%%BYTES_SENT%%}}`, m.state(r).Mode, act, r.Name())
}

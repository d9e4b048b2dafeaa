// Package envoy writes a gate's plan for Envoy, 1.38 or later.
//
// Envoy has no clock in its configuration: each state of the plan is a listener in a file of
// its own, and a script that runs every minute moves the one whose time it is to where Envoy
// looks (https://www.envoyproxy.io/docs/envoy/latest/start/quick-start/configuration-dynamic-filesystem).
// What a client offers comes from the TLS inspector as the beginning of a JA4 fingerprint,
// which states the highest version, and the matching API picks the filter chain:
// https://www.envoyproxy.io/docs/envoy/latest/configuration/listeners/listener_filters/tls_inspector,
// https://www.envoyproxy.io/docs/envoy/latest/configuration/listeners/listener_filters/set_filter_state_filter,
// https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/advanced/matching/matching_listener.
//
// No Envoy was run with it: none is among the packages that the tests can install. The files
// were held against the definitions of Envoy's API alone (go-control-plane 1.40).
package envoy

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"tlsready/internal/gate/export"
	"tlsready/internal/message"
)

// Engine is Envoy.
type Engine struct{}

// Name is described at [export.Engine].
func (Engine) Name() string { return "envoy" }

// Lacks is described at [export.Engine].
func (Engine) Lacks(p *export.Plan) []message.Text {
	list := append(p.Common(), message.New("gate.export.envoy-untested"), message.New("gate.export.envoy-minute"))
	if len(p.Shares()) > 0 {
		list = append(list, message.New("gate.export.envoy-shares"))
	}
	if p.Proxy.In || p.Proxy.Out != "none" {
		list = append(list, message.New("gate.export.envoy-proxy"))
	}
	return append(list, message.New("gate.export.envoy-ssl2"), message.New("gate.export.lack-upstream-down"))
}

// object is an object of a configuration; its keys are written in their order.
type object = map[string]any

// typed is an extension with its type.
func typed(kind string, fields object) object {
	o := object{"@type": "type.googleapis.com/" + kind}
	for k, v := range fields {
		o[k] = v
	}
	return o
}

// Files is described at [export.Engine].
func (e Engine) Files(p *export.Plan, words *message.Catalog) ([]export.File, error) {
	if err := export.PlainTLS(e, p); err != nil {
		return nil, err
	}
	bootstrap, err := bootstrap(p)
	if err != nil {
		return nil, err
	}
	main, err := write(e, p, words, bootstrap)
	if err != nil {
		return nil, err
	}
	files := []export.File{{Name: "envoy.yaml", Text: main}}
	script := &export.Writer{Words: words}
	script.Line("#!/bin/sh")
	script.Head(e, p)
	script.Line(`cd "$(dirname "$0")" || exit 1`, "now=$(date +%s)", "while read -r from name rest; do", `    if [ "$now" -ge "$from" ]; then file=$name; fi`, "done <<'END'")
	last := ""
	for _, at := range times(p) {
		text, err := write(e, p, words, object{"resources": listeners(p, at)})
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(files, func(f export.File) bool { return f.Text == text })
		if i < 0 {
			i, files = len(files), append(files, export.File{Name: fmt.Sprintf("listener-%02d.yaml", len(files)), Text: text})
		}
		if files[i].Name != last {
			script.Line(fmt.Sprintf("%d %s  # %s", max(at.Unix(), 0), files[i].Name, p.Clock(at)))
		}
		last = files[i].Name
	}
	script.Line("END", `cmp -s "$file" listener.yaml || { cp "$file" listener.new && mv listener.new listener.yaml; }`)
	return append(files, export.File{Name: "stage.sh", Text: script.String()}), nil
}

// write writes an object with the head that every file has.
func write(e Engine, p *export.Plan, words *message.Catalog, o object) (string, error) {
	w := &export.Writer{Words: words}
	w.Head(e, p)
	text, err := marshal(o, "")
	return w.String() + text, err
}

// times are the moments at which something changes, from 1970 on.
func times(p *export.Plan) []time.Time {
	var list []time.Time
	for _, s := range p.Schedules {
		for _, step := range s.Steps {
			list = append(list, step.From)
		}
	}
	for _, r := range p.Routes {
		list = append(list, r.Ends)
	}
	for _, g := range p.Groups {
		list = append(list, g.Ends)
	}
	slices.SortFunc(list, time.Time.Compare)
	list = slices.CompactFunc(list, time.Time.Equal)
	return slices.DeleteFunc(list, time.Time.IsZero)
}

// socket is an address to listen on or to connect to.
func socket(at string) object {
	host, port, _ := net.SplitHostPort(at)
	n, _ := strconv.Atoi(port)
	o := object{"address": cmp.Or(host, "::"), "port_value": n}
	if host == "" || host == "::" {
		o["ipv4_compat"] = true
	}
	return object{"socket_address": o}
}

// bootstrap is what does not change: the upstreams, and the listener that writes the alert.
func bootstrap(p *export.Plan) (object, error) {
	certificate, key, err := export.Certificate()
	if err != nil {
		return nil, err
	}
	var clusters []any
	add := func(name, at string) {
		clusters = append(clusters, object{
			"name": name, "type": "STRICT_DNS", "connect_timeout": "10s",
			"load_assignment": object{"cluster_name": name, "endpoints": []any{object{"lb_endpoints": []any{object{"endpoint": object{"address": socket(at)}}}}}},
		})
	}
	for _, r := range p.Routes {
		add(r.ID, r.Upstream)
	}
	for i, d := range p.Diverts() {
		add(fmt.Sprint("divert", i+1), d)
	}
	var refusing []any
	for i, v := range refusals(p) {
		add(fmt.Sprint("refuse", i), p.Refuse.At(i))
		refusing = append(refusing, object{
			"name": fmt.Sprint("refuse", i), "address": socket(p.Refuse.At(i)),
			"filter_chains": []any{object{
				"filters": []any{object{"name": "close", "typed_config": typed(directResponse, nil)}},
				"transport_socket": object{"name": "tls", "typed_config": typed("envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext", object{
					"common_tls_context": object{
						"tls_params":       object{"tls_minimum_protocol_version": v, "tls_maximum_protocol_version": "TLSv1_3"},
						"tls_certificates": []any{object{"certificate_chain": object{"inline_string": certificate}, "private_key": object{"inline_string": key}}},
					},
				})},
			}},
		})
	}
	return object{
		"node":              object{"id": "gate", "cluster": "gate"},
		"dynamic_resources": object{"lds_config": object{"resource_api_version": "V3", "path_config_source": object{"path": "listener.yaml"}}},
		"static_resources":  object{"clusters": clusters, "listeners": refusing},
	}, nil
}

const directResponse = "envoy.extensions.filters.network.direct_response.v3.Config"

// refusals are the lowest versions of the listeners that write alerts.
func refusals(p *export.Plan) []string {
	list := []string{"TLSv1_2"}
	if slices.ContainsFunc(p.Routes, func(r export.Route) bool { return r.Minimum.String() == "TLS 1.3" }) {
		list = append(list, "TLSv1_3")
	}
	return list
}

// listeners is the gate's at a moment.
func listeners(p *export.Plan, at time.Time) []any {
	m := &matching{Plan: p, at: at, chains: object{}}
	matcher := m.matcher()
	var chains []any
	for _, name := range sortedNames(m.chains) {
		chains = append(chains, m.chains[name])
	}
	listener := typed("envoy.config.listener.v3.Listener", object{
		"name": "gate", "address": socket(listening(p.Listen[0])),
		"listener_filters_timeout":             fmt.Sprintf("%.3fs", p.HelloTimeout.Seconds()),
		"continue_on_listener_filters_timeout": true,
		"listener_filters": []any{
			object{"name": "tls_inspector", "typed_config": typed("envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector", object{"enable_ja4_fingerprinting": true})},
			object{"name": "hello", "typed_config": typed("envoy.extensions.filters.listener.set_filter_state.v3.Config", object{
				"on_accept": []any{object{"object_key": helloKey, "factory_key": "envoy.string", "format_string": object{"text_format_source": object{"inline_string": "%TLS_JA4_FINGERPRINT%"}}}},
			})},
		},
		"filter_chain_matcher": matcher, "filter_chains": chains,
	})
	var more []any
	for _, address := range p.Listen[1:] {
		more = append(more, object{"address": socket(listening(address))})
	}
	if more != nil {
		listener["additional_addresses"] = more
	}
	return []any{listener}
}

// listening is an address to listen on; that for all of IPv6 stands for those of IPv4 too.
func listening(at string) string { return strings.Replace(at, "[::]:", ":", 1) }

// helloKey is where the fingerprint is kept until the filter chain is picked.
const helloKey = "gate.hello"

// Package nginx writes a gate's plan as a configuration of nginx, 1.19.4 or later, with
// its stream module.
//
// The stream module reads the hello (ssl_preread), chains of maps decide, and the name that
// the last one gives is where the connection goes:
// https://nginx.org/en/docs/stream/ngx_stream_ssl_preread_module.html,
// https://nginx.org/en/docs/stream/ngx_stream_map_module.html,
// https://nginx.org/en/docs/stream/ngx_stream_geo_module.html,
// https://nginx.org/en/docs/stream/ngx_stream_split_clients_module.html. Those who are
// refused go to a server of TLS on the same machine, whose library writes the alert
// (ssl_reject_handshake needs no certificate).
package nginx

import (
	"fmt"
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/gate"
	"tlsready/internal/gate/export"
	"tlsready/internal/message"
)

// Engine is nginx.
type Engine struct{}

// Name is described at [export.Engine].
func (Engine) Name() string { return "nginx" }

// Lacks is described at [export.Engine].
func (Engine) Lacks(p *export.Plan) []message.Text {
	list := p.Common()
	if p.Proxy.Out == "v2" {
		list = append(list, message.New("gate.export.nginx-v2"))
	}
	return append(list, message.New("gate.export.nginx-timeout"), message.New("gate.export.lack-upstream-down"))
}

// file is a configuration as it is written.
type file struct {
	export.Writer
	*export.Plan
}

// Files is described at [export.Engine].
func (e Engine) Files(p *export.Plan, words *message.Catalog) ([]export.File, error) {
	if err := export.PlainTLS(e, p); err != nil {
		return nil, err
	}
	f := &file{export.Writer{Words: words}, p}
	f.Head(e, p)
	f.Line("", "include /etc/nginx/modules-enabled/*.conf;", "events { worker_connections 4096; }",
		"", "stream {",
		"    map_hash_bucket_size 512;",
		"    map_hash_max_size 16384;",
		"    variables_hash_bucket_size 128;",
		"    variables_hash_max_size 4096;")
	f.hello()
	f.routes()
	f.states()
	f.exemptions()
	f.share()
	f.actions()
	f.log()
	f.server()
	f.Line("}")
	f.refuse()
	return []export.File{{Name: "nginx.conf", Text: f.String()}}, nil
}

// at begins a part.
func (f *file) at(id string, args ...message.Arg) {
	f.Line("")
	f.Remark("    ", message.New("gate.export.at-"+id, args...))
}

// mapping begins a map, and end ends it.
func (f *file) mapping(from, to string) { f.Line("    map " + quoted(from) + " $gate_" + to + " {") }
func (f *file) end()                    { f.Line("    }") }

// entry is a line of a map.
func (f *file) entry(key, value string) { f.Line("        " + quoted(key) + " " + quoted(value) + ";") }

// quoted writes a word so that nothing in it means anything to nginx but $ and \.
func quoted(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t;{}\"'#") {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
}

// versions are what $ssl_preread_protocol says, by rank.
func versions() map[tlsready.Version]string {
	return map[tlsready.Version]string{
		tlsready.SSL20: "SSLv2", tlsready.SSL30: "SSLv3", tlsready.TLS10: "TLSv1",
		tlsready.TLS11: "TLSv1.1", tlsready.TLS12: "TLSv1.2", tlsready.TLS13: "TLSv1.3",
	}
}

// ordered are the versions, the lowest first.
func ordered() []tlsready.Version {
	list := tlsready.Versions()
	slices.SortFunc(list, func(a, b tlsready.Version) int { return a.Rank() - b.Rank() })
	return list
}

// hello keeps the time and the highest version that the client offers.
func (f *file) hello() {
	f.at("hello")
	f.mapping("$msec", "now")
	f.entry("default", "$msec")
	f.end()
	f.mapping("$time_iso8601", "time")
	f.entry("default", "$time_iso8601")
	f.end()
	f.mapping("$ssl_preread_protocol", "max")
	f.entry("default", "")
	for _, v := range ordered() {
		f.entry(versions()[v], v.String())
	}
	f.end()
}

// routes finds the route of the name, and whether what the client offers is enough there.
func (f *file) routes() {
	f.at("routes")
	until := 0
	ended := map[string]string{}
	for _, r := range f.Routes {
		if r.Ends.IsZero() {
			continue
		}
		until++
		ended[r.ID] = fmt.Sprintf("$gate_open%d", until)
		f.mapping("$gate_now", fmt.Sprintf("open%d", until))
		f.Remark("        ", message.New("gate.export.until", message.Str("name", r.Name()), message.Str("time", f.Clock(r.Ends))))
		f.entry("default", "0")
		f.entry(before(r.Ends), "1")
		f.end()
	}
	// A name whose route has ended is tried with the next one that fits, so that each is
	// a map of its own whose default is the next.
	next := gate.DefaultRoute
	for i := len(f.Routes) - 2; i >= 0; i-- {
		r := f.Routes[i]
		if i > 0 && r.Ends.IsZero() && f.Routes[i-1].Ends.IsZero() {
			continue // in one map with those before it
		}
		next = f.routeMap(i, next, ended)
	}
	f.mapping(next, "route")
	f.entry("default", next)
	f.end()
	f.mapping("$gate_route", "route_name")
	f.entry("default", gate.DefaultRoute)
	for _, r := range f.Routes[:len(f.Routes)-1] {
		f.entry(r.ID, r.SNI)
	}
	f.end()
	f.classes()
}

// routeMap writes a map from the name to a route, from the i-th one on as far as they do
// not end; what fits none of them is next. It gives the map's variable.
func (f *file) routeMap(i int, next string, ended map[string]string) string {
	name := fmt.Sprintf("from%d", i+1)
	key := "$ssl_preread_server_name"
	if e := ended[f.Routes[i].ID]; e != "" {
		key = e + ":" + key
	}
	f.mapping(key, name)
	f.entry("default", next)
	for _, r := range f.Routes[i : len(f.Routes)-1] {
		e := ended[r.ID]
		if r.ID != f.Routes[i].ID && (e != "" || ended[f.Routes[i].ID] != "") {
			break
		}
		mark := ""
		if e != "" {
			mark = "1:"
		}
		if strings.Contains(r.SNI, "*") {
			f.entry("~*^"+mark+namePattern(r.SNI)+"$", r.ID)
			continue
		}
		f.entry(mark+r.SNI, r.ID)
		f.entry(mark+r.SNI+".", r.ID)
	}
	f.end()
	return "$gate_" + name
}

// namePattern is how a name is compared: * stands for one label, and a dot may end it.
func namePattern(sni string) string {
	return strings.NewReplacer(".", "[.]", "*", "[^.]+").Replace(sni) + "[.]?"
}

// classes says of each connection whether it has a hello, and an old one.
func (f *file) classes() {
	for i, m := range f.Minimums() {
		f.mapping("$gate_max", fmt.Sprintf("class%d", i))
		f.entry("", "none")
		for _, v := range ordered() {
			if v.Rank() < m.Rank() {
				f.entry(v.String(), "old")
			}
		}
		f.entry("default", "new")
		f.end()
	}
	f.mapping("$gate_route", "class")
	f.entry("default", "$gate_class"+fmt.Sprint(slices.Index(f.Minimums(), f.Routes[len(f.Routes)-1].Minimum)))
	for _, r := range f.Routes[:len(f.Routes)-1] {
		f.entry(r.ID, "$gate_class"+fmt.Sprint(slices.Index(f.Minimums(), r.Minimum)))
	}
	f.end()
	f.mapping("$gate_class:$gate_route", "survives")
	f.entry("~^none:", "unknown")
	f.entry("~^old:", "no")
	for _, r := range f.Routes {
		if r.Service {
			f.entry("new:"+r.ID, "unknown")
		}
	}
	f.entry("default", "yes")
	f.end()
}

// states finds what the plan does now, for each plan that some route has.
func (f *file) states() {
	for i, s := range f.Schedules {
		f.at("schedule", message.Str("route", s.Route))
		f.mapping("$gate_now", fmt.Sprintf("plan%d", i))
		last := s.Steps[len(s.Steps)-1]
		for _, step := range s.Steps[:len(s.Steps)-1] {
			f.Line("        " + quoted(between(step.From, step.To)) + " " + f.Code(step.State) + ";  # " + f.When(step))
		}
		f.Line("        default " + f.Code(last.State) + ";  # " + f.When(last))
		f.end()
	}
	f.mapping("$gate_route", "state")
	f.entry("default", "$gate_plan0")
	for _, r := range f.Routes {
		if r.Schedule > 0 {
			f.entry(r.ID, fmt.Sprintf("$gate_plan%d", r.Schedule))
		}
	}
	f.end()
	f.mapping("$gate_state", "mode")
	for _, s := range f.States() {
		f.entry(f.Code(s), string(s.Mode))
	}
	f.end()
}

// exemptions finds whether one holds.
func (f *file) exemptions() {
	if len(f.Groups) == 0 {
		return
	}
	f.at("exemptions")
	all := ""
	for i, g := range f.Groups {
		f.Line(fmt.Sprintf("    geo $gate_in%d {", i), "        default 0;")
		for _, e := range g.List {
			f.Line(strings.TrimRight(fmt.Sprintf("        %s 1;  # %s", e.CIDR, export.Why(e)), "# "))
		}
		f.end()
		f.mapping("$gate_now", fmt.Sprintf("until%d", i))
		f.Line("        "+quoted(before(g.Ends))+" 1;  # "+f.Clock(g.Ends), "        default 0;")
		f.end()
		one := fmt.Sprintf("$gate_in%[1]d.$gate_until%[1]d.", i)
		if g.SNI != "" {
			f.mapping("$ssl_preread_server_name", fmt.Sprintf("name%d", i))
			f.entry("~*^"+namePattern(g.SNI)+"$", "1")
			f.entry("default", "0")
			f.end()
			one += fmt.Sprintf("$gate_name%d", i)
		} else {
			one += "1"
		}
		all += one + ":"
	}
	f.mapping(all, "exempt")
	f.entry("~1[.]1[.]1", "1")
	f.entry("default", "0")
	f.end()
}

// share says whether the address is among those that a brownout rejects.
func (f *file) share() {
	if len(f.Shares()) == 0 {
		return
	}
	f.at("share")
	for _, percent := range f.Shares() {
		f.Line(fmt.Sprintf("    split_clients $binary_remote_addr $gate_chosen%d {", percent),
			fmt.Sprintf("        %d%% 1;", percent), "        * 0;", "    }")
	}
	f.mapping("$gate_state", "chosen")
	for _, s := range f.States() {
		if s.Shares() {
			f.entry(f.Code(s), fmt.Sprintf("$gate_chosen%d", s.Percent))
		}
	}
	f.entry("default", "1")
	f.end()
}

// actions says what happens, and where the connection goes.
func (f *file) actions() {
	f.at("actions")
	exempt, chosen := "0", "1"
	if len(f.Groups) > 0 {
		exempt = "$gate_exempt"
	}
	if len(f.Shares()) > 0 {
		chosen = "$gate_chosen"
	}
	f.mapping("$gate_class:$gate_state:"+exempt+":"+chosen, "action")
	for _, s := range f.States() {
		for _, c := range s.Cases() {
			class := "old"
			if !c.Hello {
				class = "none"
			}
			f.entry(fmt.Sprintf("%s:%s:%s:%s", class, f.Code(s), bit(c.Exempt), bit(c.Chosen)), string(c.Action))
		}
	}
	f.entry("default", string(gate.Pass))
	f.end()
	f.mapping("$gate_action:$gate_state:$gate_route", "upstream")
	f.entry("~^"+string(gate.Close)+":", "gate_close")
	for _, r := range f.Routes {
		f.entry(fmt.Sprintf("~^%s:[^:]+:%s$", gate.Reject, r.ID), fmt.Sprintf("gate_refuse%d", f.refusal(r.Minimum)))
	}
	for _, s := range f.States() {
		if s.Mode == gate.Divert {
			f.entry(fmt.Sprintf("~^%s:%s:", gate.Sent, f.Code(s)), fmt.Sprintf("gate_divert%d", slices.Index(f.Diverts(), s.Divert)+1))
		}
	}
	for _, r := range f.Routes {
		f.entry("~:"+r.ID+"$", "gate_"+r.ID)
	}
	f.entry("default", "gate_"+gate.DefaultRoute)
	f.end()
	f.upstreams()
}

func bit(holds bool) string {
	if holds {
		return "1"
	}
	return "0"
}

// upstreams name where connections go.
func (f *file) upstreams() {
	upstream := func(name, at string) { f.Line(fmt.Sprintf("    upstream gate_%s { server %s; }", name, at)) }
	f.Line("")
	for _, r := range f.Routes {
		upstream(r.ID, r.Upstream)
	}
	for i, d := range f.Diverts() {
		upstream(fmt.Sprintf("divert%d", i+1), d)
	}
	for i := range f.refusals() {
		upstream(fmt.Sprintf("refuse%d", i), f.Refuse.At(i))
	}
	upstream("close", f.Refuse.At(len(f.refusals())))
}

// refusals are the lowest versions of the servers that write alerts, one each.
func (f *file) refusals() []tlsready.Version {
	list := []tlsready.Version{tlsready.TLS12}
	if slices.Contains(f.Minimums(), tlsready.TLS13) {
		list = append(list, tlsready.TLS13)
	}
	return list
}

// refusal is the place of the server that writes the alert to those below a minimum.
func (f *file) refusal(minimum tlsready.Version) int {
	if minimum == tlsready.TLS13 {
		return 1
	}
	return 0
}

// logFormat is a line of tlsready.connection/v1 (docs/gate.md); offered is what stands
// there for the hello. The time is that of the judgement.
func logFormat(offered string) string {
	return `{"schema":"tlsready.connection/v1","source":"nginx","time":"$gate_time","client":"$gate_client","server":"$gate_server","transport":"tcp","serverName":"$ssl_preread_server_name","offered":` + offered +
		`,"negotiated":null,"alert":null,"ja3":"","ja4":"","stack":"","owner":"","identity":{"principal":"","account":"","clientCertificate":"","userAgent":""},"survives":"$gate_survives","why":"","remedy":"","gate":{"mode":"$gate_mode","action":"$gate_action","route":"$gate_route_name","bytesIn":$bytes_received,"bytesOut":$bytes_sent,"seconds":$session_time}}`
}

// log writes a line for each connection; those without a hello have a format of their own,
// in which nothing is offered.
func (f *file) log() {
	f.at("log")
	for _, side := range []string{"remote", "server"} {
		name := map[string]string{"remote": "client", "server": "server"}[side]
		f.mapping("$"+side+"_addr", name)
		f.entry("~:", "[$"+side+"_addr]:$"+side+"_port")
		f.entry("default", "$"+side+"_addr:$"+side+"_port")
		f.end()
	}
	f.mapping("$gate_max", "silent")
	f.entry("", "1")
	f.entry("default", "")
	f.end()
	f.Line(`    log_format gate escape=json '` + logFormat(`{"max":"$gate_max","versions":["$gate_max"],"exact":false,"suites":[],"groups":[],"signatureAlgorithms":[]}`) + `';`)
	f.Line(`    log_format gate_silent escape=json '` + logFormat("null") + `';`)
	path := f.Log
	switch path {
	case "":
		path = "/var/log/nginx/gate.jsonl"
	case "-":
		path = "/dev/stdout"
	}
	f.Line("    access_log "+quoted(path)+" gate if=$gate_max;", "    access_log "+quoted(path)+" gate_silent if=$gate_silent;")
}

// server is the gate itself, and the one that closes without an answer.
func (f *file) server() {
	in, out := "", ""
	if f.Proxy.In {
		in = " proxy_protocol"
	}
	if f.Proxy.Out != "none" {
		out = " proxy_protocol"
	}
	f.Line("", "    server {")
	for _, at := range f.Listen {
		f.Line("        listen " + listen(at, in))
	}
	for _, p := range f.Proxy.Trusted {
		if f.Proxy.In {
			f.Line("        set_real_ip_from " + p.String() + ";")
		}
	}
	f.Line("        ssl_preread on;",
		fmt.Sprintf("        preread_timeout %dms;", f.HelloTimeout.Milliseconds()),
		"        proxy_connect_timeout 10s;",
		"        proxy_timeout 1h;")
	if out != "" {
		f.Line("        proxy_protocol on;")
	}
	f.Line("        proxy_pass $gate_upstream;", "    }",
		"    server { listen "+f.Refuse.At(len(f.refusals()))+out+`; access_log off; return ""; }`)
}

// listen is where to listen: an address of IPv6 that stands for all of them stands for
// those of IPv4 too, as it does in the gate.
func listen(at, in string) string {
	if strings.HasPrefix(at, ":") || strings.HasPrefix(at, "[::]:") {
		port := at[strings.LastIndexByte(at, ':')+1:]
		return port + in + ";\n        listen [::]:" + port + in + ";"
	}
	return at + in + ";"
}

// refuse writes the servers that write the alert.
func (f *file) refuse() {
	out := ""
	if f.Proxy.Out != "none" {
		out = " proxy_protocol"
	}
	f.Line("")
	f.Remark("", message.New("gate.export.at-refuse"))
	f.Line("http {", "    access_log off;")
	for i, v := range f.refusals() {
		protocols := "TLSv1.2 TLSv1.3"
		if v == tlsready.TLS13 {
			protocols = "TLSv1.3"
		}
		f.Line("    server {", "        listen "+f.Refuse.At(i)+" ssl"+out+";", "        ssl_protocols "+protocols+";", "        ssl_reject_handshake on;", "    }")
	}
	f.Line("}")
}

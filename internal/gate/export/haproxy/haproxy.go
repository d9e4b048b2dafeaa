// Package haproxy writes a gate's plan as a configuration of HAProxy, 2.5 or later.
//
// Everything is decided in the rules "tcp-request content" of one frontend, which wait for
// the hello: https://docs.haproxy.org/2.6/configuration.html, sections 4.2 (tcp-request
// content), 7.1 (ACLs), 7.3.1 (converters) and 7.3.5 (req.ssl_hello_type, req.ssl_sni).
// Those who are refused go to a listener of TLS on the same machine, whose library writes
// the alert.
package haproxy

import (
	"fmt"
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/gate"
	"tlsready/internal/gate/export"
	"tlsready/internal/message"
)

// Engine is HAProxy.
type Engine struct{}

// Name is described at [export.Engine].
func (Engine) Name() string { return "haproxy" }

// Lacks is described at [export.Engine].
func (Engine) Lacks(p *export.Plan) []message.Text {
	list := p.Common()
	if slices.Contains(p.Minimums(), tlsready.TLS13) {
		list = append(list, message.New("gate.export.haproxy-tls13"))
	}
	if p.Log != "" && p.Log != "-" {
		list = append(list, message.New("gate.export.haproxy-log", message.Str("file", p.Log)))
	}
	if p.Proxy.Out == "v2" {
		list = append(list, message.New("gate.export.lack-tlv"))
	}
	return append(list, message.New("gate.export.haproxy-versions"), message.New("gate.export.haproxy-records"), message.New("gate.export.lack-upstream-down"))
}

// pemFile is the certificate of the listener that writes alerts, beside the configuration.
const pemFile = "refuse.pem"

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
	f.Line("", "global",
		"    default-path config",
		"    log stdout len 8192 format raw daemon",
		"", "defaults",
		"    mode tcp",
		"    timeout connect 10s",
		"    timeout client 1h",
		"    timeout server 1h")
	f.frontend()
	f.backends()
	certificate, key, err := export.Certificate()
	return []export.File{{Name: "haproxy.cfg", Text: f.String()}, {Name: pemFile, Text: certificate + key}}, err
}

// rule writes a rule that is asked once the hello is there, or the time for it is over.
func (f *file) rule(format string, args ...any) {
	f.Line("    tcp-request content " + fmt.Sprintf(format, args...))
}

// set writes a rule that sets a variable of the connection.
func (f *file) set(name, value, condition string) {
	if condition != "" {
		condition = " if " + condition
	}
	f.rule("set-var(sess.gate_%s) %s%s", name, value, condition)
}

// at begins a part of the frontend.
func (f *file) at(id string, args ...message.Arg) {
	f.Line("")
	f.Remark("    ", message.New("gate.export.at-"+id, args...))
}

func (f *file) frontend() {
	f.Line("", "frontend gate")
	for _, at := range f.Listen {
		f.Line("    bind " + bind(at))
	}
	f.Line("    log global", "    log-format '"+logFormat+"'", fmt.Sprintf("    tcp-request inspect-delay %dms", f.HelloTimeout.Milliseconds()))
	f.proxyIn()
	f.begin()
	f.hello()
	f.routes()
	f.states()
	f.exemptions()
	f.share()
	f.actions()
}

// bind is where to listen: an address of IPv6 that stands for all of them stands for those
// of IPv4 too, as it does in the gate.
func bind(at string) string {
	if strings.HasPrefix(at, ":") || strings.HasPrefix(at, "[::]:") {
		port := at[strings.LastIndexByte(at, ':'):]
		return "*" + port + "\n    bind ::" + port + " v6only"
	}
	return strings.NewReplacer("[", "", "]", "").Replace(at)
}

// logFormat is a line of tlsready.connection/v1 (docs/gate.md).
const logFormat = `{"schema":"tlsready.connection/v1","source":"haproxy","time":"%[var(sess.gate_now),utime(%Y-%m-%dT%H:%M:%SZ)]","client":"%[var(sess.gate_client)]","server":"%[var(sess.gate_server)]","transport":"tcp","serverName":%[var(sess.gate_quoted)],"offered":%[var(sess.gate_offered)],"negotiated":null,"alert":null,"ja3":"","ja4":"","stack":"","owner":"","identity":{"principal":"","account":"","clientCertificate":"","userAgent":""},"survives":"%[var(sess.gate_survives)]","why":"","remedy":"","gate":{"mode":"%[var(sess.gate_mode)]","action":"%[var(sess.gate_action)]","route":"%[var(sess.gate_log)]","bytesIn":%U,"bytesOut":%B}}`

// proxyIn asks for the header of the PROXY protocol where the plan does.
func (f *file) proxyIn() {
	if !f.Proxy.In {
		return
	}
	for _, prefix := range f.Proxy.Trusted {
		f.Line("    acl trusted src " + prefix.String())
	}
	f.Line("    tcp-request connection reject if !trusted", "    tcp-request connection expect-proxy layer4")
}

// begin gives every variable of the log a value: a connection may end before it is judged.
func (f *file) begin() {
	f.at("begin")
	f.set("now", "date", "")
	f.Line("    acl ipv4 src 0.0.0.0/0")
	f.rule("set-var-fmt(sess.gate_client) '%%[src]:%%[src_port]' if ipv4")
	f.rule("set-var-fmt(sess.gate_client) '[%%[src]]:%%[src_port]' if !ipv4")
	f.rule("set-var-fmt(sess.gate_server) '%%[dst]:%%[dst_port]' if ipv4")
	f.rule("set-var-fmt(sess.gate_server) '[%%[dst]]:%%[dst_port]' if !ipv4")
	f.rule(`set-var-fmt(sess.gate_quoted) '""'`)
	for _, v := range [][2]string{{"name", ""}, {"offered", "null"}, {"survives", "unknown"}, {"mode", "observe"}, {"action", "close"}, {"log", gate.DefaultRoute}} {
		f.set(v[0], "str("+v[1]+")", "")
	}
}

// hello waits for the hello, or for enough to see that there is none, and takes from it
// what decides. The version is the hello's own, by its number in TLS: 771 is TLS 1.2.
func (f *file) hello() {
	f.at("hello")
	f.rule("reject unless { req.payload(0,1) -m found }")
	f.Line("    acl hello_tls req.ssl_hello_type 1",
		"    acl hello_sslv2 req.payload(0,5),hex -m reg ^[89A-F][0-9A-F]{3}01")
	f.set("version", "req.payload(9,2),hex,hex2i", "hello_tls")
	f.set("name", "req.ssl_sni,lower", "hello_tls { req.ssl_sni -m found }")
	f.rule(`set-var-fmt(sess.gate_quoted) '"%%[var(sess.gate_name),json(utf8s)]"' if hello_tls { var(sess.gate_name) -m len gt 0 }`)
	f.set("version", "req.payload(3,2),hex,hex2i", "!hello_tls hello_sslv2")
	f.Line("    acl hello var(sess.gate_version) -m found")
	versions := tlsready.Versions()
	slices.SortFunc(versions, func(a, b tlsready.Version) int { return a.Rank() - b.Rank() })
	for _, v := range versions {
		if v.Rank() > tlsready.TLS12.Rank() {
			continue
		}
		condition := fmt.Sprintf("eq %d", v)
		if v == tlsready.TLS12 {
			condition = fmt.Sprintf("ge %d", v)
		}
		f.rule(`set-var-fmt(sess.gate_offered) '{"max":"%[1]s","versions":["%[1]s"],"exact":false,"suites":[],"groups":[],"signatureAlgorithms":[]}' if hello { var(sess.gate_version) -m int %[2]s }`, v, condition)
	}
}

// routes finds the route of the name: the most exact one comes last and wins.
func (f *file) routes() {
	f.at("routes")
	f.set("route", "str("+gate.DefaultRoute+")", "")
	for i := len(f.Routes) - 2; i >= 0; i-- {
		r := &f.Routes[i]
		condition := "is_" + r.ID
		f.Line(fmt.Sprintf("    acl is_%s var(sess.gate_name) %s", r.ID, namePattern(r.SNI)))
		if !r.Ends.IsZero() {
			f.Line(fmt.Sprintf("    acl until_%s var(sess.gate_now) -m int lt %d  # %s", r.ID, r.Ends.Unix(), f.Clock(r.Ends)))
			condition += " until_" + r.ID
		}
		f.set("route", "str("+r.ID+")", condition)
		f.set("log", "str("+r.SNI+")", condition)
	}
	for i, m := range f.Minimums() {
		f.on(fmt.Sprintf("minimum%d", i), func(r *export.Route) bool { return r.Minimum == m })
		f.set("old", "int(1)", fmt.Sprintf("hello minimum%d { var(sess.gate_version) -m int lt %d }", i, min(m, tlsready.TLS12)))
	}
	f.set("survives", "str(no)", "{ var(sess.gate_old) -m found }")
	f.on("judged", func(r *export.Route) bool { return !r.Service && r.Minimum != tlsready.TLS13 })
	f.set("survives", "str(yes)", "hello judged !{ var(sess.gate_old) -m found }")
}

// on writes a condition that holds on some routes; it need not hold on any.
func (f *file) on(name string, holds func(*export.Route) bool) {
	var ids []string
	for i := range f.Routes {
		if holds(&f.Routes[i]) {
			ids = append(ids, f.Routes[i].ID)
		}
	}
	if len(ids) == 0 {
		ids = []string{"-"}
	}
	const perLine = 40 // HAProxy reads 64 words of a line
	for part := range slices.Chunk(ids, perLine) {
		f.Line(fmt.Sprintf("    acl %s var(sess.gate_route) -m str %s", name, strings.Join(part, " ")))
	}
}

// namePattern is how a name is compared: * stands for one label, and a dot may end it.
func namePattern(sni string) string {
	if !strings.Contains(sni, "*") {
		return fmt.Sprintf("-m str %s %s.", sni, sni)
	}
	return "-m reg '^" + strings.NewReplacer(".", "[.]", "*", "[^.]+").Replace(sni) + "[.]?$'"
}

// states finds what the plan does now, for each plan that some route has.
func (f *file) states() {
	for i, s := range f.Schedules {
		f.at("schedule", message.Str("route", s.Route))
		var codes []string
		for _, step := range s.Steps {
			code := f.Code(step.State)
			if !slices.Contains(codes, code) {
				codes = append(codes, code)
			}
			from, to := step.From.Unix(), ""
			if !step.To.IsZero() {
				to = fmt.Sprint(step.To.Unix() - 1)
			}
			span := fmt.Sprintf("%d:%s", from, to)
			if to == "" {
				span = fmt.Sprintf("ge %d", from)
			}
			f.Line(fmt.Sprintf("    acl plan%d_%s var(sess.gate_now) -m int %s  # %s", i, code, span, f.When(step)))
		}
		f.on(fmt.Sprintf("plan%d", i), func(r *export.Route) bool { return r.Schedule == i })
		for _, code := range codes {
			f.set("state", "str("+code+")", fmt.Sprintf("plan%d plan%d_%s", i, i, code))
		}
	}
	f.Line("")
	for _, s := range f.States() {
		f.Line(fmt.Sprintf("    acl in_%s var(sess.gate_state) -m str %s", f.Code(s), f.Code(s)))
		f.set("mode", "str("+string(s.Mode)+")", "in_"+f.Code(s))
	}
}

// exemptions finds whether one holds.
func (f *file) exemptions() {
	if len(f.Groups) == 0 {
		return
	}
	f.at("exemptions")
	for i, g := range f.Groups {
		condition := fmt.Sprintf("exempt%d exempt%d_until", i, i)
		for _, e := range g.List {
			f.Line(strings.TrimRight(fmt.Sprintf("    acl exempt%d src %s  # %s", i, e.CIDR, export.Why(e)), "# "))
		}
		f.Line(fmt.Sprintf("    acl exempt%d_until var(sess.gate_now) -m int lt %d  # %s", i, g.Ends.Unix(), f.Clock(g.Ends)))
		if g.SNI != "" {
			f.Line(fmt.Sprintf("    acl exempt%d_name var(sess.gate_name) %s", i, namePattern(g.SNI)))
			condition += fmt.Sprintf(" exempt%d_name", i)
		}
		f.set("exempt", "int(1)", condition)
	}
}

// share works out MurmurHash2 of the address, as [gate.Config.Decide] does: HAProxy has no
// converter for it, but its steps.
func (f *file) share() {
	if len(f.Shares()) == 0 {
		return
	}
	f.at("share")
	f.words("ipv4", 1)
	f.words("!ipv4", 4)
	mixed := fmt.Sprintf("mul(%d),and(4294967295)", gate.MurmurFactor)
	f.set("t", "var(sess.gate_h),div(8192)", "")
	f.set("h", "var(sess.gate_h),xor(sess.gate_t),"+mixed, "")
	f.set("t", "var(sess.gate_h),div(32768)", "")
	f.set("h", "var(sess.gate_h),xor(sess.gate_t)", "")
	for _, percent := range f.Shares() {
		f.Line(fmt.Sprintf("    acl chosen%d var(sess.gate_h) -m int lt %d", percent, gate.ShareLimit(percent)))
	}
}

// words takes in the words of an address, each from its four bytes in the little order.
func (f *file) words(condition string, count int) {
	mixed := fmt.Sprintf("mul(%d),and(4294967295)", gate.MurmurFactor)
	f.set("h", fmt.Sprintf("int(%d)", count*4), condition)
	for i := range count {
		f.set("k", fmt.Sprintf("src,bytes(%d,1),hex,hex2i,mul(256)", i*4+3), condition)
		f.set("k", fmt.Sprintf("src,bytes(%d,1),hex,hex2i,add(sess.gate_k),mul(256)", i*4+2), condition)
		f.set("k", fmt.Sprintf("src,bytes(%d,1),hex,hex2i,add(sess.gate_k),mul(256)", i*4+1), condition)
		f.set("k", fmt.Sprintf("src,bytes(%d,1),hex,hex2i,add(sess.gate_k),%s", i*4, mixed), condition)
		f.set("t", "var(sess.gate_k),div(16777216)", condition)
		f.set("k", "var(sess.gate_k),xor(sess.gate_t),"+mixed, condition)
		f.set("h", "var(sess.gate_h),"+mixed+",xor(sess.gate_k)", condition)
	}
}

// actions says what happens, and where the connection goes.
func (f *file) actions() {
	f.at("actions")
	f.Line("    acl old var(sess.gate_old) -m found", "    acl exempt var(sess.gate_exempt) -m found")
	f.set("action", "str("+string(gate.Pass)+")", "")
	for _, s := range f.States() {
		for _, c := range s.Cases() {
			condition := []string{"in_" + f.Code(s), "old"}
			if !c.Hello {
				condition[1] = "!hello"
			}
			condition = append(condition, sign(c.Exempt)+"exempt")
			if s.Shares() {
				condition = append(condition, fmt.Sprintf("%schosen%d", sign(c.Chosen), s.Percent))
			}
			f.set("action", "str("+string(c.Action)+")", strings.Join(condition, " "))
		}
	}
	f.rule("reject if { var(sess.gate_action) -m str %s }", gate.Close)
	f.Line("")
	f.Line(fmt.Sprintf("    use_backend refuse if { var(sess.gate_action) -m str %s }", gate.Reject))
	for _, s := range f.States() {
		if s.Mode == gate.Divert {
			f.Line(fmt.Sprintf("    use_backend %s if { var(sess.gate_action) -m str %s } in_%s", f.divert(s.Divert), gate.Sent, f.Code(s)))
		}
	}
	f.Line("    use_backend %[var(sess.gate_route)]", "    default_backend "+gate.DefaultRoute)
}

func sign(holds bool) string {
	if holds {
		return ""
	}
	return "!"
}

func (f *file) divert(upstream string) string {
	return fmt.Sprintf("divert%d", slices.Index(f.Diverts(), upstream)+1)
}

// backends writes where connections go, and the listener that writes the alert.
func (f *file) backends() {
	header := ""
	if f.Proxy.Out != "none" {
		header = map[string]string{"v1": " send-proxy", "v2": " send-proxy-v2"}[f.Proxy.Out]
	}
	backend := func(name, upstream, header string) {
		f.Line("", "backend "+name, "    server server1 "+upstream+header)
	}
	for _, r := range f.Routes {
		backend(r.ID, r.Upstream, header)
	}
	for _, d := range f.Diverts() {
		backend(f.divert(d), d, header)
	}
	backend("refuse", f.Refuse.At(0), "")
	f.Line("")
	f.Remark("", message.New("gate.export.at-refuse"))
	f.Line("frontend refuse_tls", "    bind "+f.Refuse.At(0)+" ssl crt "+pemFile+" ssl-min-ver TLSv1.2", "    tcp-request content reject")
}

package assess

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"tlsready/internal/caller"
	"tlsready/internal/message"
	"tlsready/internal/proxy"
	"tlsready/internal/service"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
)

// warnOfProxies says of every row whose stack goes through a proxy that the
// verdict may hold only as far as that proxy. The verdict itself stays: what a
// host offers is the same, whoever it offers it to.
func warnOfProxies(j *Judged, proxies stack.Proxies) {
	for i := range j.Judgement.Rows {
		r := &j.Judgement.Rows[i]
		s, err := stack.Parse(r.Stack)
		if err != nil || r.Cause == verdict.OutOfScope {
			continue
		}
		var c caller.Caller
		if at := slices.IndexFunc(j.Demand.Callers, func(c *caller.Caller) bool { return c.ID == r.Caller }); at >= 0 {
			c = *j.Demand.Callers[at]
		}
		for _, p := range slices.Concat(ownProxies(&c, s), hostProxies(&c, s, proxies)) {
			if !sparesAll(p, j.Profile) {
				r.Warnings = append(r.Warnings, proxyWarning(p))
			}
		}
	}
}

// hostProxies are those of the host, unless each program of the caller has its own
// say.
func hostProxies(c *caller.Caller, s stack.Stack, proxies stack.Proxies) []stack.Proxied {
	if c.AllProxied && s.Kind == stack.DotNet {
		return nil
	}
	return proxies.Of(s, c.RunsAs == "service")
}

// ownProxies are the proxies named in the configuration files next to a caller's .NET
// Framework programs.
func ownProxies(c *caller.Caller, s stack.Stack) []stack.Proxied {
	if s.Kind != stack.DotNet {
		return nil
	}
	var list []stack.Proxied
	for _, file := range slices.Sorted(maps.Keys(c.Proxies)) {
		if settings, _ := proxy.FromConfig(c.Proxies[file]); settings.Set() {
			settings.Server, settings.Script = proxy.Address(settings.Server), proxy.Address(settings.Script)
			list = append(list, stack.Proxied{Settings: settings, Place: file})
		}
	}
	return list
}

func proxyWarning(p stack.Proxied) stack.Fired {
	if p.Server != "" {
		return stack.Fired{Rule: "proxy", Args: []message.Arg{message.Str("server", p.Server), message.Str("place", p.Place)}}
	}
	return stack.Fired{Rule: "proxy-script", Args: []message.Arg{message.Str("script", p.Script), message.Str("place", p.Place)}}
}

// sparesAll says whether every endpoint of the service is reached without the
// proxy.
func sparesAll(p stack.Proxied, s *service.Profile) bool {
	return s != nil && len(s.Endpoints) > 0 && !slices.ContainsFunc(s.Endpoints, func(endpoint string) bool {
		return !p.Spares(hostOf(endpoint))
	})
}

// hostOf cuts the port off an endpoint; an address of IPv6 may stand in brackets.
func hostOf(endpoint string) string {
	if at := strings.LastIndexByte(endpoint, ':'); at >= 0 && !strings.HasSuffix(endpoint, "]") {
		if _, err := netip.ParseAddr(endpoint); err != nil {
			endpoint = endpoint[:at]
		}
	}
	return strings.Trim(endpoint, "[]")
}

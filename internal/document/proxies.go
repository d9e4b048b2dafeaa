package document

import (
	"net/netip"
	"slices"
	"strings"

	"tlsready/internal/caller"
	"tlsready/internal/service"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
)

// warnOfProxies says of every row whose stack goes through a proxy that the
// verdict may hold only as far as that proxy. The verdict itself stays: what a
// host offers is the same, whoever it offers it to.
func warnOfProxies(j *Judged, proxies stack.Proxies) {
	for i := range j.Outcome.Rows {
		r := &j.Outcome.Rows[i]
		s, err := stack.Parse(r.Stack)
		if err != nil || r.Cause == verdict.OutOfScope {
			continue
		}
		at := slices.IndexFunc(j.Demand.Callers, func(c *caller.Caller) bool { return c.ID == r.Caller })
		asService := at >= 0 && j.Demand.Callers[at].RunsAs == "service"
		for _, p := range proxies.Of(s, asService) {
			if !sparesAll(p, j.Profile) {
				r.Warnings = append(r.Warnings, proxyWarning(p))
			}
		}
	}
}

func proxyWarning(p stack.Proxied) stack.Fired {
	if p.Server != "" {
		return stack.Fired{Rule: "proxy", Args: []string{p.Server, p.Place}}
	}
	return stack.Fired{Rule: "proxy-script", Args: []string{p.Script, p.Place}}
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

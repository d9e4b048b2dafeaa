package gate

import (
	"strings"
	"time"

	"tlsready"
)

// Min is the lowest version that a client has to be able to speak.
func (d Demand) Min() tlsready.Version {
	if d.Service == nil {
		return d.Minimum
	}
	lowest := tlsready.TLS12
	for i, v := range d.Service.Last().Acceptance().Versions.List() {
		if i == 0 || v.Rank() < lowest.Rank() {
			lowest = v
		}
	}
	return lowest
}

// route is the route of a name at a moment, nil for the default one, and the stages that
// hold there. An exact name comes before one with *, and of those the one with fewer. A
// route that has ended is none.
func (c *Config) route(t time.Time, name string) (*Route, []Stage) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	var best *Route
	if name != "" {
		for i := range c.Routes {
			r := &c.Routes[i]
			if (r.Ends.IsZero() || t.Before(r.Ends)) && matches(r.SNI, name) && (best == nil || stars(r.SNI) < stars(best.SNI)) {
				best = r
			}
		}
	}
	if best != nil && best.Own {
		return best, best.Stages
	}
	return best, c.Stages
}

func stars(pattern string) int { return strings.Count(pattern, "*") }

// matches says whether a name in lower case fits a pattern, in which * stands for one
// label.
func matches(pattern, name string) bool {
	if !strings.Contains(pattern, "*") {
		return pattern == name
	}
	for {
		p, restP, moreP := strings.Cut(pattern, ".")
		n, restN, moreN := strings.Cut(name, ".")
		if p != n && (p != "*" || n == "") || moreP != moreN {
			return false
		}
		if !moreP {
			return true
		}
		pattern, name = restP, restN
	}
}

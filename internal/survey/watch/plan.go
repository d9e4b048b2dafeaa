package watch

import (
	"path/filepath"
	"slices"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/gate"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/survey/judge"
	"tlsready/internal/userfile"
)

// Plan is a plan of brownouts that clients are held against.
type Plan struct {
	File   string
	Config *gate.Config
	From   time.Time // brownouts before it do not count
}

// ReadPlan reads a gate's configuration. A service that it names as a file lies beside it.
func ReadPlan(path string) (*gate.Config, error) {
	data, err := userfile.Read(path, gate.MaxConfig)
	if err != nil {
		return nil, unreadable(path, userfile.Why(err))
	}
	reading := gate.Reading{Local: time.Local, Service: func(name string) (*service.Profile, error) {
		if !slices.Contains(service.IDs(), name) && !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(path), name)
		}
		return judge.Service(name)
	}}
	config, err := reading.Parse(data)
	if err != nil {
		return nil, &judge.Mistake{Err: message.At(path, err)}
	}
	return config, nil
}

// mark says of each client that would, or may, be cut off whether a brownout meets it.
func (p *Plan) mark(w *document.Watch) {
	w.Plan = &document.WatchPlan{File: p.File}
	weeks := make(map[string]*gate.Week)
	week := func(name string) *gate.Week {
		if weeks[name] == nil {
			weeks[name] = p.Config.Week(name, p.From, p.until())
			w.Plan.Brownouts = w.Plan.Brownouts || !weeks[name].Empty()
		}
		return weeks[name]
	}
	week("")
	for i := range w.Clients {
		c := &w.Clients[i]
		switch {
		case !atRisk(c):
		case len(c.Hours) == 0:
			w.Plan.Timeless++
		case met(c, week):
			c.Window = document.WindowMet
			w.Plan.Met++
		default:
			c.Window = document.WindowMissed
			w.Plan.Missed++
		}
	}
}

// atRisk says whether a client would be cut off, surely, probably or perhaps.
func atRisk(c *document.WatchClient) bool {
	return c.Class == document.ClassCannot || c.Class == document.ClassLikely || c.Class == document.ClassUnknown && c.Old > 0
}

// met says whether a brownout falls into an hour in which the client came, for one of the
// names that it asked for.
func met(c *document.WatchClient, week func(string) *gate.Week) bool {
	return slices.ContainsFunc(c.Servers, func(s document.WatchServer) bool {
		return slices.ContainsFunc(c.Hours, func(hour int) bool { return week(s.ServerName).MeetsHour(hour, c.LastOld) })
	})
}

// until is when nothing changes any more: a week after the last stage of any route.
func (p *Plan) until() time.Time {
	last := gate.Ends(p.Config.Stages)
	for i := range p.Config.Routes {
		if end := gate.Ends(p.Config.Routes[i].Stages); end.After(last) {
			last = end
		}
	}
	return last.AddDate(0, 0, 8)
}

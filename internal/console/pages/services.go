package pages

import (
	"tlsready/internal/console/look"
	"tlsready/internal/document"
	"tlsready/internal/report/fleetparts"
)

// servicesPage lists the services that can be asked about, with their sources.
//
// Those whose deadline is behind everybody, and that nobody has asked about, come last.
type servicesPage struct{ Services, Past []serviceEntry }

type serviceEntry struct {
	ID, Name, When, State string
	Facts                 []fleetparts.Fact
	Note                  string
	Sources               []source
	Hosts                 string // where its hosts are listed; "" if it was not asked about
	Recheck               *recheck
}

type source struct{ URL, Says string }

func (p *pages) services(q *request) (look.Page, error) {
	doc, err := q.fleet.Demands(q.ctx())
	if err != nil {
		return look.Page{}, err
	}
	asked := map[string]string{}
	all, err := q.fleet.AllSeries(q.ctx())
	for _, s := range all {
		asked[s.Service] = hostsAt(documentSeries(s))
	}
	var data servicesPage
	if err != nil {
		return look.Page{}, err
	}
	for i := range doc.Services {
		s := &doc.Services[i]
		one, err := q.service(s)
		if err != nil {
			return look.Page{}, err
		}
		one.Hosts = asked[one.ID]
		if one.Hosts == "" && s.DaysLeft != nil && *s.DaysLeft < 0 {
			data.Past = append(data.Past, one)
			continue
		}
		data.Services = append(data.Services, one)
	}
	return look.Page{Title: q.say("nav.services"), Body: "services", Data: data}, nil
}

func (q *request) service(s *document.Service) (serviceEntry, error) {
	out := serviceEntry{ID: s.ID, Name: q.ServiceName(s), When: q.When(s), Note: q.W.ServiceNote(s), State: document.NotInstalled}
	if days := s.DaysLeft; days != nil && *days >= 0 {
		out.State = document.Unknown
		if *days < urgentDays {
			out.State = document.Fails
		}
	}
	var err error
	if out.Recheck, err = q.recheck(document.Series{Service: s.ID}); err != nil {
		return out, err
	}
	out.Facts = q.Facts("certainty", q.W.Certainty(s))
	for _, c := range s.Citations {
		says := c.Says
		if lang := q.W.Lang(); lang != "en" {
			says = c.SaysIn[lang]
		}
		out.Sources = append(out.Sources, source{c.URL, says})
	}
	return out, nil
}

// urgentDays is when a deadline is near.
const urgentDays = 90

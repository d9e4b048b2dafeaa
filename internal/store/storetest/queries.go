package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

func osOf(h store.HostResult) string {
	if h.Settings.OS.Name != "" {
		return h.Settings.OS.Name
	}
	return h.Settings.OS.Version
}

// fleet records hosts that differ in everything that is asked for. Of each six one is
// mended in the third night, one falls back, and one is read and not judged between.
func fleet(t *testing.T, s store.Store, n int) {
	t.Helper()
	for at := range 4 {
		b := &store.Batch{}
		for i := range n {
			ready := i%6 == 1 || i%6 == 2 && at >= 2 || i%6 == 3 && at < 2 || i%6 == 4 && at == 3
			h := hostResult(fmt.Sprintf("acme/HOST%03d", i), night(at), ready)
			o := &h.Outcomes[0].Outcome.Host
			if i%6 == 4 && (at == 1 || at == 2) {
				o.Verdict, o.Cause, o.FailsFrom = "unknown", ptr("not-asked"), nil
			}
			if i%6 == 5 {
				o.Cause, o.FailsFrom = ptr("suite"), ptr("2026-10-01")
				o.Changes[0].Name = "Other"
			}
			h.Settings.Labels = map[string]string{"site": []string{"大阪", "Genève"}[i%2], "owner": fmt.Sprintf("team %d", i%3)}
			if i%4 == 0 {
				delete(h.Settings.Labels, "owner")
			}
			h.Settings.OS.Name = []string{"Windows Server 2012 R2", "Windows Server 2019"}[i%2]
			b.Hosts = append(b.Hosts, h)
		}
		record(t, s, b)
	}
	record(t, s, &store.Batch{
		Owners:     []store.Owner{{Kind: store.KindHost, ID: "acme/HOST000", Owner: "Ada", Mail: "ada@example.com", At: night(0)}},
		Exemptions: []store.Exemption{{Kind: store.KindHost, ID: "acme/HOST005", Service: azure.Service, Until: "2026-09-10", At: night(0)}, {Kind: store.KindHost, ID: "acme/HOST000", Until: "2026-12-31", At: night(0)}},
	})
}

// found are the numbers of all hosts of a query, read in pages of three.
func found(t *testing.T, s store.Store, q store.HostQuery) (ids []string, rows []store.HostRow) {
	t.Helper()
	q.Series, q.Limit = azure, 3
	for {
		page, err := s.FindHosts(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Rows {
			ids, rows = append(ids, strings.TrimPrefix(r.ID, "acme/HOST0")), append(rows, r)
		}
		if page.Next == "" {
			if page.Total != len(ids) {
				t.Errorf("%+v: a total of %d, and %d rows", q, page.Total, len(ids))
			}
			return ids, rows
		}
		if len(page.Rows) != 3 || len(ids) > page.Total {
			t.Fatalf("%+v: a page of %d rows", q, len(page.Rows))
		}
		q.After = page.Next
	}
}

// hostsFound proves of every part of a query which hosts it leaves, that pages of every
// order lose none, and that a row has all that a list shows.
func hostsFound(t *testing.T, p Place) {
	s := tenant(t, open(t, p), "acme")
	fleet(t, s, 12)
	if n, err := s.CountHosts(t.Context()); err != nil || n != 12 {
		t.Errorf("%d hosts, %v", n, err)
	}
	for want, q := range map[string]store.HostQuery{
		"00 01 02 03 04 05 06 07 08 09 10 11": {},
		"01 02 04 07 08 10":                   {Verdicts: []string{"connects"}},
		"05 11":                               {Causes: []string{"suite", "other"}},
		"00 05":                               {Exempt: store.ExemptOnly},
		"00":                                  {Exempt: store.ExemptOnly, Today: "2026-09-11"},
		"03 05 06 09 11":                      {Exempt: store.ExemptNone, Today: "2026-09-11", Verdicts: []string{"fails"}},
		"02 05 11":                            {Owner: "team 2"},
		"04":                                  {NoOwner: true, OS: "Windows Server 2012 R2", Text: "t004"},
		"01 03 05 07 09 11":                   {OS: "Windows Server 2019"},
		"00 02 04 06 08 10":                   {Tags: []store.Tag{{Name: "site", Value: "大阪"}, {Name: "site"}}},
		"10 11":                               {Text: "hOST01"},
		"":                                    {Text: "%"},
		"03 09":                               {FellSince: "2026-09-03"},
		"02 04 08 10":                         {MendedSince: "2026-09-03"},
		"04 10":                               {MendedSince: "2026-09-04"},
		// by their order
		"05 11 00 03 06 09 01 02 04 07 08 10":  {Order: store.ByVerdict},
		"05 11 00 03 06 09 01 02 04 07 08 10 ": {Order: store.ByFailsFrom},
		"04 08 00 03 06 09 01 07 10 05 11 02":  {Order: store.ByOwner},
	} {
		ids, _ := found(t, s, q)
		if got := strings.Join(ids, " "); got != strings.TrimSpace(want) {
			t.Errorf("%+v:\n%s, want\n%s", q, got, want)
		}
	}
	_, rows := found(t, s, store.HostQuery{Text: "host00"})
	if r := rows[0]; r.Owner != "Ada" || r.Mail != "ada@example.com" || r.ExemptUntil != "2026-12-31" || r.Tags["site"] != "大阪" || r.About.Name != "acme/HOST000" || r.Since != "2026-09-01" || r.Was != "" || r.Verdict.Span.From != "2026-09-01" || r.Verdict.Span.To != "2026-09-04" || !r.Seen.Equal(night(3)) {
		t.Errorf("%+v", r)
	}
	if r := rows[3]; r.Was != "connects" || r.Since != "2026-09-03" || r.Verdict.Fix == "" || r.Verdict.FailsFrom != "2026-12-01" || r.Series != azure {
		t.Errorf("%+v", r)
	}
	if r := rows[4]; r.Was != "fails" || r.Since != "2026-09-04" {
		t.Errorf("mended by way of unknown: %+v", r)
	}
	if o, err := s.Outcome(t.Context(), rows[3].Verdict); err != nil || o.Host.Host != "acme/HOST003" {
		t.Errorf("%+v, %v", o, err)
	}
	cursors(t, s)
}

// cursors proves that a place to go on from that is damaged, or that of another list, is
// refused in words, and that another series has nothing.
func cursors(t *testing.T, s store.Store) {
	t.Helper()
	page, err := s.FindHosts(t.Context(), store.HostQuery{Series: azure, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, after := range []string{"x", "%%%", page.Next[1:], "W10", "WyJob3N0czoiLG51bGwsMV0"} {
		if _, err := s.FindHosts(t.Context(), store.HostQuery{Series: azure, After: after}); !inWords(err) {
			t.Errorf("%q is taken", after)
		}
	}
	if _, err := s.FindHosts(t.Context(), store.HostQuery{Series: azure, Order: store.ByOwner, After: page.Next}); !inWords(err) {
		t.Error("the place in another order is taken")
	}
	if _, err := s.FindClients(t.Context(), store.ClientQuery{After: page.Next}); !inWords(err) {
		t.Error("the place in another list is taken")
	}
	none, err := s.FindHosts(t.Context(), store.HostQuery{Series: store.Series{Service: "other"}})
	if err != nil || none.Total != 0 || none.Rows != nil {
		t.Errorf("%+v, %v", none, err)
	}
}

// inWords says whether an error is told to people.
func inWords(err error) bool {
	var p *message.Problem
	return errors.As(err, &p)
}

// groups proves what hosts share and how many do, those with most to do first.
func groups(t *testing.T, p Place) {
	s := tenant(t, open(t, p), "acme")
	fleet(t, s, 12)
	for by, want := range map[store.GroupBy]string{
		store.GroupByFix:     "fails/version=4(HOST000) fails/suite=2(HOST005) connects/=6(HOST001)",
		store.GroupByOS:      "Windows Server 2019=6(HOST003) Windows Server 2012 R2=6(HOST000)",
		store.GroupByOwner:   "team 0=3(HOST003) team 2=3(HOST005) Ada=1(HOST000) team 1=3(HOST001) =2(HOST004)",
		store.ByTag("site"):  "Genève=6(HOST003) 大阪=6(HOST000)",
		store.ByTag("other"): "=12(HOST000)",
	} {
		list, err := s.Groups(t.Context(), store.HostQuery{Series: azure}, by)
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, g := range list {
			name := g.Value
			if by == store.GroupByFix {
				name = g.Verdict + "/" + g.Cause
			}
			said = append(said, fmt.Sprintf("%s=%d(%s)", name, g.Hosts, strings.TrimPrefix(g.Example.Host, "acme/")))
			total := 0
			for _, n := range g.Verdicts {
				total += n
			}
			if o, err := s.Outcome(t.Context(), g.Example); err != nil || total != g.Hosts || g.Fix != "" && o.Host.Changes == nil {
				t.Errorf("%+v: %v", g, err)
			}
		}
		if got := strings.Join(said, " "); got != want {
			t.Errorf("%s:\n%s, want\n%s", by, got, want)
		}
	}
	fixes, err := s.Groups(t.Context(), store.HostQuery{Series: azure, Causes: []string{"suite"}}, store.GroupByFix)
	if err != nil || len(fixes) != 1 || fixes[0].Hosts != 2 {
		t.Fatalf("%+v, %v", fixes, err)
	}
	if ids, _ := found(t, s, store.HostQuery{Fix: fixes[0].Fix}); !slices.Equal(ids, []string{"05", "11"}) {
		t.Errorf("the hosts of a fix: %v", ids)
	}
	if names, err := s.TagNames(t.Context()); err != nil || !slices.Equal(names, []string{"owner", "site"}) {
		t.Errorf("%v, %v", names, err)
	}
}

// progress proves that each day has its counts, that they do not depend on the order in
// which nights arrive or on a night that comes twice, and that pruning leaves what is true
// of the rest.
func progress(t *testing.T, p Place) {
	db := open(t, p)
	s := tenant(t, db, "acme")
	fleet(t, s, 12)
	got, err := s.Progress(t.Context(), azure, "2026-09-02", "2026-09-06")
	want := []store.DayCount{
		{Day: "2026-09-02", Verdicts: map[string]int{"connects": 4, "fails": 6, "unknown": 2}},
		{Day: "2026-09-03", Verdicts: map[string]int{"connects": 4, "fails": 6, "unknown": 2}, Mended: 2, Fell: 2},
		{Day: "2026-09-04", Verdicts: map[string]int{"connects": 6, "fails": 6}, Mended: 2},
		{Day: "2026-09-06", Verdicts: map[string]int{"connects": 6, "fails": 6}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v, want\n%+v", got, err, want)
	}
	totals, err := s.Totals(t.Context(), "2026-09-11")
	if err != nil || len(totals) != 1 || totals[0].Series != azure || totals[0].Last != "2026-09-04" || totals[0].Exempt != 1 || totals[0].Verdicts["fails"] != 6 || totals[0].Verdicts["connects"] != 6 {
		t.Errorf("%+v, %v", totals, err)
	}
	late := tenant(t, db, "late")
	for _, n := range []int{3, 0, 2, 2, 1} {
		b := &store.Batch{}
		for i, ready := range [][]bool{{false, true, true, false}, {true, true, false, false}} {
			b.Hosts = append(b.Hosts, hostResult(fmt.Sprint("HOST", i), night(n), ready[n]))
		}
		record(t, late, b)
	}
	got, err = late.Progress(t.Context(), azure, "2026-09-01", "2026-09-04")
	want = []store.DayCount{
		{Day: "2026-09-01", Verdicts: map[string]int{"connects": 1, "fails": 1}},
		{Day: "2026-09-02", Verdicts: map[string]int{"connects": 2}, Mended: 1},
		{Day: "2026-09-03", Verdicts: map[string]int{"connects": 1, "fails": 1}, Fell: 1},
		{Day: "2026-09-04", Verdicts: map[string]int{"fails": 2}, Fell: 1},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("nights out of order: %+v, %v, want\n%+v", got, err, want)
	}
	before := text(t, db)
	if _, err := late.Prune(t.Context(), store.Retention{People: "2000-01-01"}, false); err != nil || text(t, db) != before {
		t.Errorf("made anew it is otherwise: %v\n%s\n%s", err, before, text(t, db))
	}
	fell, err := late.Fell(t.Context(), azure, "2026-09-04", "", 9)
	if err != nil || len(fell) != 1 || fell[0].ID != "HOST0" {
		t.Errorf("%+v, %v", fell, err)
	}
	if rest, err := late.Fell(t.Context(), azure, "", "HOST0", 9); err != nil || len(rest) != 1 || rest[0].ID != "HOST1" {
		t.Errorf("%+v, %v", rest, err)
	}
	if _, err := late.Prune(t.Context(), store.Retention{History: "2026-09-04"}, false); err != nil {
		t.Fatal(err)
	}
	if got, _ = late.Progress(t.Context(), azure, "2026-09-01", "2026-09-09"); got[len(got)-1].Verdicts["fails"] != 2 {
		t.Errorf("after pruning: %+v", got)
	}
}

// standings proves that a host is found with all its series, and one that is not there is
// said not to be.
func standings(t *testing.T, p Place) {
	s := tenant(t, open(t, p), "acme")
	h := hostResult("acme/DC01", night(0), false)
	other := h.Outcomes[0]
	other.Series.Service = "entra-id"
	h.Outcomes = append(h.Outcomes, other)
	record(t, s, &store.Batch{Hosts: []store.HostResult{h, hostResult("acme/DC02", night(0), true)}})
	all, err := s.Standings(t.Context(), "acme/DC01")
	if err != nil || len(all) != 2 || all[1].Series.Service != "entra-id" || all[1].Verdict.Verdict != "fails" || all[0].Verdict.Span.To != "2026-09-01" {
		t.Errorf("%+v, %v", all, err)
	}
	before, _ := s.Count(t.Context())
	again := hostResult("acme/DC01", night(3), true) // judged again without being read
	again.Kept = true
	record(t, s, &store.Batch{Hosts: []store.HostResult{again}})
	after, _ := s.Count(t.Context())
	if all, err = s.Standings(t.Context(), "acme/DC01"); err != nil || all[0].Verdict.Verdict != "connects" || all[0].Since != "2026-09-04" || after["snapshots"] != before["snapshots"] || after["verdicts"] != before["verdicts"]+1 {
		t.Errorf("judged again: %+v, %v, %v", all, after, err)
	}
	got, err := s.Host(t.Context(), "acme/DC01")
	if err != nil || got.ID != "acme/DC01" || !got.Seen.Equal(night(0)) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := s.Host(t.Context(), "acme/DC03"); err == nil || !strings.Contains(err.Error(), "acme/DC03") {
		t.Errorf("a host that is not there: %v", err)
	}
}

// endpointsFound proves what a query leaves of the endpoints, and that pages lose none.
func endpointsFound(t *testing.T, p Place) {
	s := tenant(t, open(t, p), "acme")
	b := &store.Batch{}
	for i := range 7 {
		e := endpointResult(night(i), i%2 == 0, 5)
		e.Endpoint.Target = fmt.Sprintf("www%d.example.com:443", i)
		e.Endpoint.Versions[tlsready.TLS10] = []tlsready.Answer{tlsready.Yes, tlsready.No, tlsready.Unknown}[i%3]
		e.Endpoint.Versions[tlsready.TLS12] = tlsready.Yes
		if i == 6 {
			e.Endpoint.Error = ptr(message.Literal("no answer"))
		}
		e.Endpoint.Certificates = []document.EndpointCertificate{{NotAfter: night(100 - i)}, {NotAfter: night(300)}}
		b.Endpoints = append(b.Endpoints, e)
	}
	record(t, s, b)
	record(t, s, b)
	for want, q := range map[string]store.EndpointQuery{
		"0 1 2 3 4 5 6": {}, "3": {Text: "WWW3"}, "0 3 6": {Accepts: "TLS 1.0"}, "0 1 2 3 4 5 6 ": {Accepts: "TLS 1.2"}, "": {Accepts: "TLS 1"},
		"0 1 2 3 4 5 6  ": {Address: "192.0.2.1"}, " ": {Address: "192.0.2."},
		"6": {Failed: true}, "5 6": {ChangedSince: night(5)}, "4 5 6": {ExpiresBefore: store.DayOf(night(97))},
	} {
		var got []string
		for q.Limit = 2; ; {
			page, err := s.FindEndpoints(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Rows {
				got = append(got, r.Key.Target[3:4])
			}
			if q.After = page.Next; q.After == "" {
				if page.Total != len(got) {
					t.Errorf("%+v: a total of %d", q, page.Total)
				}
				break
			}
		}
		if said := strings.Join(got, " "); said != strings.TrimSpace(want) {
			t.Errorf("%+v: %s, want %s", q, said, want)
		}
	}
}

// newestAnswers proves that endpoints are found by what they answered last, in whichever
// order that was recorded, and that pruning, which makes the list anew, leaves it as it is.
func newestAnswers(t *testing.T, p Place) {
	db := open(t, p)
	s := tenant(t, db, "acme")
	asked := func(n int, takes ...tlsready.Version) store.EndpointResult {
		e := endpointResult(night(n), false, 5)
		e.Endpoint.Target = "ÄRZTE.example.com:443"
		for _, v := range takes {
			e.Endpoint.Versions[v] = tlsready.Yes
		}
		if len(takes) == 0 {
			e.Endpoint.Error = ptr(message.Literal("no answer"))
		}
		return e
	}
	for i, step := range []struct {
		store.EndpointResult
		takes12, failed int
		since           int
	}{
		{asked(2, tlsready.TLS10), 0, 0, 2},
		{asked(5, tlsready.TLS12), 1, 0, 5},
		{asked(4, tlsready.TLS12), 1, 0, 4}, // late: it was so before
		{asked(3), 1, 0, 4},
		{asked(6), 0, 1, 6},
		{asked(7), 0, 1, 6},
		{asked(8, tlsready.TLS10, tlsready.TLS12), 1, 0, 8},
	} {
		record(t, s, &store.Batch{Endpoints: []store.EndpointResult{step.EndpointResult}})
		for name, c := range map[string]struct {
			q    store.EndpointQuery
			want int
		}{
			"TLS 1.2": {store.EndpointQuery{Accepts: "TLS 1.2"}, step.takes12},
			"failed":  {store.EndpointQuery{Failed: true}, step.failed},
			"since":   {store.EndpointQuery{ChangedSince: night(step.since)}, 1},
			"later":   {store.EndpointQuery{ChangedSince: night(step.since + 1)}, 0},
			"text":    {store.EndpointQuery{Text: "Ärzte.EXAMPLE"}, 1},
		} {
			page, err := s.FindEndpoints(t.Context(), c.q)
			if err != nil || page.Total != c.want || len(page.Rows) != c.want {
				t.Errorf("step %d, %s: %d of %d, want %d, %v", i, name, len(page.Rows), page.Total, c.want, err)
			}
		}
	}
	before := text(t, db)
	if _, err := s.Prune(t.Context(), store.Retention{People: "2000-01-01"}, false); err != nil || text(t, db) != before {
		t.Errorf("made anew it is otherwise: %v\n%s\n%s", err, before, text(t, db))
	}
	if _, err := s.Prune(t.Context(), store.Retention{History: "2027-01-01"}, false); err != nil {
		t.Fatal(err)
	}
	if page, err := s.FindEndpoints(t.Context(), store.EndpointQuery{}); err != nil || page.Total != 0 {
		t.Errorf("after their time: %+v, %v", page, err)
	}
}

// clientsFound proves that clients are summed up by stack over the days that were asked
// for, and that the last day says whether they survive.
func clientsFound(t *testing.T, p Place) {
	s := tenant(t, open(t, p), "acme")
	b := &store.Batch{Owners: []store.Owner{{Kind: store.KindClient, ID: "192.0.2.7", Owner: "Ada", Mail: "ada@example.com", At: night(0)}}}
	for n, day := range []store.Day{"2026-09-01", "2026-09-02", "2026-09-03"} {
		one, two, three := observation(day, "192.0.2.7", int64(n+1)), observation(day, "192.0.2.7", 1), observation(day, "192.0.2.8", 1)
		two.Stack, two.ServerName, two.Survives = "openssl", "mail.example.com", "yes"
		three.ClientName = "Kasse"
		if n == 2 {
			one.Negotiated, one.Offered, one.Survives = "TLS 1.2", "TLS 1.2", "yes"
			b.Observations = append(b.Observations, one, two)
			continue
		}
		b.Observations = append(b.Observations, one, two, three)
	}
	record(t, s, b)
	record(t, s, b)
	for want, q := range map[string]store.ClientQuery{
		"192.0.2.7/openssl=3 192.0.2.7/schannel=6 192.0.2.8/schannel=2": {},
		"192.0.2.7/openssl=1 192.0.2.7/schannel=3":                      {First: "2026-09-03"},
		"192.0.2.7/openssl=1 192.0.2.7/schannel=1 192.0.2.8/schannel=1": {Last: "2026-09-01"},
		"192.0.2.8/schannel=2":                      {Survives: "no"},
		"192.0.2.8/schannel=2 ":                     {Text: "kAsse"},
		"192.0.2.7/schannel=6 192.0.2.8/schannel=2": {Stack: "schannel"},
		"192.0.2.7/schannel=6":                      {Offered: "TLS 1.2"},
		"192.0.2.8/schannel=2  ":                    {Name: "KASSE", Client: "192.0.2.8"},
		"":                                          {Owner: "nobody"},
		" ":                                         {Client: "192.0.2."},
	} {
		var got []string
		for q.Limit = 1; ; {
			page, err := s.FindClients(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range page.Rows {
				got = append(got, fmt.Sprintf("%s/%s=%d", c.Client, c.Stack, c.Count))
			}
			if q.After = page.Next; q.After == "" {
				if page.Total != len(got) {
					t.Errorf("%+v: a total of %d", q, page.Total)
				}
				break
			}
		}
		if said := strings.Join(got, " "); said != strings.TrimSpace(want) {
			t.Errorf("%+v:\n%s, want\n%s", q, said, want)
		}
	}
	page, err := s.FindClients(t.Context(), store.ClientQuery{Text: "192.0.2.7"})
	if err != nil {
		t.Fatal(err)
	}
	if c := page.Rows[1]; c.Survives != "yes" || c.Owner != "Ada" || c.Mail != "ada@example.com" || c.Days != 3 || c.FirstDay != "2026-09-01" || !slices.Equal(c.Versions, []string{"TLS 1.0", "TLS 1.2"}) || !slices.Equal(c.Servers, []string{"www.example.com"}) {
		t.Errorf("%+v", c)
	}
	days, err := s.SeenOf(t.Context(), "192.0.2.7", "2026-09-02", "2026-09-03", 3)
	if err != nil || len(days) != 3 || days[0].Day != "2026-09-03" || days[2].Day != "2026-09-02" || days[0].ServerName != "mail.example.com" || days[1].First.UTC().Hour() != 1 {
		t.Errorf("day by day: %+v, %v", days, err)
	}
	if _, err := s.Prune(t.Context(), store.Retention{People: "2026-09-03"}, false); err != nil {
		t.Fatal(err)
	}
	if page, err := s.FindClients(t.Context(), store.ClientQuery{}); err != nil || page.Total != 2 || page.Rows[0].FirstDay != "2026-09-03" {
		t.Errorf("after pruning: %+v, %v", page, err)
	}
}

// seenBetween proves that a client counts for days of which one has seen it, and not for
// those between two on which it was seen.
func seenBetween(t *testing.T, p Place) {
	s := tenant(t, open(t, p), "acme")
	other := observation("2026-09-05", "192.0.2.7", 1)
	other.Stack = "openssl"
	record(t, s, &store.Batch{Observations: []store.Observation{observation("2026-09-01", "192.0.2.7", 1), observation("2026-09-09", "192.0.2.7", 1), other}})
	for days, want := range map[[2]store.Day]int{
		{"2026-08-01", "2026-08-31"}: 0, {"2026-09-01", "2026-09-02"}: 1, {"2026-09-02", "2026-09-04"}: 0, {"2026-09-05", "2026-09-05"}: 1,
		{"2026-09-06", "2026-09-09"}: 1, {"2026-09-02", "2026-09-10"}: 2, {"2026-09-10", "2026-10-10"}: 0,
	} {
		page, err := s.FindClients(t.Context(), store.ClientQuery{First: days[0], Last: days[1]})
		if err != nil || page.Total != want || len(page.Rows) != want || want > 0 && page.Rows[0].Days < 1 {
			t.Errorf("%v: %+v, %v", days, page, err)
		}
	}
}

// hostileQueries proves that no text that somebody asks with is an obstacle: nothing is
// found, and nothing fails.
func hostileQueries(t *testing.T, p Place) {
	s := tenant(t, open(t, p), "acme")
	record(t, s, everything("acme"))
	for _, x := range []string{"a\x00b", "a\xff\xfeb", "'; DROP TABLE hosts; --", "\\", "%", strings.Repeat("%長", 1<<15)} {
		hosts := []store.HostQuery{
			{Verdicts: []string{x}},
			{Causes: []string{x}},
			{Fix: store.Hash(x)},
			{Owner: x},
			{OS: x},
			{Tags: []store.Tag{{Name: x}}},
			{Tags: []store.Tag{{Name: "site", Value: x}}},
			{Text: x},
			{FellSince: store.Day("9" + x)},
			{MendedSince: store.Day("9" + x)},
			{Exempt: store.ExemptOnly, Today: store.Day("9" + x)},
		}
		for _, q := range hosts {
			q.Series = azure
			page, err := s.FindHosts(t.Context(), q)
			groups, err2 := s.Groups(t.Context(), q, store.GroupByFix)
			tagged, err3 := s.Groups(t.Context(), q, store.ByTag(x))
			if err := errors.Join(err, err2, err3); err != nil || len(page.Rows)+len(groups)+len(tagged) > 0 {
				t.Errorf("%.60q: %d rows, %v", fmt.Sprint(q), len(page.Rows), err)
			}
		}
		for _, q := range []store.EndpointQuery{{Text: x}, {Address: x}, {Accepts: x}, {ExpiresBefore: store.Day("0" + x)}} {
			if page, err := s.FindEndpoints(t.Context(), q); err != nil || len(page.Rows) > 0 {
				t.Errorf("%.60q: %d rows, %v", fmt.Sprint(q), len(page.Rows), err)
			}
		}
		for _, q := range []store.ClientQuery{{First: store.Day("9" + x)}, {Last: store.Day("0" + x)}, {Text: x}, {Client: x}, {Name: x}, {Owner: x}, {Stack: x}, {Survives: x}, {Offered: x}} {
			if page, err := s.FindClients(t.Context(), q); err != nil || len(page.Rows) > 0 {
				t.Errorf("%.60q: %d rows, %v", fmt.Sprint(q), len(page.Rows), err)
			}
		}
		span := spanOf("")
		var none *store.NoHostError
		if _, err := s.Snapshot(t.Context(), x, span); !errors.As(err, &none) {
			t.Errorf("%.20q: %v", x, err)
		}
	}
}

package api

import (
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/jobs"
	"tlsready/internal/jobs/desk"
	"tlsready/internal/jobs/doing"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

// openQueue opens a queue with a schedule of each tenant. Nothing is done of what is ordered.
func openQueue(t testing.TB, where string, db store.Database) *jobs.Jobs {
	t.Helper()
	schedules, err := jobs.ReadSchedules([]byte("schema: tlsready.schedules/v1\nschedules:\n" +
		"  - {name: branches, cron: '0 3 * * 6', kind: probe, tenant: acme, site: osaka, targets: [fs01.example.com:443, fs02.example.com:443]}\n" +
		"  - {name: theirs, every: 6h, kind: recheck, tenant: globex, services: [entra-id]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	q, err := jobs.Open(t.Context(), where, jobs.Options{
		Store: db, Tools: &doing.Tools{Now: time.Now}, Schedules: schedules, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return today },
		Who: func(*http.Request) desk.Visitor { return desk.Visitor{} },
		Refuse: func(w http.ResponseWriter, r *http.Request, code int, p *message.Problem) {
			web.Refuse(w, r, web.Mistake(code, p))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Close() })
	return q
}

// post orders something.
func post(path, body string) call {
	c := call{method: http.MethodPost, path: path}
	if body != "" {
		c.kind, c.body = typeJSON, []byte(body)
	}
	return c
}

// Proves that what the server knows can be ordered by those who operate, once until it has
// ended, and is told with who ordered it; that looking does not allow it, and that one tenant
// neither sees nor orders nor ends what is another's.
func TestOrders(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.fill()
	endpoint := `{"address":"192.0.2.10","serverName":"fs01.example.com"`
	for _, c := range []call{
		post("schedules/branches/run", ""), post("services/azure-backup/recheck", ""), post("services/azure-backup/recheck", `{"on":"2026-12-01"}`),
		post("endpoints/fs01.example.com%3A443/probe", endpoint+`,"site":"osaka"}`), post("endpoints/fs01.example.com%3A443/probe", endpoint+`}`),
	} {
		c.right = "view"
		if w := f.do(c); w.Code != http.StatusForbidden {
			t.Errorf("%s by who looks on: %d", c.path, w.Code)
		}
		c.right, c.name, c.tenant = "operate", "alice", "globex"
		if w := f.do(c); w.Code != http.StatusNotFound && !strings.HasPrefix(c.path, "services/") {
			t.Errorf("%s by another tenant: %d %s", c.path, w.Code, w.Body)
		}
		c.tenant = ""
		var job document.JobView
		if w := f.do(c); w.Code != http.StatusAccepted {
			t.Errorf("%s: %d %s", c.path, w.Code, w.Body)
		}
		if w := f.do(c); w.Code != http.StatusConflict {
			t.Errorf("%s twice: %d %s", c.path, w.Code, w.Body)
		}
		f.must(call{path: "jobs?limit=1"}, &struct{ Jobs []*document.JobView }{[]*document.JobView{&job}})
		if job.By != "alice" || job.State != "waiting" || !job.Plan {
			t.Errorf("%s: %+v", c.path, job)
		}
	}
	var page document.JobPage
	f.must(call{path: "jobs"}, &page)
	if len(page.Jobs) != 5 || page.Counts["waiting"] != 5 || page.Jobs[3].On != "2021-09-01" || page.Jobs[2].On != "2026-12-01" || page.Jobs[0].Site != "" || page.Jobs[1].Site != "osaka" {
		t.Errorf("%+v", page)
	}
	var list document.ScheduleList
	f.must(call{path: "schedules"}, &list)
	if len(list.Schedules) != 1 || list.Schedules[0].Name != "branches" || list.Schedules[0].Last == nil || list.Schedules[0].Last.By != "alice" || !list.Schedules[0].Next.After(today) {
		t.Errorf("%+v", list)
	}
	for path, method := range map[string]string{"jobs/1": http.MethodGet, "jobs/1/cancel": http.MethodPost, "jobs/1/retry": http.MethodPost, "schedules/branches/run": http.MethodPost} {
		if w := f.do(call{method: method, path: path, tenant: "globex"}); w.Code != http.StatusNotFound {
			t.Errorf("%s of another tenant: %d %s", path, w.Code, w.Body)
		}
	}
	f.must(post("jobs/1/cancel", ""), nil)
	f.must(call{path: "jobs?state=cancelled"}, &page)
	if len(page.Jobs) != 1 || page.Jobs[0].ID != 1 {
		t.Errorf("%+v", page)
	}
}

// Proves that an order names nothing but what the server knows: no machine, no file, no
// account, no range.
func TestOrdersNameNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.fill()
	range24 := document.NewEndpoint("192.0.2.0/24")
	range24.Address = "192.0.2.10"
	f.must(call{method: http.MethodPost, path: "results", kind: typeLines, body: lines(t, &store.Batch{Endpoints: []store.EndpointResult{{At: today, Endpoint: range24}}})}, nil)
	file := strings.ReplaceAll(filepath.Join(t.TempDir(), "passwd"), "/", "%2F")
	for _, c := range []call{
		post("endpoints/192.0.2.99%3A443/probe", `{"address":"192.0.2.99"}`), post("endpoints/192.0.2.0%2F24/probe", `{"address":"192.0.2.10"}`),
		post("endpoints/fs01.example.com%3A443/probe", `{"address":"192.0.2.10","serverName":"fs01.example.com","site":"No Site"}`),
		post("endpoints/fs01.example.com%3A443/probe", `{"address":"192.0.2.10","serverName":"fs01.example.com","via":"smb://CORP\\reader@"}`),
		post("services/azure-backup/recheck", `{"sources":["smb://CORP\\reader@fs01"]}`), post("services/azure-backup/recheck", `{"callers":"/etc/passwd"}`),
		post("services/"+file+"/recheck", ""), post("services/host:"+file+"/recheck", ""), post("services/nothing/recheck", ""), post("services/azure-backup/recheck", `{"on":"tomorrow"}`),
		post("schedules/nothing/run", ""), post("schedules/branches/run?via=smb://", ""), post("jobs/x/cancel", ""), post("jobs", `{"kind":"collect"}`),
	} {
		if w := f.do(c); w.Code < 400 || w.Code >= 500 {
			t.Errorf("%s %s: %d %s", c.path, c.body, w.Code, w.Body)
		}
	}
	var page document.JobPage
	if f.must(call{path: "jobs"}, &page); len(page.Jobs) != 0 {
		t.Errorf("%+v", page.Jobs)
	}
}

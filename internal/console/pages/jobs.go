package pages

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"tlsready/internal/console/look"
	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/jobs"
	"tlsready/internal/jobs/desk"
	"tlsready/internal/message"
	"tlsready/internal/report/fleetparts"
	"tlsready/internal/report/view"
)

// Queue is what the pages ask of the queue of jobs.
type Queue interface {
	List(ctx context.Context, tenant string, f jobs.Filter) ([]jobs.Job, error)
	Count(ctx context.Context, tenant string) (jobs.Counts, error)
	Workers(tenant string) []desk.Worker
	Cancel(ctx context.Context, tenant string, id int64) (jobs.Job, error)
	Retry(ctx context.Context, tenant string, id int64) (jobs.Job, error)
}

// jobsPage is the queue: what waits, what runs, what failed and why.
type jobsPage struct {
	States     []chip
	Jobs       []jobLine
	Workers    fleetparts.Table
	CanOperate bool
	Live       bool // it is asked for again while something is done
	At, Next   string
}

type jobLine struct {
	ID                           int64
	What, Word, Colour, Who, Why string
	Part, When, Tries            string
	CanRetry, CanCancel          bool
}

// jobsShown is how many jobs a page has.
const jobsShown = 100

func (p *pages) jobs(q *request) (look.Page, error) {
	data := &jobsPage{CanOperate: q.visitor.May(web.Operate), At: q.with()}
	shown := look.Page{Title: q.say("nav.jobs"), Body: "jobs", Data: data}
	if p.queue == nil {
		return shown, nil
	}
	counts, err := p.queue.Count(q.ctx(), q.visitor.Tenant)
	if err != nil {
		return shown, err
	}
	asked := jobs.State(q.get("state"))
	data.States = []chip{{"/jobs", q.say("job.all"), asked == ""}}
	for _, s := range jobs.States() {
		word := q.say("job.count", message.Str("state", q.say("job."+string(s))), message.Int("n", int(counts.Of(s))))
		data.States = append(data.States, chip{"/jobs?state=" + string(s), word, s == asked})
	}
	before, err := strconv.ParseInt(q.get("before"), 10, 64)
	if err != nil {
		before = 0 // the first page
	}
	list, err := p.queue.List(q.ctx(), q.visitor.Tenant, jobs.Filter{State: asked, Before: before, Limit: jobsShown})
	if err != nil {
		return shown, err
	}
	for i := range list {
		data.Jobs = append(data.Jobs, q.job(&list[i]))
	}
	if len(list) == jobsShown {
		data.Next = q.with("before", strconv.FormatInt(list[len(list)-1].ID, 10))
	}
	data.Live = before == 0 && counts.Of(jobs.Waiting)+counts.Of(jobs.Running)+counts.Of(jobs.Retrying) > 0
	data.Workers, err = q.workers(p.queue.Workers(q.visitor.Tenant))
	return shown, err
}

func (q *request) job(j *jobs.Job) jobLine {
	out := jobLine{
		ID: j.ID, What: q.say("job.kind." + string(j.Kind)), Word: q.say("job." + string(j.State)), Colour: jobColour(j.State), Who: fleetparts.Short(view.Dash(j.Worker)),
		CanRetry:  j.State == jobs.Failed || j.State == jobs.Cancelled || j.State == jobs.Retrying,
		CanCancel: j.State == jobs.Waiting || j.State == jobs.Running || j.State == jobs.Retrying,
	}
	switch {
	case j.Plan && j.Schedule != "":
		out.Part = q.say("job.schedule", message.Str("name", fleetparts.Short(j.Schedule)))
	case j.Plan:
		out.Part = q.say("job.order")
	case j.Of > 0:
		out.Part = q.say("job.part", message.Int("number", j.Number), message.Int("of", j.Of), message.Int("items", j.Items))
	}
	if j.Site != "" {
		out.Part += " · " + fleetparts.Short(j.Site)
	}
	at := j.Created
	for _, later := range []time.Time{j.Begun, j.Ended} {
		if !later.IsZero() {
			at = later
		}
	}
	out.When = moment(at)
	out.Tries = q.say("job.tries", message.Int("n", j.Attempt), message.Int("most", j.Attempts))
	if n := len(j.Failures); n > 0 {
		out.Why = fleetparts.Short(j.Failures[n-1].Text)
	}
	return out
}

func jobColour(s jobs.State) string {
	switch s {
	case jobs.Done:
		return document.Connects
	case jobs.Failed:
		return document.Fails
	case jobs.Retrying, jobs.Running:
		return document.Unknown
	}
	return document.NotInstalled
}

// workers are those that do batches at the sites.
func (q *request) workers(list []desk.Worker) (fleetparts.Table, error) {
	if len(list) == 0 {
		return fleetparts.Table{}, nil
	}
	list = list[:min(len(list), maxListed)]
	return q.table(q.say("workers"), q.Cols("name", "site", "outcome", "last-seen", "#count"), len(list), func(i int) []fleetparts.Cell {
		w := &list[i]
		word, colour := q.say("worker.gone"), document.NotInstalled
		if w.There {
			word, colour = q.say("worker.there"), document.Connects
		}
		return []fleetparts.Cell{{Text: w.Name, Small: w.Version}, {Text: view.Dash(w.Site)}, {Text: word, Badge: colour}, {Text: moment(w.Seen)}, number(w.Done)}
	})
}

// change does something with a job, and leads back to the list.
func (p *pages) change(do func(context.Context, string, int64) (jobs.Job, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
		if err != nil {
			p.lost(w, r)
			return
		}
		if _, err := do(r.Context(), web.Of(r.Context()).Tenant, id); err != nil {
			if jobs.IsUnknown(err) {
				p.lost(w, r)
				return
			}
			p.Refuse(w, r, err)
			return
		}
		http.Redirect(w, r, "/jobs", http.StatusSeeOther)
	}
}

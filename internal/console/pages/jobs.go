package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"tlsready/internal/console/answer/orders"
	"tlsready/internal/console/look"
	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/fleetparts"
	"tlsready/internal/report/view"
)

// jobsPage is the queue: what is due when, what waits, what runs, what failed and why.
type jobsPage struct {
	Said       string // what was ordered
	Schedules  []scheduleLine
	Run        *runLine // the one whose batches are shown
	States     []chip
	Kind, Site selection
	State      string // of the address, for the form
	RunID      string
	Jobs       []jobLine
	Workers    fleetparts.Table
	CanOperate bool
	Live       bool // it is asked for again while something is done
	At, Next   string
	First      string
}

type jobLine struct {
	ID                           int64
	What, Word, Colour, Who, Why string
	Part, When, Tries, Nobody    string
	CanRetry, CanCancel          bool
	Href                         string // of the batches of a run
}

// scheduleLine is a schedule and how its last run went.
type scheduleLine struct {
	Name, What, When, Next, Do string
	Last                       *runLine
}

// runLine is a run.
type runLine struct {
	ID                        int64
	Title, Word, Colour, Href string
	Begun, By, Progress, Why  string
	CanRetry, CanCancel       bool
}

// jobsShown is how many jobs a page has.
const jobsShown = 100

func (p *pages) jobs(q *request) (look.Page, error) {
	data := &jobsPage{CanOperate: q.visitor.May(web.Operate), At: q.with("done", ""), Said: q.said()}
	shown := look.Page{Title: q.say("nav.jobs"), Body: "jobs", Data: data}
	if p.queue == nil {
		return shown, nil
	}
	o := p.orders(q)
	for _, fill := range []func(*request, *orders.Orders) error{data.schedules, data.run, data.list} {
		if err := fill(q, o); err != nil {
			return shown, err
		}
	}
	var err error
	data.Workers, err = q.workers(o.Workers().Workers)
	return shown, err
}

func (p *pages) orders(q *request) *orders.Orders { return orders.Of(p.queue, q.fleet, q.visitor) }

// said is what was ordered last, in words; "" for nothing.
func (q *request) said() string {
	id, err := strconv.Atoi(q.get("job"))
	if err != nil {
		return ""
	}
	switch d := q.get("done"); d {
	case "ordered", "cancelled", "retried":
		return q.say("job.said."+d, message.Int("id", id))
	}
	return ""
}

func (d *jobsPage) schedules(q *request, o *orders.Orders) error {
	list, err := o.Schedules(q.ctx())
	if err != nil {
		return err
	}
	for i := range list.Schedules {
		s := &list.Schedules[i]
		line := scheduleLine{Name: s.Name, What: q.say("job.kind." + s.Kind), When: s.Cron, Next: moment(s.Next), Do: q.say("job.run-of", message.Str("name", s.Name))}
		if s.Site != "" {
			line.What += " · " + q.say("job.at", message.Str("site", s.Site))
		}
		if s.Every != "" {
			line.When = q.every(s.Every)
		}
		if s.Last != nil {
			line.Last = q.runLine(s.Last)
		}
		d.Schedules = append(d.Schedules, line)
	}
	return nil
}

// every says after how long a schedule is due again, which is written as Go writes it: 24h.
func (q *request) every(text string) string {
	d, err := time.ParseDuration(text)
	switch {
	case err == nil && d > 0 && d%time.Hour == 0:
		return q.say("job.hours", message.Int("n", int(d/time.Hour)))
	case err == nil && d > 0 && d%time.Minute == 0:
		return q.say("job.minutes", message.Int("n", int(d/time.Minute)))
	}
	return q.say("job.every", message.Str("time", text))
}

// run is the run whose batches are asked for.
func (d *jobsPage) run(q *request, o *orders.Orders) error {
	id, err := strconv.ParseInt(q.get("run"), 10, 64)
	if err != nil {
		return nil //nolint:nilerr // all runs
	}
	run, err := o.RunOf(q.ctx(), id)
	if err != nil {
		return err
	}
	d.Run, d.RunID = q.runLine(run), q.get("run")
	return nil
}

func (q *request) runLine(r *document.JobRun) *runLine {
	out := &runLine{
		ID: r.ID, Title: q.say("job.run-title", message.Int("id", int(r.ID))), Word: q.say("job." + string(r.State)), Colour: jobColour(r.State), Href: "/jobs?run=" + strconv.FormatInt(r.ID, 10),
		Begun: moment(r.Begun), Why: fleetparts.Short(q.W.Render(r.Error)), CanRetry: r.Batches[document.JobFailed]+r.Batches[document.JobCancelled] > 0 || r.State == document.JobFailed, CanCancel: isOpen(r.State),
	}
	if r.By != "" {
		out.By = q.say("job.by", message.Str("name", fleetparts.Short(r.By)))
	}
	all := int64(0)
	for _, n := range r.Batches {
		all += n
	}
	if all > 0 {
		out.Progress = q.say("job.progress", message.Int("done", int(r.Batches[document.JobDone])), message.Int("n", int(all)))
	}
	if n := r.Batches[document.JobFailed]; n > 0 {
		out.Progress += q.say("job.progress-failed", message.Int("n", int(n)))
	}
	return out
}

// isOpen says whether something is still to be done in a state.
func isOpen(state document.JobState) bool {
	return slices.Contains([]document.JobState{document.JobWaiting, document.JobRunning, document.JobRetrying}, state)
}

// list are the jobs that are asked for, with what they can be narrowed by.
func (d *jobsPage) list(q *request, o *orders.Orders) error {
	f := orders.Find{State: q.get("state"), Kind: q.get("kind"), Site: q.get("site"), Limit: jobsShown}
	f.Run, _ = strconv.ParseInt(q.get("run"), 10, 64)       // none are all
	f.Before, _ = strconv.ParseInt(q.get("before"), 10, 64) // none is the first page
	if !slices.Contains(append(orders.States(), ""), f.State) || !slices.Contains(append(orders.Kinds(), ""), f.Kind) {
		return wrong("form")
	}
	page, err := o.Jobs(q.ctx(), f)
	if err != nil {
		return err
	}
	open := int64(0)
	d.States, d.State = []chip{{q.jobsAt("state", ""), q.say("job.all"), f.State == ""}}, f.State
	for _, s := range orders.States() {
		n := page.Counts[document.JobState(s)]
		if isOpen(document.JobState(s)) {
			open += n
		}
		word := q.say("job.count", message.Str("state", q.say("job."+s)), message.Int("n", int(n)))
		d.States = append(d.States, chip{q.jobsAt("state", s), word, s == f.State})
	}
	kinds, sites := []string{}, []string{}
	for _, k := range orders.Kinds() {
		kinds = append(kinds, k, q.say("job.kind."+k))
	}
	for _, s := range o.Sites() {
		sites = append(sites, s, s)
	}
	d.Kind, d.Site = choose("kind", f.Kind, kinds...), choose("site", f.Site, sites...)
	for i := range page.Jobs {
		d.Jobs = append(d.Jobs, q.job(&page.Jobs[i]))
	}
	if page.Next > 0 {
		d.Next = q.jobsAt("before", strconv.FormatInt(page.Next, 10))
	}
	if f.Before > 0 {
		d.First = q.jobsAt("before", "")
	}
	d.Live = f.Before == 0 && open > 0
	return nil
}

// jobsAt is the address of this list with another value; whatever is chosen, the list begins
// at its first page.
func (q *request) jobsAt(name, value string) string {
	v := url.Values{}
	for _, kept := range []string{"state", "kind", "site", "run"} {
		if given := q.get(kept); given != "" {
			v.Set(kept, given)
		}
	}
	if v.Set(name, value); value == "" {
		v.Del(name)
	}
	if len(v) == 0 {
		return "/jobs"
	}
	return "/jobs?" + v.Encode()
}

func (q *request) job(j *document.Job) jobLine {
	out := jobLine{
		ID: j.ID, What: q.say("job.kind." + j.Kind), Word: q.say("job." + string(j.State)), Colour: jobColour(j.State),
		CanRetry: j.State == document.JobFailed || j.State == document.JobCancelled || j.State == document.JobRetrying, CanCancel: isOpen(j.State),
	}
	switch {
	case j.Plan && j.Schedule != "":
		out.Part = q.say("job.schedule", message.Str("name", fleetparts.Short(j.Schedule)))
	case j.Plan:
		out.Part = q.say("job.order")
	case j.Items > 0:
		out.Part = q.say("job.part", message.Int("number", j.Number), message.Int("of", j.Of), message.Int("items", j.Items))
	case j.Of > 0:
		out.Part = q.say("job.part-of", message.Int("number", j.Number), message.Int("of", j.Of))
	}
	if j.Worker != "" {
		out.Who = q.say("job.worker", message.Str("name", fleetparts.Short(j.Worker)))
	}
	if j.Plan && j.State == document.JobDone { // its batches say how the run goes
		out.Word, out.Colour = q.say("job.planned"), document.NotInstalled
	}
	if j.Plan {
		out.Href = "/jobs?run=" + strconv.FormatInt(j.ID, 10)
	}
	if what := append(slices.Clone(j.Services), j.Targets...); len(what) > 0 {
		out.Part += " · " + fleetparts.Short(q.W.List(what))
	}
	if j.By != "" {
		out.Part += " · " + q.say("job.by", message.Str("name", fleetparts.Short(j.By)))
	}
	if j.Site != "" {
		out.Part += " · " + q.say("job.at", message.Str("site", fleetparts.Short(j.Site)))
	}
	switch site := message.Str("site", fleetparts.Short(j.Site)); {
	case j.Nobody && j.NobodySince.IsZero():
		out.Nobody = q.say("job.nobody", site)
	case j.Nobody:
		out.Nobody = q.say("job.nobody-since", site, message.Str("time", moment(j.NobodySince)))
	}
	at := j.Created
	for _, later := range []time.Time{j.Begun, j.Ended} {
		if !later.IsZero() {
			at = later
		}
	}
	out.When = moment(at)
	if j.Attempt > 1 || j.State == document.JobRetrying {
		out.Tries = q.say("job.tries", message.Int("n", j.Attempt), message.Int("most", j.Attempts))
	}
	if n := len(j.Failures); n > 0 && j.State != document.JobDone {
		out.Why = fleetparts.Short(q.W.Render(j.Failures[n-1].Error))
	}
	return out
}

func jobColour(s document.JobState) string {
	switch s {
	case document.JobDone:
		return document.Connects
	case document.JobFailed:
		return document.Fails
	case document.JobRetrying, document.JobRunning:
		return document.Unknown
	}
	return document.NotInstalled
}

// workers are those that do batches at the sites.
func (q *request) workers(list []document.Worker) (fleetparts.Table, error) {
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
		return []fleetparts.Cell{{Text: w.Name, Small: w.Version}, {Text: view.Dash(w.Site)}, {Text: word, Badge: colour}, timed(w.Seen), number(w.Done)}
	})
}

// ordering does what a form asks of the queue, and leads to the list of jobs.
func (p *pages) ordering(said string, do func(q *request, o *orders.Orders) (*document.JobView, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		q, err := p.open(r)
		if err == nil {
			err = r.ParseForm()
		}
		var job *document.JobView
		if err == nil {
			job, err = do(q, p.orders(q))
		}
		if err != nil {
			p.Refuse(w, r, err)
			return
		}
		to := url.Values{"done": {said}, "job": {strconv.FormatInt(job.ID, 10)}}
		http.Redirect(w, r, "/jobs?"+to.Encode(), http.StatusSeeOther)
	}
}

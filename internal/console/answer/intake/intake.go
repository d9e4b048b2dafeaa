// Package intake takes in what is sent to the console: hosts in every form that check
// reads, lines of what runs found, archives of both. What comes from outside is bounded,
// and read in a folder of its own.
package intake

import (
	"context"
	"slices"
	"time"

	"tlsready/internal/console/answer/judges"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/source"
	"tlsready/internal/store"
	"tlsready/internal/store/results"
	"tlsready/internal/survey/judge"
)

// Options are who sends something.
type Options struct {
	Judges *judges.Judges
	Tenant string
	Now    time.Time
	Asked  []store.Series // that the tenant asks about anyway
	Lang   string         // in which what is wrong is said
	Into   results.Recording
}

// Intake takes in what is sent in one request. Hosts are judged for the services whose
// programs they have, as check without a service does, and for those that the tenant asks
// about anyway. It is not for several goroutines at once.
type Intake struct {
	Options
	today  service.Date
	auto   *judge.Judging
	always []store.Series
	words  *message.Catalog
	rec    *results.Recorder
	seen   *results.Seen
	doc    document.Recorded
}

// New begins to take in.
func New(ctx context.Context, o Options) (*Intake, error) {
	y, m, d := o.Now.Date()
	today := service.Date{Time: time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}
	auto, err := o.Judges.For(ctx, judges.Key{Tenant: o.Tenant, Today: today.String()})
	if err != nil {
		return nil, err
	}
	in := &Intake{
		Options: o, today: today, auto: auto, words: message.For(o.Lang), rec: results.NewRecorder(o.Into), seen: results.NewSeen(store.Day(today.String())),
		doc: document.Recorded{Schema: document.RecordedSchema, Tenant: o.Tenant, Taken: []document.TakenFile{}, Refused: []document.RefusedInput{}},
	}
	for _, s := range o.Asked {
		if p, ok, err := service.ByID(s.Service); ok && err == nil && s.Callers == "" {
			in.ask(&in.always, p)
		}
	}
	return in, nil
}

func (in *Intake) ask(list *[]store.Series, p *service.Profile) {
	if s := judges.SeriesOf(p, in.today); !slices.Contains(*list, s) {
		*list = append(*list, s)
	}
}

// Judge judges a host that was read.
func (in *Intake) Judge(ctx context.Context, h source.Host) (store.HostResult, error) {
	plain := results.Asked{On: in.today, Today: in.today}
	if h.Err != nil {
		return plain.Host(h.ID, nil, h.Err, nil), nil
	}
	asked := slices.Clone(in.always)
	for _, j := range in.auto.Host(h).Services {
		if j.Profile != nil {
			in.ask(&asked, j.Profile)
		}
	}
	out := plain.Host(h.ID, h.Snapshot, nil, nil)
	for _, s := range asked {
		j, err := in.Judges.For(ctx, judges.Key{Tenant: in.Tenant, Series: s, Today: in.today.String()})
		if err != nil {
			return out, err
		}
		ask := results.Asked{On: j.On, Today: j.Today, Writer: j.Writer(message.For("en"))}
		out.Outcomes = append(out.Outcomes, ask.Host(h.ID, h.Snapshot, nil, j.Host(h).Services).Outcomes...)
	}
	return out, nil
}

// Spend has what is taken in take the use of a token for one use; "" for none.
func (in *Intake) Spend(token store.Hash) {
	if token != "" {
		in.rec.Spend(&store.Spending{Token: token, At: in.Now})
	}
}

// noHost says whether an id names no host: as the end of an address, a step leads elsewhere.
func noHost(id string) bool { return id == "" || id == "." || id == ".." }

// host records a host that was read, judged.
func (in *Intake) host(ctx context.Context, h source.Host) error {
	one, err := in.Judge(ctx, h)
	if err != nil {
		return err
	}
	in.doc.Hosts++
	return in.rec.Host(ctx, one)
}

// maxRefused bounds what is said of what was not taken: the number says the rest.
const maxRefused = 100

// refuse says what was not taken.
func (in *Intake) refuse(name string, line int, err error) {
	if len(in.doc.Refused) >= maxRefused {
		in.doc.RefusedMore++
		return
	}
	what, hint := in.words.Problem(err)
	in.doc.Refused = append(in.doc.Refused, document.RefusedInput{Name: name, Line: line, Error: what, Hint: hint})
}

// End records what is left and says what was taken. After it all of that is on the disk.
func (in *Intake) End(ctx context.Context) (*document.Recorded, error) {
	if err := in.seen.Record(ctx, in.rec); err != nil {
		return nil, err
	}
	if err := in.rec.End(ctx); err != nil {
		return nil, err
	}
	return &in.doc, nil
}

package judge

import (
	"path/filepath"
	"strings"

	"tlsready/internal/assess"
	"tlsready/internal/document"
	"tlsready/internal/fix"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/source"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
)

// Judging is how hosts are judged: what is asked of them, on which day, and which
// changes are assumed. It may be used by many goroutines at once.
type Judging struct {
	On, Today service.Date
	Model     *stack.Model
	Assessor  *assess.Assessor
	Reading   source.Options // how machines are read again

	// Differences are what endpoints do otherwise than the settings of servers predict,
	// by the service that an endpoint is.
	Differences map[string]Difference
}

// Difference is what an endpoint does otherwise than predicted, and the same as one
// remark.
type Difference struct {
	Findings []document.EndpointFinding
	Text     message.Text
}

// Judged is one host with what was found for each service.
type Judged struct {
	Host     source.Host
	Services []*assess.Judged
	Conflict error // two services need what contradicts each other; there is no fix then
}

// Err is the [Mistake] of asking for services that contradict each other; nil if they
// do not.
func (j Judged) Err() error {
	if j.Conflict == nil {
		return nil
	}
	return &Mistake{&message.Problem{Where: j.Host.ID, What: message.CauseOf(j.Conflict), Hint: message.New("survey.hint.conflict"), Err: j.Conflict}}
}

// Verdict is the worst of a host: fails wins over unknown, unknown over connects.
func (j Judged) Verdict() verdict.Verdict {
	worst := verdict.Connects
	for _, one := range j.Services {
		worst = Worse(worst, one.Judgement.Verdict)
	}
	return worst
}

// Worse is the verdict that counts of two.
func Worse(a, b verdict.Verdict) verdict.Verdict {
	for _, v := range []verdict.Verdict{verdict.Fails, verdict.Unknown} {
		if a == v || b == v {
			return v
		}
	}
	return verdict.Connects
}

// Host judges one host. One that could not be read is there once for each service.
func (j *Judging) Host(h source.Host) Judged {
	if h.Err != nil {
		var list []*assess.Judged
		for _, d := range j.Assessor.Services {
			list = append(list, &assess.Judged{ID: h.ID, File: readFrom(h), Err: h.Err, Demand: fix.Demand{Demand: d.Demand}})
		}
		return Judged{Host: h, Services: list}
	}
	list, err := j.Assessor.Assess(h.ID, h.Snapshot)
	for _, one := range list {
		one.File = readFrom(h)
	}
	return Judged{Host: h, Services: list, Conflict: err}
}

// readFrom is the file or folder that a host was read from, with slashes; "" for a
// machine, even if an earlier run saved it, and for standard input.
func readFrom(h source.Host) string {
	if h.Saved || h.Path == "-" || strings.Contains(h.Path, "://") || strings.HasSuffix(h.Path, ":") {
		return ""
	}
	return filepath.ToSlash(h.Path)
}

// Writer writes what was judged in a language.
func (j *Judging) Writer(words *message.Catalog) *assess.Writer {
	return &assess.Writer{Words: words, Model: j.Model}
}

// Document gathers what was judged.
func (j *Judging) Document(words *message.Catalog, list []*assess.Judged, sum document.Summary) *document.Check {
	w := j.Writer(words)
	used := map[string]bool{}
	for _, one := range list {
		used[one.Demand.Service] = true
	}
	doc := j.Head(words, used, sum)
	for _, one := range list {
		doc.Verdicts = append(doc.Verdicts, w.Rows(one)...)
		doc.Hosts = append(doc.Hosts, w.Host(one))
	}
	return doc
}

// Head is the document of what was judged without its hosts and rows. Used are the
// services of which there are outcomes.
func (j *Judging) Head(words *message.Catalog, used map[string]bool, sum document.Summary) *document.Check {
	doc := &document.Check{
		Schema: document.CheckSchema, On: j.On.String(), Today: j.Today.String(),
		Verdicts: []document.Verdict{}, Hosts: []document.Host{}, Summary: sum, Assumed: j.Assessor.Assumed.Document(words),
	}
	for _, d := range j.Asked() {
		if used[d.Demand.Service] {
			doc.Services = append(doc.Services, j.service(d))
		}
	}
	return doc
}

// Asked is everything that may be asked of a host.
func (j *Judging) Asked() []assess.Demanded {
	return append(j.Assessor.Services[:len(j.Assessor.Services):len(j.Assessor.Services)], j.Assessor.Auto...)
}

func (j *Judging) service(d assess.Demanded) document.Service {
	if d.Profile != nil {
		return assess.ServiceOf(d.Profile, d.Demand, j.On, j.Today)
	}
	id := d.Demand.Service
	differs, has := j.Differences[id]
	s := document.Service{ID: id, Name: map[string]string{}, Accepts: document.Accept(d.Demand.Now()), Findings: differs.Findings}
	if has {
		s.Note = map[string]string{}
	}
	for _, lang := range message.Languages() {
		s.Name[lang] = id
		if s.Note != nil {
			s.Note[lang] = message.For(lang).Render(differs.Text)
		}
	}
	return s
}

// Tally counts a host by its worst outcome; a host of which nothing was asked does not
// count.
func Tally(sum *document.Summary, list []*assess.Judged) {
	worst := ""
	for _, j := range list {
		v := string(j.Judgement.Verdict)
		if j.Err != nil {
			v = string(verdict.Unreadable)
		}
		if worst == "" || document.Rank(v) < document.Rank(worst) {
			worst = v
		}
	}
	if worst != "" {
		sum.Add(worst)
	}
}

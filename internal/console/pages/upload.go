package pages

import (
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"tlsready/examples"
	"tlsready/internal/console/look"
	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/fleetparts"
	"tlsready/internal/report/view"
)

// maxUpload bounds what is sent by one form, in bytes: the hives of some servers.
const maxUpload = 2 << 30

// recordedPage says what was taken of what was sent, and why not the rest.
type recordedPage struct {
	State, Headline string
	Taken, Refused  fleetparts.Table
	More            string
	Drop            drop
}

// upload takes in what was dropped.
func (p *pages) upload(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength > maxUpload {
		w.Header().Set("Connection", "close") // else the server reads on to find the next request
		p.Refuse(w, r, web.Mistake(http.StatusRequestEntityTooLarge, message.Error("console.api.large", message.Int("most", maxUpload>>20)).Hinted("console.api.hint.large")))
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
	form, err := r.MultipartReader()
	if err != nil {
		p.Refuse(w, r, badForm())
		return
	}
	p.take(w, r, func(add func(string, io.Reader) error) error { return web.EachFile(form, damagedForm, add) })
}

// damagedForm answers what is no form, or was cut off.
func damagedForm(err error) error {
	return web.Mistake(http.StatusBadRequest, message.Error("console.error.form", message.Cause("why", err)))
}

// example takes in the example fleet.
func (p *pages) example(w http.ResponseWriter, r *http.Request) {
	p.take(w, r, func(add func(string, io.Reader) error) error {
		return fs.WalkDir(examples.Fleet, "fleet", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			file, err := examples.Fleet.Open(path)
			if err != nil {
				return err
			}
			defer file.Close()
			return add("example"+strings.TrimPrefix(path, "fleet"), file)
		})
	})
}

func (p *pages) take(w http.ResponseWriter, r *http.Request, each func(func(string, io.Reader) error) error) {
	p.page("/add", func(q *request) (look.Page, error) {
		doc, err := q.fleet.Import(q.ctx(), q.W.Lang(), each)
		if err != nil {
			return look.Page{}, err
		}
		data, err := q.recorded(doc)
		return look.Page{Title: q.say("add.title"), Body: "recorded", Data: data}, err
	})(w, r)
}

// taken is a host, or a file of something else.
type taken struct {
	host, file string
	count      int
}

func takenOf(doc *document.Recorded) (list []taken) {
	for _, f := range doc.Taken {
		for _, h := range f.Hosts {
			list = append(list, taken{h, f.Name, 1})
		}
		if rest := f.Count - len(f.Hosts); rest > 0 {
			list = append(list, taken{"", f.Name, rest})
		}
	}
	return list
}

// counted are the numbers of what was taken, as far as there was any.
func (q *request) counted(doc *document.Recorded) (words []string) {
	for _, one := range []struct {
		id string
		n  int
	}{{"hosts", doc.Hosts}, {"endpoints", doc.Endpoints}, {"connections", doc.Connections}} {
		if one.n > 0 {
			words = append(words, q.say("recorded."+one.id, message.Int("n", one.n)))
		}
	}
	return words
}

// takenTable lists what was taken. Hosts that came in files of their own are a name alone.
func (q *request) takenTable(all []taken) (fleetparts.Table, error) {
	head := q.Cols("host", "file", "#count")
	if !slices.ContainsFunc(all, func(t taken) bool { return t.file != "" }) {
		head = head[:1]
	}
	shown := all[:min(len(all), maxListed)]
	return q.table(q.say("recorded.taken"), head, len(shown), func(i int) []fleetparts.Cell {
		t := shown[i]
		at := ""
		if t.host != "" {
			at = hostAt(t.host)
		}
		return []fleetparts.Cell{{Text: view.Dash(t.host), Href: at}, {Text: view.Dash(t.file)}, number(t.count)}[:len(head)]
	})
}

func (q *request) recorded(doc *document.Recorded) (*recordedPage, error) {
	data := &recordedPage{State: document.Connects, Drop: drop{Small: true}}
	data.Headline = q.say("recorded", message.Str("what", q.W.List(q.counted(doc))))
	refused := len(doc.Refused) + doc.RefusedMore
	switch {
	case doc.Hosts+doc.Endpoints+doc.Connections == 0:
		data.State, data.Headline = document.Fails, q.say("recorded.nothing")
	case refused > 0:
		data.State = document.Unknown
	}
	var err error
	if data.Taken, err = q.takenTable(takenOf(doc)); err != nil {
		return nil, err
	}
	list := doc.Refused[:min(len(doc.Refused), maxListed)]
	data.Refused, err = q.table(q.say("recorded.refused"), q.Cols("file", "why"), len(list), func(i int) []fleetparts.Cell {
		f := &list[i]
		name := f.Name
		if f.Line > 0 {
			name = q.say("recorded.line", message.Str("file", fleetparts.Short(name)), message.Int("line", f.Line))
		}
		return []fleetparts.Cell{{Text: name}, {Text: f.Error, Small: f.Hint}}
	})
	if more := refused - len(list); more > 0 {
		data.More = q.T("more", message.Int("n", more))
	}
	return data, err
}

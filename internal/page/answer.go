package page

import (
	"bytes"
	"context"
	"errors"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/recipe/formats"
	"tlsready/internal/report/digest"
	"tlsready/internal/report/html"
)

// Result is a check as the page shows it.
type Result struct {
	Headline string           `json:"headline"`
	State    string           `json:"state"`  // the worst verdict of all
	Report   string           `json:"report"` // the HTML report, whole
	Summary  document.Summary `json:"summary"`
	Warnings []string         `json:"warnings"`
	On       string           `json:"on"`
	System   bool             `json:"system"` // no file states the version of Windows of some host
	Fixes    bool             `json:"fixes"`  // there are changes to download
}

// Check judges what is asked for, and keeps it for downloads, what-if and errors.
func (s *Session) Check(ctx context.Context, q Question, lang string) (*Result, error) {
	s.Clear()
	r, err := s.run(ctx, q)
	if err != nil {
		return nil, err
	}
	s.last = r
	return s.result(r, lang)
}

// Again is the last result in another language.
func (s *Session) Again(lang string) (*Result, error) {
	if s.last == nil {
		return nil, errNothing
	}
	return s.result(s.last, lang)
}

// errNothing is a defect of the page: it asks about a result that is not there.
var errNothing = errors.New("nothing was checked yet")

func (s *Session) result(r *run, lang string) (*Result, error) {
	doc := r.document(message.For(lang))
	var page bytes.Buffer
	if err := html.Check(&page, doc, r.options(lang)); err != nil {
		return nil, err
	}
	words := digest.NewWords(lang)
	d := digest.Of(doc)
	result := &Result{
		Headline: words.Headline(d), State: d.Summary.State(), Report: page.String(), Summary: r.sum, Warnings: []string{},
		On: r.judging.On.String(), System: r.noSystem, Fixes: d.Changes,
	}
	for _, w := range r.warnings {
		result.Warnings = append(result.Warnings, message.For(lang).Render(w))
	}
	return result, nil
}

// File is something to download.
type File struct {
	Name     string   `json:"name"`
	Type     string   `json:"type"` // a media type
	Warnings []string `json:"warnings"`
	Data     []byte   `json:"-"`
}

// mediaTypes are those of the formats that a page offers.
func mediaTypes() map[string]string {
	return map[string]string{"json": "application/json", "csv": "text/csv", "html": "text/html", "zip": "application/zip"}
}

// Download makes a file of the last result: json, csv or html as check -o writes them,
// or zip, the folder that fix --dir writes in the formats as.
func (s *Session) Download(format, lang string, as []string) (*File, error) {
	if s.last == nil {
		return nil, errNothing
	}
	kind, known := mediaTypes()[format]
	if !known {
		return nil, errors.New("no format " + format)
	}
	f := &File{Name: "tlsready." + format, Type: kind, Warnings: []string{}}
	var err error
	if format == "zip" {
		f.Name = "tlsready-fix.zip"
		f.Data, f.Warnings, err = s.fixes(lang, as)
	} else {
		f.Data, err = s.render(s.last, format, lang)
	}
	return f, err
}

// fixes packs the folder of the fixes. Warnings name what is left out.
func (s *Session) fixes(lang string, as []string) (data []byte, warnings []string, err error) {
	var list []recipe.Format
	for _, name := range as {
		if f, known := formats.ByName(name); known {
			list = append(list, f)
		}
	}
	words := message.For(lang)
	set, leftOut := s.last.judging.Assessor.Recipes(s.last.judged, false, list, words)
	for _, why := range leftOut {
		warnings = append(warnings, words.Render(why))
	}
	for _, one := range set.Refused {
		what, _ := words.Problem(one.Err)
		warnings = append(warnings, what)
	}
	var out bytes.Buffer
	err = recipe.Zip{Out: &out}.Put(set.Files)
	return out.Bytes(), warnings, err
}

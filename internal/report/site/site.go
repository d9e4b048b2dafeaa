// Package site writes what the runs of many days say as a folder of plain pages: in every
// language, without a script, each small enough for a phone, with a picture of how the
// number of open hosts falls. Names of hosts never become names of files as they are.
package site

import (
	"bytes"
	"embed"
	"html/template"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/fleetparts"
)

//go:embed page
var files embed.FS

// Put takes a page, by its name in the folder: with slashes, letters of ASCII, and no
// longer than any file system takes.
type Put func(name string, page []byte) error

// Write makes all pages: style.css and index.html, and a folder for each language. Pages
// come before those that link to them. Lang is the language that index.html leads to.
func Write(doc *document.Fleet, lang string, put Put) error {
	style, err := fleetparts.Stylesheet()
	if err != nil {
		return err
	}
	if err := put("style.css", style); err != nil {
		return err
	}
	var all []*builder
	for _, l := range message.Languages() {
		b, err := newBuilder(doc, l, put)
		if err != nil {
			return err
		}
		all = append(all, b)
	}
	if err := all[0].hostCSV(); err != nil {
		return err
	}
	for _, b := range all {
		if err := b.pages(); err != nil {
			return err
		}
	}
	for _, b := range all {
		if b.W.Lang() == message.For(lang).Lang() {
			return b.entry()
		}
	}
	return nil
}

// builder makes the pages of one language.
type builder struct {
	fleetparts.Parts
	doc      *document.Fleet
	put      Put
	services map[string]*document.Service
	groups   map[string]*document.FleetGroup
	fixes    map[string]*document.FleetFix
	hosts    map[string]*document.FleetHost
}

func newBuilder(doc *document.Fleet, lang string, put Put) (*builder, error) {
	parts, err := fleetparts.New(lang)
	if err != nil {
		return nil, err
	}
	b := &builder{
		Parts: parts, doc: doc, put: put, services: map[string]*document.Service{},
		fixes: map[string]*document.FleetFix{}, groups: map[string]*document.FleetGroup{}, hosts: map[string]*document.FleetHost{},
	}
	for i := range doc.Deadlines {
		b.services[doc.Deadlines[i].Service.ID] = &doc.Deadlines[i].Service
	}
	for i := range doc.Groups {
		b.groups[doc.Groups[i].ID] = &doc.Groups[i]
	}
	for i := range doc.Fixes {
		b.fixes[doc.Fixes[i].ID] = &doc.Fixes[i]
	}
	for i := range doc.Hosts {
		b.hosts[doc.Hosts[i].Host] = &doc.Hosts[i]
	}
	b.Today, b.Newest = doc.Today, newest(doc)
	_, err = b.Template.ParseFS(files, "page/*.tmpl")
	return b, err
}

// newest is the last day with lines of check; "" for none.
func newest(doc *document.Fleet) string {
	if len(doc.Days) == 0 {
		return ""
	}
	return doc.Days[len(doc.Days)-1].Date
}

// pages makes the pages of the language, what is linked to first.
func (b *builder) pages() error {
	for _, make := range []func() error{
		b.hostPages, b.groupPages, b.ownerPages, b.deadlinePages, b.hostList, b.groupList, b.ownerList, b.changeList, b.endpointList, b.clientList, b.runPage, b.index,
	} {
		if err := make(); err != nil {
			return err
		}
	}
	return nil
}

// frame is what stands around every page.
type frame struct {
	Lang, Title, Root         string // Root leads from the page to the folder of the language
	Other, OtherName, OtherAt string
	Nav                       []link
	AsOf, Style, Home         string
	Body                      template.HTML
}

type link struct {
	Href, Word string
	Current    bool
}

// page writes one page: the named template with its data, in the frame. Name is that in the
// folder of the language.
func (b *builder) page(name, title, body string, data any) error {
	var inner, out bytes.Buffer
	if err := b.Template.ExecuteTemplate(&inner, body, data); err != nil {
		return err
	}
	root := rootOf(name)
	f := frame{
		Lang: b.W.Lang(), Title: title, Root: root, Style: root + "../style.css", Nav: b.nav(name), AsOf: b.asOf(), Home: b.T("title"),
		Body: template.HTML(inner.String()), //nolint:gosec // made by the escaping template
	}
	for _, other := range message.Languages() {
		if other != f.Lang {
			f.Other, f.OtherName, f.OtherAt = other, message.For(other).Text("site.language"), root+"../"+other+"/"+name
		}
	}
	if err := b.Template.ExecuteTemplate(&out, "frame", f); err != nil {
		return err
	}
	return b.put(b.W.Lang()+"/"+name, out.Bytes())
}

// rootOf leads from a page to the folder of its language.
func rootOf(name string) string { return strings.Repeat("../", strings.Count(name, "/")) }

// nav are the links to the lists; those without anything in them are left out.
func (b *builder) nav(name string) []link {
	var list []link
	for _, one := range []struct {
		page, id string
		there    bool
	}{
		{"index", "nav.index", true},
		{"groups", "nav.groups", len(b.doc.Groups) > 0},
		{"owners", "nav.owners", len(b.doc.Owners) > 0},
		{"hosts", "nav.hosts", len(b.doc.Hosts) > 0},
		{"changes", "nav.changes", len(b.doc.Hosts) > 0},
		{"endpoints", "nav.endpoints", len(b.doc.Endpoints) > 0},
		{"clients", "nav.clients", len(b.doc.Clients) > 0},
		{"runs", "nav.runs", true},
	} {
		if one.there {
			list = append(list, link{rootOf(name) + one.page + ".html", b.T(one.id), name == one.page+".html"})
		}
	}
	return list
}

// asOf says of when the site is.
func (b *builder) asOf() string {
	if len(b.doc.Days) == 0 {
		return b.T("as-of.none", message.Str("today", b.doc.Today))
	}
	first, last := b.doc.Days[0].Date, b.doc.Days[len(b.doc.Days)-1].Date
	if first == last {
		return b.T("as-of.one", message.Str("today", b.doc.Today), message.Str("date", last))
	}
	return b.T("as-of", message.Str("today", b.doc.Today), message.Int("n", len(b.doc.Days)), message.Str("from", first), message.Str("to", last))
}

// entry writes index.html, which leads to the language that was asked for and names all.
func (b *builder) entry() error {
	type language struct{ Lang, Name, Href string }
	data := struct {
		Lang, Title, First string
		All                []language
	}{Lang: b.W.Lang(), Title: b.T("title"), First: b.W.Lang() + "/index.html"}
	for _, l := range message.Languages() {
		data.All = append(data.All, language{l, message.For(l).Text("site.language"), l + "/index.html"})
	}
	var out bytes.Buffer
	if err := b.Template.ExecuteTemplate(&out, "entry", data); err != nil {
		return err
	}
	return b.put("index.html", out.Bytes())
}

package site

import (
	"html/template"
	"path"
	"strconv"

	"tlsready/internal/message"
	"tlsready/internal/report/fleetparts"
)

// A page holds so many rows, and rows of so many bytes: with what stands around them it
// stays below 150 KB, which a phone loads over a slow line in a second or two.
const (
	pageRows  = 250
	pageBytes = 100 << 10
)

// listPage is a page that is mostly one table.
type listPage struct {
	Title, State string
	Lines        []string
	Facts        []fleetparts.Fact
	Fix          *fleetparts.Fix
	Download     *link
	Command      string // writes the fix as files
	CommandIntro string
	Table        fleetparts.Table
	Empty        string
	Pager        []link
	Range        string
}

// list writes a table as one page or as several: name.html, name-2.html and so on, each
// with links to the others. What stands above the table stands on the first page.
func (b *builder) list(name string, p listPage, head []fleetparts.Column, n int, cells func(i int) []fleetparts.Cell) error {
	var parts [][]template.HTML
	var starts []int
	size := pageBytes
	for i := range n {
		row, err := b.Row(head, cells(i)...)
		if err != nil {
			return err
		}
		if size += len(row); size > pageBytes || len(parts[len(parts)-1]) == pageRows {
			parts, starts, size = append(parts, nil), append(starts, i), len(row)
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], row)
	}
	if n == 0 {
		p.Empty = b.T("empty")
		return b.page(name+".html", p.Title, "list", p)
	}
	for i, rows := range parts {
		one := p
		if i > 0 {
			one.Lines, one.Facts, one.Fix, one.Command, one.CommandIntro, one.Download = nil, nil, nil, "", "", nil
		}
		one.Table = fleetparts.Table{Caption: p.Title, Head: head, Rows: rows}
		if len(parts) > 1 {
			one.Range = b.T("range", message.Int("from", starts[i]+1), message.Int("to", starts[i]+len(rows)), message.Int("all", n))
			one.Pager = b.pager(name, i, len(parts))
		}
		if err := b.page(numbered(name, i), p.Title, "list", one); err != nil {
			return err
		}
	}
	return nil
}

// numbered is the name of a page of a list, counted from 0.
func numbered(name string, i int) string {
	if i == 0 {
		return name + ".html"
	}
	return name + "-" + strconv.Itoa(i+1) + ".html"
}

// pager links to the neighbours of a page, to both ends, and to some in between.
func (b *builder) pager(name string, at, n int) []link {
	var list []link
	base := path.Base(name)
	last := -1
	for i := range n {
		near := i >= at-2 && i <= at+2
		if !near && i != 0 && i != n-1 && i%10 != 9 {
			continue
		}
		if i > last+1 {
			list = append(list, link{Word: "…"})
		}
		list = append(list, link{Href: numbered(base, i), Word: strconv.Itoa(i + 1), Current: i == at})
		last = i
	}
	return list
}

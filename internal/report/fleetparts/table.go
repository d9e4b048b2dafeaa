package fleetparts

import (
	"bytes"
	"html/template"
)

// Cell is one cell of a table.
type Cell struct {
	Head  string // of its column, for narrow screens
	Text  string
	Href  string
	Badge string // the verdict whose colour it has
	Small string // below it, in small letters
	Note  string // below that, in English whatever the language is
	Num   bool
	Day   bool // it is a day, which is not broken into two lines
}

// Column is a head.
type Column struct {
	Word string
	Num  bool
}

// Table is a list with its heads.
type Table struct {
	Caption string
	Head    []Column
	Rows    []template.HTML
}

// Cols makes heads from ids of texts; one that begins with # is of numbers.
func (p Parts) Cols(ids ...string) []Column {
	list := make([]Column, len(ids))
	for i, id := range ids {
		if id[0] == '#' {
			list[i].Num, id = true, id[1:]
		}
		list[i].Word = p.T("col." + id)
	}
	return list
}

// Row makes a row; its cells take their heads from the columns.
func (p Parts) Row(head []Column, cells ...Cell) (template.HTML, error) {
	for i := range cells {
		cells[i].Head, cells[i].Num = head[i].Word, head[i].Num
		cells[i].Day = !parseDay(cells[i].Text).IsZero()
		cells[i].Text, cells[i].Small, cells[i].Note = Short(cells[i].Text), Short(cells[i].Small), Short(cells[i].Note)
	}
	var out bytes.Buffer
	if err := p.Template.ExecuteTemplate(&out, "row", cells); err != nil {
		return "", err
	}
	return template.HTML(out.String()), nil //nolint:gosec // made by the escaping template
}

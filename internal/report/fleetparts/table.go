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
	Whole bool // it is not broken into two lines: a day, or a short name that leads somewhere
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

// maxWhole is how many bytes of a name have room on one line of any screen: an office and a
// computer's name of NetBIOS.
const maxWhole = 24

// Row makes a row; its cells take their heads from the columns.
func (p Parts) Row(head []Column, cells ...Cell) (template.HTML, error) {
	for i := range cells {
		cells[i].Head, cells[i].Num = head[i].Word, head[i].Num
		cells[i].Whole = cells[i].Whole || !parseDay(cells[i].Text).IsZero() || cells[i].Href != "" && len(cells[i].Text) <= maxWhole
		cells[i].Text, cells[i].Small, cells[i].Note = Short(cells[i].Text), Short(cells[i].Small), Short(cells[i].Note)
	}
	var out bytes.Buffer
	if err := p.Template.ExecuteTemplate(&out, "row", cells); err != nil {
		return "", err
	}
	return template.HTML(out.String()), nil //nolint:gosec // made by the escaping template
}

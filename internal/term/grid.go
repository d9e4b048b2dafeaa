package term

import "strings"

// Column of a table: as wide as its widest cell, or with Flex its share of what
// the others leave.
type Column struct {
	Head  string
	Right bool // text stands at the right edge
	Flex  int

	width int
}

// Cell of a table.
type Cell struct {
	Text  string
	Style Style
}

// Cells makes plain cells.
func Cells(texts ...string) []Cell {
	row := make([]Cell, len(texts))
	for i, t := range texts {
		row[i] = Cell{Text: t}
	}
	return row
}

// gap stands between columns.
const gap = "  "

// Table writes rows whose cells wrap inside the columns with Flex. A head line
// comes first if a column has a head. A row may be shorter than the columns.
func (p *Page) Table(columns []Column, rows [][]Cell) {
	measure(columns, rows, p.width())
	head, any := make([]Cell, len(columns)), false
	for i, c := range columns {
		head[i] = Cell{c.Head, Dim}
		any = any || c.Head != ""
	}
	if any {
		p.row(columns, head)
	}
	for _, r := range rows {
		p.row(columns, r)
	}
}

// Columns writes rows in columns as wide as their widest cell.
func (p *Page) Columns(rows [][]string) {
	var columns []Column
	cells := make([][]Cell, len(rows))
	for i, r := range rows {
		cells[i] = Cells(r...)
		for len(columns) < len(r) {
			columns = append(columns, Column{})
		}
	}
	p.Table(columns, cells)
}

// measure sets the columns' widths. A flexible column never gets more than its
// widest cell needs; what it leaves goes to the next.
func measure(columns []Column, rows [][]Cell, total int) {
	left, shares := total-len(gap)*(len(columns)-1), 0
	for i := range columns {
		c := &columns[i]
		c.width = Width(c.Head)
		for _, r := range rows {
			if i < len(r) {
				c.width = max(c.width, Width(Safe(r[i].Text)))
			}
		}
		if c.Flex == 0 {
			left -= c.width
		}
		shares += c.Flex
	}
	share(columns, left, shares)
}

// share gives the flexible columns their part of left, first to those that need
// less than their part.
func share(columns []Column, left, shares int) {
	settled := make([]bool, len(columns))
	for again := true; again; {
		again = false
		for i := range columns {
			c := &columns[i]
			if c.Flex > 0 && !settled[i] && c.width <= left*c.Flex/shares {
				settled[i], again = true, true
				left -= c.width
				shares -= c.Flex
				break
			}
		}
	}
	for i := range columns {
		if c := &columns[i]; c.Flex > 0 && !settled[i] {
			c.width = max(MinWrap, left*c.Flex/shares)
		}
	}
}

func (p *Page) row(columns []Column, cells []Cell) {
	wrapped := make([][]string, len(cells))
	height := 1
	for i, c := range cells {
		wrapped[i] = []string{Safe(c.Text)}
		if columns[i].Flex > 0 {
			wrapped[i] = Wrap(c.Text, columns[i].width)
		}
		height = max(height, len(wrapped[i]))
	}
	for n := range height {
		var line, between strings.Builder
		for i, c := range cells {
			text := ""
			if n < len(wrapped[i]) {
				text = wrapped[i][n]
			}
			full := Pad(text, columns[i].width)
			if columns[i].Right {
				full = PadLeft(text, columns[i].width)
			}
			bare := strings.TrimRight(full, " ")
			if bare != "" {
				line.WriteString(between.String() + p.Paint(c.Style, bare))
				between.Reset()
			}
			between.WriteString(full[len(bare):] + gap)
		}
		p.end(line.String())
	}
}

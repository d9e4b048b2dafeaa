package report

import (
	"fmt"
	"strings"
)

// column of a grid: as wide as its widest cell, or with flex its share of what
// the others leave.
type column struct {
	head  string
	right bool
	flex  int
	width int
}

type cell struct {
	text  string
	style style
}

// grid is a table whose cells wrap inside their columns.
type grid struct {
	*table
	cols []column
	rows [][]cell
}

const gap = "  "

func (g *grid) write() {
	g.measure()
	head := make([]cell, len(g.cols))
	for i, c := range g.cols {
		head[i] = cell{c.head, dim}
	}
	g.row(head)
	for _, r := range g.rows {
		g.row(r)
	}
}

// measure sets the columns' widths. A flexible column never gets more than its
// widest cell needs; what it leaves goes to the next.
func (g *grid) measure() {
	left, shares := g.table.width-len(gap)*(len(g.cols)-1), 0
	for i := range g.cols {
		c := &g.cols[i]
		c.width = width(c.head)
		for _, r := range g.rows {
			c.width = max(c.width, width(clean(r[i].text)))
		}
		if c.flex == 0 {
			left -= c.width
		}
		shares += c.flex
	}
	g.share(left, shares)
}

// share gives the flexible columns their part of left, first to those that need
// less than their part.
func (g *grid) share(left, shares int) {
	settled := make([]bool, len(g.cols))
	for again := true; again; {
		again = false
		for i := range g.cols {
			c := &g.cols[i]
			if c.flex > 0 && !settled[i] && c.width <= left*c.flex/shares {
				settled[i], again = true, true
				left -= c.width
				shares -= c.flex
				break
			}
		}
	}
	for i := range g.cols {
		if c := &g.cols[i]; c.flex > 0 && !settled[i] {
			c.width = max(minWrap, left*c.flex/shares)
		}
	}
}

func (g *grid) row(cells []cell) {
	wrapped := make([][]string, len(cells))
	height := 1
	for i, c := range cells {
		wrapped[i] = []string{clean(c.text)}
		if g.cols[i].flex > 0 {
			wrapped[i] = wrap(c.text, g.cols[i].width)
		}
		height = max(height, len(wrapped[i]))
	}
	for n := range height {
		var b, blanks strings.Builder
		for i, c := range cells {
			text := ""
			if n < len(wrapped[i]) {
				text = wrapped[i][n]
			}
			full := pad(text, g.cols[i].width)
			if g.cols[i].right {
				full = padLeft(text, g.cols[i].width)
			}
			bare := strings.TrimRight(full, " ")
			if bare != "" {
				b.WriteString(blanks.String() + g.paint(c.style, bare))
				blanks.Reset()
			}
			blanks.WriteString(full[len(bare):] + gap)
		}
		_, _ = fmt.Fprintln(g.out, b.String())
	}
}

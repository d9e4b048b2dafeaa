package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// figures is what one run of a tool took.
type figures struct {
	wall, cpu   time.Duration // cpu: user and system, children included
	memory      int           // peak resident set of the largest process, in KiB
	connections int           // accepted by the servers
}

// median is the middle one of the values, of an even number the mean of the two in
// the middle; 0 for none.
func median[T ~int | ~int64](values []T) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// medians is the median of each figure by itself.
func medians(runs []figures) figures {
	return figures{
		wall:        median(column(runs, func(f figures) time.Duration { return f.wall })),
		cpu:         median(column(runs, func(f figures) time.Duration { return f.cpu })),
		memory:      median(column(runs, func(f figures) int { return f.memory })),
		connections: median(column(runs, func(f figures) int { return f.connections })),
	}
}

func column[T any](runs []figures, pick func(figures) T) []T {
	var list []T
	for _, f := range runs {
		list = append(list, pick(f))
	}
	return list
}

// spread is the shortest and the longest wall time.
func spread(runs []figures) string {
	walls := column(runs, func(f figures) time.Duration { return f.wall })
	if len(walls) == 0 {
		return "-"
	}
	return seconds(slices.Min(walls)) + "–" + seconds(slices.Max(walls))
}

func seconds(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%.3f", d.Seconds())
	}
	return fmt.Sprintf("%.2f", d.Seconds())
}

// times is a figure by the one it is compared with.
func times[T ~int | ~int64](figure, base T) string {
	if base <= 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f×", float64(figure)/float64(base))
}

// row is one tool in a table of figures.
type row struct {
	name string
	runs []figures
	said string // what it found, or why it was not run
}

// figuresTable compares every row with the first.
func figuresTable(rows []row) string {
	table := [][]string{{"tool", "wall s", "spread", "wall", "CPU s", "CPU", "connections", "memory MB", "said"}}
	var base figures
	for i, r := range rows {
		m := medians(r.runs)
		if i == 0 {
			base = m
		}
		if len(r.runs) == 0 {
			table = append(table, []string{r.name, "-", "-", "-", "-", "-", "-", "-", r.said})
			continue
		}
		table = append(table, []string{
			r.name, seconds(m.wall), spread(r.runs), times(m.wall, base.wall), seconds(m.cpu), times(m.cpu, base.cpu),
			fmt.Sprint(m.connections), fmt.Sprintf("%.0f", float64(m.memory)/1024), r.said,
		})
	}
	return markdown(table)
}

// markdown writes a table; the first line is its head.
func markdown(lines [][]string) string {
	var b strings.Builder
	for i, cells := range lines {
		for _, cell := range cells {
			b.WriteString("| " + strings.ReplaceAll(oneLine(cell), "|", `\|`) + " ")
		}
		b.WriteString("|\n")
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(cells)) + "|\n")
		}
	}
	return b.String()
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// aim is one figure that was promised.
type aim struct {
	what        string
	most, value float64
	unit        string
	missing     string // why there is no value; usually ""
}

func (a aim) line() []string {
	state := "met"
	switch {
	case a.missing != "":
		return []string{a.what, fmt.Sprintf("%.3g %s", a.most, a.unit), "-", a.missing}
	case a.value > a.most:
		state = "missed"
	}
	return []string{a.what, fmt.Sprintf("%.3g %s", a.most, a.unit), fmt.Sprintf("%.3g %s", a.value, a.unit), state}
}

func aimsTable(aims []aim) string {
	lines := [][]string{{"aim", "at most", "measured", ""}}
	for _, a := range aims {
		lines = append(lines, a.line())
	}
	return markdown(lines)
}

// judge says whether a tool named exactly the versions that a server has. What it
// calls unknown it does not name, and does not deny either.
func judge(truth, said string) string {
	has, open := named(said)
	want, _ := named(truth)
	switch missing := without(want, has); {
	case len(without(has, want)) > 0:
		return "wrong"
	case len(has) == 0 && len(open) == 0:
		return "nothing"
	case len(missing) == 0:
		return "true"
	case len(without(missing, open)) == 0:
		return "in part"
	}
	return "wrong"
}

// named lists the versions that a text names: "TLSv1.2", "TLS 1.2 yes". open are
// those of which it says that they are not known; one that it denies is left out.
func named(text string) (has, open []string) {
	for _, m := range regexp.MustCompile(`TLS ?v?(1(?:\.\d)?)\b( no| unknown)?`).FindAllStringSubmatch(text, -1) {
		v := m[1]
		if v == "1" { // testssl.sh
			v = "1.0"
		}
		switch m[2] {
		case "":
			has = append(has, v)
		case " unknown":
			open = append(open, v)
		}
	}
	return has, open
}

func without(list, x []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(x, s) })
}

package html

import (
	"fmt"
	"strings"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
)

// bar is one stacked bar of the judged hosts, 1000 units long.
type bar struct {
	Label    string
	Segments []segment
}

type segment struct {
	Verdict, Word string
	X, Width      string
}

const chartWidth = 1000

func (b *pageBuilder) bar(s document.Summary) bar {
	var made bar
	total := s.Fails + s.Unknown + s.Connects + s.Unreadable
	var words []string
	at := 0
	for _, part := range []htmlTile{{document.Fails, "", s.Fails}, {document.Unknown, "", s.Unknown}, {document.Unreadable, "", s.Unreadable}, {document.Connects, "", s.Connects}} {
		if part.N == 0 {
			continue
		}
		word := b.w.T("html.segment", message.Str("verdict", b.w.Code("verdict", part.Verdict)), message.Int("n", part.N))
		words = append(words, word)
		made.Segments = append(made.Segments, segment{part.Verdict, word, units(at, total), units(part.N, total)})
		at += part.N
	}
	made.Label = b.w.List(words)
	return made
}

func units(n, total int) string { return fmt.Sprintf("%.2f", float64(n)*chartWidth/float64(total)) }

// timeline shows when the services' days are relative to today, one lane each.
type timeline struct {
	Label                      string
	Height, Floor, Base, Today int
	TodayText, TodayAnchor     string
	Ticks                      []tick
	Marks                      []deadline
}

type tick struct {
	X    int
	Text string
}

type deadline struct {
	X, Y, TextX, TextY  int
	Class, Anchor, Text string
}

const (
	laneHeight = 26
	laneTop    = 40
	edge       = 60 // room at both ends, so that labels stay inside
)

func (b *pageBuilder) timeline(c *document.Check) timeline {
	var made timeline
	today, err := time.Parse(time.DateOnly, c.Today)
	if err != nil {
		return made
	}
	scale := newScale(today, c)
	var words []string
	for _, s := range view.ByUrgency(c.Services) {
		day, err := time.Parse(time.DateOnly, s.From)
		if err != nil || !view.Dated(s) {
			continue
		}
		m := b.mark(s, scale.x(day), laneTop+laneHeight*len(made.Marks))
		words = append(words, m.Text)
		made.Marks = append(made.Marks, m)
	}
	made.Floor = laneTop + laneHeight*len(made.Marks) - laneHeight/2
	made.Base, made.Height = made.Floor+14, made.Floor+20
	made.Today, made.TodayText = scale.x(today), b.w.T("html.today", message.Str("date", c.Today))
	made.TodayAnchor = anchor(made.Today)
	made.Ticks = scale.ticks()
	made.Label = strings.Join(words, "; ")
	return made
}

func (b *pageBuilder) mark(s *document.Service, x, y int) deadline {
	m := deadline{X: x, Y: y, TextY: y - 8, TextX: x + 10, Anchor: "start", Class: "mark", Text: s.From + " " + b.w.ServiceName(s)}
	if days := b.w.Days(s); days != "" {
		m.Text += " (" + days + ")"
	}
	if x > chartWidth/2 {
		m.TextX, m.Anchor = x-10, "end"
	}
	if s.DaysLeft != nil && *s.DaysLeft <= 0 {
		m.Class = "f-fails"
	}
	return m
}

// anchor keeps a label inside the chart.
func anchor(x int) string {
	switch {
	case x < 2*edge:
		return "start"
	case x > chartWidth-2*edge:
		return "end"
	}
	return "middle"
}

// scale maps days to chart units.
type scale struct{ from, to time.Time }

func newScale(today time.Time, c *document.Check) scale {
	s := scale{today, today}
	for i := range c.Services {
		day, err := time.Parse(time.DateOnly, c.Services[i].From)
		if err != nil || !view.Dated(&c.Services[i]) {
			continue
		}
		if day.Before(s.from) {
			s.from = day
		}
		if day.After(s.to) {
			s.to = day
		}
	}
	const least = 60 * 24 * time.Hour // a chart of one day would have no ticks
	if s.to.Sub(s.from) < least {
		s.to = s.from.Add(least)
	}
	return s
}

func (s scale) x(day time.Time) int {
	return edge + int(float64(chartWidth-2*edge)*float64(day.Sub(s.from))/float64(s.to.Sub(s.from)))
}

// ticks are the first days of months, as many as fit.
func (s scale) ticks() []tick {
	const most = 10
	months := int(s.to.Sub(s.from)/(30*24*time.Hour)) + 1
	step := 1
	for _, step = range []int{1, 2, 3, 6, 12, 24, 60, 120, 1200} {
		if months/step <= most {
			break
		}
	}
	var list []tick
	for day := time.Date(s.from.Year(), 1, 1, 0, 0, 0, 0, time.UTC); !day.After(s.to); day = day.AddDate(0, step, 0) {
		if day.Before(s.from) {
			continue
		}
		text := day.Format("2006-01")
		if step >= 12 {
			text = day.Format("2006")
		}
		list = append(list, tick{s.x(day), text})
	}
	return list
}

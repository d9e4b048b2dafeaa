package clients

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/message"
)

// gapHours is how long nothing has to be seen for it to be named a gap. Nights are
// shorter; of a longer silence nobody can say whether nobody came or nothing was written
// down.
const gapHours = 24

// maxGaps bounds the gaps that are listed; the longest are.
const maxGaps = 20

// coverage says what could have been seen, and what could not.
func (s *Sum) coverage() document.WatchCoverage {
	c := document.WatchCoverage{Gaps: []document.WatchGap{}, Sources: []document.WatchSource{}}
	if s.lost.connections > 0 {
		c.Overflow = append(c.Overflow, message.New("clients.overflow", message.Int("n", s.lost.connections), message.Int("old", s.lost.old)))
	}
	if s.known.lost > 0 {
		c.Overflow = append(c.Overflow, message.New("clients.overflow-servers", message.Int("n", s.known.lost)))
	}
	if s.first.IsZero() {
		c.Note = message.New("clients.coverage.timeless")
		return c
	}
	c.From, c.To = s.first.UTC(), s.last.UTC()
	c.Days = int(dayOf(s.last)-dayOf(s.first)) + 1
	c.Gaps = gaps(slices.Sorted(maps.Keys(s.hours)))
	c.Note = seldom(s.last.Sub(s.first))
	return c
}

// gaps are the longest silences between hours in which something came, in their order.
func gaps(hours []int32) []document.WatchGap {
	list := []document.WatchGap{}
	for i := 1; i < len(hours); i++ {
		if hours[i]-hours[i-1] > gapHours {
			list = append(list, document.WatchGap{From: hourTime(hours[i-1] + 1), To: hourTime(hours[i])})
		}
	}
	if len(list) > maxGaps {
		slices.SortStableFunc(list, func(a, b document.WatchGap) int { return cmp.Compare(b.To.Sub(b.From), a.To.Sub(a.From)) })
		list = list[:maxGaps]
		slices.SortFunc(list, func(a, b document.WatchGap) int { return a.From.Compare(b.From) })
	}
	return list
}

func hourTime(hour int32) time.Time { return time.Unix(int64(hour)*3600, 0).UTC() }

// seldom is the sentence on the clients that cannot have been seen because they come more
// seldom than that.
func seldom(span time.Duration) message.Text {
	const day = 24 * time.Hour
	for _, one := range []struct {
		span time.Duration
		id   string
	}{{day, "daily"}, {7 * day, "weekly"}, {31 * day, "monthly"}, {92 * day, "quarterly"}, {366 * day, "yearly"}} {
		if span < one.span {
			return message.New("clients.coverage." + one.id)
		}
	}
	return message.Text{}
}

package gate

import (
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"tlsready/internal/message"
	"tlsready/internal/service"
)

// stages reads a list of stages and puts them into the order of their beginnings.
func (b *builder) stages(n *yaml.Node, out *[]Stage) error {
	err := list(n, maxStages, func(n *yaml.Node) error {
		s, err := b.stage(n)
		if err != nil {
			return err
		}
		for _, other := range *out {
			if other.From.Equal(s.From) {
				return problem(resolved(n), "overlap", message.Int("line", other.Line)).Hinted("gate.hint.overlap")
			}
		}
		*out = append(*out, s)
		return nil
	})
	slices.SortStableFunc(*out, func(x, y Stage) int { return x.From.Compare(y.From) })
	return err
}

func (b *builder) stage(n *yaml.Node) (Stage, error) {
	s := Stage{Line: resolved(n).Line}
	has := map[string]*yaml.Node{}
	note := func(key string, read func(*yaml.Node) error) func(*yaml.Node) error {
		return func(n *yaml.Node) error {
			has[key] = resolved(n)
			return read(n)
		}
	}
	err := object(n, fields{
		"from":     parsed(&s.From, b.moment),
		"to":       parsed(&s.To, b.moment),
		"mode":     oneOf(&s.Mode, Modes()...),
		"percent":  note("percent", whole(&s.Percent, 1, 100)),
		"windows":  note("windows", func(n *yaml.Node) error { return windows(n, &s.Windows) }),
		"scatter":  note("scatter", truth(&s.Scatter)),
		"upstream": note("upstream", parsed(&s.Upstream, endpoint)),
	})
	if err != nil {
		return s, err
	}
	return s, s.check(resolved(n), has)
}

// check says what is wrong with a stage beyond its single values; has are the places of the
// keys that belong to one mode alone.
func (s *Stage) check(n *yaml.Node, has map[string]*yaml.Node) error {
	switch {
	case s.From.IsZero():
		return problem(n, "missing", message.Str("key", "from"))
	case s.Mode == "":
		return problem(n, "missing", message.Str("key", "mode"))
	case !s.To.IsZero() && !s.To.After(s.From):
		return problem(n, "to-before-from").Hinted("gate.hint.to")
	case s.Mode == Divert && s.Upstream == "":
		return problem(n, "missing", message.Str("key", "upstream")).Hinted("gate.hint.divert")
	case s.Scatter && len(s.Windows) == 0:
		return problem(has["scatter"], "scatter")
	}
	owner := map[string]Mode{"percent": Brownout, "windows": Brownout, "scatter": Brownout, "upstream": Divert}
	for _, key := range sorted(has) {
		if s.Mode != owner[key] {
			return problem(has[key], "not-of-mode", message.Str("key", key), message.Str("mode", string(owner[key])))
		}
	}
	if s.Mode == Brownout && s.Percent == 0 {
		s.Percent = 100
	}
	return nil
}

func windows(n *yaml.Node, out *[]Window) error {
	return list(n, maxWindows, func(n *yaml.Node) error {
		var w Window
		err := parsed(&w, ParseWindow)(n)
		*out = append(*out, w)
		return err
	})
}

// The years of a plan: before them there was no TLS 1.0, and nobody plans beyond them.
const (
	firstYear = 1999
	lastYear  = 2199
)

// moment reads a day, at whose midnight it lies, or a day with a time: 2026-12-01T09:00. A
// time that the clock on the wall leaves out, when it is put forward, is the first one after
// it; of two that it shows, when it is put back, it is the first.
func (b *builder) moment(s string) (time.Time, error) {
	for _, form := range []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if wall, err := time.Parse(form, s); err == nil {
			return b.inYears(s, onWall(wall, b.location()))
		}
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(form, s); err == nil {
			return b.inYears(s, t.UTC())
		}
	}
	return time.Time{}, message.Error("gate.config.moment", message.Quote("text", s)).Hinted("gate.hint.moment")
}

func (b *builder) inYears(s string, t time.Time) (time.Time, error) {
	if t.Year() < firstYear || t.Year() > lastYear {
		return t, message.Error("gate.config.year", message.Quote("text", s), message.Int("first", firstYear), message.Int("last", lastYear))
	}
	return t, nil
}

// onWall is the first moment at which the clock on the wall of a time zone shows the time
// that wall has in UTC, or the first one after it that it does show.
func onWall(wall time.Time, zone *time.Location) time.Time {
	shows := func(t time.Time) time.Time {
		_, offset := t.In(zone).Zone()
		return t.Add(time.Duration(offset) * time.Second)
	}
	// No offset is more than a day, so that the clock is surely put on or back after before.
	before, after := wall.Add(-24*time.Hour).In(zone), wall.Add(24*time.Hour).In(zone)
	for _, near := range []time.Time{before, after} {
		_, offset := near.Zone()
		if t := wall.Add(-time.Duration(offset) * time.Second); shows(t).Equal(wall) {
			return t.UTC()
		}
	}
	_, end := before.ZoneBounds()
	return end.UTC()
}

func day(s string) (service.Date, error) {
	d, err := service.ParseDate(s)
	if err == nil && (d.Year() < firstYear || d.Year() > lastYear) {
		err = message.Error("gate.config.year", message.Quote("text", s), message.Int("first", firstYear), message.Int("last", lastYear))
	}
	return d, err
}

// endOf is the end of a day; zero for no day.
func (b *builder) endOf(d service.Date) time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return onWall(d.AddDate(0, 0, 1), b.location())
}

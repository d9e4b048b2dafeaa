package gate

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"

	"tlsready/internal/message"
)

// MaxHolidays bounds a file of holidays: a calendar of a century has some hundred KiB.
const MaxHolidays = 4 << 20

// Holiday is a day on which nobody works.
type Holiday struct {
	Day  string // yyyy-mm-dd
	Name string // may be ""
}

// ParseHolidays reads a list of holidays: a calendar (.ics), or lines that begin with a day
// (2026-11-23, 2026/11/23 or 20261123), with a name after a comma or a blank. That covers
// the file that Japan's Cabinet Office publishes, which is in Shift_JIS. Blank lines, those
// that begin with #, and a first line of headings are passed over; any other line is an
// error.
func ParseHolidays(data []byte) ([]Holiday, error) {
	if !utf8.Valid(data) {
		decoded, err := japanese.ShiftJIS.NewDecoder().Bytes(data)
		if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
			return nil, message.Error("gate.holidays.encoding")
		}
		data = decoded
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	if strings.HasPrefix(strings.ToUpper(text), "BEGIN:VCALENDAR") {
		return calendarDays(text)
	}
	var list []Holiday
	for n, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		h, ok := holidayLine(line)
		switch {
		case ok:
			list = append(list, h)
		case len(list) > 0 || n > 0:
			return nil, message.OnLine(n+1, message.Error("gate.holidays.line", message.Quote("text", line)).Hinted("gate.hint.holidays"))
		}
	}
	return list, nil
}

var holidayForm = regexp.MustCompile(`^(\d{4})[-/]?(\d{1,2})[-/]?(\d{1,2})(?:[\s,;]+(.*))?$`)

func holidayLine(line string) (Holiday, bool) {
	m := holidayForm.FindStringSubmatch(line)
	if m == nil {
		return Holiday{}, false
	}
	day, err := time.Parse("2006-1-2", m[1]+"-"+m[2]+"-"+m[3])
	return Holiday{Day: day.Format(time.DateOnly), Name: strings.Trim(m[4], `"`)}, err == nil
}

// calendarDays reads the events of a calendar (RFC 5545): those of whole days, with each day
// up to their end.
func calendarDays(text string) ([]Holiday, error) {
	text = strings.NewReplacer("\n ", "", "\n\t", "").Replace(text) // unfolds long lines
	var list []Holiday
	var from, to time.Time
	name := ""
	for n, line := range strings.Split(text, "\n") {
		key, value, _ := strings.Cut(line, ":")
		key, _, _ = strings.Cut(strings.ToUpper(key), ";")
		switch key {
		case "BEGIN":
			from, to, name = time.Time{}, time.Time{}, ""
		case "SUMMARY":
			name = strings.NewReplacer(`\,`, ",", `\;`, ";", `\n`, " ", `\\`, `\`).Replace(value)
		case "DTSTART", "DTEND":
			day, err := time.Parse("20060102", value[:min(8, len(value))])
			if err != nil {
				return nil, message.OnLine(n+1, message.Error("gate.holidays.line", message.Quote("text", line)))
			}
			if key == "DTEND" {
				to = day
			} else {
				from = day
			}
		case "END":
			for d := from; !from.IsZero() && (d.Equal(from) || d.Before(to)) && d.Before(from.AddDate(0, 0, 60)); d = d.AddDate(0, 0, 1) {
				list = append(list, Holiday{Day: d.Format(time.DateOnly), Name: name})
			}
			from = time.Time{}
		}
	}
	return list, nil
}

// holiday finds a day among the holidays.
func (k Checking) holiday(day string) (Holiday, bool) {
	i := slices.IndexFunc(k.Holidays, func(h Holiday) bool { return h.Day == day })
	if i < 0 {
		return Holiday{}, false
	}
	return k.Holidays[i], true
}

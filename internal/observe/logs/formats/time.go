package formats

import (
	"bytes"
	"strconv"
	"time"
)

// zone is what times are read in that are written without one.
type zone struct {
	location *time.Location
	assumed  bool // the last time was such a one
}

// of is the location of a time, stated or not.
func (z *zone) of(stated *time.Location) *time.Location {
	if z.assumed = stated == nil; z.assumed {
		return z.location
	}
	return stated
}

// utc is for formats whose times are in UTC wherever they were written.
func utc() *zone { return &zone{location: time.UTC} }

// when takes a time as RFC 3339 writes it, with what the formats change about it: a
// space for the T, no colon in the zone, no zone at all. The formats that use it then
// mean UTC.
func when(d *draft, v []byte) bool {
	z := zone{location: time.UTC}
	t, rest, ok := isoTime(v, &z)
	d.c.Time, d.zone.assumed = t, false
	return ok && len(rest) == 0
}

// whenCLF takes the time of the Common Log Format, 28/Nov/2026:10:00:00 +0900, with or
// without its brackets, a fraction, and a zone.
func whenCLF(d *draft, v []byte) bool {
	v = bytes.TrimSuffix(bytes.TrimPrefix(v, []byte{'['}), []byte{']'})
	t, ok := clfTime(v, &d.zone)
	d.c.Time = t
	return ok
}

// whenUnix takes seconds since 1970 with a fraction.
func whenUnix(d *draft, v []byte) bool {
	whole, fraction, _ := bytes.Cut(v, []byte{'.'})
	s, err := strconv.ParseInt(string(whole), 10, 64)
	if err != nil || s < 0 || s > maxUnix {
		return false
	}
	ns, ok := nanoseconds(fraction)
	d.c.Time = time.Unix(s, ns).UTC()
	return ok
}

// maxUnix is the end of the year 9999.
const maxUnix = 253402300799

// onDate and atClock take date and time of day of formats that have them apart, in UTC.
func onDate(d *draft, v []byte) bool {
	year, month, day, ok := isoDate(v)
	d.date = time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return ok && len(v) == len("2026-11-28")
}

func atClock(d *draft, v []byte) bool {
	h, m, s, ok := clockOf(v)
	if !ok {
		return false
	}
	d.clock = time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second
	rest := v[len("10:00:00"):]
	if len(rest) == 0 {
		return true
	}
	ns, ok := nanoseconds(rest[1:])
	d.clock += time.Duration(ns)
	return ok && rest[0] == '.'
}

// digits reads n decimal digits at the beginning of v.
func digits(v []byte, n int) (int, bool) {
	if len(v) < n {
		return 0, false
	}
	sum := 0
	for _, b := range v[:n] {
		if b-'0' > 9 {
			return 0, false
		}
		sum = sum*10 + int(b-'0')
	}
	return sum, true
}

func isoDate(v []byte) (year, month, day int, ok bool) {
	if len(v) < len("2026-11-28") || v[4] != v[7] || v[4] != '-' && v[4] != '/' {
		return 0, 0, 0, false
	}
	year, ok1 := digits(v, 4)
	month, ok2 := digits(v[5:], 2)
	day, ok3 := digits(v[8:], 2)
	return year, month, day, ok1 && ok2 && ok3 && month >= 1 && month <= 12 && day >= 1 && day <= 31
}

func clockOf(v []byte) (h, m, s int, ok bool) {
	if len(v) < len("10:00:00") || v[2] != ':' || v[5] != ':' {
		return 0, 0, 0, false
	}
	h, ok1 := digits(v, 2)
	m, ok2 := digits(v[3:], 2)
	s, ok3 := digits(v[6:], 2)
	return h, m, s, ok1 && ok2 && ok3 && h < 24 && m < 60 && s <= 60
}

// isoTime reads a time at the beginning of v and gives what follows it.
func isoTime(v []byte, z *zone) (t time.Time, rest []byte, ok bool) {
	year, month, day, ok := isoDate(v)
	if !ok || len(v) < len("2026-11-28T10:00:00") || v[10] != 'T' && v[10] != ' ' && v[10] != '_' {
		return t, v, false
	}
	h, m, s, ok := clockOf(v[11:])
	if !ok {
		return t, v, false
	}
	rest = v[19:]
	var ns int64
	if len(rest) > 0 && (rest[0] == '.' || rest[0] == ',') {
		n := 1
		for n < len(rest) && rest[n]-'0' <= 9 {
			n++
		}
		if ns, ok = nanoseconds(rest[1:n]); !ok {
			return t, v, false
		}
		rest = rest[n:]
	}
	stated, rest := zoneOf(rest)
	return time.Date(year, time.Month(month), day, h, m, s, int(ns), z.of(stated)).UTC(), rest, true
}

// zoneOf reads Z, +09:00, +0900 or nothing, which is nil.
func zoneOf(v []byte) (*time.Location, []byte) {
	if len(v) == 0 {
		return nil, v
	}
	if v[0] == 'Z' {
		return time.UTC, v[1:]
	}
	if v[0] != '+' && v[0] != '-' || len(v) < len("+0900") {
		return nil, v
	}
	hours, ok1 := digits(v[1:], 2)
	rest := v[3:]
	if rest[0] == ':' {
		rest = rest[1:]
	}
	minutes, ok2 := digits(rest, 2)
	if !ok1 || !ok2 {
		return nil, v
	}
	offset := hours*3600 + minutes*60
	if v[0] == '-' {
		offset = -offset
	}
	if offset == 0 {
		return time.UTC, rest[2:]
	}
	return time.FixedZone("", offset), rest[2:]
}

func nanoseconds(fraction []byte) (int64, bool) {
	var ns int64
	for i := range 9 {
		ns *= 10
		if i < len(fraction) {
			if fraction[i]-'0' > 9 {
				return 0, false
			}
			ns += int64(fraction[i] - '0')
		}
	}
	return ns, true
}

// clfTime reads 28/Nov/2026:10:00:00.123 +0900; servers write the month in English
// whatever their language.
func clfTime(v []byte, z *zone) (time.Time, bool) {
	if len(v) < len("28/Nov/2026:10:00:00") || v[2] != '/' || v[6] != '/' || v[11] != ':' {
		return time.Time{}, false
	}
	day, ok1 := digits(v, 2)
	month := monthOf(v[3:6])
	year, ok2 := digits(v[7:], 4)
	h, m, s, ok3 := clockOf(v[12:])
	if !ok1 || !ok2 || !ok3 || month == 0 || day < 1 || day > 31 {
		return time.Time{}, false
	}
	rest := v[20:]
	var ns int64
	if len(rest) > 0 && rest[0] == '.' {
		fraction, after, _ := bytes.Cut(rest[1:], []byte{' '})
		ns, _ = nanoseconds(fraction)
		rest = after
	}
	stated, rest := zoneOf(bytes.TrimLeft(rest, " "))
	return time.Date(year, month, day, h, m, s, int(ns), z.of(stated)).UTC(), len(rest) == 0
}

// monthOf reads the three letters of an English month; 0 if they are none.
func monthOf(v []byte) time.Month {
	const names = "JanFebMarAprMayJunJulAugSepOctNovDec"
	for i := 0; i < len(names); i += 3 {
		if string(v[:3]) == names[i:i+3] {
			return time.Month(i/3 + 1)
		}
	}
	return 0
}

// stampTime reads the time of RFC 3164 section 4.1.2, "Nov  8 10:00:00", which has
// neither year nor zone: the year is that of now, or the one before if the time would
// lie more than a day ahead.
func stampTime(v []byte, z *zone, now time.Time) (t time.Time, rest []byte, ok bool) {
	if len(v) < len("Nov  8 10:00:00") || v[3] != ' ' || v[6] != ' ' {
		return t, v, false
	}
	month := monthOf(v)
	day, ok := digits(bytes.TrimLeft(v[4:6], " "), len(bytes.TrimLeft(v[4:6], " ")))
	h, m, s, okClock := clockOf(v[7:])
	if month == 0 || !ok || !okClock || day < 1 || day > 31 {
		return t, v, false
	}
	location := z.of(nil)
	year := now.In(location).Year()
	t = time.Date(year, month, day, h, m, s, 0, location)
	if t.After(now.AddDate(0, 0, 1)) {
		t = time.Date(year-1, month, day, h, m, s, 0, location)
	}
	return t.UTC(), v[15:], true
}

// portalTime reads 11/28/2026, 10:00:00.123 PM, as the portals of Microsoft write times
// in CSV, in UTC.
func portalTime(v []byte) (time.Time, bool) {
	for _, layout := range []string{"1/2/2006, 3:04:05.999 PM", "1/2/2006 3:04:05 PM"} {
		if t, err := time.Parse(layout, string(v)); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

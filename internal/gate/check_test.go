package gate

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"

	"tlsready/internal/document"
	"tlsready/internal/service"
)

func check(t *testing.T, rest, today string, holidays ...Holiday) *document.GateCheck {
	t.Helper()
	day, err := service.ParseDate(today)
	if err != nil {
		t.Fatal(err)
	}
	return Checking{Name: "gate.yaml", Today: day, Holidays: holidays}.Check(read(t, rest))
}

// Proves which warnings a plan brings, and that a sound one brings none.
func TestWarnings(t *testing.T) {
	whole := func(date string) string {
		return "timezone: Asia/Tokyo\nstages: [{from: 2026-10-01, mode: observe}, {from: " + date + ", mode: enforce}]\n"
	}
	for _, c := range []struct{ name, rest, today, want string }{
		{"sound", whole("2026-12-01T09:00"), "2026-09-01", ""},
		{"Friday", whole("2026-12-04"), "2026-09-01", "friday"},
		{"month's end", whole("2026-11-30"), "2026-09-01", "month-end"},
		{"the last day of February in a leap year", whole("2028-02-29"), "2026-09-01", "month-end"},
		{"holiday", whole("2026-11-23"), "2026-09-01", "holiday"},
		{"a Friday, a month's end", whole("2027-12-31"), "2026-09-01", "friday month-end"},
		{"past", whole("2026-11-24"), "2026-12-01", "past"},
		{"no stages", "", "2026-12-01", "no-stages"},
		{"never enforced", "stages: [{from: 2026-10-01, mode: flag}]\n", "2026-09-01", "no-enforce"},
		{"enforced for a time", "stages: [{from: 2026-10-01, to: 2026-10-05, mode: enforce}]\n", "2026-09-01", "no-enforce"},
		{"loosened", "stages: [{from: 2026-10-01, mode: enforce}, {from: 2026-10-06, to: 2026-10-07, mode: flag}]\n", "2026-09-01", "loosens"},
		{"loosened by a gap", "stages: [{from: 2026-10-01, to: 2026-10-05, mode: enforce}, {from: 2026-10-06, mode: enforce}]\n", "2026-09-01", "loosens"},
		{"overlap", "stages: [{from: 2026-10-01, to: 2026-10-05, mode: observe}, {from: 2026-10-03, to: 2026-10-10, mode: flag}, {from: 2026-11-02, mode: enforce}]\n", "2026-09-01", "overlap"},
		{"inside another", "stages: [{from: 2026-10-01, to: 2026-10-20, mode: observe}, {from: 2026-10-03, to: 2026-10-10, mode: flag}, {from: 2026-11-02, mode: enforce}]\n", "2026-09-01", ""},
		{"no window", "stages: [{from: 2026-11-21, to: 2026-11-23, mode: brownout, windows: ['mon-fri 10:00-11:00']}, {from: 2026-12-01, mode: enforce}]\n", "2026-09-01", "no-window"},
		{"a window on a holiday", "stages: [{from: 2026-11-23, to: 2026-11-24, mode: brownout, windows: ['10:00-11:00', '14:00-15:00']}, {from: 2026-12-01, mode: enforce}]\n", "2026-09-01", "holiday-window"},
		{"windows that have passed", "stages: [{from: 2026-11-16, to: 2026-11-18, mode: brownout, windows: ['10:00-11:00']}, {from: 2026-12-01, mode: enforce}]\n", "2026-11-20", "past-windows"},
		{"put back within a window", "timezone: Europe/Berlin\nstages: [{from: 2026-10-24, to: 2026-10-27, mode: brownout, windows: ['02:00-02:30']}, {from: 2026-12-01, mode: enforce}]\n", "2026-09-01", "clock"},
		{"put forward within a window", "timezone: Europe/Berlin\nstages: [{from: 2027-03-27, to: 2027-03-30, mode: brownout, windows: ['02:15-02:30']}, {from: 2027-04-01, mode: enforce}]\n", "2026-09-01", "clock"},
		{"put back outside of windows", "timezone: Europe/Berlin\nstages: [{from: 2026-10-24, to: 2026-10-27, mode: brownout, windows: ['03:00-03:30']}, {from: 2026-12-01, mode: enforce}]\n", "2026-09-01", ""},
		{"exemption that has ended", whole("2026-12-01") + "exemptions: [{cidr: 10.0.0.0/8, until: 2026-08-31}]\n", "2026-09-01", "exemption-past"},
		{"exemption that ends too early", whole("2026-12-01") + "exemptions: [{cidr: 10.0.0.0/8, until: 2026-11-30}]\n", "2026-09-01", "exemption-early"},
		{"exemption on its last day", whole("2026-12-01") + "exemptions: [{cidr: 10.0.0.0/8, until: 2026-12-01}]\n", "2026-09-01", ""},
	} {
		doc := check(t, c.rest, c.today, Holiday{"2026-11-23", "Labour Thanksgiving Day"})
		var codes []string
		for _, w := range doc.Warnings {
			codes = append(codes, w.Code)
		}
		if got := strings.Join(codes, " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Proves that days are joined only where they are alike, and that the last one goes on.
func TestDays(t *testing.T) {
	doc := check(t, `timezone: Asia/Tokyo
stages:
  - {from: 2026-11-01, mode: flag}
  - {from: 2026-11-16, to: 2026-11-19, mode: brownout, percent: 25, windows: ["tue 22:00-02:00"]}
  - {from: 2026-12-01T09:00, mode: enforce}
routes: [{sni: "*.test.example.com", upstream: "a:1", minimum: TLS 1.3, stages: []}, {sni: www.example.com, upstream: "b:1"}]
`, "2026-10-30")
	var lines []string
	for _, d := range doc.Plans[0].Days {
		line := d.From + " " + d.To
		for _, s := range d.Spans {
			line += " " + s.From + "-" + s.To + " " + s.Mode
			if s.Rejecting {
				line += "!"
			}
		}
		lines = append(lines, line)
	}
	want := []string{
		"2026-10-30 2026-10-31 00:00-24:00 observe",
		"2026-11-01 2026-11-15 00:00-24:00 flag",
		"2026-11-16 2026-11-16 00:00-24:00 brownout",
		"2026-11-17 2026-11-17 00:00-22:00 brownout 22:00-24:00 brownout!",
		"2026-11-18 2026-11-18 00:00-02:00 brownout! 02:00-24:00 brownout",
		"2026-11-19 2026-11-30 00:00-24:00 flag",
		"2026-12-01 2026-12-01 00:00-09:00 flag 09:00-24:00 enforce!",
		"2026-12-02  00:00-24:00 enforce!",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	if len(doc.Plans) != 2 || doc.Plans[1].Route != "*.test.example.com" || doc.Plans[1].Minimum != "TLS 1.3" || doc.Plans[0].Days[3].Spans[1].Percent != 25 {
		t.Errorf("%+v", doc.Plans)
	}
	endless := check(t, "stages: [{from: 2026-11-16, mode: brownout, windows: ['mon 10:00-11:00']}]\n", "2026-11-16")
	if !endless.Plans[0].Cut || endless.Plans[0].Days[len(endless.Plans[0].Days)-1].To == "" {
		t.Errorf("%+v", endless.Plans[0].Days)
	}
}

// Proves that holidays are read from lists, from Japan's official file in Shift_JIS, and from
// calendars, and that nonsense is named with its line.
func TestHolidays(t *testing.T) {
	official, err := japanese.ShiftJIS.NewEncoder().String("国民の祝日・休日月日,国民の祝日・休日名称\r\n2026/1/1,元日\r\n2026/11/23,勤労感謝の日\r\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, want string }{
		"list":            {"# ours\n2026-11-23 Labour Thanksgiving Day\n\n2026-12-31\n", "2026-11-23 Labour Thanksgiving Day|2026-12-31 "},
		"Cabinet Office":  {official, "2026-01-01 元日|2026-11-23 勤労感謝の日"},
		"headings":        {"\ufeffDate;Name\n20261225;Christmas\n", "2026-12-25 Christmas"},
		"calendar":        {"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Year's\r\n  end\\, ours\r\nDTSTART;VALUE=DATE:20261229\r\nDTEND;VALUE=DATE:20270101\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART:20260101T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "2026-12-29 Year's end, ours|2026-12-30 Year's end, ours|2026-12-31 Year's end, ours|2026-01-01 "},
		"empty":           {"", ""},
		"nonsense":        {"2026-11-23\nnext Monday\n", "line 2"},
		"no such day":     {"2026-11-23\n2026-02-30 x\n", "line 2"},
		"broken calendar": {"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:2026\nEND:VEVENT\n", "line 3"},
		"neither text":    {"2026-01-01,\x80\xff\xff\n", "neither"},
	} {
		list, err := ParseHolidays([]byte(c.text))
		var words []string
		for _, h := range list {
			words = append(words, h.Day+" "+h.Name)
		}
		got := strings.Join(words, "|")
		if err != nil {
			if got = err.Error(); !strings.Contains(got, c.want) || c.want == "" {
				t.Errorf("%s: %s, want %s", name, got, c.want)
			}
		} else if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

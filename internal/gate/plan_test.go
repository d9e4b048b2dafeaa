package gate

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/testkit/golden"
)

func draftOf(t *testing.T, like, on string) *Draft {
	t.Helper()
	day, err := service.ParseDate(on)
	if err != nil {
		t.Fatal(err)
	}
	d := &Draft{Like: like, On: day, Listen: "0.0.0.0:443", Upstream: "192.0.2.10:443", Minimum: tlsready.TLS12, Zone: "Asia/Tokyo"}
	switch like {
	case Careful:
		d.Sandbox = NamedRoute{"sandbox.example.com", "192.0.2.13:443"}
		d.New = NamedRoute{"*.new.example.com", "[2001:db8::1]:443"}
		d.Legacy = NamedRoute{"legacy.example.com", "192.0.2.15:443"}
	case Ramp:
		d.Divert = "192.0.2.20:443"
	}
	return d
}

// Proves what the plans are, in both languages: the file, the brownouts as they are
// announced, and the calendar.
func TestPlans(t *testing.T) {
	for _, like := range Plans() {
		for _, lang := range message.Languages() {
			words := message.For(lang)
			text, err := draftOf(t, like, "2027-06-01").YAML(words)
			if err != nil {
				t.Fatal(err)
			}
			golden.Equal(t, filepath.Join("testdata", like+"-"+lang+".yaml"), text)
			c, err := reading().Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			today := service.Date{Time: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}
			if doc := (Checking{Name: "gate.yaml", Today: today}).Check(c); len(doc.Warnings) > 0 {
				t.Errorf("%s: %v", like, doc.Warnings)
			}
			golden.Equal(t, filepath.Join("testdata", like+"-"+lang+".txt"), []byte(announced(t, c, words, today)))
		}
	}
}

// announced is what a plan tells others, as text.
func announced(t *testing.T, c *Config, words *message.Catalog, today service.Date) string {
	t.Helper()
	var b strings.Builder
	p, ok, err := Notice{Name: "Our API", Endpoint: "api.example.com:443", Contact: "help@example.com", Today: today}.Profile(c, words)
	if err != nil || !ok {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "from %s: %v, test at %q, note %q\n", p.Last().From, p.Last().Acceptance().Versions.List(), p.TestEndpoint, p.Note[words.Lang()])
	for _, out := range p.Brownouts {
		fmt.Fprintf(&b, "brownout %s %s\n", out.On, out.Hours)
	}
	for _, item := range c.Feed(words, today).Items {
		fmt.Fprintf(&b, "event %s %s: %s\n", item.ID, item.Title, item.Text)
		if !item.From.IsZero() {
			fmt.Fprintf(&b, "      %s to %s\n", item.From.Format(time.RFC3339), item.To.Format(time.RFC3339))
		}
	}
	return b.String()
}

// Proves that a plan is refused that asks for what it does not have.
func TestPlanRefuses(t *testing.T) {
	for want, change := range map[string]func(*Draft){
		"is no plan":        func(d *Draft) { d.Like = "slow" },
		"--sandbox has no":  func(d *Draft) { d.Sandbox.Name = "a.example.com" },
		"--new has no":      func(d *Draft) { d.New.Name = "a.example.com" },
		"--legacy has no":   func(d *Draft) { d.Legacy.Name = "a.example.com" },
		"--divert has no":   func(d *Draft) { d.Divert = "a:1" },
		"not between the y": func(d *Draft) { d.On.Time = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		d := draftOf(t, Quick, "2027-06-01")
		change(d)
		if _, err := d.YAML(message.For("en")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	for text, ok := range map[string]bool{
		"sandbox.example.com=192.0.2.13:443": true, "a.example.com": false, "=b:1": false, "a.example.com=": false, "a b=c:1": false, "a.example.com=c:99999": false,
	} {
		if _, err := ParseNamedRoute(text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Proves over the days of four years, two zones with daylight saving among them, that each
// plan shuts old clients out at the midnight that begins its day, and never before for
// longer than a day.
func TestPlansOverYears(t *testing.T) {
	words := message.For("en")
	for _, zone := range []string{"Asia/Tokyo", "Europe/Berlin", "America/New_York"} {
		for day := 0; day < 4*366; day += 61 {
			for _, like := range Plans() {
				d := draftOf(t, like, "2027-01-01")
				d.On.Time, d.Zone, d.Divert = d.On.AddDate(0, 0, day), zone, ""
				text, err := d.YAML(words)
				if err != nil {
					t.Fatal(err)
				}
				c, err := reading().Parse(text)
				if err != nil {
					t.Fatal(err)
				}
				on := when(t, zone, d.On.String()+"T00:00")
				if before, after := c.At(on.Add(-time.Second), ""), c.At(on, ""); before.Mode == Enforce || after.Mode != Enforce {
					t.Errorf("%s %s %s: %s, then %s", like, zone, d.On, before.Mode, after.Mode)
				}
				for _, s := range c.Course("", on.AddDate(-1, 0, -2), on, MaxSpans) {
					if s.Rejecting && s.To.Sub(s.From) > 25*time.Hour {
						t.Errorf("%s %s %s: rejecting for %s from %s on", like, zone, d.On, s.To.Sub(s.From), s.From)
					}
				}
			}
		}
	}
}

package commands_test

import (
	"strings"
	"testing"

	"tlsready/internal/gate/export/commands"
	"tlsready/internal/gate/export/exporttest"
	"tlsready/internal/message"
)

// Proves that each vendor's calendar keeps to what all engines promise.
func TestContract(t *testing.T) {
	for _, name := range commands.Names() {
		exporttest.Run(t, commands.For(name))
	}
	if commands.For("nobody") != nil {
		t.Error("a vendor that nobody knows")
	}
}

// Proves that each change of the plan stands beside its undo, that windows too short to be
// given by hand are left out and counted, and that a route with nothing old has no entry.
func TestCalendar(t *testing.T) {
	p := exporttest.Plan(t, `schema: tlsready.gate/v1
listen: :443
upstream: 192.0.2.10:443
timezone: Asia/Tokyo
stages:
  - {from: 2027-03-15, to: 2027-03-16, mode: brownout, windows: ["hourly :00-:10", "12:00-14:00"]}
  - {from: 2027-06-01T09:00, mode: enforce}
routes:
  - {sni: legacy.example.com, upstream: 192.0.2.14:443, minimum: TLS 1.0}
  - {sni: strict.example.com, upstream: 192.0.2.15:443, minimum: TLS 1.3}
`)
	for _, name := range commands.Names() {
		files, err := commands.For(name).Files(p, message.For("en"))
		if err != nil {
			t.Fatal(err)
		}
		text := files[0].Text
		for words, want := range map[string]int{
			"**2027-03-15 12:00**, brownout": 2, "**2027-03-15 14:10**": 2, "**2027-06-01 09:00**, enforce": 2, "if it has to be:\n": 2,
			"legacy.example.com": 0, "strict.example.com need TLS 1.3": 2, "21 windows shorter": 1, "```": 2 * (1 + 2*4),
		} {
			if got := strings.Count(text, words); got != want {
				t.Errorf("%s has %q %d times, not %d:\n%s", name, words, got, want, text)
			}
		}
	}
}

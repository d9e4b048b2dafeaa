package clients

import (
	"testing"

	"tlsready"
	"tlsready/internal/observe"
)

// Proves that a printer is told by the name that it has as it comes, as a machine's name
// and as what it calls itself in mail, that no other name is taken for one, and that what
// its owner can do is what helps a printer.
func TestDevices(t *testing.T) {
	for name, want := range map[string]string{
		"BRN008077310107": "brother-printer", "brw008077310107.example.com": "brother-printer", "NPI1A2B3C": "hp-printer",
		"BRN0080773101": "", "BRNO-PC": "", "NPI1A2B3CD": "", "NPI1A2B3X": "", "fs01": "", "": "",
	} {
		for _, c := range []observe.Connection{
			with(seen("192.0.2.7:1", monday, tlsready.TLS10), func(c *observe.Connection) { c.ClientName = name }),
			with(seen("192.0.2.7:1", monday, tlsready.TLS10), func(c *observe.Connection) { c.Identity.Fields = map[string]string{"ehlo": name} }),
		} {
			j := judgeFor(t, modern()).Connection(c)
			if j.Stack.ID != want || (j.Remedy.ID == "clients.remedy.printer") != (want != "") {
				t.Errorf("%q is %q, %s", name, j.Stack.ID, j.Remedy.ID)
			}
		}
	}
	known := with(seen("192.0.2.7:1", monday, tlsready.TLS10), func(c *observe.Connection) { c.ClientName, c.Identity.UserAgent = "NPI1A2B3C", "Java/1.7.0_80" })
	if j := judgeFor(t, modern()).Connection(known); j.Stack.ID != "java-7" {
		t.Errorf("what a client says of itself gives way to its name: %q", j.Stack.ID)
	}
	enough := with(seen("192.0.2.7:1", monday, tlsready.TLS12), func(c *observe.Connection) { c.ClientName = "NPI1A2B3C" })
	if j := judgeFor(t, modern()).Connection(enough); !j.Remedy.IsZero() {
		t.Errorf("a printer that survives is told to do %s", j.Remedy.ID)
	}
}

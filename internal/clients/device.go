package clients

import (
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/observe"
)

// device is a kind of device that is no computer, by the name that it has as it comes: a
// few letters and its network card's address.
type device struct {
	letters []string // in lower case
	digits  int      // hexadecimal, which follow
	stack   Stack
}

// devices are those of which the maker's manual says the name.
//
//   - Brother: BRN, or BRW of a wireless card, and the card's address (network user's
//     guides, such as that of the HL-5370DW, appendix)
//   - HP: NPI and the last six digits of the card's address (reference guide of the PSC
//     2510xi, network configuration)
func devices() []device {
	return []device{
		{[]string{"brn", "brw"}, 12, Stack{ID: "brother-printer", Name: "Brother printer or scanner", Is: Stated}},
		{[]string{"npi"}, 6, Stack{ID: "hp-printer", Name: "HP printer or scanner", Is: Stated}},
	}
}

// deviceOf is the device that a connection's names tell: that of the machine, or what it
// calls itself when it sends mail.
func deviceOf(c *observe.Connection) (Stack, bool) {
	for _, name := range []string{c.ClientName, c.Identity.Fields["ehlo"]} {
		label, _, _ := strings.Cut(strings.ToLower(name), ".")
		for _, d := range devices() {
			for _, letters := range d.letters {
				if rest, ok := strings.CutPrefix(label, letters); ok && len(rest) == d.digits && strings.Trim(rest, "0123456789abcdef") == "" {
					return d.stack, true
				}
			}
		}
	}
	return Stack{}, false
}

// device says of a connection of which nothing is known but that it came with too little
// which device it is, and what helps that.
func (out *Judged) device() {
	if !out.Old || out.Stack.ID != "" || out.Remedy.IsZero() {
		return
	}
	if found, ok := deviceOf(&out.Connection); ok {
		out.Stack, out.Remedy, out.same = found, message.New("clients.remedy.printer"), nil
	}
}

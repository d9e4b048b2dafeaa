package watch

import (
	"io"
	"net/netip"
	"strings"
	"testing"

	"tlsready/internal/observe"
)

// Proves that clients are named by the files of the capture script, in any case of their
// names, that an address of two computers names none, and that what is no such file stays
// an input.
func TestMachines(t *testing.T) {
	in := func(name, text string) Input {
		return Input{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
	}
	r := &Run{Inputs: []Input{
		in("FS01.pcapng", "x"),
		in("x/FS01.Capture.JSON", `{"schema": "tlsready.capture/v1", "computer": "FS01", "addresses": ["192.0.2.7", "fe80::1", "10.0.0.5", "", "2001:db8::7"]}`),
		in("y/FS02.capture.json", `{"schema": "tlsready.capture/v1", "computer": "FS02", "addresses": ["192.0.2.8", "fe80::1", "10.0.0.5"]}`),
		in("bad.capture.json", `{"schema": "tlsready.capture/v1"`),
		in("other.capture.json", `{"schema": "tlsready.host/v1"}`),
	}}
	r.machines()
	if len(r.Inputs) != 3 {
		t.Errorf("%d inputs", len(r.Inputs))
	}
	for address, want := range map[string]string{"192.0.2.7": "FS01", "2001:db8::7": "FS01", "192.0.2.8": "FS02", "10.0.0.5": "", "fe80::1": "", "192.0.2.9": ""} {
		c := observe.Connection{Client: netip.AddrPortFrom(netip.MustParseAddr(address), 1)}
		if r.name(&c); c.ClientName != want {
			t.Errorf("%s is %q, want %q", address, c.ClientName, want)
		}
	}
	c := observe.Connection{Client: netip.MustParseAddrPort("192.0.2.7:1"), ClientName: "own"}
	if r.name(&c); c.ClientName != "own" {
		t.Errorf("%q instead of the log's own name", c.ClientName)
	}
}

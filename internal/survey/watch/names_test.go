package watch

import (
	"io"
	"net/netip"
	"strings"
	"testing"

	"tlsready/internal/clients"
	"tlsready/internal/observe"
	"tlsready/internal/source"
	"tlsready/internal/source/files"
)

// Proves that clients are named by the files of the capture script, in any case of their
// names, by snapshots and by the collectors' files, with their domain where one has it; that
// an address of two computers names none; and that what is no such file stays an input.
func TestMachines(t *testing.T) {
	in := func(name, text string) Input {
		return Input{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
	}
	r := &Run{Hosts: []source.Kind{files.Snapshot(), files.Collected()}, Inputs: []Input{
		in("FS01.pcapng", "x"),
		in("x/FS01.Capture.JSON", `{"schema": "tlsready.capture/v1", "computer": "FS01", "addresses": ["192.0.2.7", "fe80::1", "10.0.0.5", "", "2001:db8::7"]}`),
		in("y/FS02.capture.json", `{"schema": "tlsready.capture/v1", "computer": "FS02", "addresses": ["192.0.2.8", "fe80::1", "10.0.0.5"]}`),
		in("bad.capture.json", `{"schema": "tlsready.capture/v1"`),
		in("other.capture.json", `{"schema": "tlsready.host/v1"}`),
		in("log.json", `{"ssl_protocol": "TLSv1"}`),
		in("broken.json", `{"schema": "tlsready.host/v1"`),
		in("z/snapshot.JSON", `{"schema": "tlsready.host/v1", "name": "fs01.example.com", "addresses": ["192.0.2.7", "192.0.2.70"], "os": {"version": "6.1", "build": 7601}}`),
		in("FS04.tlsready.txt", "tlsready.collect/v1\n## host FS04\n## value HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\n    CurrentBuild    REG_SZ    9600\n## present\n"+
			"## files\naddress 192.0.2.40\n## present\n## end\n"),
	}}
	r.machines()
	if len(r.Inputs) != 5 {
		t.Errorf("%d inputs", len(r.Inputs))
	}
	for address, want := range map[string]string{"192.0.2.7": "fs01.example.com", "192.0.2.70": "fs01.example.com", "192.0.2.40": "FS04", "2001:db8::7": "FS01", "192.0.2.8": "FS02", "10.0.0.5": "", "fe80::1": "", "192.0.2.9": ""} {
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

// Proves that a client that has a name alone belongs to the same part of a run as its
// address, if the computer has one address, so that the two are joined there.
func TestShardsOfNames(t *testing.T) {
	in := Input{Name: "FS01.capture.json", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(`{"schema": "tlsready.capture/v1", "computer": "FS01", "addresses": ["192.0.2.7"]}`)), nil
	}}
	const of = 7
	for n := 1; n <= of; n++ {
		r := &Run{Inputs: []Input{in}, Shard: clients.Shard{Number: n, Of: of}}
		r.machines()
		want := r.mine(&observe.Connection{Client: netip.MustParseAddrPort("192.0.2.7:49301")})
		for _, name := range []string{"FS01", "fs01", "fs01.example.com"} {
			if got := r.mine(&observe.Connection{ClientName: name}); got != want {
				t.Errorf("part %d: %s belongs to it: %v, its address: %v", n, name, got, want)
			}
		}
	}
}

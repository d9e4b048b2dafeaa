package watch

import (
	"encoding/json"
	"io"
	"net/netip"
	"strings"

	"tlsready/internal/observe"
)

// captured is what the capture script leaves beside a capture: whose it is.
type captured struct {
	Schema    string   `json:"schema"`
	Computer  string   `json:"computer"`
	Addresses []string `json:"addresses"`
}

const (
	capturedSchema = "tlsready.capture/v1"
	capturedSuffix = ".capture.json"
	// maxCaptured bounds such a file: a computer has some addresses.
	maxCaptured = 64 << 10
)

// machines takes the files of the capture script out of the inputs and keeps the names of
// the addresses in them. What only looks like one stays an input, and is told as such.
func (r *Run) machines() {
	r.names = make(map[netip.Addr]string)
	var inputs []Input
	for _, in := range r.Inputs {
		if in.Once || !strings.HasSuffix(strings.ToLower(in.Name), capturedSuffix) || !r.machine(in) {
			inputs = append(inputs, in)
		}
	}
	r.Inputs = inputs
}

func (r *Run) machine(in Input) bool {
	file, err := in.Open()
	if err != nil {
		return false
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxCaptured))
	var c captured
	if err != nil || json.Unmarshal(text, &c) != nil || c.Schema != capturedSchema || c.Computer == "" {
		return false
	}
	for _, text := range c.Addresses {
		a, err := netip.ParseAddr(text)
		if a = a.Unmap().WithZone(""); err != nil || a.IsLoopback() || a.IsLinkLocalUnicast() {
			continue // every computer has such
		}
		if name, taken := r.names[a]; taken && name != c.Computer {
			r.names[a] = "" // two computers of two networks
			continue
		}
		r.names[a] = c.Computer
	}
	return true
}

// name names a client of a capture by its address.
func (r *Run) name(c *observe.Connection) {
	if c.ClientName == "" {
		c.ClientName = r.names[c.Client.Addr()]
	}
}

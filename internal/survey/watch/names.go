package watch

import (
	"bufio"
	"encoding/json"
	"io"
	"net/netip"
	"slices"
	"strings"

	"tlsready/internal/observe"
	"tlsready/internal/source"
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

// machines takes the files that say which computer has which addresses out of the inputs:
// those of the capture script, snapshots, and files of the collectors. What only looks
// like one stays an input, and is told as such.
func (r *Run) machines() {
	r.names, r.addresses = map[netip.Addr]string{}, map[string]netip.Addr{}
	r.Inputs = slices.DeleteFunc(slices.Clone(r.Inputs), func(in Input) bool {
		low := strings.ToLower(in.Name)
		switch {
		case in.Once:
			return false
		case strings.HasSuffix(low, capturedSuffix):
			return r.machine(in)
		case strings.HasSuffix(low, ".json"), strings.HasSuffix(low, ".tlsready.txt"):
			return r.host(in)
		}
		return false
	})
	for a, name := range r.names {
		if name == "" {
			continue
		}
		name = strings.ToLower(name)
		label, _, _ := strings.Cut(name, ".")
		for _, key := range slices.Compact([]string{name, label}) {
			if _, several := r.addresses[key]; several {
				a = netip.Addr{}
			}
			r.addresses[key] = a
		}
	}
}

// machine takes a file of the capture script.
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
	r.called(c.Computer, c.Addresses)
	return true
}

// host takes a snapshot, or a file of a collector.
func (r *Run) host(in Input) bool {
	file, err := in.Open()
	if err != nil {
		return false
	}
	defer file.Close()
	content := bufio.NewReader(file)
	head, _ := content.Peek(source.HeadLength)
	at := slices.IndexFunc(r.Hosts, func(k source.Kind) bool { return k.Sniff(head, "") })
	if at < 0 {
		return false
	}
	data, err := io.ReadAll(io.LimitReader(content, r.Hosts[at].Limit))
	if err != nil {
		return false
	}
	hosts, err := r.Hosts[at].Read(source.Input{Path: in.Name, Files: []source.File{{Path: in.Name, Data: data}}}, source.Options{})
	if err != nil || len(hosts) != 1 || hosts[0].Snapshot == nil || hosts[0].Snapshot.Name == "" {
		return false
	}
	r.called(hosts[0].Snapshot.Name, hosts[0].Snapshot.Addresses)
	return true
}

// called keeps the name of a computer for its addresses.
func (r *Run) called(computer string, addresses []string) {
	for _, text := range addresses {
		a, err := netip.ParseAddr(text)
		if a = a.Unmap().WithZone(""); err != nil || a.IsLoopback() || a.IsLinkLocalUnicast() {
			continue // every computer has such
		}
		name, taken := r.names[a]
		switch {
		case !taken || name != "" && sameComputer(name, computer) && len(computer) > len(name):
			r.names[a] = computer
		case !sameComputer(name, computer):
			r.names[a] = "" // two computers of two networks
		}
	}
}

// sameComputer says whether two names are of one computer: with its domain, or without
// where the other has none.
func sameComputer(one, other string) bool {
	a, domain, _ := strings.Cut(one, ".")
	b, otherDomain, _ := strings.Cut(other, ".")
	return strings.EqualFold(a, b) && (domain == "" || otherDomain == "" || strings.EqualFold(domain, otherDomain))
}

// name names a client of a capture by its address.
func (r *Run) name(c *observe.Connection) {
	if c.ClientName == "" {
		c.ClientName = r.names[c.Client.Addr()]
	}
}

// mine says whether a connection belongs to the run's share of the clients. A client that
// has a name alone goes with its address, so that what is joined comes together.
func (r *Run) mine(c *observe.Connection) bool {
	name := strings.ToLower(c.ClientName)
	a, ok := r.addresses[name]
	if label, _, dotted := strings.Cut(name, "."); !ok && dotted {
		a = r.addresses[label]
	}
	if a.IsValid() && !c.Client.Addr().IsValid() {
		with := *c
		with.Client = netip.AddrPortFrom(a, 0)
		return r.Shard.Has(&with)
	}
	return r.Shard.Has(c)
}

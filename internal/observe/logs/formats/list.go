// Package formats holds what logs look like: each format in a file of its own, with the
// source of its fields, behind one list.
package formats

import "tlsready/internal/message"

// format is one kind of log.
type format struct {
	id, name string
	// detect gives the layout of a log by its beginning, nil if it is not of this format.
	detect func(c *Config, s *sample) *Layout
	// header reads a line that begins with "#" and gives the layout from there on, nil if
	// it is no header of this format. was is the layout before it, nil at the beginning.
	header func(c *Config, line []byte, was *Layout) *Layout
}

// formats is the list of the formats; a new one is a file with a function that makes it,
// and a line here. Where two would take the same log, the first is right.
func formats() []format {
	return []format{
		cloudfront(), // it and exchange before iis, which has fields of the same names
		exchange(),
		iis(),
		zeek(),
		nginx(),
		apache(),
		haproxy(),
		nginxError(),
		alb(),
		albConnections(),
		nlb(),
		elb(),
		cloudtrail(),
		azureStorage(),
		azureSQL(),
		entra(),
		schannel(),
		suricata(),
		lines(),
		envoy(),
		postfix(),
		xrdp(),
		combined(),
	}
}

// Format is one kind of log.
type Format struct {
	ID   string // "nginx", "iis"
	Name string // as its makers call it: "nginx access log"
}

// List lists the formats in the order in which they are tried.
func List() []Format {
	var list []Format
	for _, f := range formats() {
		list = append(list, Format{f.id, f.name})
	}
	return list
}

// find gives the format with an id.
func find(id string) (format, bool) {
	for _, f := range formats() {
		if f.id == id {
			return f, true
		}
	}
	return format{}, false
}

// unknown is the error for a file that is no log of a known format.
func unknown(name string) error {
	return &message.Problem{Where: name, What: message.New("logs.unknown"), Hint: message.New("logs.unknown-hint")}
}

// Package logs reads the logs that exist anyway: what servers, balancers and clouds
// write of the connections that they had. Each format stands in a file of its own, with
// the source of its fields; the list is [Formats].
//
// A log states what was negotiated, seldom what was offered, and successes more often
// than failures: a [observe.Connection] says so by what it leaves out.
package logs

import "time"

// Options are what a user knows of a log and the log does not say.
type Options struct {
	// Format is the id of a format, for logs whose content does not tell; "" detects.
	Format string
	// LogFormat is the line that the server was configured with: the text of nginx's
	// log_format, of Apache's LogFormat or of HAProxy's log-format; "" for the usual ones.
	LogFormat string
	// ClientField is the field that holds the real client of connections that came
	// through a balancer, by its name in the log or as a header: "X-Forwarded-For",
	// "$http_x_forwarded_for". The balancer then is Via.
	ClientField string
	// Keep are fields that go into Identity.Fields, by their names in the log.
	Keep []string
	// Location is the zone of times that are written without one; nil is UTC.
	Location *time.Location
	// Now gives the year to times that are written without one: the last one before it.
	// The zero time is the clock's.
	Now time.Time
	// Workers is how many lines are read at once; 0 is one for each processor.
	Workers int
}

// Format is one kind of log.
type Format struct {
	ID   string // "nginx", "iis"
	Name string // as its makers call it: "nginx access log"
}

// Formats lists the formats that are read, in the order in which they are tried.
func Formats() []Format {
	var list []Format
	for _, f := range formats() {
		list = append(list, Format{f.id, f.name})
	}
	return list
}

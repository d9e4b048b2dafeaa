// Package logs reads the logs that exist anyway: what servers, balancers and clouds
// write of the connections that they had. Each format stands in a file of its own, with
// the source of its fields; the list is [Formats].
//
// A log states what was negotiated, seldom what was offered, and successes more often
// than failures: a [observe.Connection] says so by what it leaves out.
package logs

import (
	"tlsready/internal/observe/logs/formats"
)

// Options are what a user knows of a log and the log does not say, and how it is read.
type Options = formats.Options

// Format is one kind of log.
type Format = formats.Format

// Formats lists the formats that are read, in the order in which they are tried.
func Formats() []Format { return formats.List() }

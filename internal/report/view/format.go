// Package view holds what the writers of the formats share: the words for parts of
// a document, the groups of hosts that look the same, and how formats are described.
package view

import (
	"bufio"
	"io"

	"tlsready/internal/document"
	"tlsready/internal/message"
)

// Options say how to render.
type Options struct {
	Lang    string // "en" or "ja"
	Color   bool   // terminal colours in a table
	Width   int    // columns of the terminal; 0: 100
	Command string // the command line as typed, for the hints on what to do next; "": no hints
	By      string // "", "folder", "owner" or "cause": one section each, in table and html
	Source  string // what was judged, as the user named it; "": not shown
	Today   string // the day from which a result is looked at, YYYY-MM-DD
	Rows    bool   // in CSV: a line for each stack, not for each host
	Details bool   // in a table: everything of each host, not the answer alone
}

// Renderer writes a document in one format.
type Renderer func(w io.Writer, c *document.Check, o Options) error

// Format is an output format. It need not have a writer for every kind of
// document.
type Format struct {
	Name       string   // what --format takes
	Extensions []string // of a file in the format, with their dots, the usual one first
	JSON       bool     // it is JSON: its texts are English, and errors that go with it are JSON too
	Binary     bool     // it is no text: nothing is taken out of it, and a terminal cannot show it
	PerFolder  bool     // --by folder also writes a file of its own for each folder

	Check       Renderer                                             // a whole result of check
	CheckStream func(w io.Writer, o Options) Stream                  // hosts as they come, see Whole; then Check is not called
	Whole       func(o Options) bool                                 // options for which the whole result is needed; nil: none
	Diff        func(w io.Writer, d *document.Diff, o Options) error // a whole comparison
	DiffStream  func(w io.Writer) DiffStream                         // as CheckStream
	Feed        func(w io.Writer, f *document.Feed, o Options) error // deadlines of services
	Endpoints   func(w io.Writer, o EndpointOptions) EndpointWriter  // probed endpoints as they come
	Watch       func(w io.Writer, o WatchOptions) WatchWriter        // connections as they come, and their sum
	WatchLines  bool                                                 // Watch does something with each connection
	LinesAlone  bool                                                 // and nothing with their sum
}

// WatchOptions say how to render connections that were seen.
type WatchOptions struct {
	Words   *message.Catalog // JSON is in English
	Width   int              // columns of a table; 0: 100
	Color   bool             // terminal colours in a table
	Details bool             // a table has everything of each client
	Command string           // the command line as typed, for what to do next; "": nothing of that
	Live    bool             // somebody waits for each connection: it is written at once
}

// WatchWriter writes connections as they come, and their sum at the end. It is not for
// several goroutines at once.
type WatchWriter interface {
	Connection(c *document.Connection) error
	End(w *document.Watch) error
}

// EndpointOptions say how to render probed endpoints.
type EndpointOptions struct {
	Words     *message.Catalog // of table and CSV; JSON is in English
	Width     int              // columns of a table; 0: 100
	Color     bool             // terminal colours in a table
	Live      bool             // somebody waits for each endpoint: it is written at once
	SSL       bool             // SSL 2.0 and SSL 3.0 were asked
	Detailed  bool             // more than versions was asked: a table has a paragraph for each endpoint
	Accepting bool             // what would become of the clients was asked
	Details   bool             // with Accepting, a table has everything else as well as the answer
	// OneNode is how many endpoints there may be for a "no" to rest on more than one
	// connection; 0: it did, or that was wished.
	OneNode int
}

// EndpointWriter writes endpoints as they come, so that a run need not be held in
// memory. It is not for several goroutines at once.
type EndpointWriter interface {
	Write(e *document.Endpoint) error
	End() error // writes what is still held back, and what ends the output
}

// Stream writes a result of check as it comes, so that a run need not be held in
// memory. It is not for several goroutines at once.
type Stream interface {
	Verdict(v document.Verdict) error // one row; the rows of a host come before it
	Host(h document.Host) error       // the outcome of one host and service
	End(c *document.Check) error      // the head and the counts, without hosts and rows; they come last
	Flush() error                     // writes what is still held back
}

// DiffStream writes a comparison as it comes. It is not for several goroutines at
// once.
type DiffStream interface {
	Host(h document.HostDiff) error
	End(d *document.Diff) error // writes the summary, without which the output was cut
}

// BufferSize of the writers: a pipe's usual capacity.
const BufferSize = 64 << 10

// Buffered collects what is written in portions.
func Buffered(w io.Writer) *bufio.Writer { return bufio.NewWriterSize(w, BufferSize) }

// Streamed gives a whole document to a stream.
func Streamed(s Stream, c *document.Check) error {
	rows := RowsByHost(c)
	for _, i := range HostOrder(c) {
		h := &c.Hosts[i]
		for _, r := range rows[HostService{Host: h.Host, Service: h.Service}] {
			if err := s.Verdict(*r); err != nil {
				return err
			}
		}
		if err := s.Host(*h); err != nil {
			return err
		}
	}
	return s.End(c)
}

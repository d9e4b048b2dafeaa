package report

import (
	"bufio"
	"io"
	"path"
	"strconv"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/report/view"
	"tlsready/internal/term"
)

// namesFormat is a list for --hosts: which machines to read.
func namesFormat() view.Format {
	return view.Format{
		Name: "hosts", Extensions: []string{".hosts"},
		Check:       func(w io.Writer, c *document.Check, o view.Options) error { return view.Streamed(newNames(w, o), c) },
		CheckStream: newNames,
	}
}

// names writes the names of hosts that could not be judged and may be affected, one a
// line: the last part of the id, which is what a machine is called. A name that no
// machine can have stands there as a comment.
type names struct {
	out  *bufio.Writer
	last string
}

func newNames(w io.Writer, _ view.Options) view.Stream { return &names{out: view.Buffered(w)} }

// Verdict has nothing to do: the outcome of the host counts.
func (n *names) Verdict(document.Verdict) error { return nil }

// Host writes a host's name, once for all services.
func (n *names) Host(h document.Host) error {
	if h.Verdict != document.Unknown || h.Exposure != "possible" || h.Host == n.last {
		return nil
	}
	n.last = h.Host
	name := path.Base(h.Host)
	if strings.ContainsFunc(name, term.Unsafe) { // it would be other machines to --hosts, or another name to the reader
		name = "# " + strconv.QuoteToASCII(name)
	}
	_, err := n.out.WriteString(name + "\n")
	return err
}

// End has nothing to add.
func (n *names) End(*document.Check) error { return n.out.Flush() }

// Flush writes what is still held back.
func (n *names) Flush() error { return n.out.Flush() }

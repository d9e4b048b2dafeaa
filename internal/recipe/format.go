package recipe

import (
	"fmt"
	"strconv"
	"strings"

	"tlsready/internal/message"
)

// File is one written file.
type File struct {
	Name string // apply.reg, undo.reg, verify.cmd …
	Data []byte
}

// Beside reads a file that lies in the folder of a recipe, by its name alone; false if there is
// none that may be read.
type Beside func(name string) ([]byte, bool)

// Format is one way to carry a plan to its hosts.
type Format struct {
	Name       string   // as --as takes it; the text recipe.usage.<name> says how to run it
	Extensions []string // of the files that it reads, in lower case: ".cmd"
	// Write gives the files that apply the plan, undo it and verify it. It fails,
	// with a *message.Problem, for a plan that the format cannot carry.
	Write func(p Plan, words *message.Catalog) ([]File, error)
	// WriteAll gives the files that hold every group and pick the one of the computer
	// on which they run. It is nil if the format can check nothing, and so has no such files.
	WriteAll func(a All, words *message.Catalog) ([]File, error)
	// Read says what a file would do, and what in it is not understood. A file that
	// Write made is read for its purpose: undo.cmd gives the changes of the undo, not
	// those of its own rollback. It fails, with a *message.Problem, if the file is not
	// of this format.
	Read func(file string, data []byte) (Reading, error)
	// ReadBeside is Read for a file that may go on in others beside it; nil if the format
	// knows no such thing.
	ReadBeside func(file string, data []byte, beside Beside) (Reading, error)
	// Lint adds to a reading what is to be said about the file as such.
	Lint func(file string, data []byte, r *Reading)
}

// SplitEndpoint takes host:port apart; an address of IPv6 stands in brackets. (Package net
// has the same, and a resolver with it for which a room without I/O has no use.)
func SplitEndpoint(endpoint string) (name string, port int, err error) {
	at := strings.LastIndexByte(endpoint, ':')
	if at < 0 {
		return "", 0, fmt.Errorf("%q is no host:port", endpoint)
	}
	name, text := endpoint[:at], endpoint[at+1:]
	bracketed := strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]")
	if bracketed {
		name = name[1 : len(name)-1]
	}
	if strings.ContainsAny(name, "[]") || !bracketed && strings.Contains(name, ":") {
		return "", 0, fmt.Errorf("%q is no host:port", endpoint)
	}
	port, err = strconv.Atoi(text)
	if err != nil || port < 1 || port > 65535 {
		return "", 0, fmt.Errorf("port %q", text)
	}
	return name, port, nil
}

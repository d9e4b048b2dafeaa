package recipe

import (
	"fmt"
	"net"
	"strconv"

	"tlsready/internal/message"
)

// File is one written file.
type File struct {
	Name string // apply.reg, undo.reg, verify.cmd …
	Data []byte
}

// Format is one way to carry a plan to its hosts.
type Format struct {
	Name  string // as --as takes it
	Write func(p Plan, words *message.Catalog) ([]File, error)
}

// Formats lists the formats, those that administrators ask for most first.
func Formats() []Format {
	return []Format{
		{Name: "ps1", Write: writePS1},
		{Name: "reg", Write: writeReg},
		{Name: "cmd", Write: writeCmd},
	}
}

// ByName finds a format.
func ByName(name string) (Format, bool) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

func splitEndpoint(endpoint string) (name string, port int, err error) {
	name, text, err := net.SplitHostPort(endpoint)
	if err != nil {
		return "", 0, err
	}
	port, err = strconv.Atoi(text)
	if err != nil || port < 1 || port > 65535 {
		return "", 0, fmt.Errorf("port %q", text)
	}
	return name, port, nil
}

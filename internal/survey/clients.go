package survey

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"

	"tlsready/internal/caller"
	"tlsready/internal/endpoint"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/stack"
	"tlsready/internal/survey/judge"
	"tlsready/internal/userfile"
)

// AllWindows names every modelled client.
const AllWindows = "all-windows"

// maxHelloFile is the most bytes of a file with a hello: a hello has at most 16 KiB in
// practice, in hex and with line breaks three times that.
const maxHelloFile = 1 << 18

// ClientNames are clients as a user names them.
type ClientNames struct {
	// As are all-windows, Windows versions, such ones with a caller
	// (windows-7/winhttp-x64), and hosts as host:SNAPSHOT.
	As      []string
	Hellos  []string       // files with a ClientHello that was seen
	Reading source.Options // how snapshots are read
}

// Clients makes the clients, each once. A name that nothing has, and a file that is
// no hello, are a [Mistake].
func (n ClientNames) Clients(ctx context.Context, model *stack.Model) ([]endpoint.Client, error) {
	var all []endpoint.Client
	seen := map[string]bool{}
	add := func(more ...endpoint.Client) {
		for _, c := range more {
			if !seen[c.ID] {
				seen[c.ID] = true
				all = append(all, c)
			}
		}
	}
	for _, name := range n.As {
		more, err := n.named(ctx, model, name)
		if err != nil {
			return nil, err
		}
		add(more...)
	}
	for _, file := range n.Hellos {
		c, err := recordedClient(file)
		if err != nil {
			return nil, err
		}
		add(c)
	}
	return all, nil
}

// named makes the clients of one name.
func (n ClientNames) named(ctx context.Context, model *stack.Model, name string) ([]endpoint.Client, error) {
	if path, ok := strings.CutPrefix(name, judge.ServerPrefix); ok {
		s, err := source.ReadOne(ctx, path, n.Reading)
		if err != nil {
			return nil, judge.SourceError(err)
		}
		callers, err := judge.Callers(endpoint.UsualCallers())
		return endpoint.ClientsOn(cmp.Or(s.Name, "host"), host.NewView(s), callers), err
	}
	windows, callerID, withCaller := strings.Cut(name, "/")
	var systems []stack.System
	var known []string
	for _, system := range model.Systems() {
		known = append(known, system.ID)
		if name == AllWindows || system.ID == windows {
			systems = append(systems, system)
		}
	}
	if len(systems) == 0 {
		return nil, unknownClient(name, windows, known)
	}
	ids := endpoint.UsualCallers()
	if withCaller {
		ids = []string{longCallerID(callerID)}
	}
	callers, err := judge.Callers(ids)
	if err != nil {
		return nil, err
	}
	var all []endpoint.Client
	for _, system := range systems {
		all = append(all, endpoint.ClientsOnSystem(system, callers)...)
	}
	return all, nil
}

// longCallerID is the id that a short one stands for: "winhttp" is the 64-bit one.
func longCallerID(id string) string {
	if _, ok, _ := caller.ByID(id); ok {
		return id
	}
	if _, ok, _ := caller.ByID(id + "-x64"); ok {
		return id + "-x64"
	}
	return id
}

func unknownClient(name, windows string, known []string) error {
	p := problem("client", message.Str("value", name))
	if near := message.Nearest(windows, append(known, AllWindows)); near != "" {
		p.Hint = message.New("cli.hint.did-you-mean", message.Str("near", near))
	}
	return &Mistake{Err: p}
}

// recordedClient reads a hello that was seen.
func recordedClient(file string) (endpoint.Client, error) {
	info, err := os.Stat(file)
	if err != nil {
		return endpoint.Client{}, judge.CannotRead(file, err)
	}
	if info.Size() > maxHelloFile {
		return endpoint.Client{}, mistake("hello", message.Str("path", file), message.Str("why", fmt.Sprintf("it has more than %d bytes", maxHelloFile)))
	}
	data, err := userfile.Read(file, maxHelloFile)
	if err != nil {
		return endpoint.Client{}, judge.CannotRead(file, err)
	}
	h, err := endpoint.ParseHello(data)
	if err != nil {
		return endpoint.Client{}, mistake("hello", message.Str("path", file), message.Cause("why", err))
	}
	return endpoint.RecordedClient(file, h), nil
}

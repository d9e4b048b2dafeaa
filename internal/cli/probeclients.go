package cli

import (
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
	"tlsready/internal/survey"
)

// allWindows is the --as that stands for every modelled client.
const allWindows = "all-windows"

// maxHelloFile is the most bytes of a --hello file: a hello has at most 16 KiB in
// practice, in hex and with line breaks three times that.
const maxHelloFile = 1 << 18

// clients makes the clients of --as and --hello, each once.
func (r *probeRun) clients(ctx context.Context, model *stack.Model) ([]endpoint.Client, error) {
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
	as := r.flags.as
	if len(as) == 0 && len(r.flags.hello) == 0 && r.flags.accepting != "" {
		as = []string{allWindows}
	}
	for _, one := range as {
		more, err := r.clientsOf(ctx, model, one)
		if err != nil {
			return nil, err
		}
		add(more...)
	}
	for _, file := range r.flags.hello {
		c, err := r.app.recordedClient(file)
		if err != nil {
			return nil, err
		}
		add(c)
	}
	return all, nil
}

// clientsOf makes the clients of one --as: all-windows, a Windows version, one with
// a caller, or the host of a snapshot.
func (r *probeRun) clientsOf(ctx context.Context, model *stack.Model, as string) ([]endpoint.Client, error) {
	if path, ok := strings.CutPrefix(as, survey.ServerPrefix); ok {
		s, err := source.ReadOne(ctx, path, r.sourceOptions())
		if err != nil {
			return nil, r.app.sourceError(err)
		}
		callers, err := survey.Callers(endpoint.UsualCallers())
		return endpoint.ClientsOn(firstOf(s.Name, "host"), host.NewView(s), callers), err
	}
	windows, callerID, named := strings.Cut(as, "/")
	var systems []stack.System
	var known []string
	for _, system := range model.Systems() {
		known = append(known, system.ID)
		if as == allWindows || system.ID == windows {
			systems = append(systems, system)
		}
	}
	if len(systems) == 0 {
		return nil, r.app.unknownClient(as, windows, known)
	}
	ids := endpoint.UsualCallers()
	if named {
		ids = []string{longCallerID(callerID)}
	}
	callers, err := survey.Callers(ids)
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

func (app *App) unknownClient(as, windows string, known []string) error {
	e := app.usageError("client", message.Str("value", as)).(*UserError)
	if near := message.Nearest(windows, append(known, allWindows)); near != "" {
		e.Hint = app.text("cli.hint.did-you-mean", message.Str("near", near))
	}
	return e
}

// recordedClient reads a hello that was seen.
func (app *App) recordedClient(file string) (endpoint.Client, error) {
	info, err := os.Stat(file)
	if err != nil {
		return endpoint.Client{}, app.cannotRead(file, err)
	}
	if info.Size() > maxHelloFile {
		return endpoint.Client{}, app.usageError("hello", message.Str("path", file), message.Str("why", fmt.Sprintf("it has more than %d bytes", maxHelloFile)))
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return endpoint.Client{}, app.cannotRead(file, err)
	}
	h, err := endpoint.ParseHello(data)
	if err != nil {
		why, _ := app.Words.Problem(err)
		return endpoint.Client{}, app.usageError("hello", message.Str("path", file), message.Str("why", why))
	}
	return endpoint.RecordedClient(file, h), nil
}

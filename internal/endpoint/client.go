package endpoint

import (
	"strings"

	"tlsready/internal/caller"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/stack"
	"tlsready/internal/wire"
)

// Client is one client that is held against endpoints: a caller on a host, or a
// recorded hello.
type Client struct {
	ID     string // "windows-server-2016/winhttp-x64", "hello:edge.bin"
	View   *host.View
	Caller *caller.Caller
	Hello  *wire.ClientHello // what was recorded; then View and Caller are nil
}

// UsualCallers are the ids of the callers that each Windows version is simulated with:
// one for each stack, in 64 bits.
func UsualCallers() []string {
	return []string{"schannel", "winhttp-x64", "dotnet-3.5-x64", "dotnet-4.5.2-x64", "dotnet-4.7.2-x64", "powershell-5.1-x64"}
}

// ClientsOn are the clients that callers make on a host. Of several callers, those of
// 64 bits are left out if the system has 32.
func ClientsOn(name string, v *host.View, callers []*caller.Caller) []Client {
	list := make([]Client, 0, len(callers))
	for _, c := range callers {
		if v.OS.X86() && strings.HasSuffix(c.ID, "-x64") && len(callers) > 1 {
			continue
		}
		list = append(list, Client{ID: name + "/" + c.ID, View: v, Caller: c})
	}
	return list
}

// ClientsOnSystem are the clients that callers make on a modelled Windows version with
// nothing set and every update installed.
func ClientsOnSystem(system stack.System, callers []*caller.Caller) []Client {
	return ClientsOn(system.ID, bareView(system.OS), callers)
}

// RecordedClient is the client of a hello that was seen.
func RecordedClient(name string, h *wire.ClientHello) Client {
	return Client{ID: document.RecordedClient + name, Hello: h}
}

// bareView is a system of which everything was looked at and nothing is set.
func bareView(os host.OS) *host.View {
	return host.NewView(&host.Snapshot{OS: os, Covered: []string{"HKLM", "HKCU"}}).AssumingUpdates()
}

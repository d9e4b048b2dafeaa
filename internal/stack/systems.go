package stack

import (
	"tlsready/internal/host"
	"tlsready/internal/winver"
)

// System is one Windows version of the model, as a client or as a server.
type System struct {
	ID   string // "windows-server-2012-r2"
	Name string // "Windows Server 2012 R2"
	OS   host.OS
}

// Systems lists the Windows versions of the model, oldest first, clients before
// servers, with the service pack that their updates need.
func (m *Model) Systems() []System {
	var list []System
	add := func(r winver.Release, id, kind string) {
		if id == "" {
			return
		}
		os := r.System(kind)
		os.Architecture = "x64"
		list = append(list, System{ID: id, Name: os.Name, OS: os})
	}
	for _, s := range m.systems {
		add(s.release, s.release.Client.ID, "client")
		add(s.release, s.release.Server.ID, "server")
	}
	return list
}

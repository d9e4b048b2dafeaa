package stack

import "tlsready/internal/host"

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
	add := func(s *system, id, kind string) {
		if id == "" {
			return
		}
		build := s.Build + s.ServicePack // 6002 is 6000 with SP2, 7601 is 7600 with SP1
		list = append(list, System{ID: id, Name: s.Names[kind], OS: host.OS{
			Name: s.Names[kind], Version: s.Version, Build: build, ServicePack: s.ServicePack, Architecture: "x64", Type: kind,
		}})
	}
	for i := range m.systems {
		s := &m.systems[i]
		add(s, s.Client, "client")
		add(s, s.Server, "server")
	}
	return list
}

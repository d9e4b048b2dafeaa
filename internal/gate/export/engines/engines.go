// Package engines lists what a plan can be exported to.
package engines

import (
	"tlsready/internal/gate/export"
	"tlsready/internal/gate/export/envoy"
	"tlsready/internal/gate/export/haproxy"
	"tlsready/internal/gate/export/nginx"
)

// Proxies are the engines that run a whole plan by themselves.
func Proxies() []export.Engine {
	return []export.Engine{haproxy.Engine{}, nginx.Engine{}, envoy.Engine{}}
}

// Commands is the word of --export for what is no engine, but a calendar of commands.
const Commands = "commands"

// Names are the words of --export.
func Names() []string {
	var list []string
	for _, e := range Proxies() {
		list = append(list, e.Name())
	}
	return append(list, Commands)
}

// ByName is the engine with a name; nil for none.
func ByName(name string) export.Engine {
	for _, e := range Proxies() {
		if e.Name() == name {
			return e
		}
	}
	return nil
}

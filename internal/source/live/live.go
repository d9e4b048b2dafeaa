// Package live reads and writes the machine that the program runs on.
package live

import (
	"context"
	"net"
	"strings"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/gather"
	"tlsready/internal/stack"
)

// URL is how this machine is named as a source.
const URL = "local:"

// ErrNotWindows is what this package answers on other systems.
var ErrNotWindows error = message.Error("live.not-windows").Hinted("live.hint.elsewhere")

// Scheme is local:, this machine as a source.
func Scheme() source.Scheme {
	return source.Scheme{Name: strings.TrimSuffix(URL, ":"), ID: id, Read: read}
}

// id is the computer's name.
func id(url string) (string, error) {
	if !strings.EqualFold(url, URL) {
		return "", message.Error("live.name").At(url).Hinted("live.hint.name")
	}
	name, err := computerName()
	if err != nil {
		return "", err
	}
	return name, nil
}

// read reads this machine as it is now.
func read(ctx context.Context, _ string, opt source.Options) (*host.Snapshot, error) {
	m := gather.Machine{URL: URL, CollectedAt: time.Now().UTC().Truncate(time.Second), Accounts: true}
	var err error
	if m.Registry, err = Open(); err != nil {
		return nil, err
	}
	if m.Name, err = computerName(); err != nil {
		return nil, err
	}
	if m.Files, err = fileVersions(gather.VersionedFiles()); err != nil {
		return nil, err
	}
	if m.Proxy, err = machineConfigs(stack.MachineConfigs()); err != nil {
		return nil, err
	}
	m.OS, m.Addresses = systemVersion(), addresses()
	return gather.FromMachine(ctx, m, opt)
}

// addresses are those of the network interfaces that are in use; none if the system does
// not tell.
func addresses() (list []string) {
	all, err := net.Interfaces()
	if err != nil {
		return nil
	}
	for _, one := range all {
		if one.Flags&net.FlagUp == 0 {
			continue
		}
		of, _ := one.Addrs()
		for _, a := range of {
			if ip, ok := a.(*net.IPNet); ok {
				list = append(list, ip.IP.String())
			}
		}
	}
	return list
}

//go:build !windows

package live

import (
	"tlsready/internal/host"
	"tlsready/internal/registry"
)

// Open is ErrNotWindows on this system.
func Open() (registry.Writer, error) { return nil, ErrNotWindows }

// Elevated is false on this system.
func Elevated() bool { return false }

func computerName() (string, error) { return "", ErrNotWindows }

func systemVersion() host.OS { return host.OS{} }

func machineConfigs([]string) (*host.Proxy, error) { return nil, ErrNotWindows }

func fileVersions([]string) (map[string]string, error) { return nil, ErrNotWindows }

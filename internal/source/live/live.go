// Package live reads and writes the machine that the program runs on.
package live

import (
	"context"
	"errors"
	"strings"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/source"
	"tlsready/internal/source/gather"
	"tlsready/internal/stack"
)

// URL is how this machine is named as a source.
const URL = "local:"

// ErrNotWindows is what this package answers on other systems.
var ErrNotWindows = errors.New("local: reads the registry of this machine, and this is not Windows")

// hintElsewhere says what to do on other systems.
const hintElsewhere = "run tlsready on the Windows machine, or name a file from it; the collector is printed by: tlsready collector cmd"

// Scheme is local:, this machine as a source.
func Scheme() source.Scheme {
	return source.Scheme{Name: strings.TrimSuffix(URL, ":"), ID: id, Read: read}
}

// id is the computer's name.
func id(url string) (string, error) {
	if !strings.EqualFold(url, URL) {
		return "", &source.Error{Path: url, Msg: "local: takes no name", Hint: "local: is this machine; another one is reached by its name or by a file from it"}
	}
	name, err := computerName()
	if err != nil {
		return "", wrong(err)
	}
	return name, nil
}

func wrong(err error) error {
	e := &source.Error{Msg: err.Error(), Err: err}
	if errors.Is(err, ErrNotWindows) {
		e.Hint = hintElsewhere
	}
	return e
}

// read reads this machine as it is now.
func read(ctx context.Context, _ string, opt source.Options) (*host.Snapshot, error) {
	m := gather.Machine{URL: URL, CollectedAt: time.Now().UTC().Truncate(time.Second), Accounts: true}
	var err error
	if m.Registry, err = Open(); err != nil {
		return nil, wrong(err)
	}
	if m.Name, err = computerName(); err != nil {
		return nil, wrong(err)
	}
	if m.Files, err = fileVersions(gather.VersionedFiles()); err != nil {
		return nil, wrong(err)
	}
	if m.Proxy, err = machineConfigs(stack.MachineConfigs()); err != nil {
		return nil, wrong(err)
	}
	m.OS = systemVersion()
	return gather.FromMachine(ctx, m, opt)
}

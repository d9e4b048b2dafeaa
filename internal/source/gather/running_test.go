package gather_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/registry"
	"tlsready/internal/registry/registrytest"
	"tlsready/internal/source"
	"tlsready/internal/source/files"
	"tlsready/internal/source/gather"
	"tlsready/internal/source/sourcetest"
	"tlsready/internal/testkit/hivegen"
)

const (
	cbs       = `Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages\`
	uninstall = `Microsoft\Windows\CurrentVersion\Uninstall\`
)

// machineValues are the suite's settings with some of each list that a snapshot
// keeps apart.
func machineValues() []host.Value {
	const (
		soft  = `HKLM\SOFTWARE\`
		store = soft + `Microsoft\SystemCertificates\`
	)
	certificate := host.Data{Type: host.Binary, Bytes: []byte{1}}
	list := []host.Value{
		{Key: soft + cbs + `Package_for_KB3140245~31bf3856ad364e35~amd64~~6.3.1.0`, Name: "CurrentState", Data: host.Dword(0x70)},
		{Key: soft + uninstall + `{A}`, Name: "DisplayName", Data: host.String("業務アプリ")},
		{Key: soft + uninstall + `{A}`, Name: "DisplayVersion", Data: host.String("1.2")},
		{Key: soft + `Wow6432Node\` + uninstall + `{B}`, Name: "DisplayName", Data: host.String("Program")},
		{Key: store + `ROOT\Certificates\` + strings.Repeat("A", 40), Name: "Blob", Data: certificate},
		{Key: store + `AuthRoot\Certificates\` + strings.Repeat("B", 40), Name: "Blob", Data: certificate},
		{Key: store + `CA\Certificates\` + strings.Repeat("C", 40), Name: "Blob", Data: certificate},
		{Key: `HKLM\SYSTEM\CurrentControlSet\Services\himds`, Name: "Start", Data: host.Dword(2)},
	}
	return append(list, sourcetest.Values()...)
}

func inMemory() *registrytest.Memory {
	m := registrytest.NewMemory(`HKLM\SYSTEM\CurrentControlSet`)
	for _, v := range machineValues() {
		m.Put(v.Key, v.Name, v.Data)
	}
	return m
}

func inHives(t *testing.T) string {
	system := []host.Value{{Key: "Select", Name: "Current", Data: host.Dword(1)}}
	var software []host.Value
	for _, v := range machineValues() {
		if key, ok := strings.CutPrefix(v.Key, `HKLM\SYSTEM\CurrentControlSet\`); ok {
			system = append(system, host.Value{Key: `ControlSet001\` + key, Name: v.Name, Data: v.Data})
		} else {
			software = append(software, host.Value{Key: strings.TrimPrefix(v.Key, `HKLM\SOFTWARE\`), Name: v.Name, Data: v.Data})
		}
	}
	dir := t.TempDir()
	sourcetest.Write(t, dir, "SYSTEM", hivegen.Build(system))
	sourcetest.Write(t, dir, "SOFTWARE", hivegen.Build(software))
	return dir
}

// scheme is a way to a registry in memory.
func scheme(m gather.Machine) source.Scheme {
	return source.Scheme{
		Name: "memory",
		ID:   func(url string) (string, error) { return strings.TrimPrefix(url, "memory:"), nil },
		Read: func(ctx context.Context, url string, opt source.Options) (*host.Snapshot, error) {
			m.URL = url
			return gather.FromMachine(ctx, m, opt)
		},
	}
}

func readMemory(t *testing.T, m gather.Machine) (*host.Snapshot, error) {
	return sourcetest.ReadOne(t, "memory:fs01", source.Options{Schemes: []source.Scheme{scheme(m)}})
}

func encoded(t *testing.T, s *host.Snapshot) string {
	t.Helper()
	s.Source = ""
	text, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestMachineIsItsHives proves that a running machine and its hives give the same
// snapshot: settings, updates, programs, certificates and what was covered.
func TestMachineIsItsHives(t *testing.T) {
	fromHives, err := sourcetest.ReadOne(t, inHives(t), source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	fromHives.Name = "fs01" // the hives are named after their folder
	fromMachine, err := readMemory(t, gather.Machine{Name: "fs01", Registry: inMemory()})
	if err != nil {
		t.Fatal(err)
	}
	if fromMachine.Source != "memory:fs01" {
		t.Errorf("source %q", fromMachine.Source)
	}
	got, want := encoded(t, fromMachine), encoded(t, fromHives)
	if got != want {
		t.Errorf("from the machine\n%s\nfrom the hives\n%s", got, want)
	}
	for _, part := range []string{"KB3140245", "業務アプリ", strings.Repeat("b", 40), strings.Repeat("c", 40), "himds"} {
		if !strings.Contains(got, part) {
			t.Errorf("%s is missing", part)
		}
	}
}

// TestMachineFacts proves that time and file versions are kept, that a registry
// without the build is helped by the system's own answer, and that a build that
// somebody wrote into the registry does not count.
func TestMachineFacts(t *testing.T) {
	at := time.Date(2021, 6, 15, 5, 0, 0, 0, time.UTC)
	files := map[string]string{`System32\winhttp.dll`: "6.3.9600.17415", `Microsoft.NET\Framework\v4.0.30319\System.dll`: "4.8.1.2"}
	s, err := readMemory(t, gather.Machine{Registry: registrytest.NewMemory(), OS: host.OS{Version: "6.3", Build: 9600}, Files: files, CollectedAt: at})
	if err != nil {
		t.Fatal(err)
	}
	if s.OS.Version != "6.3" || s.OS.Build != 9600 || !s.CollectedAt.Equal(at) {
		t.Errorf("snapshot %+v", s)
	}
	if s.Files["winhttp.dll"] == "" || s.Files[`microsoft.net\framework\v4.0.30319\system.dll`] == "" {
		t.Errorf("files %v", s.Files)
	}
	if s.Updates != nil || s.Programs != nil || s.Certificates != nil {
		t.Errorf("lists out of an empty registry: %+v", s)
	}
	if s, err = readMemory(t, gather.Machine{Registry: inMemory(), OS: host.OS{Version: "10.0", Build: 17763}}); err != nil {
		t.Fatal(err)
	}
	if s.OS.Version != "10.0" || s.OS.Build != 17763 || s.OS.Revision != 0 || len(s.Notes) != 1 {
		t.Errorf("system %+v, notes %q", s.OS, message.English(s.Notes...))
	}
}

// denying lets some keys be unreadable.
type denying struct {
	registry.Reader
	key string
	err error
}

func (d denying) Values(ctx context.Context, key string) ([]registry.Value, error) {
	if strings.HasPrefix(key, d.key) {
		return nil, fmt.Errorf("%s: %w", key, d.err)
	}
	return d.Reader.Values(ctx, key)
}

func (d denying) Value(ctx context.Context, key, name string) (registry.Value, error) {
	if strings.HasPrefix(key, d.key) {
		return registry.Value{}, fmt.Errorf("%s: %w", key, d.err)
	}
	return d.Reader.Value(ctx, key, name)
}

// TestMachineUnreadable proves that what may not be read is never taken for
// absent: it is noted, not covered, and its list is no list; and that a key that
// its parent lists but that cannot be opened is the same.
func TestMachineUnreadable(t *testing.T) {
	const schannel = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`
	for name, c := range map[string]struct {
		key  string
		err  error
		lost func(*host.Snapshot) bool
	}{
		"whole key":    {schannel, registry.ErrDenied, nil},
		"key below":    {schannel + `\Protocols\TLS 1.2`, registry.ErrDenied, nil},
		"listed, gone": {schannel + `\Protocols\TLS 1.2\Client`, registry.ErrNotExist, nil},
		"package":      {`HKLM\SOFTWARE\` + cbs + "Package_for_KB3140245", registry.ErrDenied, func(s *host.Snapshot) bool { return s.Updates == nil }},
		"program":      {`HKLM\SOFTWARE\` + uninstall + "{A}", registry.ErrDenied, func(s *host.Snapshot) bool { return s.Programs == nil }},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := readMemory(t, gather.Machine{Registry: denying{inMemory(), c.key, c.err}})
			if err != nil {
				t.Fatal(err)
			}
			if len(s.Notes) != 1 || !strings.Contains(message.English(s.Notes[0]), c.key) {
				t.Errorf("notes %q", message.English(s.Notes...))
			}
			if c.lost != nil {
				if !c.lost(s) {
					t.Errorf("a list with a hole is given: %+v", s)
				}
				return
			}
			ref := host.NewRef(schannel+`\Protocols\TLS 1.2\Client`, "Enabled")
			if _, state := host.NewView(s).Lookup(ref); state != host.NotAsked {
				t.Errorf("a value that could not be read is %s", state)
			}
			if _, state := host.NewView(s).Lookup(host.NewRef(schannel, "EventLogging")); name != "whole key" && state != host.Present {
				t.Errorf("what was found beside it is %s", state)
			}
		})
	}
}

// Proves that a key that may not be read is not taken for absent if the key above it
// is read only for its own values.
func TestDeniedBelowShallow(t *testing.T) {
	for _, key := range []string{
		internet + `\WinHttp`, internet + `\Connections`,
		`HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp`,
	} {
		m := inMemory()
		m.Put(key, "DefaultSecureProtocols", host.Dword(0x80))
		s, err := readMemory(t, gather.Machine{Registry: denying{m, key, registry.ErrDenied}})
		if err != nil {
			t.Fatal(err)
		}
		view := host.NewView(s)
		if _, state := view.Lookup(host.NewRef(key, "DefaultSecureProtocols")); state != host.NotAsked {
			t.Errorf("%s: denied is %s; notes %q", key, state, message.English(s.Notes...))
		}
		if _, state := view.Lookup(host.NewRef(internet, "SecureProtocols")); state != host.Absent {
			t.Errorf("beside %s a value of the key above is %s", key, state)
		}
	}
}

// TestMachineGone proves that a connection that ends costs the host, with the
// reason, and that an unknown scheme is still a file.
func TestMachineGone(t *testing.T) {
	gone := errors.New("the connection was lost")
	_, err := readMemory(t, gather.Machine{Registry: denying{inMemory(), `HKLM\SOFTWARE\Microsoft\Windows`, gone}})
	if !errors.Is(err, gone) || !strings.HasPrefix(err.Error(), "memory:fs01: ") {
		t.Errorf("error %v", err)
	}
	_, err = sourcetest.ReadOne(t, "other:fs01", source.Options{Schemes: []source.Scheme{scheme(gather.Machine{})}})
	if err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("error %v", err)
	}
}

// bottomless has a thousand keys in every key, some levels deep.
type bottomless struct{ registry.Reader }

func (bottomless) Values(context.Context, string) ([]registry.Value, error) { return nil, nil }

func (bottomless) Subkeys(_ context.Context, key string) ([]string, error) {
	if strings.Count(key, `\`) > 7 {
		return nil, nil
	}
	names := make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprint(i)
	}
	return names, nil
}

// TestMachineWithoutEnd proves that a registry that never ends is an error.
func TestMachineWithoutEnd(t *testing.T) {
	_, err := readMemory(t, gather.Machine{Registry: bottomless{}})
	if err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("error %v", err)
	}
}

// TestVersionedFiles proves that the collector asks for the same files.
func TestVersionedFiles(t *testing.T) {
	for _, file := range gather.VersionedFiles() {
		if !bytes.Contains(files.CollectorCMD(), []byte("="+file+`"`)) {
			t.Errorf("the collector does not ask for %s", file)
		}
	}
}

package contract

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/registry/registrytest"
	"tlsready/internal/source"
	"tlsready/internal/source/files"
	"tlsready/internal/source/gather"
	"tlsready/internal/source/remote"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/source/remote/regcmd/regcmdtest"
	"tlsready/internal/source/remote/winrm"
	"tlsready/internal/source/remote/winrm/winrmtest"
	"tlsready/internal/source/sourcetest"
	"tlsready/internal/testkit/imagekit"
	"tlsready/internal/testkit/sambakit"
	"tlsready/internal/testkit/sshkit"
	"tlsready/internal/testkit/winekit"
)

// runner lets the kits that need TestMain run one within the other.
type runner func() int

func (r runner) Run() int { return r() }

func TestMain(m *testing.M) {
	os.Exit(sambakit.Main(runner(func() int { return winekit.Main(m) })))
}

// runningForms are the sources that are a machine: this one, one over the
// network, or one that is switched off.
func runningForms() []form {
	noFiles := sourcetest.Loss{What: "files", Why: "over the network the registry alone is read", Drop: func(s *host.Snapshot) { s.Files = nil }}
	inImage := sourcetest.Loss{What: "files", Why: "of an image the hives alone are read", Drop: func(s *host.Snapshot) { s.Files = nil }}
	wineFiles := sourcetest.Loss{What: "files", Why: "Wine has libraries of its own", Drop: func(s *host.Snapshot) { s.Files = nil }}
	return []form{
		{name: "local under Wine", losses: []sourcetest.Loss{wineFiles}, open: openLocal},
		{name: "collector cmd under Wine", losses: []sourcetest.Loss{wineFiles}, open: openCollector},
		{name: "ssh", losses: []sourcetest.Loss{noFiles}, open: openSSH},
		{name: "winrm", losses: []sourcetest.Loss{noFiles}, open: openWinRM},
		{name: "smb", losses: []sourcetest.Loss{noFiles, sambaSystem()}, open: openSamba},
		{name: "image qcow2", losses: []sourcetest.Loss{inImage}, open: openImage("qcow2", "fs.qcow2")},
		{name: "image vhdx", losses: []sourcetest.Loss{inImage}, open: openImage("vhdx", "fs.vhdx")},
		{name: "image vhd", losses: []sourcetest.Loss{inImage}, open: openImage("vpc", "fs.vhd")},
	}
}

// sambaSystem: samba makes CurrentVersion, ProductOptions and the parameters of
// Tcpip up, whatever is written there; the tests give --os.
func sambaSystem() sourcetest.Loss {
	return sourcetest.Loss{What: "system", Why: "samba gives values of its own for CurrentVersion, ProductOptions and Tcpip", Drop: func(s *host.Snapshot) {
		if name, err := os.Hostname(); err == nil {
			s.Name = name
		}
		s.OS.Name, s.Addresses = "", nil
		if s.OS.Version != "10.0" {
			s.OS.Revision = 0 // of Windows 10 the servicing packages tell it
		}
	}}
}

// wineKeys are the keys of a Wine prefix that another host may have filled.
func wineKeys() []string {
	keys := append(gather.Prefixes(), `HKLM\SOFTWARE\Microsoft\EnterpriseCertificates`)
	for _, key := range listKeys() {
		if !strings.Contains(key, "EnterpriseCertificates") {
			keys = append(keys, key)
		}
	}
	return keys
}

// fill makes the registry of a Wine prefix that of the host.
func fill(t *testing.T, w *winekit.Wine, r sourcetest.Reference) {
	t.Helper()
	var clean strings.Builder
	clean.WriteString("Windows Registry Editor Version 5.00\r\n")
	for _, key := range wineKeys() {
		fmt.Fprintf(&clean, "\r\n[-%s]\r\n", long(key))
	}
	clean.WriteString("\r\n[" + long(`HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`) + "]\r\n")
	for _, name := range []string{"CSDVersion", "UBR", "CurrentMajorVersionNumber", "CurrentMinorVersionNumber"} {
		fmt.Fprintf(&clean, "%q=-\r\n", name)
	}
	for _, text := range [][]byte{[]byte(clean.String()), regText(t, r.Machine())} {
		w.Run(t, "reg", "import", w.Path(t, write(t, "in.reg", text)))
	}
}

// openLocal runs tlsready itself on the machine that Wine is.
func openLocal(t *testing.T) func(*testing.T, sourcetest.Reference) string {
	w := winekit.Prefix(t)
	exe := w.Program(t, "tlsready/cmd/tlsready")
	return func(t *testing.T, r sourcetest.Reference) string {
		fill(t, w, r)
		out := filepath.Join(t.TempDir(), "local.json")
		w.Run(t, exe, "collect", "local:", "-q", "-o", w.Path(t, out))
		return settled(t, out, r)
	}
}

// openCollector runs the collector script under Wine's cmd.
func openCollector(t *testing.T) func(*testing.T, sourcetest.Reference) string {
	w := winekit.Prefix(t)
	return func(t *testing.T, r sourcetest.Reference) string {
		fill(t, w, r)
		script := write(t, "collect.cmd", files.CollectorCMD())
		code, out := w.Status(t, "cmd", "/c", "call", w.Path(t, script))
		found, err := filepath.Glob(filepath.Join(filepath.Dir(script), "*.tlsready.txt"))
		if err != nil || len(found) != 1 {
			t.Fatalf("exit status %d, files %q, %v\n%s", code, found, err, out)
		}
		if code != 0 {
			t.Fatalf("exit status %d\n%s\n%s", code, out, unreadable(t, found[0]))
		}
		return settled(t, found[0], r)
	}
}

// unreadable are the questions of a collector's file that it could not answer.
func unreadable(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	question := ""
	for line := range strings.Lines(string(data)) {
		mark, ok := strings.CutPrefix(strings.TrimSpace(line), "## ")
		switch {
		case ok && strings.HasPrefix(mark, "unreadable"):
			found = append(found, question)
		case ok && strings.Contains(mark, " "):
			question = mark
		case !ok && strings.TrimSpace(line) != "":
			question += "\n\t" + strings.TrimSpace(line)
		}
	}
	return strings.Join(found, "\n")
}

// settled is a snapshot of a Wine prefix without what is Wine's own: the versions
// of its files, and the name of the machine that it runs on, which Wine writes
// into the registry whenever its server starts.
func settled(t *testing.T, path string, r sourcetest.Reference) string {
	t.Helper()
	s := collected(t, path, nil)
	if name, err := os.Hostname(); err == nil && strings.EqualFold(s.Name, name) {
		s.Name = fqdn(r)
	}
	s.Files = nil
	return written(t, s)
}

// openSSH reads the machine that Wine is through OpenSSH's server.
func openSSH(t *testing.T) func(*testing.T, sourcetest.Reference) string {
	server := sshkit.Start(t)
	const patience = 10 * time.Minute // for some ten commands under Wine on a busy machine
	return func(t *testing.T, r sourcetest.Reference) string {
		fill(t, server.Wine, r)
		return settled(t, readRunning(t, server.Target().String(), source.Options{
			Schemes: remote.Schemes(remote.Options{SSH: server.Options(t, "cmd"), Limit: patience}),
		}), r)
	}
}

// openWinRM reads through a WinRM service of the project's own, behind which a
// reg.exe of its own answers; test/winrm proves both against other programs.
func openWinRM(t *testing.T) func(*testing.T, sourcetest.Reference) string {
	const account, password = "admin", "example password"
	return func(t *testing.T, r sourcetest.Reference) string {
		memory := registrytest.NewMemory()
		for _, v := range r.Machine() {
			memory.Put(v.Key, v.Name, v.Data)
		}
		reg := &regcmdtest.Reg{Memory: memory, Quote: '"', Language: "ja"}
		service := &winrmtest.Server{User: account, Domain: "CORP", Password: password}
		service.Run = func(line string) (out, errs []byte, status int) {
			if line == "ver" {
				return []byte("\r\nMicrosoft Windows [Version " + r.Version + "]\r\n"), nil, 0
			}
			out, text, status, err := reg.Run(context.Background(), line)
			if err != nil {
				t.Error(err)
			}
			return out, []byte(text), status
		}
		winrmtest.Start(t, service, nil)
		return readRunning(t, "winrm://"+account+"@"+winrmtest.Host, source.Options{
			Schemes: remote.Schemes(remote.Options{
				Passwords: &peer.Passwords{Environment: password}, WinRM: winrm.Options{CA: service.CA(t)}, Dial: service.Dial,
			}),
		})
	}
}

// openSamba reads samba's registry, which "net registry" fills.
func openSamba(t *testing.T) func(*testing.T, sourcetest.Reference) string {
	server := sambakit.Need(t)
	return func(t *testing.T, r sourcetest.Reference) string {
		for _, key := range wineKeys() {
			_ = server.RegistryStatus(t, "deletekey_recursive", key) // may be missing
		}
		server.Registry(t, "import", write(t, "host.reg", regText(t, r.Machine())))
		return readRunning(t, "smb://"+sambakit.Account+"@"+strings.ToLower(r.Name), source.Options{
			OS: r.Version,
			Schemes: remote.Schemes(remote.Options{
				Passwords: &peer.Passwords{Environment: sambakit.Password},
				Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
					return new(net.Dialer).DialContext(ctx, network, fmt.Sprintf("127.0.0.1:%d", server.Port))
				},
			}),
		})
	}
}

// openImage puts the hives into an NTFS volume on a disk with partitions.
func openImage(format, name string) func(*testing.T) func(*testing.T, sourcetest.Reference) string {
	return func(t *testing.T) func(*testing.T, sourcetest.Reference) string {
		if !imagekit.Ready(t) {
			return nil
		}
		return func(t *testing.T, r sourcetest.Reference) string {
			const size = 64 << 20 // what the partition of the kit holds
			volume := filepath.Join(t.TempDir(), "volume")
			imagekit.NTFS(t, volume, size, func(root string) {
				for hive, data := range hiveFiles(r) {
					imagekit.File(t, filepath.Join(root, "Windows", "System32", "config", hive), data)
				}
			})
			return imagekit.Convert(t, imagekit.Partitioned(t, "gpt", volume), format, "", name)
		}
	}
}

// readRunning reads a running machine, and writes the snapshot.
func readRunning(t *testing.T, url string, opt source.Options) string {
	t.Helper()
	s, err := source.ReadOne(t.Context(), url, opt)
	if err != nil {
		t.Fatal(err)
	}
	return written(t, s)
}

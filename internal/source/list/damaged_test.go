package list

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
)

// decides are the values that decide in the files of testdata.
func decides() []host.Ref {
	const client = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`
	return []host.Ref{
		host.NewRef(client, "Enabled"), host.NewRef(client, "DisabledByDefault"),
		host.NewRef(`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp`, "DefaultSecureProtocols"),
	}
}

// Proves of files that were met damaged, cut or denied, in every family, that each
// is an error, or a host of which nothing that decides counts as absent.
func TestDamagedFiles(t *testing.T) {
	n := 0
	err := filepath.WalkDir("testdata/damaged", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() != "H1" {
			return err
		}
		n++
		for h, err := range source.Read(t.Context(), []string{path}, source.Options{OS: "Windows Server 2012 R2", Kinds: Kinds()}) {
			if err != nil || h.Err != nil {
				continue
			}
			refs := decides()
			if strings.Contains(path, "denied") {
				refs = refs[2:] // Schannel was read there, and is as the system has it
			}
			if strings.Contains(path, "dirty") {
				refs = refs[:2] // SYSTEM is dirty there, SOFTWARE is not
			}
			view := host.NewView(h.Snapshot)
			for _, ref := range refs {
				if _, state := view.Lookup(ref); state == host.Absent {
					t.Errorf("%s: %s %s is absent", path, ref.Key, ref.Name)
				}
			}
		}
		if d.IsDir() {
			return fs.SkipDir
		}
		return nil
	})
	if err != nil || n < 11 {
		t.Fatalf("%d files, %v", n, err)
	}
}

// Proves that the same files whole say what they hold.
func TestWholeFiles(t *testing.T) {
	for path, ref := range map[string]host.Ref{"testdata/whole.reg": decides()[0], "testdata/winhttp-read.tlsready.txt": decides()[2]} {
		s, err := source.ReadOne(t.Context(), path, source.Options{OS: "Windows Server 2012 R2", Kinds: Kinds()})
		if err != nil {
			t.Fatal(err)
		}
		if _, state := host.NewView(s).Lookup(ref); state != host.Present || len(s.Notes) > 0 {
			t.Errorf("%s: %s is %s, notes %q", path, ref.Name, state, message.English(s.Notes...))
		}
	}
}

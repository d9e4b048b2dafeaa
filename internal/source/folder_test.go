package source_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/list/pure"
	"tlsready/internal/source/sourcetest"
	"tlsready/internal/testkit/hivegen"
)

const bare = `{"schema":"tlsready.host/v1","os":{"version":"6.3","build":9600}}`

const exported = "Windows Registry Editor Version 5.00\r\n\r\n" +
	"[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL]\r\n\"EventLogging\"=dword:00000001\r\n\r\n"

func at(day int) string {
	return fmt.Sprintf(`{"schema":"tlsready.host/v1","name":"day%d","collectedAt":"2021-06-%02dT05:00:00Z","os":{"version":"6.3","build":9600}}`, day, day)
}

// TestFolder proves which files of a folder are hosts, how they are named, and
// that one file that cannot be read costs one host.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"fs02.json": bare, "FS01.tlsready.txt": "tlsready.collect/v1\r\n## host FS01\r\n", // cut
		"web.example.com.json": bare, "acme/DC01.json": bare, "acme/notes.txt": "hello", "beta/gamma/DC01.json": bare,
		"sql01/a.reg": exported, "sql01/b.reg": exported, "top.reg": exported, "README.md": "# hello", "service.json": `{"schema": "tlsready.service/v1"}`,
		"broken.json": "{", "empty.json": "", "list.csv": "Name,OperatingSystem\nPC1,Windows 7\nPC0,Windows 8.1\n",
		"hives/SYSTEM": "regf", "hives/SAM": "regf", ".hidden/x.json": bare,
	} {
		sourcetest.Write(t, dir, name, []byte(text))
	}
	hosts, ids, warnings := sourcetest.Read(t, source.Options{OS: "Windows Server 2016"}, dir)
	want := []string{
		"acme/DC01", "beta/gamma/DC01", "broken", "empty", "FS01", "fs02", "hives", "list/PC0", "list/PC1", "sql01", "top", "web.example.com",
	}
	if !slices.Equal(ids, want) {
		t.Errorf("hosts %q\nwant  %q", ids, want)
	}
	for _, id := range []string{"broken", "empty", "FS01", "hives"} {
		if hosts[id].Err == nil || !strings.Contains(hosts[id].Err.Error(), filepath.Base(strings.TrimSuffix(id, "/"))) {
			t.Errorf("%s: %v", id, hosts[id].Err)
		}
	}
	for _, id := range []string{"fs02", "sql01", "top", "list/PC1"} {
		if hosts[id].Err != nil {
			t.Errorf("%s: %v", id, hosts[id].Err)
		}
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "3 files passed over") {
		t.Errorf("warnings %q", warnings)
	}
}

// TestFolderOfOneHost proves that a folder of hives that is named itself is a
// host with the folder's name.
func TestFolderOfOneHost(t *testing.T) {
	dir := filepath.Dir(sourcetest.AsHives(t))
	if err := os.Rename(filepath.Join(dir, "001"), filepath.Join(dir, "fs07")); err != nil {
		t.Fatal(err)
	}
	hosts, ids, _ := sourcetest.Read(t, source.Options{}, filepath.Join(dir, "fs07"))
	if !slices.Equal(ids, []string{"fs07"}) || hosts["fs07"].Err != nil {
		t.Errorf("hosts %q, %v", ids, hosts["fs07"].Err)
	}
}

// TestSameHostTwice proves that of several files for one id the newest counts,
// whatever their order and case, with a warning.
func TestSameHostTwice(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	sourcetest.Write(t, a, "FS01.json", []byte(at(20)))
	sourcetest.Write(t, b, "fs01.json", []byte(at(10)))
	sourcetest.Write(t, b, "fs01.host.json", []byte("{"))
	for _, args := range [][]string{{a, b}, {b, a}} {
		hosts, ids, warnings := sourcetest.Read(t, source.Options{}, args...)
		if len(ids) != 1 || hosts[ids[0]].Snapshot == nil || hosts[ids[0]].Snapshot.Name != "day20" || len(warnings) != 1 {
			t.Errorf("hosts %+v, warnings %q", hosts, warnings)
		}
	}
}

// TestManyFilesFewBroken proves that three broken files among 10,000 are three
// hosts that could not be read, that the order is that of the ids, and that the
// progress ends at the total.
func TestManyFilesFewBroken(t *testing.T) {
	const many = 10000
	dir := t.TempDir()
	for i := range many {
		text := bare
		if i%4000 == 17 {
			text = bare[:40]
		}
		sourcetest.Write(t, dir, fmt.Sprintf("pc%05d.json", i), []byte(text))
	}
	done, total := 0, 0
	hosts, ids, warnings := sourcetest.Read(t, source.Options{Progress: func(d, n int) { done, total = d, n }}, dir)
	if len(ids) != many || !slices.IsSorted(ids) || done != many || total != many || len(warnings) != 0 {
		t.Errorf("%d hosts, progress %d/%d, warnings %q", len(ids), done, total, warnings)
	}
	broken := 0
	for _, h := range hosts {
		if h.Err != nil {
			broken++
			if !strings.Contains(h.Err.Error(), h.ID+".json: line 1, column") {
				t.Errorf("no file and position: %v", h.Err)
			}
		}
	}
	if broken != 3 {
		t.Errorf("%d hosts are unreadable, want 3", broken)
	}
}

// TestLinks proves that links that lead in a circle, or nowhere, end.
func TestLinks(t *testing.T) {
	dir := t.TempDir()
	sourcetest.Write(t, dir, "a/fs01.json", []byte(bare))
	for link, target := range map[string]string{"a/up": dir, "a/self": ".", "nowhere": "gone", "file.json": "a/fs01.json"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	_, ids, warnings := sourcetest.Read(t, source.Options{}, dir)
	if !slices.Equal(ids, []string{"a/fs01", "file"}) || len(warnings) != 2 {
		t.Errorf("hosts %q, warnings %q", ids, warnings)
	}
}

// TestFatal proves that a source that does not exist, or is not a source, ends the
// run with a message and a hint.
func TestFatal(t *testing.T) {
	empty := t.TempDir()
	other := sourcetest.Write(t, "", "photo.png", []byte("\x89PNG"))
	for name, args := range map[string][]string{
		"missing": {filepath.Join(empty, "gone")}, "foreign": {other}, "empty": {empty}, "none": {}, "stdin": {"-"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, err := range source.Read(t.Context(), args, source.Options{Kinds: pure.Kinds()}) {
				if message.HintOf(err).IsZero() || err.Error() == "" {
					t.Errorf("got %v", err)
				}
				return
			}
			t.Error("no error")
		})
	}
}

// TestCancelled proves that the end of the context ends the sequence.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	dir := t.TempDir()
	for i := range 5 {
		sourcetest.Write(t, dir, fmt.Sprintf("pc%d.json", i), []byte(bare))
	}
	n := 0
	for _, err := range source.Read(ctx, []string{dir}, source.Options{Kinds: pure.Kinds()}) {
		if err != nil {
			if !errors.Is(err, context.Canceled) || n != 1 {
				t.Errorf("after %d hosts: %v", n, err)
			}
			return
		}
		n++
		cancel()
	}
	t.Error("the sequence did not end with an error")
}

// TestStandardInput proves that "-" reads a snapshot, which names the host.
func TestStandardInput(t *testing.T) {
	hosts, ids, _ := sourcetest.Read(t, source.Options{Stdin: strings.NewReader(at(3)), Covered: []string{`HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\X`}}, "-")
	if !slices.Equal(ids, []string{"day3"}) {
		t.Fatalf("hosts %q", ids)
	}
	if s := hosts["day3"].Snapshot; !slices.Equal(s.Covered, []string{`HKLM\SYSTEM\CurrentControlSet\X`}) {
		t.Errorf("covered %q", s.Covered)
	}
}

// TestHiveRoles proves that hives that are neither SYSTEM nor SOFTWARE, or
// twice the same, are refused.
func TestHiveRoles(t *testing.T) {
	other := sourcetest.Write(t, "", "user.hive", hivegen.Build(nil, "Software"))
	system := hivegen.Build(nil, "Select", "ControlSet001")
	dir := t.TempDir()
	sourcetest.Write(t, dir, "SYSTEM", system)
	sourcetest.Write(t, dir, "SOFTWARE", system)
	for path, want := range map[string]string{other: "neither", dir: "two hives"} {
		if _, err := sourcetest.ReadOne(t, path, source.Options{OS: "Windows 7"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// BenchmarkThousandSnapshots reads a folder of 1,000 snapshot files.
func BenchmarkThousandSnapshots(b *testing.B) {
	dir := b.TempDir()
	data, err := os.ReadFile(sourcetest.AsSnapshot(b))
	if err != nil {
		b.Fatal(err)
	}
	for i := range 1000 {
		sourcetest.Write(b, dir, fmt.Sprintf("pc%04d.json", i), data)
	}
	b.SetBytes(int64(1000 * len(data)))
	for b.Loop() {
		if _, ids, _ := sourcetest.Read(b, source.Options{}, dir); len(ids) != 1000 {
			b.Fatal(len(ids))
		}
	}
}

// Proves that an export of several machines is several hosts, named below the file
// if that lies in a folder, and that an export of one machine is named after its
// file.
func TestExportOfMany(t *testing.T) {
	row := func(host, name string) string {
		return `{"host_name":"` + host + `","columns":{"what":"registry","key":"HKEY_LOCAL_MACHINE\\SOFTWARE\\X","name":"` + name + `","type":"REG_SZ","data":"1"}}`
	}
	dir := t.TempDir()
	many := sourcetest.Write(t, dir, "fleet.json", []byte("["+row("PC2", "a")+","+row("PC1", "a")+","+row("PC2", "b")+"]"))
	sourcetest.Write(t, dir, "alone.json", []byte("["+row("PC3", "a")+"]"))
	for arg, want := range map[string][]string{many: {"PC1", "PC2"}, dir: {"alone", "fleet/PC1", "fleet/PC2"}} {
		hosts, ids, _ := sourcetest.Read(t, source.Options{OS: "6.3.9600"}, arg)
		if !slices.Equal(ids, want) {
			t.Errorf("hosts %q, want %q", ids, want)
		}
		for id, h := range hosts {
			if h.Err != nil || len(h.Snapshot.Registry) == 0 {
				t.Errorf("%s: %v", id, h.Err)
			}
		}
	}
}

// Proves that a walk meets folders in the order of names with files before what
// lies below, that it can be told to pass over one, and that it is not bound to
// sources.
func TestWalk(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b/x.pcap", "a/y.log", "a/c/z.log", "skip/w.log", "top.pcap"} {
		sourcetest.Write(t, dir, name, nil)
	}
	var met []string
	err := source.Walk(t.Context(), dir, source.Visitor{Folder: func(f source.Folder) (bool, error) {
		met = append(met, fmt.Sprintf("%s%v%v%d", f.ID, f.Files, f.Folders, f.Depth))
		return f.Name() != "skip", nil
	}})
	want := []string{"[top.pcap][a b skip]0", "a[y.log][c]1", "a/c[z.log][]2", "b[x.pcap][]1", "skip[w.log][]1"}
	if err != nil || !slices.Equal(met, want) {
		t.Errorf("%v %q, want %q", err, met, want)
	}
}

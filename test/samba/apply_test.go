//go:build linux

package samba

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/cli"
	"tlsready/internal/cli/frame"
	"tlsready/internal/host"
	"tlsready/internal/registry"
)

const (
	winhttp   = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp`
	winhttp32 = `HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp`
	suiteList = `HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002`
)

// touched are the values that the fixes of these tests and the vendor's recipe
// write.
func touched() []registry.Value {
	return []registry.Value{
		{Name: dotnet + `|SchUseStrongCrypto`},
		{Name: dotnet + `|SystemDefaultTlsVersions`},
		{Name: dotnet32 + `|SchUseStrongCrypto`},
		{Name: dotnet32 + `|SystemDefaultTlsVersions`},
		{Name: winhttp + `|DefaultSecureProtocols`},
		{Name: winhttp32 + `|DefaultSecureProtocols`},
		{Name: protocols + `\TLS 1.2\Client|Enabled`},
		{Name: protocols + `\TLS 1.2\Client|DisabledByDefault`},
	}
}

// fill brings the server's registry to a state that is drawn from a seed: each
// value is absent, or there in a right or wrong type, empty or long, under a name
// in another case; its key may be absent too. Beside them stand values that no fix
// touches.
func (s *server) fill(t *testing.T, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 7))
	c := s.open(t)
	for _, key := range []string{
		`HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders`, `HKLM\SOFTWARE\Microsoft\.NETFramework`, `HKLM\SOFTWARE\Wow6432Node`,
		`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion`, `HKLM\SOFTWARE\Policies`,
	} {
		clean(t, c, key)
	}
	put(t, c, `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment`, "PROCESSOR_ARCHITECTURE", host.String("AMD64"))
	// By it an undo knows the machine again behind a proxy of another port.
	put(t, c, `HKLM\SOFTWARE\Microsoft\Cryptography`, "MachineGuid", host.String("5f8b6a0e-2d0c-4a8e-9d0e-0c6f1f2a3b4c"))
	put(t, c, `HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full`, "Release", host.Dword(379893))
	for i, one := range touched() {
		key, name, _ := strings.Cut(one.Name, "|")
		if r.IntN(3) == 0 {
			continue // neither value nor key, unless another value makes it
		}
		makeKeys(t, c, key)
		if r.IntN(2) == 0 {
			name = strings.ToUpper(name)
		}
		if v, ok := drawn(r, name); ok {
			must(t, c.Set(t.Context(), key, v))
		}
		if i%2 == 0 {
			put(t, c, key, "", host.String("既定"))
			put(t, c, key, "list", host.Multi("one", "表"))
			makeKeys(t, c, key+`\below\empty`)
		}
	}
}

// drawn is a value as it may be there; false means that there is none. All of them leave
// the old protocols in use, or say so in a form that does not count.
func drawn(r *rand.Rand, name string) (registry.Value, bool) {
	all := []registry.Value{
		{Type: 4, Bytes: []byte{0, 0, 0, 0}},
		{Type: 4, Bytes: []byte{0, 0, 0, 0}},
		{Type: 4, Bytes: []byte{0xa0, 0, 0, 0}},
		{Type: 1, Bytes: []byte{'1', 0, 0, 0}},
		{Type: 1, Bytes: []byte{'1', 0}},
		{Type: 7, Bytes: []byte{'a', 0, 0, 0, 'b', 0, 0, 0, 0, 0}},
		{Type: 7, Bytes: []byte{0, 0}},
		{Type: 3},
		{Type: 3, Bytes: bytes.Repeat([]byte{0, 0xff}, 3000)},
		{Type: 11, Bytes: []byte{1, 0, 0, 0, 0, 0, 0, 0}},
		{Type: 2, Bytes: []byte{'%', 0, 'a', 0, '%', 0, 0, 0}},
		{Type: 0, Bytes: []byte{7}},
	}
	at := r.IntN(len(all) + 3)
	if at >= len(all) {
		return registry.Value{}, false
	}
	all[at].Name = name
	return all[at], true
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, c registry.Writer, key, name string, data host.Data) {
	t.Helper()
	makeKeys(t, c, key)
	v, err := registry.NewValue(name, data)
	must(t, err)
	must(t, c.Set(t.Context(), key, v))
}

func makeKeys(t *testing.T, c registry.Writer, key string) {
	t.Helper()
	there, err := registry.Exists(t.Context(), c, key)
	must(t, err)
	if !there {
		makeKeys(t, c, registry.Parent(key))
		must(t, c.CreateKey(t.Context(), key))
	}
}

// clean empties a key. Others are left alone: samba itself makes its own anew.
func clean(t *testing.T, c registry.Writer, key string) {
	t.Helper()
	names, err := c.Subkeys(t.Context(), key)
	if errors.Is(err, registry.ErrNotExist) {
		return
	}
	must(t, err)
	for _, name := range names {
		clean(t, c, key+`\`+name)
		must(t, c.DeleteKey(t.Context(), key+`\`+name))
	}
	list, err := c.Values(t.Context(), key)
	must(t, err)
	for _, v := range list {
		must(t, c.Delete(t.Context(), key, v.Name))
	}
}

// whole is everything below SYSTEM and SOFTWARE: keys, values, types and bytes, as
// our calls read them, and as samba itself exports them.
func (s *server) whole(t *testing.T) string {
	t.Helper()
	var lines []string
	c := s.open(t)
	var walk func(key string)
	walk = func(key string) {
		lines = append(lines, "["+key+"]")
		list, err := c.Values(t.Context(), key)
		must(t, err)
		for _, v := range list {
			lines = append(lines, fmt.Sprintf("[%s] %q=%d:%x", key, v.Name, v.Type, v.Bytes))
		}
		names, err := c.Subkeys(t.Context(), key)
		must(t, err)
		for _, name := range names {
			walk(key + `\` + name)
		}
	}
	for _, root := range []string{`HKLM\SYSTEM`, `HKLM\SOFTWARE`} {
		walk(root)
		at := ""
		for line := range strings.Lines(s.state(t, root)) {
			if strings.HasPrefix(line, "[") {
				at = strings.TrimSpace(line)
			}
			lines = append(lines, "exported "+at+" "+strings.TrimSpace(line))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// ran is what a run of the program gave.
type ran struct {
	code     int
	out, err string
}

func (r ran) String() string { return fmt.Sprintf("exit status %d\n%s", r.code, r.err) }

// tlsready runs the program within this process.
func tlsready(ctx context.Context, args ...string) ran {
	var out, err strings.Builder
	code := cli.Run(ctx, append(args, "--lang", "en"), cli.Streams{In: strings.NewReader(""), Out: &out, Err: &err}, []string{"TLSREADY_PASSWORD=" + password})
	return ran{code, out.String(), err.String()}
}

// job is what most tests ask for.
func job(dir, os string, more ...string) []string {
	return append([]string{"--os", os, "--service", "azure-backup", "--on", "2021-09-01", "--caller", "mars", "--apply", "--yes", "--dir", dir}, more...)
}

func undoFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	must(t, err)
	return files
}

// states is how many generated starting states are tried.
const states = 12

// Proves the law of fix and undo over SMB, through the program: whatever stood at
// the values that the fix touches, the whole registry is after the undo what it
// was before, byte for byte, keys that were made and types included; the undo file
// alone finds the machine again; and the machine is judged anew after the change.
func TestApplyAndUndo(t *testing.T) {
	s := needServer(t)
	url := s.Target().String()
	changed, connects := 0, 0
	for seed := range uint64(states) {
		s.fill(t, seed)
		before, dir := s.whole(t), t.TempDir()
		systems := []string{"Windows Server 2012 R2", "Windows Server 2008 R2"}
		args := append([]string{"fix", url}, job(dir, systems[seed%2])...)
		if seed%3 == 0 {
			args = append(args, "--documented")
		}
		done := tlsready(t.Context(), args...)
		files := undoFiles(t, dir)
		if len(files) == 0 {
			if s.whole(t) != before {
				t.Errorf("seed %d: changed without an undo file: %s", seed, done)
			}
			continue
		}
		changed++
		if !strings.Contains(done.err, "judged again: ") || s.whole(t) == before {
			t.Errorf("seed %d: nothing was changed, or not judged: %s", seed, done)
		}
		if strings.Contains(done.err, "judged again: connects") {
			connects++
		}
		undone := tlsready(t.Context(), "fix", s.Target().String(), "--undo", files[0], "--yes")
		if after := s.whole(t); undone.code != 0 || after != before {
			t.Errorf("seed %d: %s\n%s\ndiffers in\n%s", seed, done, undone, difference(before, after))
		}
		if again := tlsready(t.Context(), "fix", s.Target().String(), "--undo", files[0], "--yes"); again.code != 0 || !strings.Contains(again.err, "0 values were put back") {
			t.Errorf("seed %d: the second undo: %s", seed, again)
		}
	}
	t.Logf("%d states: %d changed, of which %d connect", states, changed, connects)
	if changed < states/2 || connects < states/4 {
		t.Errorf("of %d states %d were changed and %d connect", states, changed, connects)
	}
}

func difference(a, b string) string {
	var list []string
	inB := map[string]bool{}
	for line := range strings.Lines(b) {
		inB[line] = true
	}
	for line := range strings.Lines(a) {
		if !inB[line] {
			list = append(list, "- "+line)
		}
		delete(inB, line)
	}
	for line := range inB {
		list = append(list, "+ "+line)
	}
	return strings.Join(list, "")
}

// broken is a state in which the fix has something to do on every stack.
func (s *server) broken(t *testing.T) string {
	t.Helper()
	s.fill(t, 1)
	c := s.open(t)
	for _, one := range touched() {
		key, name, _ := strings.Cut(one.Name, "|")
		_ = c.Delete(t.Context(), key, name)
	}
	put(t, c, dotnet, "SchUseStrongCrypto", host.Dword(0))
	return s.whole(t)
}

// Proves that wherever the connection is cut, the registry after the run is as before or
// wholly changed; that one new connection is made to take changes back; and that if that
// cannot be made, the changes are named and the undo file brings everything back.
func TestConnectionIsCut(t *testing.T) {
	s := needServer(t)
	before := s.broken(t)
	p := s.newProxy(t, "127.0.0.1", account)
	dir := t.TempDir()
	whole := tlsready(t.Context(), append([]string{"fix", p.url}, cutJob(dir)...)...)
	p.mu.Lock()
	all := slices.Clone(p.bytes)
	p.mu.Unlock()
	if len(all) != 3 || whole.code != 0 { // to read, to change, to judge again
		t.Fatalf("%d connections: %s", len(all), whole)
	}
	must(t, s.undo(t, undoFiles(t, dir)))
	kinds, shown := map[string]int{}, false
	for _, reachable := range []bool{true, false} {
		for cut := 0; cut < all[1]; cut += max(1, all[1]/cuts) {
			p.again()
			p.sent = func(connection, sent int) bool { return connection != 1 || sent < cut }
			p.take = func(connection int) bool { return reachable || connection < 2 }
			dir := t.TempDir()
			r := tlsready(t.Context(), append([]string{"fix", p.url}, cutJob(dir)...)...)
			kind := s.afterCut(t, r, dir, before, reachable)
			if kinds[fmt.Sprintf("%s, reachable %v", kind, reachable)]++; kind == "half" && cut > all[1]/2 && !shown {
				shown = true
				t.Log(r.err[strings.LastIndex(r.err, "tlsready: "):])
			}
		}
	}
	t.Logf("%d bytes change the machine; %v", all[1], kinds)
	if kinds["taken back, reachable true"] == 0 || kinds["half, reachable false"] == 0 || kinds["half, reachable true"] > 0 {
		t.Errorf("the cuts missed: %v", kinds)
	}
}

func cutJob(dir string) []string { return job(dir, "Windows Server 2012 R2", "--documented") }

// cuts is how many places of a connection are tried.
const cuts = 12

func (s *server) undo(t *testing.T, files []string) error {
	t.Helper()
	if len(files) != 1 {
		return fmt.Errorf("undo files %q", files)
	}
	// The proxy of the file's own URL may be closed to it.
	if r := tlsready(t.Context(), "fix", s.Target().String(), "--undo", files[0], "--yes", "--force"); r.code != 0 {
		return errors.New(r.String())
	}
	return nil
}

// afterCut checks a state against what is said of it, and leaves the state of
// before.
func (s *server) afterCut(t *testing.T, r ran, dir, before string, reachable bool) string {
	t.Helper()
	files, after := undoFiles(t, dir), s.whole(t)
	switch {
	case len(files) == 0:
		if after != before || r.code != frame.ExitIncomplete || !strings.Contains(r.err, "as before") && !strings.Contains(r.err, "as it is before") && !strings.Contains(r.err, "nothing was changed") && !strings.Contains(r.err, "it is as before") {
			t.Fatalf("without an undo file: %s\n%s", r, difference(before, after))
		}
		if strings.Contains(r.err, "taken back") {
			return "taken back"
		}
		return "not begun"
	case strings.Contains(r.err, "judged"), strings.Contains(r.err, "changes are made"):
		must(t, s.undo(t, files))
		return "done"
	}
	if reachable || r.code != frame.ExitIncomplete || !strings.Contains(r.err, "connection was lost") || !strings.Contains(r.err, "--undo '"+files[0]+"'") {
		t.Fatalf("half a change: %s", r)
	}
	must(t, s.undo(t, files))
	if back := s.whole(t); back != before {
		t.Fatalf("after the undo: %s\n%s", r, difference(before, back))
	}
	return "half"
}

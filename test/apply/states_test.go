package apply_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/host"
)

// states is how many generated starting states are tried.
const states = 4

// draw brings the machine to a state that is drawn from a seed: at each value that
// the vendor's recipe writes there is nothing, or something that does not count.
func (m machine) draw(t *testing.T, seed uint64) {
	t.Helper()
	m.clean(t)
	r := rand.New(rand.NewPCG(seed, 13))
	var list []host.Change
	for _, one := range []struct{ key, name string }{
		{net64 + `\v4.0.30319`, "SchUseStrongCrypto"},
		{net64 + `\v4.0.30319`, "SYSTEMDEFAULTTLSVERSIONS"},
		{net32 + `\v4.0.30319`, "schusestrongcrypto"},
		{net32 + `\v4.0.30319`, "SystemDefaultTlsVersions"},
		{tls12, "Enabled"},
		{tls12, "DisabledByDefault"},
	} {
		kinds := []host.Data{
			host.Dword(0), host.Dword(7), host.String("1"), host.String(""), host.String("表 \"a\""), host.Multi("a", "表"),
			{Type: host.Binary, Bytes: []byte{0, 0xff}},
			{Type: host.QWORD, Number: 1},
			{Type: host.ExpandSZ, Text: "%a%"},
			{Type: host.None, Bytes: []byte{1}},
		}
		if at := r.IntN(len(kinds) + 4); at < len(kinds) {
			list = append(list, host.Change{Key: one.key, Name: one.name, Data: kinds[at]})
		}
	}
	list = append(list, host.Change{Key: net64 + `\v4.0.30319`, Name: "", Data: host.String("既定")})
	m.importReg(t, regFile(t, list...))
}

// Proves the law of fix and undo for this machine, through the program: from
// several starting states, what the vendor's whole recipe changed is after the undo
// as it was before, byte for byte as Wine exports it.
func TestFixFromManyStates(t *testing.T) {
	m := newMachine(t)
	exe := m.Program(t, "tlsready/cmd/tlsready")
	m.Run(t, "winecfg", "-v", "win81")
	m.Run(t, "reg", "add", `HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full`, "/v", "Release", "/t", "REG_DWORD", "/d", "379893", "/f")
	changed := 0
	for seed := range uint64(states) {
		m.draw(t, seed)
		first, dir := m.state(t), filepath.Join(m.dir, "undo")
		code, out := m.Status(t, exe, "fix", "local:", "--service", "azure-backup", "--caller", "mars", "--on", "2021-09-01", "--documented", "--apply", "--yes", "--dir", m.Path(t, dir), "--lang", "en")
		files, err := filepath.Glob(filepath.Join(dir, "*.json"))
		if err != nil || len(files) > 1 {
			t.Fatalf("seed %d: undo files %q, %v", seed, files, err)
		}
		if len(files) == 0 {
			if !bytes.Equal(first, m.state(t)) {
				t.Errorf("seed %d: exit status %d, changed without an undo file\n%s", seed, code, out)
			}
			continue
		}
		changed++
		if !strings.Contains(out, "judged again: ") || bytes.Equal(first, m.state(t)) {
			t.Errorf("seed %d: exit status %d\n%s", seed, code, out)
		}
		code, undone := m.Status(t, exe, "fix", "--undo", m.Path(t, files[0]), "--yes", "--lang", "en")
		if last := m.state(t); code != 0 || !bytes.Equal(first, last) {
			t.Errorf("seed %d: exit status %d\n%s\n%s\nbefore\n%s\nafter\n%s", seed, code, out, undone, readable(first), readable(last))
		}
		if err := os.Remove(files[0]); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d of %d states were changed", changed, states)
	if changed < states/2 {
		t.Errorf("only %d of %d states were changed", changed, states)
	}
}

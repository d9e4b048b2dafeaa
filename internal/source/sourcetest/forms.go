package sourcetest

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"

	"tlsready/internal/host"
	"tlsready/internal/regtext"
	"tlsready/internal/testkit/hivegen"
)

// Write puts a file into a scratch folder, or the given one.
func Write(t testing.TB, dir, name string, data []byte) string {
	t.Helper()
	if dir == "" {
		dir = t.TempDir()
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// CP932 is text in code page 932.
func CP932(t testing.TB, text string) []byte {
	t.Helper()
	data, err := japanese.ShiftJIS.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Forms are the ways to write the machine of the suite down, by the name of the
// kind that reads it.
func Forms() map[string]func(testing.TB) string {
	return map[string]func(testing.TB) string{
		"snapshot": AsSnapshot, "reg": asExport, "hive": AsHives, "collected": asCollected,
	}
}

// AsSnapshot writes the machine as a snapshot.
func AsSnapshot(t testing.TB) string {
	s := host.Snapshot{
		Name: "fs01", OS: host.OS{Name: "Windows Server 2012 R2 Standard", Version: "6.3", Build: 9600, Revision: 19913, Architecture: "x64", Type: "server"},
		Covered: Covered(), Registry: Values(),
	}
	data, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return Write(t, "", "fs01.json", data)
}

func asExport(t testing.TB) string {
	var changes []host.Change
	for _, v := range Values() {
		changes = append(changes, host.Change{Key: strings.Replace(v.Key, "CurrentControlSet", "ControlSet001", 1), Name: v.Name, Data: v.Data})
	}
	var out bytes.Buffer
	if err := regtext.Write(&out, changes); err != nil {
		t.Fatal(err)
	}
	for _, key := range Covered() {
		key = strings.Replace(strings.Replace(key, "HKLM", "HKEY_LOCAL_MACHINE", 1), "CurrentControlSet", "ControlSet001", 1)
		out.Write(UTF16LE("\r\n[" + key + "]\r\n"))
	}
	out.Write(UTF16LE("\r\n"))
	return Write(t, "", "fs01.reg", out.Bytes())
}

// UTF16LE is text of the basic plane in UTF-16.
func UTF16LE(text string) []byte {
	var out []byte
	for _, r := range text {
		out = append(out, byte(r), byte(r>>8))
	}
	return out
}

// AsHives writes the machine as a pair of hives.
func AsHives(t testing.TB) string { return Hives(t, Values()) }

// Hives makes a pair of hives of the machine's values.
func Hives(t testing.TB, values []host.Value) string {
	t.Helper()
	system := []host.Value{
		{Key: "Select", Name: "Current", Data: host.Dword(2)},
		{Key: `ControlSet001\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server`, Name: "Enabled", Data: host.Dword(0)}, // not in use
	}
	var software []host.Value
	for _, v := range values {
		if key, ok := strings.CutPrefix(v.Key, `HKLM\SYSTEM\CurrentControlSet\`); ok {
			system = append(system, host.Value{Key: `ControlSet002\` + key, Name: v.Name, Data: v.Data})
		} else if key, ok := strings.CutPrefix(v.Key, `HKLM\SOFTWARE\`); ok {
			software = append(software, host.Value{Key: key, Name: v.Name, Data: v.Data})
		}
	}
	dir := t.TempDir()
	Write(t, dir, "system", hivegen.Build(system))
	Write(t, dir, "SOFTWARE", hivegen.Build(software))
	return dir
}

// asCollected writes what the collector writes on Japanese Windows: code page
// 932, errors and the name of the default value in Japanese.
func asCollected(t testing.TB) string {
	var b strings.Builder
	b.WriteString("tlsready.collect/v1\r\n## host FS01\r\n## architecture AMD64\r\n")
	part := func(kind, key string) {
		full := strings.Replace(key, "HKLM", "HKEY_LOCAL_MACHINE", 1)
		fmt.Fprintf(&b, "## %s %s\r\n", kind, full)
		state, last := "absent", ""
		for _, v := range Values() {
			if !strings.HasPrefix(v.Key, key) {
				continue
			}
			if state = "present"; v.Key != last {
				fmt.Fprintf(&b, "\r\n%s\r\n", strings.Replace(v.Key, "HKLM", "HKEY_LOCAL_MACHINE", 1))
				last = v.Key
			}
			b.WriteString(regLine(v))
		}
		if state == "absent" {
			b.WriteString("エラー: 指定されたレジストリ キーまたは値が見つかりませんでした。\r\n")
		}
		fmt.Fprintf(&b, "\r\n## %s\r\n", state)
	}
	part("value", `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`)
	for _, key := range Covered() {
		part("tree", key)
	}
	b.WriteString("## end\r\n")
	return Write(t, "", "FS01.tlsready.txt", CP932(t, b.String()))
}

// regLine is a value as reg.exe prints it.
func regLine(v host.Value) string {
	name, data := v.Name, v.Text
	if name == "" {
		name = "(既定)"
	}
	switch v.Type {
	case host.DWORD:
		data = fmt.Sprintf("0x%x", v.Number)
	case host.MultiSZ:
		data = strings.Join(v.Strings, `\0`)
	case host.Binary:
		data = strings.ToUpper(hex.EncodeToString(v.Bytes))
	}
	return fmt.Sprintf("    %s    %s    %s\r\n", name, v.Type, data)
}

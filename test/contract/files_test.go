package contract

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/testkit/parts"

	"tlsready/internal/host"
	"tlsready/internal/regtext"
	"tlsready/internal/source/files"
	"tlsready/internal/source/gather"
	"tlsready/internal/source/sourcetest"
	"tlsready/internal/testkit/hivegen"
)

// fileForms are the sources that are files of one host.
func fileForms() []form {
	noFiles := sourcetest.Loss{What: "files", Why: "the registry does not hold the versions of files", Drop: func(s *host.Snapshot) { s.Files = nil }}
	return []form{
		{name: "snapshot", open: each(asSnapshot)},
		{name: "reg", losses: []sourcetest.Loss{noFiles}, flags: coveredFlags, open: each(asExport)},
		{name: "reg, a folder of exports", losses: []sourcetest.Loss{noFiles}, flags: coveredFlags, open: each(asExports)},
		{name: "hives", losses: []sourcetest.Loss{noFiles}, open: each(asHives)},
		{name: "hives of hivex", losses: []sourcetest.Loss{noFiles}, open: openHivex},
		{name: "collector ps1", open: each(asCollectedPS1)},
	}
}

// each is the open of a source without anything that hosts share.
func each(put func(*testing.T, sourcetest.Reference) string) func(*testing.T) func(*testing.T, sourcetest.Reference) string {
	return func(*testing.T) func(*testing.T, sourcetest.Reference) string { return put }
}

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func asSnapshot(t *testing.T, r sourcetest.Reference) string { return written(t, r.Snapshot()) }

// asExport is what "reg export" writes of the keys that are there.
func asExport(t *testing.T, r sourcetest.Reference) string {
	return write(t, r.Name+".reg", regText(t, r.Machine()))
}

func regText(t *testing.T, values []host.Value) []byte {
	t.Helper()
	var changes []host.Change
	for _, v := range values {
		changes = append(changes, host.Change{Key: v.Key, Name: v.Name, Data: v.Data})
	}
	var out bytes.Buffer
	if err := regtext.Write(&out, changes); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// asExports is a folder of exports, one for each hive.
func asExports(t *testing.T, r sourcetest.Reference) string {
	dir := filepath.Join(t.TempDir(), "hosts", r.Name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	parts := map[string][]host.Value{}
	for _, v := range r.Machine() {
		hive := strings.Split(v.Key, `\`)[1]
		parts[hive] = append(parts[hive], v)
	}
	for hive, values := range parts {
		if err := os.WriteFile(filepath.Join(dir, hive+".reg"), regText(t, values), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Dir(dir)
}

// coveredFlags name the keys that were exported but are not there, or hold
// nothing but other keys: an export shows only keys that are there.
func coveredFlags(sourcetest.Reference) []string {
	var flags []string
	for _, key := range append(gather.Prefixes(), listKeys()...) {
		flags = append(flags, "--covered", key)
	}
	return flags
}

// listKeys hold the lists that a snapshot keeps apart from the registry.
func listKeys() []string {
	return []string{
		`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages`,
		`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall`, `HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Uninstall`,
		`HKLM\SOFTWARE\Microsoft\SystemCertificates\ROOT`, `HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot`,
		`HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\Root`, `HKLM\SOFTWARE\Microsoft\EnterpriseCertificates\Root`,
		`HKLM\SOFTWARE\Microsoft\SystemCertificates\CA`, `HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\CA`,
		`HKLM\SOFTWARE\Microsoft\EnterpriseCertificates\CA`,
	}
}

// hiveValues are the values of a host as its two hives hold them.
func hiveValues(r sourcetest.Reference) (system, software []host.Value) {
	system = []host.Value{
		{Key: "Select", Name: "Current", Data: host.Dword(2)},
		{Key: `ControlSet001\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`, Name: "Enabled", Data: host.Dword(0)}, // not in use
	}
	for _, v := range r.Machine() {
		if key, ok := strings.CutPrefix(v.Key, `HKLM\SYSTEM\CurrentControlSet\`); ok {
			system = append(system, host.Value{Key: `ControlSet002\` + key, Name: v.Name, Data: v.Data})
		} else {
			software = append(software, host.Value{Key: strings.TrimPrefix(v.Key, `HKLM\SOFTWARE\`), Name: v.Name, Data: v.Data})
		}
	}
	return system, software
}

func hiveFiles(r sourcetest.Reference) map[string][]byte {
	system, software := hiveValues(r)
	return map[string][]byte{"SYSTEM": hivegen.Build(system), "SOFTWARE": hivegen.Build(software)}
}

func asHives(t *testing.T, r sourcetest.Reference) string {
	dir := t.TempDir()
	for name, data := range hiveFiles(r) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// openHivex has the hives written by hivexregedit, another program than ours.
func openHivex(t *testing.T) func(*testing.T, sourcetest.Reference) string {
	parts.Need(t, "hivexregedit", "libwin-hivex-perl")
	return func(t *testing.T, r sourcetest.Reference) string {
		dir := t.TempDir()
		system, software := hiveValues(r)
		for name, values := range map[string][]host.Value{"SYSTEM": system, "SOFTWARE": software} {
			file := filepath.Join(dir, name)
			if err := os.WriteFile(file, hivegen.Build(nil), 0o600); err != nil {
				t.Fatal(err)
			}
			recipe := write(t, name+".reg", mergeable(t, values))
			if out, err := exec.CommandContext(t.Context(), "hivexregedit", "--merge", "--prefix", hivexPrefix, file, recipe).CombinedOutput(); err != nil {
				t.Fatalf("hivexregedit: %v\n%s", err, out)
			}
		}
		return dir
	}
}

const hivexPrefix = `HKEY_LOCAL_MACHINE\HIVE`

// mergeable is .reg text as hivexregedit takes it: in UTF-8, and with a section
// for every key, the parents first.
func mergeable(t *testing.T, values []host.Value) []byte {
	t.Helper()
	var text strings.Builder
	text.WriteString("Windows Registry Editor Version 5.00\r\n")
	made := map[string]bool{}
	for _, v := range values {
		parts := strings.Split(v.Key, `\`)
		for i := range parts {
			if key := strings.Join(parts[:i+1], `\`); !made[key] {
				made[key] = true
				fmt.Fprintf(&text, "\r\n[%s\\%s]\r\n", hivexPrefix, key)
			}
		}
	}
	moved := slices.Clone(values)
	for i := range moved {
		moved[i].Key = hivexPrefix + `\` + moved[i].Key
	}
	wide := regText(t, moved)
	var narrow []byte
	for i := 2; i < len(wide); i += 2 { // all of it is ASCII
		narrow = append(narrow, wide[i])
	}
	_, rest, _ := strings.Cut(string(narrow), "\r\n")
	return []byte(text.String() + rest)
}

// asCollectedPS1 is what the PowerShell collector writes: its own questions,
// answered from the table. There is no PowerShell here to run it; that the script
// writes this form is held by internal/source.
func asCollectedPS1(t *testing.T, r sourcetest.Reference) string {
	a := answers{values: r.Machine()}
	fmt.Fprintf(&a, "tlsready.collect/v1\r\n## host %s\r\n## architecture AMD64\r\n", r.Name)
	question := regexp.MustCompile(`^    Read-(Values|Key|Tree|List|Files) (?:'([^']*)')? ?(?:'([^']*)')? ?(?:@\((.*)\))?\r?$`)
	asked := 0
	for line := range strings.SplitSeq(string(files.Collector{}.PS1()), "\n") {
		m := question.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		asked++
		if m[1] == "Files" {
			a.files(r)
			continue
		}
		names := regexp.MustCompile(`'([^']*)'`).FindAllStringSubmatch(m[4], -1)
		a.part(strings.ToLower(strings.TrimSuffix(m[1], "s")), `HKLM\`+m[2], m[3], names)
	}
	if asked < 20 {
		t.Fatalf("only %d questions of the script were found", asked)
	}
	a.WriteString("## end\r\n")
	return write(t, r.Name+".tlsready.txt", []byte(a.String()))
}

type answers struct {
	strings.Builder
	values []host.Value
}

func (a *answers) files(r sourcetest.Reference) {
	a.WriteString("## files\r\ntime 2021-06-15T05:00:00Z\r\n")
	for path, version := range r.Files {
		fmt.Fprintf(a, "file %s %s\r\n", version, path)
	}
	a.WriteString("## present\r\n")
}

// part answers one question: the values of a key, with those below it for a tree,
// the matching subkeys for a list.
func (a *answers) part(kind, key, match string, names [][]string) {
	fmt.Fprintf(a, "## %s %s\r\n", kind, long(key))
	matching := regexp.MustCompile("(?i)" + match)
	state, last := "absent", ""
	for _, v := range a.values {
		rest, below := strings.CutPrefix(strings.ToLower(v.Key), strings.ToLower(key)+`\`)
		own := strings.EqualFold(v.Key, key)
		if !own && !below {
			continue
		}
		if state == "absent" { // the script begins with the key itself
			state, last = "present", key
			fmt.Fprintf(a, "%s\r\n", long(key))
		}
		wanted := len(names) == 0 || slices.ContainsFunc(names, func(n []string) bool { return strings.EqualFold(n[1], v.Name) })
		if kind == "list" && (own || !matching.MatchString(rest)) || below && (kind == "key" || kind == "value") || kind == "value" && !wanted {
			continue
		}
		if !strings.EqualFold(v.Key, last) {
			last = v.Key
			fmt.Fprintf(a, "%s\r\n", long(v.Key))
		}
		if kind != "list" || len(names) > 0 && wanted {
			a.WriteString(regLine(v))
		}
	}
	fmt.Fprintf(a, "## %s\r\n", state)
}

func long(key string) string { return strings.Replace(key, "HKLM", "HKEY_LOCAL_MACHINE", 1) }

// regLine is a value as reg.exe and the script print it.
func regLine(v host.Value) string {
	data := v.Text
	switch v.Type {
	case host.DWORD:
		data = fmt.Sprintf("0x%x", v.Number)
	case host.MultiSZ:
		data = strings.Join(v.Strings, `\0`)
	case host.Binary:
		data = strings.ToUpper(hex.EncodeToString(v.Bytes))
	}
	return fmt.Sprintf("    %s    %s    %s\r\n", v.Name, v.Type, data)
}

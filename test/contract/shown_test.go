package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tlsready"
	"tlsready/internal/caller"
	"tlsready/internal/host"
	"tlsready/internal/source/sourcetest"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
)

// shownValue is a value that tools show as text.
type shownValue struct {
	key, name string
	number    int
}

func shownValues() (all []shownValue) {
	for _, version := range []string{"1.0", "1.1", "1.2"} {
		for _, side := range []string{"Client", "Server"} {
			key := `SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS ` + version + `\` + side
			on := 0
			if version == "1.2" {
				on = 1
			}
			all = append(all, shownValue{key, "Enabled", on}, shownValue{key, "DisabledByDefault", 1 - on})
		}
	}
	for _, wow := range []string{"", `WOW6432Node\`} {
		for _, version := range []string{"v2.0.50727", "v4.0.30319"} {
			key := `SOFTWARE\` + wow + `Microsoft\.NETFramework\` + version
			all = append(all, shownValue{key, "SystemDefaultTlsVersions", 1}, shownValue{key, "SchUseStrongCrypto", 1})
		}
	}
	return all
}

// shownForms are the texts that tools and people show settings with. They carry no
// whole host, so the suite of all sources does not ask them for one.
func shownForms() []form {
	return []form{
		{name: "listing", open: each(asListing)},
		{name: "entra", open: each(asEntraTable)},
		{name: "entra, JSON", open: each(asEntraJSON)},
		{name: "healthchecker", open: each(asHealthText)},
	}
}

func asListing(t *testing.T, _ sourcetest.Reference) string {
	var out bytes.Buffer
	values := shownValues()
	for i := 0; i < len(values); i += 2 {
		at := strings.LastIndex(values[i].key, `\`)
		const root = `Microsoft.PowerShell.Core\Registry::HKEY_LOCAL_MACHINE\`
		out.WriteString("\r\n\r\n")
		for _, v := range values[i : i+2] {
			fmt.Fprintf(&out, "%-24s : %d\r\n", v.name, v.number)
		}
		fmt.Fprintf(&out, "PSPath                   : %s%s\r\nPSParentPath             : %s%s\r\nPSChildName              : %s\r\n", root, values[i].key, root, values[i].key[:at], values[i].key[at+1:])
		out.WriteString("PSDrive                  : HKLM\r\nPSProvider               : Microsoft.PowerShell.Core\\Registry\r\n\r\n\r\n")
	}
	return write(t, "shown.txt", out.Bytes())
}

func asEntraTable(t *testing.T, _ sourcetest.Reference) string {
	var out bytes.Buffer
	fmt.Fprintf(&out, "\r\n%-100s %-24s %s\r\n%-100s %-24s %s\r\n", "Path", "Name", "Value", "----", "----", "-----")
	for _, v := range shownValues() {
		fmt.Fprintf(&out, "%-100s %-24s %d\r\n", `HKLM:\`+v.key, v.name, v.number)
	}
	return write(t, "shown.txt", append(out.Bytes(), "\r\n"...))
}

func asEntraJSON(t *testing.T, _ sourcetest.Reference) string {
	var list []object
	for _, v := range shownValues() {
		list = append(list, object{"Path": `HKLM:\` + v.key, "Name": v.name, "Value": v.number})
	}
	return write(t, "shown.json", encoded(t, list))
}

func asHealthText(t *testing.T, _ sourcetest.Reference) string {
	var out bytes.Buffer
	out.WriteString("Exchange Health Checker version 25.01.01.0101\r\n\r\n\tTLS 1.2: Enabled\r\n\r\n        RegistryKey              Location      Value\r\n        -----------              --------      -----\r\n")
	for _, v := range shownValues() {
		fmt.Fprintf(&out, "        %-24s %s          %d\r\n", v.name, v.key, v.number)
	}
	return write(t, "HealthChecker-FS01-20210615050000.txt", append(out.Bytes(), "\r\n"...))
}

// shownDamages spoil lines of a text: its value lost, in error, shortened or shown
// twice in two ways, the line cut, and the text cut anywhere.
func shownDamages(data []byte) (all []damage) {
	lines := strings.SplitAfter(string(data), "\n")
	for i, line := range lines {
		text := strings.TrimRight(line, "\r\n")
		at := strings.LastIndexByte(text, ' ')
		if _, err := strconv.Atoi(text[at+1:]); err != nil || at < 0 {
			continue
		}
		put := func(how, other string) {
			next := slices.Clone(lines)
			next[i] = other
			all = append(all, damage{fmt.Sprintf("line %d %s", i+1, how), []byte(strings.Join(next, ""))})
		}
		for _, value := range []string{"", " ", "Access is denied.", "...", "…", "NULL", "Not Found", "{0, 1...}", "0x", "System.Object"} {
			put(fmt.Sprintf("with %q", value), text[:at+1]+value+"\r\n")
		}
		if !strings.Contains(text, " : ") { // an object has each property once
			put("twice, otherwise", line+text[:at+1]+"77\r\n")
		}
		put("cut", text[:len(text)/2]+"\r\n")
	}
	return all
}

// Proves for the texts that tools show settings with what TestFleetDamage proves for
// exports, and for both what follows for verdicts: with damage, no caller gets a
// verdict of connects or fails that it does not get from the whole.
func TestShownDamage(t *testing.T) {
	r := sourcetest.References()[1]
	for _, f := range shownForms() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			whole := f.open(t)(t, r)
			data, err := os.ReadFile(whole)
			if err != nil {
				t.Fatal(err)
			}
			held := readWith(t, whole, r.Version)
			if held == nil || len(held.Registry) != len(shownValues()) {
				t.Fatalf("the whole text holds %+v", held)
			}
			judged := newJudged(t)
			want := judged.of(held)
			if !slices.ContainsFunc(want, func(v string) bool { return v != string(verdict.Unknown) }) {
				t.Error("nothing is certain of the whole: the law of verdicts is held against nothing")
			}
			all := damages(f.name, filepath.Base(whole), data)
			if filepath.Ext(whole) == ".txt" {
				all = append(all, shownDamages(data)...)
			}
			if len(all) < 100 {
				t.Errorf("%d ways of damage are few", len(all))
			}
			for _, d := range all {
				path := filepath.Join(t.TempDir(), filepath.Base(whole))
				if err := os.WriteFile(path, d.data, 0o600); err != nil {
					t.Fatal(err)
				}
				if s := readWith(t, path, r.Version); s != nil {
					holdDamaged(t, d.how, s, held)
					judged.hold(t, d.how, s, want)
				}
			}
		})
	}
}

// judgedCallers judges some callers for a service that drops old TLS.
type judgedCallers struct {
	judge   *verdict.Judge
	demand  verdict.Demand
	callers []*caller.Caller
}

func newJudged(t *testing.T) *judgedCallers {
	t.Helper()
	m, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	v := &judgedCallers{judge: &verdict.Judge{Model: m}, demand: verdict.Demand{Service: "damage"}}
	v.demand.Phases = []verdict.Phase{{From: "2021-09-01", Accepts: tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS12)}}}
	for _, id := range []string{"schannel", "winhttp-x64", "dotnet-3.5-x64", "dotnet-4.5-x64", "dotnet-4.7.2-x64"} {
		one, _, err := caller.ByID(id)
		if err != nil {
			t.Fatal(err)
		}
		v.callers = append(v.callers, one)
	}
	return v
}

func (v *judgedCallers) of(s *host.Snapshot) (list []string) {
	for _, one := range v.callers {
		list = append(list, string(v.judge.Host(host.NewView(s), []*caller.Caller{one}, v.demand).Verdict))
	}
	return list
}

// hold holds the verdicts of a damaged host against those of the whole.
func (v *judgedCallers) hold(t *testing.T, how string, s *host.Snapshot, want []string) {
	t.Helper()
	for i, got := range v.of(s) {
		if got != string(verdict.Unknown) && got != want[i] {
			text, _ := json.Marshal(s)
			t.Errorf("%s: %s %s, where it %s: %s", how, v.callers[i].ID, got, want[i], text)
		}
	}
}

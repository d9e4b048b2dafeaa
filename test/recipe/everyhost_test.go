package recipe_test

import (
	"slices"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/recipe/formats"
)

const tcpip = `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`

// fleet is three groups: the plan of the other tests for FS01, one for two computers
// of one name in two domains, of which the second needs something else, and one for
// 32-bit Windows.
func fleet() []recipe.Plan {
	first, second, third, narrow := plan(), plan(), plan(), plan()
	first.Hosts = []string{"acme/FS01"}
	second.Hosts, second.Names = []string{"a/DC"}, []string{"dc.a.example.com"}
	second.Changes = []host.Change{{Key: net4, Name: "SystemDefaultTlsVersions", Data: host.Dword(1), Before: host.Before{State: host.Absent}}}
	second.Restart = recipe.RestartService
	third.Hosts, third.Names = []string{"b/DC"}, []string{"dc.b.example.com"}
	third.Changes = []host.Change{{Key: net4, Name: "SchSendAuxRecord", Data: host.Dword(0), Before: host.Before{State: host.Absent}}}
	third.Restart = recipe.RestartProcess
	narrow.Hosts, narrow.OS.Architecture = []string{"TILL3"}, "x86"
	narrow.Changes = slices.DeleteFunc(narrow.Changes, func(c host.Change) bool { return c.Key == net4Wow })
	return []recipe.Plan{first, second, third, narrow}
}

// allFiles are the files of the folder "all".
func allFiles(t *testing.T, lang string, formatNames ...string) map[string][]byte {
	t.Helper()
	var as []recipe.Format
	for _, name := range formatNames {
		f, ok := formats.ByName(name)
		if !ok {
			t.Fatalf("no format %s", name)
		}
		as = append(as, f)
	}
	set := recipe.Compose(fleet(), nil, as, message.For(lang))
	if len(set.Refused)+len(set.NotInAll) > 0 {
		t.Fatalf("%+v %+v", set.Refused, set.NotInAll)
	}
	files := map[string][]byte{}
	for _, f := range set.Files {
		if name, ok := strings.CutPrefix(f.Name, "all/"); ok {
			files[name] = f.Data
		}
	}
	return files
}

// Proves under a real command interpreter that the one apply.cmd for all hosts makes the
// changes of the computer on which it runs and of no other; that a second run, as at each
// start of the computer, does nothing and ends with 0; that it refuses a value that
// somebody changed, and names it; that it leaves a computer as it is if that is not on
// the list, or if it shares its name with several and has the full name of none of them;
// and that verify tells the states apart and undo restores all of it.
func TestCmdForAll(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		t.Run(lang, func(t *testing.T) {
			p := fleet()[0]
			m := start(t, p, true)
			files := allFiles(t, lang, "cmd")
			before := m.state(t, p)
			const fs01, other, dc = "set COMPUTERNAME=fs01", "set COMPUTERNAME=FS02", "set COMPUTERNAME=DC"
			m.expect(t, "elsewhere", files["apply.cmd"], "0", "elsewhere", "none", other)
			m.expect(t, "undo elsewhere", files["undo.cmd"], "0", "elsewhere", "none", other)
			if after := m.state(t, p); after != before {
				t.Fatalf("elsewhere: before\n%s\nafter\n%s", before, after)
			}
			m.ticket(t, files["verify.cmd"], "1", stage(lang, "0/8 ", "before"), fs01)
			m.expect(t, "apply", files["apply.cmd"], "3010", "applied", "reboot", fs01)
			m.expect(t, "at the next start", files["apply.cmd"], "0", "unchanged", "none", fs01)
			m.ticket(t, files["verify.cmd"], "0", stage(lang, "8/8 ", "after"), fs01)
			m.importReg(t, host.Change{Key: local, Name: "Functions", Data: host.Multi("TLS_A", "TLS_C")})
			drifted := m.state(t, p)
			for _, name := range []string{"apply.cmd", "undo.cmd"} {
				m.expect(t, name+" after a change by others", files[name], "1", "failed", "none", fs01)
			}
			if after := m.state(t, p); after != drifted {
				t.Errorf("drift: before\n%s\nafter\n%s", drifted, after)
			}
			m.importReg(t, p.Changes...)
			m.expect(t, "undo", files["undo.cmd"], "3010", "undone", "reboot", fs01)
			if after := m.state(t, p); after != before {
				t.Errorf("before\n%s\nafter apply and undo\n%s", before, after)
			}

			m.importReg(t, host.Change{Key: tcpip, Name: "Hostname", Data: host.String("dc")}, host.Change{Key: tcpip, Name: "Domain", Data: host.String("c.example.com")})
			m.expect(t, "of a third domain", files["apply.cmd"], "1", "failed", "none", dc)
			m.importReg(t, host.Change{Key: tcpip, Name: "Domain", Data: host.String("B.example.com")})
			m.expect(t, "of the second domain", files["apply.cmd"], "0", "applied", "process", dc)
			if after := m.state(t, p); !strings.Contains(after, "SchSendAuxRecord") || strings.Contains(after, "SystemDefaultTlsVersions") {
				t.Errorf("the wrong group: %s", after)
			}
			m.expect(t, "undo of the second domain", files["undo.cmd"], "0", "undone", "process", dc)
			m.expect(t, "32 bit on 64", files["apply.cmd"], "1", "failed", "none", "set COMPUTERNAME=TILL3")
			if after := m.state(t, p); after != before {
				t.Errorf("before\n%s\nat the end\n%s", before, after)
			}
			m.elevated = false
			m.expect(t, "not elevated", files["apply.cmd"], "5", "not-elevated", "none", fs01)
		})
	}
}

// stage is what the block says; of Japanese the console of these tests shows the
// numbers alone.
func stage(lang, there, id string) string {
	if lang == "ja" {
		return there
	}
	return there + message.For(lang).Text("recipe.ticket."+id)
}

// ticket runs verify and holds the line of its block that says how far the fix is.
func (m machine) ticket(t *testing.T, data []byte, code, stage string, settings ...string) {
	t.Helper()
	got, out := m.script(t, data, settings...)
	if got != code || !strings.Contains(out, stage) {
		t.Errorf("exit status %s, want %s, and %q in\n%s", got, code, stage, out)
	}
}

package files

import (
	_ "embed"
	"strings"

	"tlsready/internal/source/gather"
	"tlsready/internal/stack"
)

//go:embed collector/collect.ps1
var collectPS1 string

//go:embed collector/report.ps1
var reportPS1 string

// The lines of the script in whose place its questions are written, and that which reports
// to a console; the first of these is also the line between the two parts of that.
const (
	ps1Parts  = "    # == what is read ==\n"
	ps1Report = "# == report ==\n"
	ps1Call   = "# == call ==\n"
)

// PS1 is the collector script for PowerShell 2.0 and later, which gives no verdict. What
// it asks for is written from the lists that the other sources use, so that they cannot
// disagree. Its output is what the kind "collected" reads.
//
// It is plain ASCII without a byte order mark: PowerShell reads a file without a
// mark in the machine's code page, where ASCII is the same everywhere, and some
// management agents pass a mark on as the script's first characters.
func (c Collector) PS1() []byte {
	begin, call := "", ""
	if c.Report != "" {
		begin, call, _ = strings.Cut(strings.ReplaceAll(unixLines(reportPS1), "@URL@", c.Report), ps1Report)
	}
	script := strings.Replace(unixLines(collectPS1), ps1Parts, ps1Questions(), 1)
	script = strings.Replace(script, ps1Report, begin, 1)
	script = strings.Replace(script, ps1Call, call, 1)
	return batch([]byte(script))
}

// ps1Questions are the lines that say what is read.
func ps1Questions() string {
	var b strings.Builder
	ask := func(words ...string) { b.WriteString("    " + strings.Join(words, " ") + "\n") }
	for _, id := range gather.Identities() {
		ask("Read-Values", ps1Key(id.Key), ps1List(id.Names))
	}
	for _, c := range gather.CoveredKeys() {
		if c.Shallow {
			ask("Read-Key", ps1Key(c.Key))
		} else {
			ask("Read-Tree", ps1Key(c.Key))
		}
	}
	for _, key := range []string{gather.UninstallKey, gather.UninstallKey32} {
		ask("Read-List", ps1Key(key), "''", ps1List([]string{"DisplayName", "DisplayVersion", "SystemComponent", "ParentKeyName"}))
	}
	for _, store := range append(gather.RootStores(), gather.IntermediateStores()...) {
		ask("Read-List", ps1Key(store+gather.CertificatesKey), "''", ps1List(nil))
	}
	ask("Read-List", ps1Key(gather.InterfacesKey), "''", ps1List(gather.InterfaceNames()))
	// The place where a rollup names its KB is asked for separately: most packages name
	// theirs in the key.
	ask("Read-List", ps1Key(gather.PackagesKey), "'^Package_.*for_'", ps1List([]string{"CurrentState"}))
	ask("Read-List", ps1Key(gather.PackagesKey), "'^Package_.*for_RollupFix'", ps1List([]string{"InstallLocation"}))
	for _, id := range gather.AccountValues() {
		account, key, _ := strings.Cut(id.Key, `\Software\`)
		ask("Read-Account", ps1Quote(account), ps1Quote(`Software\`+key), ps1List(id.Names))
	}
	ask("Read-Configs", ps1List(stack.MachineConfigs()))
	ask("Read-Files", ps1List(gather.VersionedFiles()))
	return b.String()
}

// ps1Key is a key below HKEY_LOCAL_MACHINE as a PowerShell string.
func ps1Key(key string) string { return ps1Quote(strings.TrimPrefix(key, `HKLM\`)) }

func ps1Quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

func ps1List(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = ps1Quote(w)
	}
	return "@(" + strings.Join(quoted, ", ") + ")"
}

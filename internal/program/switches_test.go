package program

import (
	"fmt"
	"testing"
)

// TestSwitchesByPlace proves that ASP.NET takes AppContext switches from <appSettings>
// and not from <runtime>, other programs the other way round, and that a switch in the
// wrong place is named.
func TestSwitchesByPlace(t *testing.T) {
	const name = "Switch.System.Net.DontEnableSystemDefaultTlsVersions"
	runtime := `<runtime><AppContextSwitchOverrides value="` + name + `=false"/></runtime>`
	settings := `<appSettings><add key="AppContext.SetSwitch:` + name + `" value="false"/></appSettings>`
	for _, c := range []struct {
		file, body string
		counts     bool
	}{
		{"web.config", runtime, false},
		{"web.config", settings, true},
		{`C:\site\Web.Config`, settings, true},
		{"agent.exe.config", runtime, true},
		{"agent.exe.config", settings, false},
		{"agent.exe.config", settings + "<system.web/>", false},
		{"other.config", runtime, true},
		{"other.config", settings + "<system.web/>", true},
	} {
		conf, err := readConfig(c.file, []byte(fmt.Sprintf("<configuration>%s</configuration>", c.body)))
		if err != nil {
			t.Fatal(c.file, err)
		}
		if got := conf.switches[name] == "false"; got != c.counts || (len(conf.ignored) > 0) == c.counts {
			t.Errorf("%s %s: counts %v, want %v; ignored %v", c.file, c.body, got, c.counts, conf.ignored)
		}
	}
}

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

// TestSiteSections proves which parts of a site's configuration count: not those of one
// path below it, those in files of their own, what is inherited and taken away again;
// and that what cannot be read makes the site uncertain.
func TestSiteSections(t *testing.T) {
	const name = "Switch.System.Net.DontEnableSystemDefaultTlsVersions"
	add := `<add key="AppContext.SetSwitch:` + name + `" value="false"/>`
	site := func(inside string) []byte {
		return configOf(`<system.web><httpRuntime targetFramework="4.5"/></system.web>` + inside)
	}
	const newer, older = "dotnet-4.7-x64", "dotnet-4.5-x64"
	for _, c := range []struct {
		title   string
		files   folder
		path    string
		want    string
		unclear bool
	}{
		{"switch", folder{"web.config": site("<appSettings>" + add + "</appSettings>")}, "web.config", newer, false},
		{"in a comment", folder{"web.config": site("<!-- <appSettings>" + add + "</appSettings> -->")}, "web.config", older, false},
		{"of one path", folder{"web.config": site(`<location path="sub"><appSettings>` + add + `</appSettings></location>`)}, "web.config", older, false},
		{"of the whole site", folder{"web.config": site(`<location path="."><appSettings>` + add + `</appSettings></location>`)}, "web.config", newer, false},
		{"behind a path", folder{"web.config": site(`<location path="sub"><system.web/></location><appSettings>` + add + `</appSettings>`)}, "web.config", newer, false},
		{"target of one path", folder{"web.config": configOf(`<system.web/><location path="sub"><system.web><httpRuntime targetFramework="4.8"/></system.web></location>`)}, "web.config", "dotnet-4.0-x64", false},
		{"cleared", folder{"web.config": site("<appSettings>" + add + "<clear/></appSettings>")}, "web.config", older, false},
		{"removed", folder{"web.config": site("<appSettings>" + add + `<remove key="AppContext.SetSwitch:` + name + `"/></appSettings>`)}, "web.config", older, false},
		{"in a file", folder{"web.config": site(`<appSettings configSource="app.config"/>`), "app.config": []byte("<appSettings>" + add + "</appSettings>")}, "web.config", newer, false},
		{"in a file in a folder", folder{"web.config": site(`<appSettings configSource="config\app.config"/>`), "config/app.config": []byte("<appSettings>" + add + "</appSettings>")}, "web.config", newer, false},
		{"in a file that is gone", folder{"web.config": site(`<appSettings configSource="app.config"/>`)}, "web.config", older, true},
		{"in a file that is damaged", folder{"web.config": site(`<appSettings configSource="app.config"/>`), "app.config": []byte("<appSettings><add")}, "web.config", older, true},
		{"in a file beside", folder{"web.config": site(`<appSettings file="user.config"/>`), "user.config": []byte("<appSettings>" + add + "</appSettings>")}, "web.config", newer, false},
		{"no file beside", folder{"web.config": site(`<appSettings file="user.config"/>`)}, "web.config", older, false},
		{"encrypted", folder{"web.config": site(`<appSettings configProtectionProvider="RsaProtectedConfigurationProvider"><EncryptedData/></appSettings>`)}, "web.config", older, true},
		{"connection strings encrypted", folder{"web.config": site(`<connectionStrings configProtectionProvider="RsaProtectedConfigurationProvider"><EncryptedData/></connectionStrings>`)}, "web.config", older, false},
		{"a folder of the site", folder{"s/web.config": site("<appSettings>" + add + "</appSettings>"), "s/admin/web.config": configOf("<system.web><authorization/></system.web>")}, "s/admin/web.config", newer, false},
		{"a folder with a target", folder{"s/web.config": site(""), "s/admin/web.config": configOf(`<system.web><httpRuntime targetFramework="4.8"/></system.web>`)}, "s/admin/web.config", "dotnet-4.8-x64", false},
		{"a transform", folder{"Web.Release.config": site("<appSettings>" + add + "</appSettings>")}, "Web.Release.config", "", false},
		{"in capitals", folder{"WEB.CONFIG": site("<appSettings>" + add + "</appSettings>")}, "WEB.CONFIG", newer, false},
	} {
		f, _, err := Inspect(c.path, c.files.read)
		if err != nil || f.Caller != c.want || len(f.Unclear) > 0 != c.unclear {
			t.Errorf("%s: %q, unclear %v, %v; want %q", c.title, f.Caller, f.Unclear, err, c.want)
		}
		checkFinding(t, f)
	}
}

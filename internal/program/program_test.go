package program

import (
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tlsready/internal/message"
	"tlsready/internal/program/scripts"
	"tlsready/internal/stack"
)

// folder answers reads from memory.
type folder map[string][]byte

func (f folder) read(path string) ([]byte, error) {
	for name, data := range f {
		if strings.EqualFold(name, path) {
			return data, nil
		}
	}
	return nil, fs.ErrNotExist
}

func exe(c clrSpec) []byte { return spec{machine: machineX86, clr: &c}.build() }

func framework(target string) clrSpec {
	return clrSpec{version: "v4.0.30319", flags: flagILOnly, target: target, code: il(0x2a)}
}

const (
	ldc  = 0x20
	set  = 0x28
	ret  = 0x2a
	orOp = 0x60
)

func coded(code []byte) clrSpec {
	c := framework(".NETFramework,Version=v4.5.2")
	c.code = code
	return c
}

func configOf(inside string) []byte {
	return []byte(`<?xml version="1.0" encoding="utf-8"?><configuration>` + inside + `</configuration>`)
}

const switchesOn = `<runtime><AppContextSwitchOverrides value="Switch.System.Net.DontEnableSystemDefaultTlsVersions=false;Switch.System.Net.DontEnableSchUseStrongCrypto=false"/></runtime>`

// Every kind of program gets the id that its file and the files next to it call for.
func TestInspect(t *testing.T) {
	flags := func(target string, flags uint32) []byte {
		c := framework(target)
		c.flags = flags
		return exe(c)
	}
	const t452, t472 = ".NETFramework,Version=v4.5.2", ".NETFramework,Version=v4.7.2"
	clr2 := exe(clrSpec{version: "v2.0.50727", flags: flagILOnly, code: il(ret)})
	tests := []struct {
		name  string
		files folder
		want  string // callers
		why   string // a reason that has to be among them
	}{
		{"target, any CPU", folder{"p.exe": flags(t472, 1)}, "dotnet-4.7.2-x64", "bits-any"},
		{"target, 32-bit required", folder{"p.exe": flags(t452, 3)}, "dotnet-4.5.2-x86", "bits-required"},
		{"target, 32-bit preferred", folder{"p.exe": flags(t452, 0x20003)}, "dotnet-4.5.2-x86", "bits-preferred"},
		{"mixed code", folder{"p.exe": flags(t452, 0)}, "dotnet-4.5.2-x86", "bits-native"},
		{"64-bit image", folder{"p.exe": spec{plus: true, machine: machineX64, clr: ptr(framework(t472))}.build()}, "dotnet-4.7.2-x64", "bits-64"},
		{"no target", folder{"p.exe": flags("", 1)}, "dotnet-4.0-x64", "no-target"},
		{"client profile", folder{"p.exe": flags(".NETFramework,Version=v4.0,Profile=Client", 1)}, "dotnet-4.0-x64", "target"},
		{"target nobody knows", folder{"p.exe": flags(".NETFramework,Version=vNext", 1)}, "dotnet-4.0-x64", "target-unreadable"},
		{"4.8.1", folder{"p.exe": flags(".NETFramework,Version=v4.8.1", 1)}, "dotnet-4.8.1-x64", "target"},
		{".NET 8", folder{"p.exe": flags(".NETCoreApp,Version=v8.0", 1)}, "dotnetcore", "core"},
		{"CLR 2", folder{"p.exe": clr2}, "dotnet-3.5-x64", "clr"},
		{"CLR 2 sent to 4", folder{"p.exe": clr2, "p.exe.config": configOf(`<startup><supportedRuntime version="v4.0"/></startup>`)}, "dotnet-4.0-x64", "runtime-config"},
		{"CLR 2 first of two", folder{"p.exe": clr2, "p.exe.config": configOf(`<startup><supportedRuntime version="v2.0.50727"/><supportedRuntime version="v4.0"/></startup>`)}, "dotnet-3.5-x64", "clr"},
		{"switches on", folder{"p.exe": flags(t452, 1), "P.EXE.config": configOf(switchesOn)}, "dotnet-4.7-x64", "switches-act"},
		{"strong alone", folder{"p.exe": flags(t452, 1), "p.exe.config": configOf(`<runtime><AppContextSwitchOverrides value="Switch.System.Net.DontEnableSchUseStrongCrypto=false"/></runtime>`)}, "dotnet-4.6-x64", "switches-act"},
		{"system default taken away", folder{"p.exe": flags(t472, 1), "p.exe.config": configOf(`<runtime><AppContextSwitchOverrides value="Switch.System.Net.DontEnableSystemDefaultTlsVersions=TRUE"/></runtime>`)}, "dotnet-4.6-x64", "switches-act"},
		{"both taken away", folder{"p.exe": flags(t472, 1), "p.exe.config": configOf(strings.ReplaceAll(switchesOn, "false", "true"))}, "dotnet-4.5.2-x64", "switches-act"},
		{"switches that change nothing", folder{"p.exe": flags(t472, 1), "p.exe.config": configOf(switchesOn)}, "dotnet-4.7.2-x64", "switch"},
		{"TLS 1.0 in code", folder{"p.exe": exe(coded(il(ldc, uint32(192), set, uint32(tokSet), ret)))}, "dotnet-4.5.2-x64:tls1.0", "code-sets"},
		{"two versions in code", folder{"p.exe": exe(coded(il(ldc, uint32(192|3072), set, uint32(tokSet), ret)))}, "dotnet-4.5.2-x64:tls1.0,tls1.2", "code-sets"},
		{"TLS 1.2 added", folder{"p.exe": exe(coded(il(set, uint32(tokGet), ldc, uint32(3072), orOp, set, uint32(tokSet), ret)))}, "dotnet-4.5.2-x64:ssl3.0,tls1.0,tls1.2", "code-adds"},
		{"system default in code", folder{"p.exe": exe(coded(il(0x16, set, uint32(tokSet), ret)))}, "schannel", "code-system"},
		{"one of two, by a branch", folder{"p.exe": exe(coded(il(0x02, 0x2d, 7, ldc, uint32(192), 0x2b, 5, ldc, uint32(3072), set, uint32(tokSet), ret)))}, "dotnet-4.5.2-x64:tls1.0 dotnet-4.5.2-x64:tls1.2", "several"},
		{"SslStream with a bool behind it", folder{"p.exe": exe(coded(il(0x02, 0x14, ldc, uint32(768), 0x17, 0x6f, uint32(tokAuth), ret)))}, "dotnet-4.5.2-x64:tls1.1", "code-sets"},
		{"by a local", folder{"p.exe": exe(coded(il(ldc, uint32(3072), 0x0a, 0x06, set, uint32(tokSet), ret)))}, "dotnet-4.5.2-x64:tls1.2", "code-sets"},
		{"an argument", folder{"p.exe": exe(coded(il(0x02, set, uint32(tokSet), ret)))}, "dotnet-4.5.2-x64", "code-unknown"},
		{"PowerShell in a text", folder{"p.exe": exe(withText("[Net.ServicePointManager]::SecurityProtocol = 'Tls12'"))}, "dotnet-4.5.2-x64:tls1.2", "text-sets"},
		{"code in a library beside it", folder{
			"d/p.exe":   exe(clrSpec{version: "v4.0.30319", flags: 1, target: t472, refs: []string{"Net"}, code: il(ret)}),
			"d/Net.dll": spec{dll: true, machine: machineX86, clr: ptr(coded(il(ldc, uint32(192), set, uint32(tokSet), ret)))}.build(),
		}, "dotnet-4.7.2-x64:tls1.0", "code-sets"},
		{"library", folder{"p.dll": spec{dll: true, machine: machineX86, clr: ptr(framework(t452))}.build()}, "dotnet-4.5.2-x64", "library"},
		{"WinHTTP", folder{"p.exe": spec{plus: true, machine: machineX64, imports: []string{"KERNEL32.dll", "WINHTTP.dll"}}.build()}, "winhttp-x64", "import"},
		{"WinHTTP, 32-bit, on first use", folder{"p.exe": spec{machine: machineX86, delayed: []string{"winhttp.dll"}}.build()}, "winhttp-x86", "import"},
		{"WinHTTP on ARM64", folder{"p.exe": spec{plus: true, machine: machineARM64, imports: []string{"winhttp.dll"}}.build()}, "winhttp-x64", "bits-64"},
		{"WinINET and Schannel", folder{"p.exe": spec{machine: machineX86, imports: []string{"Secur32.dll", "WININET.dll"}}.build()}, "wininet schannel", "import"},
		{"Schannel", folder{"p.exe": spec{machine: machineX86, imports: []string{"sspicli.dll"}}.build()}, "schannel", "native-may-name"},
		{"OpenSSL as a library", folder{"p.exe": spec{machine: machineX86, imports: []string{"libssl-1_1.dll"}}.build()}, "other", "import"},
		{"OpenSSL inside", folder{"p.exe": spec{machine: machineX86, text: "OpenSSL 1.0.2k  26 Jan 2017"}.build()}, "other", "own-tls"},
		{"WinHTTP by name", folder{"p.exe": spec{machine: machineX86, text: string(wide("winhttp.dll"))}.build()}, "winhttp-x86", "names"},
		{"WinHTTP behind its own library", folder{
			"p.exe": spec{machine: machineX86, imports: []string{"net.dll"}}.build(), "net.dll": spec{dll: true, machine: machineX86, imports: []string{"winhttp.dll"}}.build(),
		}, "winhttp-x86", "import"},
		{"no TLS", folder{"p.exe": spec{machine: machineX86, imports: []string{"KERNEL32.dll"}}.build()}, "", "no-tls"},
		{".NET by its host", folder{"p.exe": spec{plus: true, machine: machineX64}.build(), "p.runtimeconfig.json": []byte("{}")}, "dotnetcore", "core-host"},
		{"host of the CLR", folder{"p.exe": spec{plus: true, machine: machineX64, imports: []string{"mscoree.dll"}}.build(), "p.exe.config": configOf(switchesOn)}, "dotnet-4.7-x64", "clr-host"},
		{"PowerShell itself", folder{"PowerShell.exe": spec{machine: machineX86}.build()}, "powershell-5.1-x86", "powershell"},
		{"site with a target", folder{"web.config": configOf(`<system.web><httpRuntime targetFramework="4.7.2"/></system.web>`)}, "dotnet-4.7.2-x64", "site"},
		{"site without", folder{"web.config": configOf(`<system.web><httpRuntime/></system.web>`)}, "dotnet-4.0-x64", "site-no-target"},
		{"compilation alone", folder{"web.config": configOf(`<system.web><compilation targetFramework="4.8"/></system.web>`)}, "dotnet-4.0-x64", "site-compilation"},
		{"site with switches in appSettings", folder{"web.config": configOf(`<appSettings><add key="AppContext.SetSwitch:Switch.System.Net.DontEnableSystemDefaultTlsVersions" value="false"/></appSettings><system.web/>`)}, "dotnet-4.7-x64", "switch"},
		{"ASP.NET Core", folder{"web.config": configOf(`<system.webServer><aspNetCore processPath="dotnet"/></system.webServer>`)}, "dotnetcore", "core-web"},
		{"worker process", folder{"w3wp.exe.config": configOf(switchesOn)}, "dotnet-4.7-x64", "worker"},
		{"worker process, 32-bit", folder{`C:\Windows\SysWOW64\inetsrv\w3wp.exe.config`: configOf("")}, "dotnet-4.0-x86", "worker"},
		{"machine.config", folder{"machine.config": configOf(switchesOn + `<system.web/>`)}, "", "config-alone"},
		{"a configuration finds its program", folder{"p.exe": flags(t472, 1), "p.exe.config": configOf("")}, "dotnet-4.7.2-x64", "target"},
		{"script", folder{"s.ps1": []byte("Invoke-WebRequest https://api.example.com/")}, "powershell-5.1-x64", "script"},
		{"script with TLS 1.2", folder{"s.ps1": []byte("[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12")}, "powershell-5.1-x64:tls1.2", "line-sets"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := ""
			for name := range tt.files {
				if !hasExt(name, ".dll", ".json") && (path == "" || len(name) < len(path)) || path == "" && len(tt.files) == 1 {
					path = name
				}
			}
			if tt.name == "a configuration finds its program" {
				path = "p.exe.config"
			}
			f, _, err := Inspect(path, tt.files.read)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(f.Callers(), " "); got != tt.want {
				t.Errorf("callers %q, want %q", got, tt.want)
			}
			if !slices.ContainsFunc(f.Why, func(r Reason) bool { return r.Code == tt.why }) {
				t.Errorf("no reason %q among %v", tt.why, f.Why)
			}
			checkFinding(t, f)
		})
	}
}

func ptr[T any](v T) *T { return &v }

func withText(text string) clrSpec {
	c := coded(il(ret))
	c.userString = text
	return c
}

// checkFinding holds what is true of every finding: ids that the model parses,
// and reasons that have words in both languages.
func checkFinding(t testing.TB, f Finding) {
	t.Helper()
	checkIDs(t, f)
	for _, lang := range message.Languages() {
		words := message.For(lang)
		for _, r := range f.Why {
			var args []message.Arg
			for name, value := range r.Args {
				args = append(args, message.Str(name, value))
			}
			if text := words.Text("program."+r.Code, args...); strings.Contains(text, "{") || text == "program."+r.Code {
				t.Errorf("%s: reason %v in %s: %q", f.Path, r, lang, text)
			}
		}
	}
}

// checkIDs holds that the ids parse and that there is a reason.
func checkIDs(t testing.TB, f Finding) {
	t.Helper()
	for _, id := range f.Callers() {
		if _, err := stack.Parse(id); err != nil && id != "other" {
			t.Errorf("%s: the id %q does not parse: %v", f.Path, id, err)
		}
	}
	if len(f.Why) == 0 {
		t.Errorf("%s: no reason", f.Path)
	}
}

// Proxies of a configuration come out, the address before the script.
func TestProxy(t *testing.T) {
	for inside, want := range map[string]string{
		`<proxy proxyaddress="http://proxy.example.com:8080" scriptLocation="http://x.example.com/p.pac"/>`: "http://proxy.example.com:8080",
		`<proxy scriptLocation="http://x.example.com/p.pac"/>`:                                              "pac:http://x.example.com/p.pac",
		`<proxy usesystemdefault="True"/>`:                                                                  "",
	} {
		files := folder{"web.config": configOf(`<system.net><defaultProxy>` + inside + `</defaultProxy></system.net>`)}
		if f, _, err := Inspect("web.config", files.read); err != nil || f.Proxy != want {
			t.Errorf("%s: proxy %q, %v; want %q", inside, f.Proxy, err, want)
		}
	}
	files := folder{"web.config": configOf(`<system.net><defaultProxy enabled="false"/></system.net>`)}
	if f, _, err := Inspect("web.config", files.read); err != nil || f.Proxy != "none" {
		t.Errorf("switched off: proxy %q, %v", f.Proxy, err)
	}
}

// UTF-16 configurations with Japanese in them are read.
func TestConfigUTF16(t *testing.T) {
	text := `<?xml version="1.0" encoding="utf-16"?><configuration><!-- 設定 --><system.web><httpRuntime targetFramework="4.8"/></system.web></configuration>`
	f, _, err := Inspect("web.config", folder{"web.config": append([]byte{0xff, 0xfe}, wideRunes(text)...)}.read)
	if err != nil || f.Caller != "dotnet-4.8-x64" {
		t.Errorf("caller %q, %v", f.Caller, err)
	}
}

func wideRunes(s string) []byte {
	var b []byte
	for _, r := range s {
		b = append(b, u16(int(r))...)
	}
	return b
}

// What is wrong with a file is said with its place.
func TestDamaged(t *testing.T) {
	good := exe(framework(".NETFramework,Version=v4.7.2"))
	tests := []struct {
		name, path string
		data       []byte
		want       string
	}{
		{"no program", "p.exe", []byte("#!/bin/sh\n"), "is no Windows program"},
		{"cut in the DOS header", "p.exe", good[:0x20], "offset 0x20"},
		{"DOS program", "p.exe", append([]byte("MZ"), make([]byte, 0x80)...), "DOS or 16-bit"},
		{"cut in the section table", "p.exe", good[:0x40+24+224], "section table"},
		{"cut before the metadata", "p.exe", good[:sectionRaw+20], "CLI header"},
		{"bad XML", "p.exe.config", []byte("<configuration>\n<a></b>"), "line 2"},
		{"cut XML", "web.config", []byte("<configuration><a>"), "ends within <a>"},
		{"other XML", "web.config", []byte("<a/>"), "no <configuration>"},
		{"deep XML", "web.config", []byte(strings.Repeat("<a>", 300)), "nested"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := Inspect(tt.path, folder{tt.path: tt.data}.read)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), tt.path) {
				t.Errorf("error %v, want one of %s with %q", err, tt.path, tt.want)
			}
		})
	}
}

// What a script sets is found with its line, whatever way it is written.
func TestScripts(t *testing.T) {
	tests := []struct{ script, want string }{
		{"[System.Net.ServicePointManager]::SecurityProtocol = 'tls12, tls11, tls'", "1 tls1.0,tls1.1,tls1.2"},
		{"\n[Net.ServicePointManager]::SecurityProtocol=3072", "2 tls1.2"},
		{"[Net.ServicePointManager]::SecurityProtocol = [Enum]::ToObject([Net.SecurityProtocolType], 0xC00)", "1 tls1.2"},
		{"[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12", "1 +tls1.2"},
		{"[Net.ServicePointManager]::SecurityProtocol =\n  [Net.SecurityProtocolType]::Tls -bor\n  [Net.SecurityProtocolType]::Tls12; $a = 'ssl3'", "1 tls1.0,tls1.2"},
		{"$p = [Net.SecurityProtocolType]::Tls\r\n[Net.ServicePointManager]::SecurityProtocol = $p", "2 tls1.0"},
		{"[Net.ServicePointManager]::SecurityProtocol = $args[0]", "1 ?"},
		{"[Net.ServicePointManager]::SecurityProtocol = 'SystemDefault'", "1 "},
		{"# [Net.ServicePointManager]::SecurityProtocol = 'Tls'\n<# [Net.ServicePointManager]::SecurityProtocol = 'Tls' #>", ""},
		{"Write-Host '古い # 設定' # コメント\n[Net.ServicePointManager]::SecurityProtocol = 'Tls11'", "2 tls1.1"},
		{"$ssl.AuthenticateAsClient($name, $null, [System.Security.Authentication.SslProtocols]::Tls, $false)", "1 tls1.0"},
		{"$ssl.AuthenticateAsClient($name)", "1 default"},
		{"if ([Net.ServicePointManager]::SecurityProtocol -eq 'Tls') {}", ""},
		{"iwr https://a.example.com -SslProtocol Tls12", "1 tls1.2"},
	}
	for _, tt := range tests {
		var parts []string
		r := scripts.PowerShell(tt.script, false, nil)
		for _, u := range r.Uses {
			mark := ""
			switch {
			case u.Adds:
				mark = "+"
			case len(r.Unclear) > 0:
				mark = "?"
			case !u.Set:
				mark = "default"
			}
			parts = append(parts, strconv.Itoa(u.Line)+" "+mark+suffix(u.Versions))
		}
		got := strings.Join(parts, "; ")
		if got != tt.want {
			t.Errorf("%s\n got %q, want %q", tt.script, got, tt.want)
		}
	}
}

// A script for PowerShell 7 runs on .NET, one with WinHTTP's object uses both.
func TestScriptHosts(t *testing.T) {
	for script, want := range map[string]string{
		"#Requires -Version 7.2\niwr https://a.example.com":     "dotnetcore",
		"#requires -PSEdition Core":                             "dotnetcore",
		"#Requires -Version 5.1":                                "powershell-5.1-x64",
		"$h = New-Object -ComObject WinHttp.WinHttpRequest.5.1": "powershell-5.1-x64 winhttp-x64",
	} {
		f, _, err := Inspect("s.PS1", folder{"s.PS1": []byte(script)}.read)
		if got := strings.Join(f.Callers(), " "); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", script, got, err, want)
		}
		checkFinding(t, f)
	}
}

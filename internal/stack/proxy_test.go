package stack

import (
	"encoding/binary"
	"slices"
	"testing"

	"tlsready/internal/host"
)

const internet64 = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings`

// connectionOf makes the bytes of a connection value.
func connectionOf(flags uint32, texts ...string) host.Data {
	b := binary.LittleEndian.AppendUint32(make([]byte, 8), flags)
	for _, text := range texts {
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(text))), text...)
	}
	return host.Data{Type: host.Binary, Bytes: b}
}

func internetUser(root string) string {
	return root + `\Software\Microsoft\Windows\CurrentVersion\Internet Settings`
}

// TestProxies proves which of a host's proxy settings each stack follows: its own view, its
// CLR's machine.config, its account, or the machine if a policy says so; and that settings that
// name no proxy, or cannot be read, say nothing.
func TestProxies(t *testing.T) {
	const key32 = `HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\Connections`
	perMachine := host.Value{Key: `HKLM\SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings`, Name: "ProxySettingsPerUser", Data: host.Dword(0)}
	on := func(root, server string) []host.Value {
		return []host.Value{{Key: root, Name: "ProxyEnable", Data: host.Dword(1)}, {Key: root, Name: "ProxyServer", Data: host.String(server)}}
	}
	winhttp := host.Value{Key: internet64 + `\Connections`, Name: "WinHttpSettings", Data: connectionOf(3, "w:1", "")}
	config := func(name, said string) *host.Proxy {
		return &host.Proxy{MachineConfig: map[string]string{`microsoft.net\` + name + `\config\machine.config`: said}}
	}
	for name, c := range map[string]struct {
		stack   string
		arch    string
		values  []host.Value
		proxy   *host.Proxy
		service bool
		want    []string
	}{
		"winhttp":                    {stack: "winhttp-x64", values: []host.Value{winhttp}, want: []string{"w:1"}},
		"winhttp, other view":        {stack: "winhttp-x86", values: []host.Value{winhttp}},
		"winhttp, 32-bit view":       {stack: "winhttp-x86", values: []host.Value{{Key: key32, Name: "WinHttpSettings", Data: connectionOf(3, "v:1", "")}}, want: []string{"v:1"}},
		"winhttp, 32-bit Windows":    {stack: "winhttp-x86", arch: "x86", values: []host.Value{winhttp}, want: []string{"w:1"}},
		"winhttp, versions named":    {stack: "winhttp-x64:tls1.2", values: []host.Value{winhttp}, want: []string{"w:1"}},
		"winhttp, direct":            {stack: "winhttp-x64", values: []host.Value{{Key: internet64 + `\Connections`, Name: "WinHttpSettings", Data: connectionOf(1, "", "")}}},
		"winhttp, cut":               {stack: "winhttp-x64", values: []host.Value{{Key: internet64 + `\Connections`, Name: "WinHttpSettings", Data: host.Data{Type: host.Binary, Bytes: []byte{1}}}}},
		"winhttp, other type":        {stack: "winhttp-x64", values: []host.Value{{Key: internet64 + `\Connections`, Name: "WinHttpSettings", Data: host.String("w:1")}}},
		"winhttp follows no account": {stack: "winhttp-x64", values: on(internetUser("HKCU"), "u:1")},
		"schannel":                   {stack: "schannel", values: slices.Concat([]host.Value{winhttp}, on(internetUser("HKCU"), "u:1"))},
		"wcf":                        {stack: "wcf-tcp-4.5.2", values: on(internetUser("HKCU"), "u:1")},
		"wininet":                    {stack: "wininet", values: slices.Concat([]host.Value{winhttp}, on(internetUser("HKCU"), "u:1")), want: []string{"u:1"}},
		"switched off":               {stack: "wininet", values: []host.Value{{Key: internetUser("HKCU"), Name: "ProxyServer", Data: host.String("u:1")}, {Key: internetUser("HKCU"), Name: "ProxyEnable", Data: host.Dword(0)}}},
		"in use before plain":        {stack: "wininet", values: append(on(internetUser("HKCU"), "u:1"), host.Value{Key: internetUser("HKCU") + `\Connections`, Name: "DefaultConnectionSettings", Data: connectionOf(3, "d:1", "", "")}), want: []string{"d:1"}},
		"script":                     {stack: "dotnetcore", values: []host.Value{{Key: internetUser("HKCU"), Name: "AutoConfigURL", Data: host.String("http://192.0.2.1/p")}}, want: []string{"http://192.0.2.1/p"}},
		"each account":               {stack: "wininet", values: slices.Concat(on(internetUser("HKCU"), "u:1"), on(internetUser(`HKU\S-1-5-18`), "s:1")), want: []string{"u:1", "s:1"}},
		"a service":                  {stack: "dotnet-4.5-x64", service: true, values: slices.Concat(on(internetUser("HKCU"), "u:1"), on(internetUser(`HKU\S-1-5-20`), "n:1")), want: []string{"n:1"}},
		"for the machine":            {stack: "powershell-5.1-x64", values: slices.Concat([]host.Value{perMachine}, on(internetUser("HKCU"), "u:1"), on(internet64, "m:1")), want: []string{"m:1"}},
		"for the machine, winhttp":   {stack: "winhttp-x64", values: slices.Concat([]host.Value{perMachine}, on(internet64, "m:1")), want: []string{"m:1"}},
		"not for the machine":        {stack: "wininet", values: on(internet64, "m:1")},
		"machine.config":             {stack: "dotnet-4.5-x64", proxy: config(`framework64\v4.0.30319`, "http://c:1"), values: on(internetUser("HKCU"), "u:1"), want: []string{"http://c:1"}},
		"machine.config, CLR 2":      {stack: "dotnet-3.5-x86", proxy: config(`framework\v2.0.50727`, "pac:http://c/p"), want: []string{"http://c/p"}},
		"machine.config, 32-bit":     {stack: "dotnet-4.5-x86", arch: "x86", proxy: config(`framework\v4.0.30319`, "http://c:1"), want: []string{"http://c:1"}},
		"machine.config says none":   {stack: "powershell-5.1-x64", proxy: config(`framework64\v4.0.30319`, "none"), values: on(internetUser("HKCU"), "u:1")},
		"machine.config says system": {stack: "powershell-5.1-x64", proxy: config(`framework64\v4.0.30319`, "system"), values: on(internetUser("HKCU"), "u:1"), want: []string{"u:1"}},
		"machine.config of another":  {stack: "dotnet-4.5-x64", proxy: config(`framework\v4.0.30319`, "http://c:1")},
	} {
		s, err := Parse(c.stack)
		if err != nil {
			t.Fatal(err)
		}
		arch := c.arch
		if arch == "" {
			arch = "x64"
		}
		v := host.NewView(&host.Snapshot{OS: host.OS{Version: "10.0", Build: 17763, Architecture: arch}, Registry: c.values, Proxy: c.proxy})
		m := &Model{refs: newRefs()}
		var got []string
		for _, p := range m.Proxies(v).Of(s, c.service) {
			got = append(got, p.Server+p.Script)
			if p.Place == "" {
				t.Errorf("%s: no place", name)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

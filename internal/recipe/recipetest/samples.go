// Package recipetest has plans for the tests of the formats.
package recipetest

import (
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
)

const (
	schannel = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`
	winhttp  = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp`
	winhttp6 = `HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp`
	net4     = `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`
	net4x86  = `HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319`
	policy   = `HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002`
)

// Set is a change of a value that was absent, or that was before.
func Set(key, name string, data host.Data, before ...host.Data) host.Change {
	c := host.Change{Key: key, Name: name, Data: data, Before: host.Before{State: host.Absent}, Services: []string{"azure-backup"}}
	if len(before) > 0 {
		c.Before = host.Before{State: host.Present, Data: before[0]}
	}
	return c
}

// Systems of the samples.
var (
	Server2008R2 = host.OS{Name: "Windows Server 2008 R2", Version: "6.1", Build: 7601, ServicePack: 1, Architecture: "x64", Type: "server"}
	Server2012R2 = host.OS{Name: "Windows Server 2012 R2", Version: "6.3", Build: 9600, Architecture: "x64", Type: "server"}
	Windows7     = host.OS{Name: "Windows 7", Version: "6.1", Build: 7601, ServicePack: 1, Architecture: "x86", Type: "client"}
)

func marsCallers() []recipe.Caller {
	return []recipe.Caller{
		{ID: "dotnet-4.5-x64", Stack: recipe.StackDotNet, Target: "4.5", Bits: 64},
		{ID: "dotnet-4.5-x86", Stack: recipe.StackDotNet, Target: "4.5", Bits: 32},
		{ID: "winhttp-x64", Stack: recipe.StackWinHTTP, Bits: 64},
		{ID: "winhttp-x86", Stack: recipe.StackWinHTTP, Bits: 32},
	}
}

// Rehearsed is a plan whose verify connects to a rehearsal server.
func Rehearsed() recipe.Plan {
	return recipe.Plan{
		What: "rehearsal", Hosts: []string{"fs03"}, OS: Server2012R2, Changes: []host.Change{Set(net4, "SchUseStrongCrypto", host.Dword(1))},
		Restart: recipe.RestartService, Endpoint: "192.0.2.10:8443", Rehearsal: true, Callers: marsCallers(),
	}
}

// Samples are the plans of the golden files, each with what is special of it.
func Samples() []recipe.Plan {
	mars := marsCallers()
	owned := Set(policy, "Functions", host.Multi("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_RSA_WITH_AES_128_CBC_SHA"), host.Multi("TLS_RSA_WITH_AES_128_CBC_SHA"))
	owned.Owner = host.GroupPolicy
	return []recipe.Plan{
		{
			What: "2008r2-x64-full", Hosts: []string{"acme/fs01", "acme/fs02"}, OS: Server2008R2,
			Changes: []host.Change{
				Set(schannel, "Enabled", host.Dword(1), host.Dword(0)),
				Set(schannel, "DisabledByDefault", host.Dword(0)),
				Set(winhttp, "DefaultSecureProtocols", host.Dword(0xA00), host.Dword(0xA0)),
				Set(winhttp6, "DefaultSecureProtocols", host.Dword(0xA00)),
				Set(net4, "SystemDefaultTlsVersions", host.Dword(1)),
				Set(net4x86, "SystemDefaultTlsVersions", host.Dword(1)),
				Set(net4, "SchUseStrongCrypto", host.Dword(0xffffffff)),
			},
			Prerequisites: []recipe.Prerequisite{{Kind: "update", ID: "KB3140245", Or: message.Literal("KB4019264")}},
			Restart:       recipe.RestartReboot, Endpoint: "service.example.com:443", Callers: mars,
		},
		{
			What: "2012r2-x64-dotnet", Hosts: []string{"fs03"}, OS: Server2012R2,
			Changes: []host.Change{
				Set(net4, "SystemDefaultTlsVersions", host.Dword(1)),
				Set(net4x86, "SystemDefaultTlsVersions", host.Dword(1)),
			},
			Restart: recipe.RestartService, Endpoint: "service.example.com:443", Callers: mars[:2],
		},
		{
			What: "windows-7-x86", Hosts: []string{"till-3"}, OS: Windows7,
			Changes: []host.Change{
				Set(schannel, "DisabledByDefault", host.Dword(0)),
				Set(winhttp, "DefaultSecureProtocols", host.Dword(0x800)),
			},
			Prerequisites: []recipe.Prerequisite{{Kind: "update", ID: "KB3140245"}},
			Restart:       recipe.RestartReboot, Endpoint: "192.0.2.9:8443",
			Callers: []recipe.Caller{{ID: "winhttp-x86", Stack: recipe.StackWinHTTP, Bits: 32}, {ID: "dotnet-3.5-x86", Stack: recipe.StackDotNet, Target: "3.5", Bits: 32}},
		},
		{
			What: "suites", Hosts: []string{"fs04"}, OS: Server2012R2,
			Changes: []host.Change{Set(`HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002`, "Functions",
				host.Multi("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384_P384", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256_P256", "TLS_RSA_WITH_AES_128_CBC_SHA"),
				host.Multi("TLS_RSA_WITH_AES_128_CBC_SHA"))},
			Restart: recipe.RestartReboot, Notes: []message.Text{message.Literal("the vendor's whole recipe: connects")},
		},
		{
			What: "delete", Hosts: []string{"fs05"}, OS: Server2012R2,
			Changes: []host.Change{{
				Key: schannel, Name: "Enabled", Delete: true, Services: []string{"azure-backup", "entra-connect"},
				Before: host.Before{State: host.Present, Data: host.Dword(0)},
			}},
			Restart: recipe.RestartReboot, Callers: []recipe.Caller{{ID: "schannel", Stack: "schannel", Bits: 64}}, Endpoint: "service.example.com:443",
		},
		{What: "policy-owned", Hosts: []string{"fs06"}, OS: Server2012R2, Changes: []host.Change{owned}, Restart: recipe.RestartReboot},
	}
}

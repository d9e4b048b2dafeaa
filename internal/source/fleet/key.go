package fleet

import (
	"regexp"
	"slices"
	"strings"

	"tlsready/internal/host"
)

// normalKey spells a key as snapshots do, from the spellings of the tools:
// "Microsoft.PowerShell.Core\Registry::HKEY_LOCAL_MACHINE\…", "HKLM:\…",
// "Computer\HKEY_LOCAL_MACHINE\…".
func normalKey(key string) string {
	key = strings.TrimSpace(key)
	if _, rest, ok := strings.Cut(key, "::"); ok {
		key = rest
	}
	if root, rest, ok := strings.Cut(key, ":"); ok && len(root) <= 4 {
		key = root + `\` + strings.TrimLeft(rest, `\`)
	}
	if strings.HasPrefix(strings.ToLower(key), `computer\`) {
		key = key[len(`computer\`):]
	}
	for strings.Contains(key, `\\`) {
		key = strings.ReplaceAll(key, `\\`, `\`)
	}
	key = strings.TrimSuffix(strings.TrimSuffix(key, `\*`), `\**`)
	return spelled(host.CurrentControlSet(host.NormalKey(key)))
}

// spelled gives the well-known first parts of a key their usual case, so that
// the same setting reads alike from every tool.
func spelled(key string) string {
	for _, prefix := range []string{
		`HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`,
		`HKLM\SYSTEM\CurrentControlSet\Control`, `HKLM\SYSTEM\CurrentControlSet`, `HKLM\SYSTEM`,
		`HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework`, `HKLM\SOFTWARE\Wow6432Node\Microsoft`, `HKLM\SOFTWARE\Wow6432Node`,
		`HKLM\SOFTWARE\Microsoft\.NETFramework`, `HKLM\SOFTWARE\Microsoft`, `HKLM\SOFTWARE`,
	} {
		if under(key, prefix) {
			return prefix + key[len(prefix):]
		}
	}
	return key
}

// under says whether key is prefix or lies below it, without case.
func under(key, prefix string) bool {
	return len(key) >= len(prefix) && strings.EqualFold(key[:len(prefix)], prefix) && (len(key) == len(prefix) || key[len(prefix)] == '\\')
}

// subtrees are the keys below which any value may matter to TLS.
func subtrees() []string {
	return []string{
		`HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`,
		`HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL`,
		`HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL`,
		`HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FIPSAlgorithmPolicy`,
		`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp`,
		`HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp`,
		`HKLM\SOFTWARE\Microsoft\.NETFramework\AppContext`,
		`HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\AppContext`,
		`HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full`,
	}
}

// frameworkKeys are the keys of .NET Framework's two lines, of which the values
// matter, and of the keys below them only those of single programs.
func frameworkKeys() []string {
	return []string{
		`HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`, `HKLM\SOFTWARE\Microsoft\.NETFramework\v2.0.50727`,
		`HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319`, `HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v2.0.50727`,
	}
}

// matters says whether a key holds, or leads to, values that decide about TLS.
func matters(key string) bool {
	if slices.ContainsFunc(subtrees(), func(t string) bool { return under(key, t) || under(t, key) }) {
		return !setupLanguage(key)
	}
	return slices.ContainsFunc(frameworkKeys(), func(f string) bool {
		return under(f, key) || under(key, f+`\System.Net.ServicePointManager.SystemDefaultTlsVersions`) || under(key, f+`\System.Net.ServicePointManager.SecurityProtocol`)
	})
}

// setupLanguage is a key of .NET's set-up for one language, such as 1041.
func setupLanguage(key string) bool {
	return regexp.MustCompile(`(?i)\\NDP\\v4\\Full\\\d+$`).MatchString(key)
}

// namesThatMatter are the values that decide about TLS in a key; nil where they
// are not known one by one.
func namesThatMatter(key string) []string {
	last := strings.ToLower(key[strings.LastIndexByte(key, '\\')+1:])
	switch {
	case slices.ContainsFunc(frameworkKeys(), func(f string) bool { return strings.EqualFold(f, key) }):
		return []string{"SchUseStrongCrypto", "SystemDefaultTlsVersions"}
	case last == "winhttp":
		return []string{"DefaultSecureProtocols"}
	case (last == "client" || last == "server") && strings.Contains(strings.ToLower(key), `\schannel\protocols\`):
		return []string{"Enabled", "DisabledByDefault"}
	}
	return nil
}

// lastPart cuts the name of a value off its path; a name in quotes may hold
// backslashes itself.
func lastPart(path string) (key, name string) {
	if strings.HasSuffix(path, `"`) {
		if at := strings.LastIndex(path[:len(path)-1], `\"`); at >= 0 {
			return path[:at], path[at+2 : len(path)-1]
		}
	}
	at := strings.LastIndexByte(path, '\\')
	if at < 0 {
		return path, ""
	}
	return path[:at], path[at+1:]
}

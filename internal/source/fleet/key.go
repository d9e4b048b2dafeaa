package fleet

import (
	"strings"

	"tlsready/internal/host"
)

// normalKey spells a key as snapshots do but for the number of a control set, from the spellings of the tools:
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
	return spelled(host.NormalKey(key))
}

// spelled gives the well-known first parts of a key their usual case: the same
// setting should read the same from every tool.
func spelled(key string) string {
	for _, prefix := range []string{
		`HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`,
		`HKLM\SYSTEM\CurrentControlSet\Control`, `HKLM\SYSTEM\CurrentControlSet`, `HKLM\SYSTEM`,
		`HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework`, `HKLM\SOFTWARE\Wow6432Node\Microsoft`, `HKLM\SOFTWARE\Wow6432Node`,
		`HKLM\SOFTWARE\Microsoft\.NETFramework`, `HKLM\SOFTWARE\Microsoft`, `HKLM\SOFTWARE`,
	} {
		if host.Under(key, prefix) {
			return prefix + key[len(prefix):]
		}
	}
	return key
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

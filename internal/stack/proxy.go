package stack

import (
	"slices"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/proxy"
)

// Proxied is a proxy through which a stack's connections go by what the host was
// told, and where that stands.
type Proxied struct {
	proxy.Settings
	Place string // registry key and value, or file
}

// Accounts whose proxy settings a snapshot may hold: the account that the
// settings were collected as, and those that services run as (Microsoft,
// "Well-known SIDs").
const (
	userRoot   = `HKCU\Software\`
	systemRoot = `HKU\S-1-5-18\Software\`
)

func serviceRoots() []string {
	return []string{systemRoot, `HKU\S-1-5-19\Software\`, `HKU\S-1-5-20\Software\`}
}

// ProxyAccounts are the roots of the accounts' hives, as snapshots name them.
func ProxyAccounts() []string {
	roots := []string{userRoot}
	roots = append(roots, serviceRoots()...)
	for i, root := range roots {
		roots[i] = strings.TrimSuffix(root, `\Software\`)
	}
	return roots
}

// ProxyValue is a key below the root of an account's hive and the values in it
// that say which proxy its programs take.
type ProxyValue struct {
	Key   string
	Names []string
}

// ProxyValues are what to ask of an account.
func ProxyValues() []ProxyValue {
	return []ProxyValue{
		{`Software\` + InternetKey, []string{"ProxyEnable", "ProxyServer", "ProxyOverride", "AutoConfigURL"}},
		{`Software\` + InternetKey + `\Connections`, []string{"DefaultConnectionSettings"}},
	}
}

// MachineConfigs are the files below the Windows folder in which .NET Framework
// looks for a proxy, by CLR (2, 4) and bitness.
func MachineConfigs() []string {
	return []string{machineConfig(false, false), machineConfig(false, true), machineConfig(true, false), machineConfig(true, true)}
}

func machineConfig(clr2, bits32 bool) string {
	folder, version := `Framework64\`, `v4.0.30319`
	if bits32 {
		folder = `Framework\`
	}
	if clr2 {
		version = `v2.0.50727`
	}
	return `Microsoft.NET\` + folder + version + `\Config\machine.config`
}

// proxyRefs are the values that say which proxy is taken, folded once.
type proxyRefs struct {
	winhttp  [2]host.Ref // 64-bit view, 32-bit view
	perUser  host.Ref
	machine  internetRefs
	user     internetRefs
	services []internetRefs
}

// internetRefs are WinINET's settings below one root.
type internetRefs struct{ connection, enable, server, override, script host.Ref }

func newProxyRefs() proxyRefs {
	r := proxyRefs{
		perUser: host.NewRef(`HKLM\SOFTWARE\Policies\`+InternetKey, "ProxySettingsPerUser"),
		machine: newInternetRefs(`HKLM\SOFTWARE\`), user: newInternetRefs(userRoot),
	}
	for i, wow := range []bool{false, true} {
		r.winhttp[i] = host.NewRef(software(wow)+InternetKey+`\Connections`, "WinHttpSettings")
	}
	for _, root := range serviceRoots() {
		r.services = append(r.services, newInternetRefs(root))
	}
	return r
}

func newInternetRefs(root string) internetRefs {
	key := root + InternetKey
	return internetRefs{
		connection: host.NewRef(key+`\Connections`, "DefaultConnectionSettings"),
		enable:     host.NewRef(key, "ProxyEnable"), server: host.NewRef(key, "ProxyServer"),
		override: host.NewRef(key, "ProxyOverride"), script: host.NewRef(key, "AutoConfigURL"),
	}
}

// Proxies are the proxies that are configured on one host.
type Proxies struct {
	view        *host.View
	winhttp     [2][]Proxied
	machineWide bool
	machine     []Proxied // counts where machineWide
	user        []Proxied
	services    []Proxied
}

// Proxies reads which proxies are configured on a host. A value that was not
// asked, or cannot be read, says nothing.
func (m *Model) Proxies(v *host.View) Proxies {
	refs := &m.refs.proxy
	p := Proxies{view: v}
	for i, ref := range refs.winhttp {
		p.winhttp[i] = connectionProxy(v, ref)
	}
	// A DWORD of 0 takes the settings from the accounts (the published source of
	// .NET Framework takes no other type).
	perUser, state := v.Dword(refs.perUser)
	p.machineWide = state == host.Present && perUser == 0
	if p.machineWide {
		p.machine = internetProxies(v, &refs.machine)
		return p
	}
	p.user = internetProxies(v, &refs.user)
	for i := range refs.services {
		p.services = append(p.services, internetProxies(v, &refs.services[i])...)
	}
	return p
}

// Of lists the proxies that a stack goes through; each account may have another
// one. Service says that the program is known to run as a service, whose account
// is none of a person's. A stack that opens its connections itself (Schannel, WCF
// net.tcp) follows none of these settings.
//
// WinHTTP has a setting of its own, in the view of the program's bitness
// (Microsoft, KB4494447; the 32-bit view is inferred). A .NET Framework program
// goes by machine.config, and where that names nothing, like WinINET, .NET (Core)
// and Windows PowerShell, by the settings of its account, or of the machine where
// a policy says so (published source of .NET Framework,
// RegBlobWebProxyDataBuilder).
func (p Proxies) Of(s Stack, service bool) []Proxied {
	switch {
	case s.Kind == WinHTTP:
		if list := p.winhttp[view(p.view.OS, s.Wow)]; len(list) > 0 {
			return list
		}
		return p.machine // reported; Microsoft's page of the policy does not say so
	case s.Kind == DotNet || s.Kind == PowerShell:
		if list, decided := configProxy(p.view, s); decided {
			return list
		}
	case s.Kind == WinINET, strings.HasPrefix(s.ID, "dotnetcore"):
	default:
		return nil
	}
	switch {
	case p.machineWide:
		return p.machine
	case service:
		return p.services
	}
	return slices.Concat(p.user, p.services)
}

// configProxy is what machine.config says; decided is false if it leaves the choice to the
// account's settings, or was not asked for.
func configProxy(v *host.View, s Stack) (list []Proxied, decided bool) {
	if v.Proxy == nil {
		return nil, false
	}
	file := machineConfig(s.CLR2, s.Wow || v.OS.X86())
	settings, system := proxy.FromConfig(v.Proxy.MachineConfig[strings.ToLower(file)])
	if settings.Set() {
		list = []Proxied{{settings, `%windir%\` + file}}
	}
	return list, !system
}

// internetProxies is what WinINET's settings below a root say: those that are in
// use, else the plain values that programs and policies write.
func internetProxies(v *host.View, refs *internetRefs) []Proxied {
	if list := connectionProxy(v, refs.connection); len(list) > 0 {
		return list
	}
	if on, state := v.Dword(refs.enable); state == host.Present && on != 0 {
		if s := proxy.Plain(textOf(v, refs.server), textOf(v, refs.override)); s.Set() {
			return []Proxied{{s, place(refs.server)}}
		}
	}
	if script := proxy.Address(textOf(v, refs.script)); script != "" {
		return []Proxied{{proxy.Settings{Script: script}, place(refs.script)}}
	}
	return nil
}

func textOf(v *host.View, r host.Ref) string {
	d, _ := v.Lookup(r)
	return d.Text
}

func place(r host.Ref) string { return r.Key + " " + r.Name }

// connectionProxy reads a connection value; one that cannot be read says nothing.
func connectionProxy(v *host.View, r host.Ref) []Proxied {
	d, state := v.Lookup(r)
	if state != host.Present || d.Type != host.Binary {
		return nil
	}
	s, err := proxy.ParseConnection(d.Bytes)
	if err != nil || !s.Set() {
		return nil
	}
	return []Proxied{{s, place(r)}}
}

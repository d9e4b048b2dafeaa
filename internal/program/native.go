package program

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"
)

// libraryCaller is the caller that a program is by a library that it uses.
func libraryCaller(name, bits string) (id string, ok bool) {
	low := strings.TrimSuffix(strings.ToLower(name), ".dll")
	switch low {
	case "winhttp":
		return "winhttp-" + bits, true
	case "wininet", "urlmon":
		return "wininet", true
	case "secur32", "sspicli", "schannel":
		return "schannel", true
	case "ssleay32", "libeay32", "nss3", "ssl3", "wolfssl", "jvm", "jli":
		return "other", true
	}
	for _, own := range []string{"libssl", "libcrypto", "libgnutls", "libmbedtls", "libwolfssl", "libcurl-gnutls"} {
		if strings.HasPrefix(low, own) {
			return "other", true
		}
	}
	return "", false
}

// rank orders what a native program is called by: the client libraries of
// Windows before Schannel, which is also used for other ends than TLS.
func rank(id string) int {
	switch {
	case strings.HasPrefix(id, "winhttp"):
		return 0
	case id == "wininet":
		return 1
	case id == "other":
		return 2
	}
	return 3
}

// marks are texts that TLS libraries leave in a program that holds them.
func marks() map[string]string {
	return map[string]string{
		"OpenSSL 0.9": "OpenSSL", "OpenSSL 1.": "OpenSSL", "OpenSSL 3.": "OpenSSL", "LibreSSL ": "LibreSSL", "BoringSSL": "BoringSSL",
		"GnuTLS": "GnuTLS", "mbedtls_ssl_": "Mbed TLS", "mbed TLS": "Mbed TLS", "wolfSSL": "wolfSSL", "rustls": "rustls",
		"crypto/tls.(*Conn)": "Go crypto/tls",
	}
}

// native names a program without .NET by the libraries that it binds to, by
// those whose names stand in it, and by TLS code of its own.
func (p *inspection) native(im *image, conf *config) {
	bits := im.bits()
	if p.wellKnown(im, conf, bits) {
		return
	}
	var ids []string
	add := func(id string) { ids = append(ids, id) }
	p.imports(im, bits, "", add)
	p.nativeParts(im, bits, add)
	if len(ids) == 0 {
		p.quotedLibraries(im, bits, add)
	}
	p.ownTLS(im, add)
	slices.SortStableFunc(ids, func(a, b string) int { return rank(a) - rank(b) })
	for _, id := range ids {
		p.is(id)
	}
	if p.Caller == "" {
		p.why("no-tls")
		return
	}
	p.why("bits-"+map[string]string{"x64": "64", "x86": "32"}[bits], "machine", machineName(im.machine))
	if p.Caller != "other" {
		p.why("native-may-name")
	}
}

// wellKnown handles hosts of .NET: programs whose own code is native and whose
// TLS is that of the framework.
func (p *inspection) wellKnown(im *image, conf *config, bits string) bool {
	if im.dll {
		return false
	}
	switch strings.ToLower(baseOf(p.Path)) {
	case "powershell.exe", "powershell_ise.exe":
		p.why("powershell")
		p.is("powershell-5.1-" + bits)
		return true
	}
	stem, _ := cutSuffixFold(p.Path, ".exe")
	for _, beside := range []string{".runtimeconfig.json", ".deps.json"} {
		if _, err := p.read(stem + beside); err == nil {
			p.why("core-host", "file", baseOf(stem)+beside)
			return p.coreHost(stem)
		}
	}
	if bytes.Contains(im.data, wide("hostfxr.dll")) || bytes.Contains(im.data, []byte("DOTNET_BUNDLE_EXTRACT_BASE_DIR")) {
		p.why("core-host", "file", "hostfxr.dll")
		return p.coreHost(stem)
	}
	for _, name := range im.imports() {
		if strings.EqualFold(name, "mscoree.dll") || strings.EqualFold(name, "w3wphost.dll") {
			p.why("clr-host", "library", name)
			p.framework(conf, "", bits, nil)
			return true
		}
	}
	return false
}

// coreHost names a program whose code is in the library of the same name.
func (p *inspection) coreHost(stem string) bool {
	var places []named
	if im, m, err := p.part(baseOf(stem) + ".dll"); err == nil && m != nil {
		places = p.allCode(im, m, baseOf(stem)+".dll")
	}
	p.name("dotnetcore", "", places)
	return true
}

func (p *inspection) imports(im *image, bits, file string, add func(string)) {
	for _, name := range im.imports() {
		if id, ok := libraryCaller(name, bits); ok {
			p.why("import", "library", name, "file", fileOr(file, baseOf(p.Path)))
			add(id)
		}
	}
}

// nativeParts goes through the libraries next to the program that it binds to.
func (p *inspection) nativeParts(im *image, bits string, add func(string)) {
	queue, seen := im.imports(), map[string]bool{}
	for len(queue) > 0 && len(p.parts) < maxParts {
		name := queue[0]
		queue = queue[1:]
		if seen[strings.ToLower(name)] || !plainFileName(name) || isWindows(name) {
			continue
		}
		seen[strings.ToLower(name)] = true
		if _, known := libraryCaller(name, bits); known {
			continue // what it uses inside is its own matter
		}
		part, _, err := p.part(name)
		if err != nil || part == nil {
			continue
		}
		p.imports(part, bits, name, add)
		queue = append(queue, part.imports()...)
	}
}

// quotedLibraries looks for libraries that the program may load by name.
func (p *inspection) quotedLibraries(im *image, bits string, add func(string)) {
	for _, name := range []string{"winhttp.dll", "wininet.dll", "secur32.dll", "sspicli.dll", "schannel.dll"} {
		for _, spelled := range []string{name, strings.ToUpper(name)} {
			if bytes.Contains(im.data, []byte(spelled)) || bytes.Contains(im.data, wide(spelled)) {
				id, _ := libraryCaller(name, bits)
				p.why("names", "library", name)
				add(id)
				break
			}
		}
	}
}

// isWindows leaves out the system's own libraries: in a system folder they lie next
// to every program, and each program would seem to use everything.
func isWindows(name string) bool {
	low := strings.TrimSuffix(strings.ToLower(name), ".dll")
	for _, prefix := range []string{"api-ms-", "ext-ms-", "msvc", "vcruntime", "ucrtbase", "mfc", "d3d", "comctl", "comdlg"} {
		if strings.HasPrefix(low, prefix) {
			return true
		}
	}
	return slices.Contains([]string{
		"advapi32", "bcrypt", "cfgmgr32", "combase", "crypt32", "dbghelp", "dnsapi", "gdi32", "imm32", "iphlpapi", "kernel32", "kernelbase", "mpr", "msi",
		"mswsock", "ncrypt", "netapi32", "ntdll", "ole32", "oleaut32", "oledlg", "powrprof", "propsys", "psapi", "rpcrt4", "sechost", "setupapi", "shcore",
		"shell32", "shlwapi", "user32", "userenv", "usp10", "uxtheme", "version", "wevtapi", "win32u", "windowscodecs", "winmm", "winspool.drv", "wintrust",
		"wldap32", "ws2_32", "wsock32", "wtsapi32",
	}, low)
}

func (p *inspection) ownTLS(im *image, add func(string)) {
	var found []string
	for text, name := range marks() {
		if !slices.Contains(found, name) && bytes.Contains(im.data, []byte(text)) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	for _, name := range found {
		p.why("own-tls", "library", name)
		add("other")
	}
}

// wide spells a text as UTF-16LE.
func wide(s string) []byte {
	b := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		b = append(b, s[i], 0)
	}
	return b
}

// notThere says that a file is simply missing.
func notThere(err error) bool { return errors.Is(err, fs.ErrNotExist) }

package program

import (
	"io/fs"
	"strings"
	"testing"
)

// Proves that no bytes of a program, with themselves as the library that it
// refers to, make the reader panic or give an id that the model does not know.
func FuzzProgram(f *testing.F) {
	f.Add(exe(framework(".NETFramework,Version=v4.5.2")))
	f.Add(exe(coded(il(0x02, 0x2d, 7, ldc, uint32(192), 0x2b, 5, ldc, uint32(3072), set, uint32(tokSet), ret))))
	f.Add(exe(coded(il(set, uint32(tokGet), ldc, uint32(3072), orOp, 0x0a, 0x06, set, uint32(tokSet), ret))))
	f.Add(exe(coded(il(0x02, 0x14, ldc, uint32(768), 0x17, 0x6f, uint32(tokAuth), ret))))
	f.Add(exe(withText("[Net.ServicePointManager]::SecurityProtocol = 'Tls12'")))
	f.Add(exe(clrSpec{version: "v2.0.50727", flags: 3, refs: []string{"Net"}, code: il(ret)}))
	f.Add(spec{plus: true, machine: machineX64, imports: []string{"winhttp.dll"}, delayed: []string{"secur32.dll"}}.build())
	f.Fuzz(func(t *testing.T, data []byte) {
		read := func(path string) ([]byte, error) {
			if strings.HasSuffix(path, ".exe") || strings.HasSuffix(path, "Net.dll") {
				return data, nil
			}
			return nil, fs.ErrNotExist
		}
		if found, _, err := Inspect("p.exe", read); err == nil {
			checkIDs(t, found)
		}
	})
}

// Proves that no configuration makes the reader panic or give an unknown id.
func FuzzConfig(f *testing.F) {
	f.Add([]byte(`<configuration><startup><supportedRuntime version="v4.0"/></startup>` + switchesOn + `</configuration>`))
	f.Add(configOf(`<system.web><httpRuntime targetFramework="4.7.2"/></system.web><system.net><defaultProxy><proxy proxyaddress="http://p:1"/></defaultProxy></system.net>`))
	program := exe(framework(""))
	f.Fuzz(func(t *testing.T, data []byte) {
		files := folder{"p.exe": program, "p.exe.config": data, "web.config": data}
		for _, path := range []string{"p.exe", "web.config"} {
			if found, _, err := Inspect(path, files.read); err == nil {
				checkIDs(t, found)
			}
		}
	})
}

// Proves that no script makes the reader panic or give an unknown id.
func FuzzScript(f *testing.F) {
	f.Add([]byte("$p = 'tls12'\n[Net.ServicePointManager]::SecurityProtocol = $p -bor 3072 # x\n<# #>@'\n'@"))
	f.Add([]byte("#requires -version 7\n$s.AuthenticateAsClient('h', $null, 192, $false); iwr -SslProtocol Tls12"))
	f.Fuzz(func(t *testing.T, data []byte) {
		found, _, err := Inspect("s.ps1", folder{"s.ps1": data}.read)
		if err != nil {
			t.Fatal(err)
		}
		checkIDs(t, found)
	})
}

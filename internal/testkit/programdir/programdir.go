// Package programdir makes a folder of programs for tests.
package programdir

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// New is a folder with a site, scripts and a damaged program.
func New(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"site/web.config": `<configuration>
  <appSettings><add key="AppContext.SetSwitch:Switch.System.Net.DontEnableSystemDefaultTlsVersions" value="false"/></appSettings>
  <system.web><httpRuntime targetFramework="4.5.2"/></system.web>
  <system.net><defaultProxy><proxy proxyaddress="http://proxy.example.com:8080"/></defaultProxy></system.net>
</configuration>`,
		"old.ps1":    "# 夜間バックアップ\n[Net.ServicePointManager]::SecurityProtocol = 'Tls'\n",
		"newest.ps1": "[Net.ServicePointManager]::SecurityProtocol = 'Tls12'\n",
		"again.ps1":  "[Net.ServicePointManager]::SecurityProtocol = 3072\n",
		"broken.exe": "MZ",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

package dryrun_test

import (
	"testing"

	"tlsready/internal/recipe"
	"tlsready/internal/recipe/dryrun"
)

// Proves that a .reg file that a script imports is followed where it lies beside the script and
// is whole, in the order and the view in which it is imported, and that everything else stays
// not understood: another folder, a name that is not known, a file that is damaged or not there.
func TestImport(t *testing.T) {
	files := map[string]string{
		"tls.reg":    "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\X]\r\n\"a\"=dword:00000001\r\n\"b\"=-\r\n\r\n",
		"delete.reg": "Windows Registry Editor Version 5.00\r\n\r\n[-HKEY_LOCAL_MACHINE\\SOFTWARE\\X]\r\n\r\n",
		"bad.reg":    "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\X]\r\n\"a\"=dword:zz\r\n",
	}
	beside := func(name string) ([]byte, bool) {
		text, there := files[name]
		return []byte(text), there
	}
	const whole, opaque = "+X a=1 -X b", "!cmd-not-understood:1"
	for _, test := range []struct{ script, cmd, ps1 string }{
		{`reg import tls.reg`, whole, whole},
		{`reg import .\tls.reg`, whole, whole},
		{`reg import tls.reg /reg:32`, "+Wow6432Node\\X a=1 -Wow6432Node\\X b", "+Wow6432Node\\X a=1 -Wow6432Node\\X b"},
		{`reg import "%~dp0tls.reg"`, whole, opaque},
		{`regedit /s "%~dp0tls.reg"`, whole, ""},
		{`regedit.exe /S tls.reg`, whole, ""},
		{"set HERE=%~dp0\r\nreg import \"%HERE%tls.reg\"", "!cmd-not-understood:2", ""},
		{`reg import %1tls.reg`, "+X a=1 -X b", ""},
		{`reg import %SOMEWHERE%tls.reg`, opaque, ""},
		{`reg import C:\other\tls.reg`, opaque, opaque},
		{`reg import ..\tls.reg`, opaque, opaque},
		{`reg import sub\tls.reg`, opaque, opaque},
		{`reg import gone.reg`, opaque, opaque},
		{`reg import bad.reg`, opaque, opaque},
		{`reg import delete.reg`, "--X cmd-deletes-key:1", "--X ps1-deletes-key:1"},
		{`reg import tls.reg other.reg`, opaque, opaque},
	} {
		if got := summary(dryrun.Batch("s.cmd", test.script, beside)); got != test.cmd {
			t.Errorf("%s as .cmd: %q, want %q", test.script, got, test.cmd)
		}
		if test.ps1 == "" {
			continue
		}
		if got := summary(dryrun.PowerShell("s.ps1", test.script, beside)); got != test.ps1 {
			t.Errorf("%s as .ps1: %q, want %q", test.script, got, test.ps1)
		}
	}
	for _, script := range []string{`reg import tls.reg`, `regedit /s tls.reg`} {
		if got := summary(dryrun.Batch("s.cmd", script, nil)); got != opaque {
			t.Errorf("%s without its folder: %q", script, got)
		}
	}
	var none recipe.Beside
	if got := summary(dryrun.Batch("s.cmd", `if exist x reg import tls.reg`, none)); got != opaque {
		t.Errorf("behind a condition: %q", got)
	}
}

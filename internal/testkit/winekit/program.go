package winekit

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tlsready/internal/testkit/parts"
)

// compiler makes the shim that Wine 8 needs for Go programs.
const compiler = "x86_64-w64-mingw32-gcc"

// InstallCompiler says how to get it.
const InstallCompiler = compiler + " is not installed: apt-get install --no-install-recommends gcc-mingw-w64-x86-64"

// shim is bcryptprimitives.dll, which Wine 8 lacks and without which programs of
// Go 1.21 and later do not start; they call this one function of it.
const shim = `#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG); /* RtlGenRandom */
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE at, SIZE_T left)
{
	while (left > 0) {
		ULONG part = left > 65536 ? 65536 : (ULONG)left;
		if (!SystemFunction036(at, part))
			return FALSE;
		at += part;
		left -= part;
	}
	return TRUE;
}
BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, LPVOID reserved) { return TRUE; }
`

// Program builds a package of this module for Windows and returns the path of the .exe on
// this system, ready to be run with [Wine.Run]. It skips the test if the C compiler for
// the shim is missing.
func (w *Wine) Program(t testing.TB, pkg string) string {
	t.Helper()
	return w.build(t, "build", pkg)
}

// TestBinary is [Wine.Program] for the tests of a package.
func (w *Wine) TestBinary(t testing.TB, pkg string) string {
	t.Helper()
	return w.build(t, "test", "-c", pkg)
}

func (w *Wine) build(t testing.TB, args ...string) string {
	t.Helper()
	w.needShim(t)
	exe := filepath.Join(t.TempDir(), "program.exe")
	pkg := args[len(args)-1]
	cmd := exec.CommandContext(t.Context(), "go", append(args[:len(args)-1:len(args)-1], "-o", exe, pkg)...)
	cmd.Env = append(cmd.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build %s for Windows: %v\n%s", pkg, err, out)
	}
	return exe
}

// needShim puts the shim into the prefix unless Wine brings the library.
func (w *Wine) needShim(t testing.TB) {
	t.Helper()
	dll := filepath.Join(w.DriveC(), "windows", "system32", "bcryptprimitives.dll")
	if exists(dll) {
		return
	}
	parts.Need(t, compiler, "gcc-mingw-w64-x86-64")
	source := filepath.Join(t.TempDir(), "shim.c")
	if err := os.WriteFile(source, []byte(shim), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), compiler, "-shared", "-O2", "-o", dll, source, "-ladvapi32").CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", compiler, err, out)
	}
}

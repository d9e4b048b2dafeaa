package programs

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/program"
	"tlsready/internal/testkit/parts"
)

// compile writes the source to dir and compiles it there; "SRC" and "OUT" among
// the arguments stand for the two files.
func compile(t *testing.T, dir, name, source, out string, command ...string) string {
	t.Helper()
	src := filepath.Join(dir, name)
	if err := os.WriteFile(src, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	for i, word := range command {
		command[i] = strings.NewReplacer("SRC", src, "OUT", filepath.Join(dir, out)).Replace(word)
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = dir
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, text)
	}
	return filepath.Join(dir, out)
}

const head = `using System; using System.Net; using System.Net.Security; using System.Net.Sockets; using System.Security.Authentication;
`

func target(name string) string {
	return head + `[assembly: System.Runtime.Versioning.TargetFramework("` + name + `")]` + "\n"
}

func mainOf(body string) string { return "class P { static void Main(string[] a) { " + body + " } }\n" }

// Programs of Mono's C# compiler for several targets, platforms and ways to name
// a version get the caller that they are, and the method that names it.
func TestMono(t *testing.T) {
	parts.Need(t, "mcs", "mono-mcs")
	const t452, t472 = ".NETFramework,Version=v4.5.2", ".NETFramework,Version=v4.7.2"
	const request = `new WebClient().DownloadString("https://api.example.com/");`
	tests := []struct {
		name, source string
		flags        []string
		config       string
		want         string
		where        string
	}{
		{"any CPU", target(t472) + mainOf(request), []string{"-platform:anycpu"}, "", "dotnet-4.7.2-x64", ""},
		{"32-bit", target(t452) + mainOf(request), []string{"-platform:x86"}, "", "dotnet-4.5.2-x86", ""},
		{"32-bit preferred", target(t452) + mainOf(request), []string{"-platform:anycpu32bitpreferred"}, "", "dotnet-4.5.2-x86", ""},
		{"64-bit", target(t452) + mainOf(request), []string{"-platform:x64"}, "", "dotnet-4.5.2-x64", ""},
		{"64-bit, optimised", target(t472) + mainOf(request), []string{"-platform:x64", "-optimize+"}, "", "dotnet-4.7.2-x64", ""},
		{"no target", head + mainOf(request), nil, "", "dotnet-4.0-x64", ""},
		{".NET Core", target(".NETCoreApp,Version=v3.1") + mainOf(request), nil, "", "dotnetcore", ""},
		{"switches", target(t452) + mainOf(request), nil, `<configuration><runtime><AppContextSwitchOverrides value="Switch.System.Net.DontEnableSystemDefaultTlsVersions=false"/></runtime></configuration>`, "dotnet-4.7-x64", ""},
		{"TLS 1.0", target(t452) + mainOf(`ServicePointManager.SecurityProtocol = SecurityProtocolType.Tls;`+request), nil, "", "dotnet-4.5.2-x64:tls1.0", "P.Main"},
		{"by number, with debug information", target(t472) + mainOf(`var v = (SecurityProtocolType)3072; ServicePointManager.SecurityProtocol = v;`+request), []string{"-debug"}, "", "dotnet-4.7.2-x64:tls1.2", "P.Main"},
		{"in a namespace and a nested type", target(t472) + "namespace Contoso.Net { static class Setup { internal class In { internal static void Up() { ServicePointManager.SecurityProtocol = SecurityProtocolType.Tls11 | SecurityProtocolType.Tls12; } } } }\n" + mainOf("Contoso.Net.Setup.In.Up();"), nil, "", "dotnet-4.7.2-x64:tls1.1,tls1.2", "In.Up"},
		{"added", target(t472) + mainOf(`ServicePointManager.SecurityProtocol |= SecurityProtocolType.Tls12;`), nil, "", "dotnet-4.7.2-x64:tls1.2", "P.Main"},
		{"SslStream", target(t472) + mainOf(`new SslStream(new TcpClient("h", 443).GetStream()).AuthenticateAsClient("h", null, SslProtocols.Tls, a.Length > 0);`), nil, "", "dotnet-4.7.2-x64:tls1.0", "P.Main"},
		{"a field", target(t472) + `class P { static readonly SslProtocols V = SslProtocols.Tls12; static void Main() { new SslStream(null).AuthenticateAsClient("h", null, V, true); } }`, nil, "", "dotnet-4.7.2-x64:tls1.2", "P.Main"},
		{"one of two", target(t472) + mainOf(`ServicePointManager.SecurityProtocol = a.Length > 1 ? SecurityProtocolType.Tls12 : SecurityProtocolType.Tls;`), nil, "", "dotnet-4.7.2-x64:tls1.0 dotnet-4.7.2-x64:tls1.2", "P.Main"},
		{"in a lambda", target(t472) + mainOf(`Action f = () => { try { ServicePointManager.SecurityProtocol = SecurityProtocolType.Tls; } finally { Console.WriteLine(a.Length); } }; f();`), nil, "", "dotnet-4.7.2-x64:tls1.0", "m__0"},
		{"in an async method", target(t472) + `class P { static async System.Threading.Tasks.Task Go(string h) { await new SslStream(null).AuthenticateAsClientAsync(h, null, SslProtocols.Tls11, false); } static void Main() { Go("h").Wait(); } }`, nil, "", "dotnet-4.7.2-x64:tls1.1", "MoveNext"},
		{"a server names its own", target(t472) + mainOf(`new SslStream(null).AuthenticateAsServer(null, false, SslProtocols.Tls, false);`), nil, "", "dotnet-4.7.2-x64", ""},
		{"asked, not set", target(t472) + mainOf(`if (ServicePointManager.SecurityProtocol == SecurityProtocolType.Tls) Console.WriteLine("old");`), nil, "", "dotnet-4.7.2-x64", ""},
		{"from outside", target(t472) + mainOf(`ServicePointManager.SecurityProtocol = (SecurityProtocolType)Enum.Parse(typeof(SecurityProtocolType), a[0]);`), nil, "", "dotnet-4.7.2-x64", "P.Main"},
		{"PowerShell in a text", target(t472) + mainOf(`Console.Write("[Net.ServicePointManager]::SecurityProtocol = 'Tls12'");`), nil, "", "dotnet-4.7.2-x64:tls1.2", ""},
		{"WinHTTP by P/Invoke", target(t472) + `class P { [System.Runtime.InteropServices.DllImport("winhttp.dll")] static extern IntPtr WinHttpOpen(string a, int b, string c, string d, int e); static void Main() { WinHttpOpen("", 0, "", "", 0); } }`, nil, "", "dotnet-4.7.2-x64 winhttp-x64", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			exe := compile(t, dir, "p.cs", tt.source, "p.exe", append(append([]string{"mcs", "-nologo"}, tt.flags...), "-out:OUT", "SRC")...)
			if tt.config != "" {
				if err := os.WriteFile(exe+".config", []byte(tt.config), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			checkProgram(t, exe, tt.want, tt.where)
		})
	}
}

func checkProgram(t *testing.T, exe, want, where string) {
	t.Helper()
	f, _, err := program.Inspect(exe, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(f.Callers(), " "); got != want {
		t.Errorf("callers %q, want %q: %v", got, want, f.Why)
	}
	if where != "" && !slices.ContainsFunc(f.Why, func(r program.Reason) bool { return strings.HasSuffix(r.Args["where"], where) }) {
		t.Errorf("no reason in %s: %v", where, f.Why)
	}
}

// A version that a library names counts for the program that refers to it, and
// the target of the library does not.
func TestMonoLibrary(t *testing.T) {
	parts.Need(t, "mcs", "mono-mcs")
	dir := t.TempDir()
	compile(t, dir, "net.cs", target(".NETFramework,Version=v4.0")+`public static class Net { public static void Up() { ServicePointManager.SecurityProtocol = SecurityProtocolType.Tls; } }`,
		"Contoso.Net.dll", "mcs", "-nologo", "-target:library", "-out:OUT", "SRC")
	exe := compile(t, dir, "p.cs", target(".NETFramework,Version=v4.8")+mainOf("Net.Up();"), "p.exe", "mcs", "-nologo", "-r:Contoso.Net.dll", "-out:OUT", "SRC")
	checkProgram(t, exe, "dotnet-4.8-x64:tls1.0", "Net.Up")
}

// Native programs of MinGW get the caller of the library that they use.
func TestMinGW(t *testing.T) {
	const gcc = "x86_64-w64-mingw32-gcc"
	parts.Need(t, gcc, "gcc-mingw-w64-x86-64")
	tests := []struct {
		name, source string
		libs         []string
		want         string
	}{
		{"winhttp", "#include <windows.h>\n#include <winhttp.h>\nint main(void){ return WinHttpOpen(L\"x\",0,0,0,0)==0; }", []string{"-lwinhttp"}, "winhttp-x64"},
		{"wininet", "#include <windows.h>\n#include <wininet.h>\nint main(void){ return InternetOpenA(\"x\",0,0,0,0)==0; }", []string{"-lwininet"}, "wininet"},
		{"schannel", "#define SECURITY_WIN32\n#include <windows.h>\n#include <sspi.h>\nint main(void){ return FreeContextBuffer(0)==0; }", []string{"-lsecur32"}, "schannel"},
		{"by name", "#include <windows.h>\nint main(void){ return LoadLibraryW(L\"winhttp.dll\")==0; }", nil, "winhttp-x64"},
		{"own TLS", "#include <stdio.h>\nint main(void){ puts(\"OpenSSL 1.1.1w  11 Sep 2023\"); return 0; }", nil, "other"},
		{"none", "int main(void){ return 0; }", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			command := append([]string{gcc, "-o", "OUT", "SRC"}, tt.libs...)
			checkProgram(t, compile(t, dir, "p.c", tt.source, "p.exe", command...), tt.want, "")
		})
	}
}

package stack

import (
	"strconv"
	"strings"

	"tlsready/internal/message"

	"tlsready"
)

// Kind is a family of stacks.
type Kind string

// The families.
const (
	Schannel   Kind = "schannel"   // a native program on Schannel's defaults; .NET (Core) too
	WinHTTP    Kind = "winhttp"    // WinHTTP's default protocols
	WinINET    Kind = "wininet"    // WinINET
	DotNet     Kind = "dotnet"     // .NET Framework by target
	WCF        Kind = "wcf-tcp"    // WCF net.tcp with certificates, by target
	PowerShell Kind = "powershell" // Windows PowerShell's web cmdlets
)

// Stack is one way of making a ClientHello: a family, the registry view that
// the program's bitness gives it, what it targets, and the protocols that it
// names in its own code.
type Stack struct {
	ID     string
	Kind   Kind
	Wow    bool // a 32-bit program: reads Wow6432Node on 64-bit Windows
	Bits   int  // 64, 32, or 0 where it makes no difference
	CLR2   bool
	Target int // target framework as .NET counts it: 4.5.2 is 40502, 3.5 is 30500
	Named  []tlsready.Version
	Exe    string // full path of the program, for per-program registry values
}

// Parse reads a generic caller id (docs/formats.md, section 4).
func Parse(id string) (Stack, error) {
	base, named, hasNames := strings.Cut(id, ":")
	s, err := parseBase(base)
	if err != nil {
		return Stack{}, err
	}
	s.ID = id
	if !hasNames {
		return s, nil
	}
	for _, n := range strings.Split(named, ",") {
		v, err := tlsready.ParseVersion(n)
		if err != nil {
			return Stack{}, err
		}
		s.Named = append(s.Named, v)
	}
	return s, nil
}

func parseBase(base string) (Stack, error) {
	switch base {
	case "schannel", "dotnetcore":
		return Stack{Kind: Schannel}, nil
	case "wininet":
		return Stack{Kind: WinINET}, nil
	}
	if target, ok := strings.CutPrefix(base, "wcf-tcp-"); ok {
		n, err := parseTarget(target)
		return Stack{Kind: WCF, Target: n, CLR2: n < 40000, Bits: 0}, err
	}
	family, rest, _ := strings.Cut(base, "-")
	rest, bits, err := cutBits(rest)
	if err != nil {
		return Stack{}, message.Error("stack.no-caller", message.Quote("text", base))
	}
	s := Stack{Kind: Kind(family), Bits: bits, Wow: bits == 32}
	switch {
	case family == "winhttp" && rest == "":
		return s, nil
	case family == "dotnet":
		s.Target, err = parseTarget(rest)
		s.CLR2 = s.Target < 40000
		return s, err
	case family == "powershell" && rest == "5.1":
		return s, nil
	case family == "powershell" && rest == "2.0":
		s.CLR2 = true
		return s, nil
	}
	return Stack{}, message.Error("stack.no-caller", message.Quote("text", base))
}

// cutBits takes "-x64" or "-x86", or the whole of "x64", off the end.
func cutBits(s string) (rest string, bits int, err error) {
	at := strings.LastIndex(s, "-")
	word := s[at+1:]
	rest = s[:max(at, 0)]
	switch word {
	case "x64":
		return rest, 64, nil
	case "x86":
		return rest, 32, nil
	}
	return "", 0, message.Error("stack.no-bits")
}

// parseTarget counts a target framework as the framework's own source does:
// major×10000 + minor×100 + build.
func parseTarget(s string) (int, error) {
	parts := strings.Split(s, ".")
	if len(parts) < 2 || len(parts) > 3 {
		return 0, message.Error("stack.target", message.Quote("text", s))
	}
	total, weight := 0, 10000
	for _, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || n < 0 || n > 9 {
			return 0, message.Error("stack.target", message.Quote("text", s))
		}
		total += n * weight
		weight /= 100
	}
	if total < 20000 || total > 40999 {
		return 0, message.Error("stack.framework", message.Quote("text", s))
	}
	return total, nil
}

// Generic lists the spelled-out callers that `callers list` shows; targets
// other than these can be given as well.
func Generic() []string {
	return []string{
		"schannel", "schannel:tls1.2", "winhttp-x64", "winhttp-x86", "wininet",
		"dotnet-3.5-x64", "dotnet-3.5-x86", "dotnet-4.0-x64", "dotnet-4.5.2-x64", "dotnet-4.5.2-x86",
		"dotnet-4.6.2-x64", "dotnet-4.7.2-x64", "dotnet-4.8-x64", "dotnet-4.5.2-x64:tls1.0",
		"wcf-tcp-4.5.2", "wcf-tcp-4.7.2", "dotnetcore",
		"powershell-5.1-x64", "powershell-5.1-x86", "powershell-2.0-x64", "other",
	}
}

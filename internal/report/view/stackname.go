package view

import "strings"

// StackName names a stack, or a kind of stacks, as its vendor does: "dotnet-4.5.2" is
// ".NET 4.5.2", "winhttp" is "WinHTTP". The id comes without its bitness; one that is not
// known stands for itself.
func StackName(id string) string {
	kind, version := id, ""
	for _, family := range [...]string{"dotnet", "wcf-tcp", "powershell"} {
		if rest, ok := strings.CutPrefix(id, family+"-"); ok {
			kind, version = family, " "+rest
		}
	}
	switch kind {
	case "dotnet":
		kind = ".NET"
	case "wcf-tcp":
		kind = "WCF net.tcp"
	case "powershell":
		kind = "PowerShell"
	case "dotnetcore":
		kind = ".NET (Core)"
	case "schannel":
		kind = "Schannel"
	case "winhttp":
		kind = "WinHTTP"
	case "wininet":
		kind = "WinINET"
	}
	return kind + version
}

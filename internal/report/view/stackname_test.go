package view

import (
	"testing"

	"tlsready/internal/stack"
)

// Proves that kinds of stacks and stacks of a version have their vendors' names, and that
// every stack that the program knows of has one.
func TestStackName(t *testing.T) {
	for id, want := range map[string]string{
		"dotnet": ".NET", "dotnet-3.5": ".NET 3.5", "dotnet-4.5.2": ".NET 4.5.2", "dotnetcore": ".NET (Core)", "wcf-tcp": "WCF net.tcp",
		"wcf-tcp-4.7": "WCF net.tcp 4.7", "powershell-2.0": "PowerShell 2.0", "winhttp": "WinHTTP", "other": "other",
	} {
		if got := StackName(id); got != want {
			t.Errorf("%s is called %q, want %q", id, got, want)
		}
	}
	for _, id := range stack.Generic() {
		if name := (Words{}).stack(id); name == id && id != "other" {
			t.Errorf("%s has no name", id)
		}
	}
}

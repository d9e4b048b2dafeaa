package ps1

import (
	"regexp"
	"strings"
	"testing"

	"tlsready/internal/message"
	"tlsready/internal/recipe/recipetest"
)

// newerThan2 are spellings that Windows PowerShell 2.0 does not have.
// https://learn.microsoft.com/powershell/scripting/whats-new/what-s-new-in-windows-powershell-50
var newerThan2 = regexp.MustCompile(`(?i)\[ordered\]|\[pscustomobject\]|\s-(in|notin|shl|shr)\s|ConvertTo-Json|ConvertFrom-Json|::new\(|` +
	`Get-Cim\w+|\$PSItem|\$PSCommandPath|\$PSScriptRoot|\$using:|\bclass\s+\w+\s*\{\s*\[|\?\?|\?\.|&&|\|\||` +
	`\.(Where|ForEach)\(|OpenBaseKey|RegistryView|-Raw\b|#requires|Get-ItemPropertyValue|New-TemporaryFile|Invoke-WebRequest|Test-NetConnection`)

// allowedCmdlets is all that the scripts may call.
var allowedCmdlets = map[string]bool{"Write-Output": true, "New-Object": true, "Add-Type": true}

// dangerous must not appear at all.
var dangerous = regexp.MustCompile(`(?i)New-Item|Invoke-Expression|\biex\b|DownloadString|DeleteSubKey|Remove-Item|Set-ExecutionPolicy|Restart-`)

var (
	cmdletName   = regexp.MustCompile(`\b[A-Z][a-z]+-[A-Z][A-Za-z0-9]+\b`)
	functionName = regexp.MustCompile(`(?m)^function ([\w-]+)`)
	ps1Strings   = regexp.MustCompile(`(?s)@'.*?\n'@|'[^'\n]*'`)
)

// Proves that the scripts keep to PowerShell 2.0 and to the short list of cmdlets.
func TestPS1KeepsToVersion2(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		for _, p := range recipetest.Samples() {
			files, err := write(p, message.For(lang))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				checkPS1(t, f.Name, string(f.Data))
			}
		}
	}
}

func checkPS1(t *testing.T, name, text string) {
	t.Helper()
	own := map[string]bool{}
	for _, m := range functionName.FindAllStringSubmatch(text, -1) {
		own[m[1]] = true
	}
	for line := range strings.Lines(ps1Strings.ReplaceAllString(text, "''")) {
		code, _, _ := strings.Cut(line, "#")
		if m := newerThan2.FindString(code); m != "" {
			t.Errorf("%s: %q is newer than PowerShell 2.0: %s", name, m, line)
		}
		if m := dangerous.FindString(code); m != "" {
			t.Errorf("%s: %q: %s", name, m, line)
		}
		for _, m := range cmdletName.FindAllString(code, -1) {
			if !allowedCmdlets[m] && !own[m] {
				t.Errorf("%s: calls %s", name, m)
			}
		}
	}
}

// Proves that the check above sees what it is for.
func TestPS1CheckSees(t *testing.T) {
	for _, bad := range []string{"[ordered]@{}", "if (1 -in $x) {", "$x | ConvertTo-Json", "[Text.StringBuilder]::new()", "Get-CimInstance Win32_OS", "$PSItem.x"} {
		if !newerThan2.MatchString(bad) {
			t.Errorf("%q passes", bad)
		}
	}
	if newerThan2.MatchString("foreach ($i in $list) { }") {
		t.Error("foreach in is taken for -in")
	}
}

// Proves the order in which the script works: elevation, the 64-bit process, the
// plan, the saved state, and only then the first value.
func TestPS1Order(t *testing.T) {
	files, err := write(recipetest.Samples()[0], message.For("en"))
	if err != nil {
		t.Fatal(err)
	}
	rest := string(files[0].Data)
	for _, mark := range []string{"IsInRole", "sysnative", "# == changes ==", "Save-Rows $file $found", "        Write-Row $row\r\n"} {
		_, after, found := strings.Cut(rest, mark)
		if !found {
			t.Fatalf("%q does not come after the step before it", mark)
		}
		rest = after
	}
}

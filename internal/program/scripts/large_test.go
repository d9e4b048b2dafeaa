package scripts

import (
	"strings"
	"testing"
	"time"

	"tlsready/internal/script"
)

// Proves that the largest scripts are read in time that grows with their size,
// whatever they consist of.
func TestLarge(t *testing.T) {
	for _, unit := range []string{
		"if a then\n", "if a then b else ", "sub a\n", "for each a in b\n", "x = x & \"y\"\n", "a(", "select case a\ncase 1\n", "with a\n", "execute \"a\"\n",
		"if(a){", "try{", "(function(){", "a[", "x+=x;", "switch(a){case 1:", "for(;;){", "/*", "<%", "<script runat=server>", "<%if a then%>", "{", "[", "new ActiveXObject('a');",
		"if ($a) { " + spm + " = 3072 }\n", spm + " = " + spm + " -bor $a\n", "curl a & ",
	} {
		text := strings.Repeat(unit, script.MaxSize/4/len(unit))
		for _, ending := range []string{".vbs", ".js", ".asp", ".hta", ".ps1", ".cmd"} {
			begun := time.Now()
			switch ending {
			case ".ps1":
				PowerShell(text, false, nil)
			case ".cmd":
				Batch(text, nil)
			default:
				WSH(text, ending, nil)
			}
			if took := time.Since(begun); took > 20*time.Second {
				t.Errorf("%s of %q took %v", ending, unit, took)
			}
		}
	}
}

package report

import (
	"strings"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
)

// Proves that the commands of the announcement page carry the data as they are:
// a list item with a comma stays one, a backslash single, a type that is not
// REG_SZ is quoted too; and that what no prompt takes is described instead.
func TestGuideCommands(t *testing.T) {
	const key = `HKLM\SOFTWARE\X`
	g := &document.Guide{Groups: []document.GuideGroup{{Systems: []string{"Windows 7"}, Verdict: "connects", Restart: "reboot", Settings: []document.Change{
		{Key: key, Name: "Functions", Data: host.Multi("a,b", `c\d`)},
		{Key: key, Name: "Path", Data: host.String(`C:\a b`)},
		{Key: key, Name: "Expand", Data: host.Data{Type: host.ExpandSZ, Text: "two words"}},
		{Key: key, Name: "Old", Delete: true},
		{Key: key, Name: "Temp", Data: host.Data{Type: host.ExpandSZ, Text: "%TEMP%"}},
	}}}}
	for _, lang := range message.Languages() {
		var b strings.Builder
		if err := Guide(&b, g, message.For(lang)); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			`reg add "HKLM\SOFTWARE\X" /v Functions /t REG_MULTI_SZ /d "a,b\0c\d" /f /reg:64` + "\n",
			`reg add "HKLM\SOFTWARE\X" /v Path /t REG_SZ /d "C:\a b" /f /reg:64` + "\n",
			`reg add "HKLM\SOFTWARE\X" /v Expand /t REG_EXPAND_SZ /d "two words" /f /reg:64` + "\n",
			`reg delete "HKLM\SOFTWARE\X" /v Old /f /reg:64` + "\n",
			`"%TEMP%" (REG_EXPAND_SZ)`,
		} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: no %q in\n%s", lang, want, b.String())
			}
		}
		if strings.Contains(b.String(), "reg add") && strings.Contains(b.String(), `/d "%TEMP%"`) {
			t.Errorf("%s: a variable that the prompt would expand is given as a command", lang)
		}
	}
}

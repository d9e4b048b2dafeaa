package cli

import (
	"strings"
	"testing"

	"tlsready"
)

func ruleApp() *App {
	app := newApp(Streams{}, []string{"LANG=C"})
	app.SetLanguage("en")
	return app
}

// Proves that --accepting takes rules and service profiles, of which the last phase
// holds, and that what is neither is refused with its place, in words.
func TestReadRules(t *testing.T) {
	base := tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS10, tlsready.TLS12, tlsready.TLS13)}
	for text, want := range map[string]string{"azure-backup": "[TLS 1.2]", "TLS 1.2+": "[TLS 1.2 TLS 1.3]", "": "[TLS 1.0 TLS 1.2 TLS 1.3]"} {
		rules, err := ruleApp().readRules(text)
		if err != nil {
			t.Fatal(err)
		}
		a := base
		for _, rule := range rules {
			a = rule(a)
		}
		if got := a.Versions.List(); strings.TrimSpace(strings.Join(versionNames(got), " ")) != strings.Trim(want, "[]") {
			t.Errorf("%s: %v", text, got)
		}
	}
	for text, want := range map[string]string{
		"TLS 9.9+": `--accepting, column 1: "TLS 9.9+": "TLS 9.9" is not a protocol version`, "TLS 1.2+; -FOO": "column 11", " ; ": "no rule", "no.yaml": "no.yaml",
	} {
		if _, err := ruleApp().readRules(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func versionNames(list []tlsready.Version) []string {
	var names []string
	for _, v := range list {
		names = append(names, v.String())
	}
	return names
}

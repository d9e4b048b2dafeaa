package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// Proves that a configuration file found in the working folder is named on standard
// error for each flag of each command that it sets and that can change a result, a
// status or a place, whatever the flag.
func TestFoundSettingsAreNamed(t *testing.T) {
	t.Chdir(t.TempDir())
	root := newRoot(newApp(Streams{}, nil))
	harmless := append(onCommandLineAlone(), "lang", "color", "quiet", "format", "json", "config") // these change how a result looks, not what it says
	const configName = "tlsready.yaml"
	for _, args := range [][]string{{"check"}, {"fix"}, {"collect"}, {"probe"}, {"diff", "a", "b"}, {"explain"}, {"lint"}, {"services", "list"}, {"callers", "list"}} {
		cmd, _, err := root.Find(args)
		if err != nil {
			t.Fatal(err)
		}
		cmd.InheritedFlags() // joins the common flags to the command's own
		cmd.Flags().VisitAll(func(flag *pflag.Flag) {
			if slices.Contains(harmless, flag.Name) {
				return
			}
			value := "x"
			switch flag.Value.Type() {
			case "bool":
				value = "true"
			case "int":
				value = "3"
			case "duration":
				value = "3s"
			}
			if err := os.WriteFile(filepath.Join(".", configName), []byte(flag.Name+": "+value+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			var out, errs strings.Builder
			Run(t.Context(), append(slices.Clone(args), "--lang", "en"), Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, nil)
			if want := configName + " in this folder sets --" + flag.Name + "=" + value; !strings.Contains(errs.String(), want) {
				t.Errorf("%v: --%s is set without a word: %s", args, flag.Name, errs.String())
			}
		})
	}
}

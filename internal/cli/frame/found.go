package frame

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tlsready/internal/message"
)

// ByUser says whether the user set a flag himself.
func (app *App) ByUser(flag string) bool {
	from := app.origins[flag]
	return app.Given(flag) && (from.kind != fromFile || !app.foundFile())
}

// foundFile says whether the configuration file was found in the working folder, and
// named by nobody.
func (app *App) foundFile() bool {
	return app.file != nil && app.flags.config == "" && app.file.Path == configName
}

// notePlaces keeps what the user named: arguments and values of flags.
func (app *App) notePlaces(cmd *cobra.Command) {
	app.Places = slices.Clone(cmd.Flags().Args())
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		if app.ByUser(flag.Name) {
			app.Places = append(app.Places, flagValues(flag)...)
		}
	})
}

// harmless are the common flags that change how a result looks or where it goes,
// not what it says.
func harmless() []string {
	return []string{"lang", "color", "quiet", "format", "json", "config"}
}

// warnFoundSettings names the configuration file that was found in the working
// folder, if it changes what the command does: nobody asked for it by name. It is
// said even if the file itself asks for quiet.
func (app *App) warnFoundSettings(cmd *cobra.Command) {
	if !app.foundFile() {
		return
	}
	var set []string
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		if app.origins[flag.Name].kind == fromFile && !slices.Contains(harmless(), flag.Name) {
			set = append(set, "--"+flag.Name+"="+strings.Join(flagValues(flag), ","))
		}
	})
	if len(set) == 0 {
		return
	}
	quiet := app.Quiet
	app.Quiet = quiet && app.OnCommandLine("quiet")
	app.Warn(app.Text("cli.warning.found-settings", message.Str("path", app.file.Path), message.Str("settings", strings.Join(set, " "))))
	app.Quiet = quiet
}

// checkFoundPlaces refuses a place outside the working folder that the configuration
// file in it names for writing: whoever unpacks a folder has not asked for that.
func (app *App) checkFoundPlaces(cmd *cobra.Command) error {
	if !app.foundFile() {
		return nil
	}
	var failed error
	for _, name := range []string{"output", "dir", "save", "store"} {
		flag := cmd.Flags().Lookup(name)
		if flag == nil || app.origins[name].kind != fromFile {
			continue
		}
		for _, value := range flagValues(flag) {
			if _, path, ok := strings.Cut(value, "="); ok {
				value = path
			}
			if value != "-" && (!filepath.IsLocal(value) || strings.Contains(value, "://")) {
				failed = app.UsageError("found-place", message.Str("where", app.origins[name].where), message.Str("flag", "--"+name), message.Str("value", value))
			}
		}
	}
	return failed
}

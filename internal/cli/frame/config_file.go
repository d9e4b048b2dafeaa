package frame

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tlsready/internal/cli/settings"
	"tlsready/internal/message"
	"tlsready/internal/userfile"
)

// configName is the configuration file in the working folder and, below
// "tlsready", in the user's configuration folder.
const configName = "tlsready.yaml"

// maxConfig bounds a configuration file in bytes: it holds a few dozen short
// settings, and a larger file was surely not meant.
const maxConfig = 1 << 20

// errNotOne says that a flag with one value was given a list.
var errNotOne = errors.New("takes one value, not a list")

// openConfig reads the file that --config or its twin names, else the first
// that there is of the working folder's and the user's; nil without any.
func (app *App) openConfig() (*settings.File, error) {
	if path := app.flags.config; path != "" {
		return app.readConfig(path)
	}
	for _, path := range app.configPaths() {
		file, err := app.readConfig(path)
		if !errors.Is(err, fs.ErrNotExist) {
			return file, err
		}
	}
	return nil, nil
}

// configPaths are the places where a configuration file is looked for.
func (app *App) configPaths() []string {
	paths := []string{configName}
	if dir := app.userConfigDir(); dir != "" {
		paths = append(paths, filepath.Join(dir, "tlsready", configName))
	}
	return paths
}

// userConfigDir is os.UserConfigDir for the environment of this run.
func (app *App) userConfigDir() string {
	switch runtime.GOOS {
	case "windows":
		return app.Getenv("AppData")
	case "darwin":
		if home := app.Getenv("HOME"); home != "" {
			return filepath.Join(home, "Library", "Application Support")
		}
		return ""
	}
	if dir := app.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return dir
	}
	if home := app.Getenv("HOME"); home != "" {
		return filepath.Join(home, ".config")
	}
	return ""
}

func (app *App) readConfig(path string) (*settings.File, error) {
	in, err := userfile.Open(path)
	if err != nil {
		return nil, cannotReadConfig(path, err)
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxConfig+1))
	if err != nil {
		return nil, cannotReadConfig(path, err)
	}
	if len(data) > maxConfig {
		return nil, app.UsageError("config-large", message.Str("path", path))
	}
	file, problem := settings.Parse(path, data)
	if problem != nil {
		return nil, Usage(problem.Hinted("cli.hint.config"))
	}
	return file, nil
}

func cannotReadConfig(path string, err error) error {
	return Usage(message.Error("cli.error.config-read", message.Str("path", path), message.Cause("why", err)).Hinted("cli.hint.config-read"))
}

// CannotRead is a file that the user named and that cannot be read.
func CannotRead(path string, err error) error {
	return Usage(message.Error("cli.error.read", message.Str("path", path), message.Cause("why", err)).Hinted("cli.hint.read"))
}

// loadConfig reads the configuration file for good and refuses settings that
// are no flag of any command.
func (app *App) loadConfig(cmd *cobra.Command) error {
	app.flags.config = cmp.Or(app.flags.config, app.Getenv(envName("config")))
	file, err := app.openConfig()
	if err != nil || file == nil {
		return err
	}
	app.file = file
	known := allFlags(cmd.Root())
	for _, name := range file.Order {
		if commandLineOnly(name) {
			return app.UsageError("setting-command-line", message.Str("where", file.Position(file.Values[name].Line)), message.Str("name", name))
		}
		if _, ok := known[name]; !ok || name == "config" {
			return unknownSetting(file, name, known)
		}
	}
	return nil
}

func unknownSetting(file *settings.File, name string, known map[string]*pflag.Flag) error {
	names := make([]string, 0, len(known))
	for n := range known {
		names = append(names, n)
	}
	p := message.Error("cli.error.setting", message.Str("where", file.Position(file.Values[name].Line)), message.Str("name", name)).Hinted("cli.hint.config")
	if near := message.Nearest(name, names); near != "" {
		p.Hinted("cli.hint.did-you-mean", message.Str("near", near))
	}
	return Usage(p)
}

// allFlags are the flags of all commands by name, those with a twin.
func allFlags(root *cobra.Command) map[string]*pflag.Flag {
	all := make(map[string]*pflag.Flag)
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		collect := func(flag *pflag.Flag) {
			if _, seen := all[flag.Name]; !seen && hasTwin(flag.Name) {
				all[flag.Name] = flag
			}
		}
		cmd.PersistentFlags().VisitAll(collect)
		cmd.Flags().VisitAll(collect)
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(root)
	return all
}

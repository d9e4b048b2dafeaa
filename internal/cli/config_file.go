package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

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

// configFile holds the settings of one file: flag names and their values.
type configFile struct {
	path   string
	values map[string]configValue
	order  []string // names as they stand in the file
}

type configValue struct {
	list []string
	line int
}

func (f *configFile) position(line int) string { return fmt.Sprintf("%s:%d", f.path, line) }

// openConfig reads the file that --config or its twin names, else the first
// that there is of the working folder's and the user's; nil without any.
func (app *App) openConfig() (*configFile, error) {
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
		return app.getenv("AppData")
	case "darwin":
		if home := app.getenv("HOME"); home != "" {
			return filepath.Join(home, "Library", "Application Support")
		}
		return ""
	}
	if dir := app.getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return dir
	}
	if home := app.getenv("HOME"); home != "" {
		return filepath.Join(home, ".config")
	}
	return ""
}

func (app *App) readConfig(path string) (*configFile, error) {
	in, err := userfile.Open(path)
	if err != nil {
		return nil, app.cannotReadConfig(path, err)
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxConfig+1))
	if err != nil {
		return nil, app.cannotReadConfig(path, err)
	}
	if len(data) > maxConfig {
		return nil, app.usageError("config-large", message.Str("path", path))
	}
	file, err := parseConfig(path, data)
	if err != nil {
		return nil, &UserError{Msg: err.Error(), Hint: app.text("cli.hint.config"), Err: err}
	}
	return file, nil
}

func (app *App) cannotReadConfig(path string, err error) error {
	return &UserError{
		Msg:  app.text("cli.error.config-read", message.Str("path", path), message.Str("why", app.why(err))),
		Hint: app.text("cli.hint.config-read"), Err: err,
	}
}

// cannotRead is a file that the user named and that cannot be read.
func (app *App) cannotRead(path string, err error) error {
	return &UserError{
		Msg:  app.text("cli.error.read", message.Str("path", path), message.Str("why", app.why(err))),
		Hint: app.text("cli.hint.read"), Err: err,
	}
}

// parseConfig reads a file of flag names and values: "lang: ja", or a list
// where the flag may repeat. Errors begin with FILE:LINE.
func parseConfig(path string, data []byte) (*configFile, error) {
	file := &configFile{path: path, values: make(map[string]configValue)}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, yamlError(path, err)
	}
	if doc.Kind == 0 { // empty, or comments alone
		return file, nil
	}
	top := doc.Content[0]
	if top.Kind == yaml.ScalarNode && top.Tag == "!!null" {
		return file, nil
	}
	if top.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s: not a list of settings such as \"lang: ja\"", file.position(top.Line))
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		if err := file.add(top.Content[i], top.Content[i+1]); err != nil {
			return nil, err
		}
	}
	return file, nil
}

// add takes one setting over.
func (f *configFile) add(key, value *yaml.Node) error {
	if first, twice := f.values[key.Value]; twice {
		return fmt.Errorf("%s: %q is set twice, first in line %d", f.position(key.Line), key.Value, first.line)
	}
	list, err := scalars(value)
	if err != nil {
		return fmt.Errorf("%s: %q %w", f.position(value.Line), key.Value, err)
	}
	f.values[key.Value] = configValue{list, key.Line}
	f.order = append(f.order, key.Value)
	return nil
}

// scalars are the values of a scalar or of a list of scalars. Anchors are
// refused with everything else: nothing here is long enough to need them.
func scalars(node *yaml.Node) ([]string, error) {
	switch {
	case node.Kind == yaml.ScalarNode && node.Tag != "!!null":
		return []string{node.Value}, nil
	case node.Kind == yaml.ScalarNode:
		return nil, errors.New("has no value")
	case node.Kind != yaml.SequenceNode:
		return nil, errors.New("is neither a value nor a list of values")
	}
	list := make([]string, 0, len(node.Content))
	for _, item := range node.Content {
		if item.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("has an item in line %d that is not a plain value", item.Line)
		}
		list = append(list, item.Value)
	}
	return list, nil
}

// yamlError turns "yaml: line 3: what" into "FILE:3: what".
func yamlError(path string, err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	var line int
	if n, _ := fmt.Sscanf(text, "line %d:", &line); n == 1 {
		_, text, _ = strings.Cut(text, ": ")
		return fmt.Errorf("%s:%d: %s", path, line, text)
	}
	return fmt.Errorf("%s: %s", path, text)
}

// loadConfig reads the configuration file for good and refuses settings that
// are no flag of any command.
func (app *App) loadConfig(cmd *cobra.Command) error {
	app.flags.config = cmp.Or(app.flags.config, app.getenv(envName("config")))
	file, err := app.openConfig()
	if err != nil || file == nil {
		return err
	}
	app.file = file
	known := allFlags(cmd.Root())
	for _, name := range file.order {
		if commandLineOnly(name) {
			return &UserError{
				Msg:  app.text("cli.error.setting-command-line", message.Str("where", file.position(file.values[name].line)), message.Str("name", name)),
				Hint: app.text("cli.hint.setting-command-line", message.Str("name", name)),
			}
		}
		if _, ok := known[name]; !ok || name == "config" {
			return app.unknownSetting(file, name, known)
		}
	}
	return nil
}

func (app *App) unknownSetting(file *configFile, name string, known map[string]*pflag.Flag) error {
	names := make([]string, 0, len(known))
	for n := range known {
		names = append(names, n)
	}
	err := &UserError{
		Msg:  app.text("cli.error.setting", message.Str("where", file.position(file.values[name].line)), message.Str("name", name)),
		Hint: app.text("cli.hint.config"),
	}
	if near := message.Nearest(name, names); near != "" {
		err.Hint = app.text("cli.hint.did-you-mean", message.Str("near", near))
	}
	return err
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

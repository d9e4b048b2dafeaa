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
	"tlsready/internal/strictyaml"
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
		return nil, cannotReadConfig(path, err)
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxConfig+1))
	if err != nil {
		return nil, cannotReadConfig(path, err)
	}
	if len(data) > maxConfig {
		return nil, app.usageError("config-large", message.Str("path", path))
	}
	file, problem := parseConfig(path, data)
	if problem != nil {
		return nil, usage(problem.Hinted("cli.hint.config"))
	}
	return file, nil
}

func cannotReadConfig(path string, err error) error {
	return usage(message.Error("cli.error.config-read", message.Str("path", path), message.Cause("why", err)).Hinted("cli.hint.config-read"))
}

// cannotRead is a file that the user named and that cannot be read.
func cannotRead(path string, err error) error {
	return usage(message.Error("cli.error.read", message.Str("path", path), message.Cause("why", err)).Hinted("cli.hint.read"))
}

// parseConfig reads a file of flag names and values: "lang: ja", or a list
// if the flag may repeat. Problems are at FILE:LINE.
func parseConfig(path string, data []byte) (*configFile, *message.Problem) {
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
		return nil, message.Error("cli.error.config-shape").At(file.position(top.Line))
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		if err := file.add(top.Content[i], top.Content[i+1]); err != nil {
			return nil, err
		}
	}
	return file, nil
}

// add takes one setting over.
func (f *configFile) add(key, value *yaml.Node) *message.Problem {
	if first, twice := f.values[key.Value]; twice {
		return message.Error("cli.error.config-twice", message.Str("name", key.Value), message.Int("line", first.line)).At(f.position(key.Line))
	}
	list, err := scalars(key.Value, value)
	if err != nil {
		return err.At(f.position(value.Line))
	}
	f.values[key.Value] = configValue{list, key.Line}
	f.order = append(f.order, key.Value)
	return nil
}

// scalars are the values of a scalar or of a list of scalars. Anchors are
// refused with everything else: nothing here is long enough to need them.
func scalars(name string, node *yaml.Node) ([]string, *message.Problem) {
	switch {
	case node.Kind == yaml.ScalarNode && node.Tag != "!!null":
		return []string{node.Value}, nil
	case node.Kind == yaml.ScalarNode:
		return nil, message.Error("cli.error.config-empty", message.Str("name", name))
	case node.Kind != yaml.SequenceNode:
		return nil, message.Error("cli.error.config-list", message.Str("name", name))
	}
	list := make([]string, 0, len(node.Content))
	for _, item := range node.Content {
		if item.Kind != yaml.ScalarNode {
			return nil, message.Error("cli.error.config-item", message.Str("name", name), message.Int("line", item.Line))
		}
		list = append(list, item.Value)
	}
	return list, nil
}

// yamlError gives words to an error of the YAML library, and its line to the place.
func yamlError(path string, err error) *message.Problem {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	var line int
	if n, _ := fmt.Sscanf(text, "line %d:", &line); n == 1 {
		_, text, _ = strings.Cut(text, ": ")
		path = fmt.Sprintf("%s:%d", path, line)
	}
	return &message.Problem{Where: path, What: message.CauseOf(strictyaml.Problem(errors.New("yaml: " + text))), Err: err}
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
			return app.usageError("setting-command-line", message.Str("where", file.position(file.values[name].line)), message.Str("name", name))
		}
		if _, ok := known[name]; !ok || name == "config" {
			return unknownSetting(file, name, known)
		}
	}
	return nil
}

func unknownSetting(file *configFile, name string, known map[string]*pflag.Flag) error {
	names := make([]string, 0, len(known))
	for n := range known {
		names = append(names, n)
	}
	p := message.Error("cli.error.setting", message.Str("where", file.position(file.values[name].line)), message.Str("name", name)).Hinted("cli.hint.config")
	if near := message.Nearest(name, names); near != "" {
		p.Hinted("cli.hint.did-you-mean", message.Str("near", near))
	}
	return usage(p)
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

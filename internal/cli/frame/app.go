package frame

import (
	"cmp"
	"context"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/settings"
	"tlsready/internal/message"
	"tlsready/internal/syserror"
	"tlsready/internal/term/tty"
)

// App is what every command is given: the streams, the environment and the
// common flags, resolved. One run has one App, which is not safe for concurrent use
// before its flags are resolved.
type App struct {
	tty.Console

	Lang     string    // "en" or "ja"
	Color    bool      // colour the result on standard output
	ExitZero bool      // a verdict does not change the exit status
	Now      time.Time // when the run began: the clock that "today" comes from

	env     map[string]string
	flags   commonFlags
	file    *settings.File    // the configuration file in use; nil without one
	origins map[string]origin // flag name → where the running command's value came from
	Places  []string          // arguments and values of flags that the user gave himself
	columns int               // what COLUMNS says (POSIX, environment variables); 0: nothing
}

// Streams is what the program reads and writes.
type Streams = tty.Streams

// commonFlags are the flags of every command as they were given.
type commonFlags struct {
	format, lang, color, config string
	json, quiet, exitZero       bool
	output                      []string
}

// Run runs the program with args (without the program's name) and returns the exit
// status. tree makes the commands, once the language of their words is known.
func (app *App) Run(ctx context.Context, args []string, tree func() *cobra.Command) (status int) {
	defer func() {
		if failure := recover(); failure != nil {
			status = app.reportPanic(failure, debug.Stack())
		}
	}()
	app.Interruptible(ctx)
	app.guess(args)
	root := tree()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	app.Clear()
	return app.finish(err, ctx.Err() != nil)
}

// New makes the App of a run; environ is as os.Environ gives it.
func New(streams Streams, environ []string) *App {
	app := &App{
		Console: tty.Console{Streams: streams, Clock: time.Now},
		Now:     time.Now(),
		env:     make(map[string]string, len(environ)),
		origins: make(map[string]origin),
	}
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok {
			app.env[foldName(name)] = value
		}
	}
	app.columns = tty.Columns(app.Getenv("COLUMNS"))
	return app
}

// Getenv is the value of a variable of this run's environment.
func (app *App) Getenv(name string) string { return app.env[foldName(name)] }

// foldName spells a variable's name the way it is looked up: in upper case on a system
// that ignores case.
func foldName(name string) string {
	if runtime.GOOS == "windows" {
		return strings.ToUpper(name)
	}
	return name
}

// guess learns the language and the error format before the arguments are
// parsed, since help and usage errors need both. It reports nothing: parsing
// meets the same mistakes again.
func (app *App) guess(args []string) {
	var early commonFlags
	set := newCommonFlags(&early)
	set.BoolP("help", "h", false, "")
	set.ParseErrorsAllowlist.UnknownFlags = true
	_ = set.Parse(args)
	app.flags.config = cmp.Or(early.config, app.Getenv(envName("config")))
	app.file, _ = app.openConfig()
	for _, name := range []string{"lang", "format", "json"} {
		if value, _, ok := app.twin(name); ok && !set.Changed(name) && len(value) == 1 {
			_ = set.Set(name, value[0])
		}
	}
	early.lang = cmp.Or(early.lang, langIn(args))
	if !slices.Contains(message.Languages(), early.lang) {
		early.lang = "" // the mistake is told in the language of the environment
	}
	app.SetLanguage(early.lang)
	app.JSON = early.wantsJSON()
}

// langIn finds --lang behind an argument that the flag parser stopped at.
func langIn(args []string) string {
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if value, ok := strings.CutPrefix(arg, "--lang="); ok {
			return value
		}
		if arg == "--lang" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

// resolve turns the parsed flags and their twins into the fields of App. It
// runs before every command.
func (app *App) resolve(cmd *cobra.Command) error {
	if err := app.loadConfig(cmd); err != nil {
		return err
	}
	if err := app.applyTwins(cmd); err != nil {
		return err
	}
	if err := app.checkCommonFlags(); err != nil {
		return err
	}
	app.SetLanguage(app.flags.lang)
	app.JSON = app.flags.wantsJSON()
	app.Quiet, app.ExitZero = app.flags.quiet, app.flags.exitZero
	app.Color = app.WantsColor(app.flags.color, app.Getenv)
	app.notePlaces(cmd)
	app.warnFoundSettings(cmd)
	return app.checkFoundPlaces(cmd)
}

// SetLanguage chooses the language: what was asked for, else what the
// environment says in the order of POSIX, else what the system says.
func (app *App) SetLanguage(asked string) {
	tag := cmp.Or(asked, app.Getenv("LC_ALL"), app.Getenv("LC_MESSAGES"), app.Getenv("LANG"), app.Language)
	if app.Words == nil || message.For(tag).Lang() != app.Lang {
		app.Words = wordsIn(tag)
		app.Lang = app.Words.Lang()
	}
}

// wordsIn are the words of a language, which know the system's errors as well.
func wordsIn(lang string) *message.Catalog {
	return message.For(lang).WithCauses(syserror.Text)
}

func (f *commonFlags) wantsJSON() bool {
	return f.json || Format(f.format).Renderer().JSON
}

// Text is the text of id in the running language.
func (app *App) Text(id string, args ...message.Arg) string {
	return app.Catalog().Text(id, args...)
}

// WarnOf warns of a text.
func (app *App) WarnOf(t message.Text) { app.Warn(app.Catalog().Render(t)) }

// Catalog are those of the running language; before the flags are read, those of
// the environment's.
func (app *App) Catalog() *message.Catalog {
	if app.Words == nil {
		app.SetLanguage("")
	}
	return app.Words
}

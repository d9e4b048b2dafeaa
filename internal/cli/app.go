package cli

import (
	"cmp"
	"context"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/settings"
	"tlsready/internal/message"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/syserror"
	"tlsready/internal/term/tty"
)

// App is what every command is given: the streams, the environment and the
// common flags, resolved. One run has one App.
type App struct {
	tty.Console

	Lang     string    // "en" or "ja"
	Color    bool      // colour the result on standard output
	ExitZero bool      // a verdict does not change the exit status
	Now      time.Time // when the run began: the clock that "today" comes from

	env       map[string]string
	flags     commonFlags
	file      *settings.File    // the configuration file in use; nil without one
	origins   map[string]origin // flag name → where the running command's value came from
	places    []string          // arguments and values of flags that the user gave himself
	passwords *peer.Passwords   // those of this run; nil until a machine is reached for
	columns   int               // what COLUMNS says (POSIX, environment variables); 0: nothing
}

// Streams is what the program reads and writes.
type Streams = tty.Streams

// commonFlags are the flags of every command as they were given.
type commonFlags struct {
	format, lang, color, config string
	json, quiet, exitZero       bool
	output                      []string
}

// Run runs the program with args (without the program's name) and environ (as
// os.Environ gives it) and returns the exit status.
func Run(ctx context.Context, args []string, streams Streams, environ []string) (status int) {
	app := newApp(streams, environ)
	defer func() {
		if failure := recover(); failure != nil {
			status = app.reportPanic(failure, debug.Stack())
		}
	}()
	app.Interruptible(ctx)
	app.guess(args)
	if app.doubleClicked(args) {
		args = []string{"start"}
		defer app.waitToClose(ctx)
	}
	root := newRoot(app)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	app.Clear()
	return app.finish(err, ctx.Err() != nil)
}

// Interruptible returns a context that the first Ctrl-C (or SIGTERM) cancels.
// The second ends the process as the system does by default.
func Interruptible(parent context.Context) context.Context {
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx
}

func newApp(streams Streams, environ []string) *App {
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
	app.columns = tty.Columns(app.getenv("COLUMNS"))
	return app
}

// getenv is the value of a variable of this run's environment.
func (app *App) getenv(name string) string { return app.env[foldName(name)] }

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
	app.flags.config = cmp.Or(early.config, app.getenv(envName("config")))
	app.file, _ = app.openConfig()
	for _, name := range []string{"lang", "format", "json"} {
		if value, _, ok := app.twin(name); ok && !set.Changed(name) && len(value) == 1 {
			_ = set.Set(name, value[0])
		}
	}
	app.setLanguage(early.lang)
	app.JSON = early.wantsJSON()
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
	app.setLanguage(app.flags.lang)
	app.JSON = app.flags.wantsJSON()
	app.Quiet, app.ExitZero = app.flags.quiet, app.flags.exitZero
	app.Color = app.WantsColor(app.flags.color, app.getenv)
	app.notePlaces(cmd)
	app.warnFoundSettings(cmd)
	if err := app.checkFoundPlaces(cmd); err != nil {
		return err
	}
	return checkPasswordFile(cmd)
}

// setLanguage chooses the language: what was asked for, else what the
// environment says in the order of POSIX, else what the system says.
func (app *App) setLanguage(asked string) {
	tag := cmp.Or(asked, app.getenv("LC_ALL"), app.getenv("LC_MESSAGES"), app.getenv("LANG"), app.Language)
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
	return f.json || Format(f.format).renderer().JSON
}

// text is the text of id in the running language.
func (app *App) text(id string, args ...message.Arg) string {
	return app.words().Text(id, args...)
}

// words are those of the running language; before the flags are read, those of
// the environment's.
func (app *App) words() *message.Catalog {
	if app.Words == nil {
		app.setLanguage("")
	}
	return app.Words
}

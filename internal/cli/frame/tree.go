package frame

import (
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tlsready/internal/message"
)

// Program is what a program offers within the frame.
type Program struct {
	Example  string
	Commands []*cobra.Command
	Version  func() error               // prints the version, for --version
	Check    func(*cobra.Command) error // refuses what no command could run with, once the flags are resolved
}

// NewRoot makes the command tree of one run. A command's words are the texts
// "cli.<command>.short" and ".long" (a subcommand's with both names:
// "cli.config.show.short"); a flag's is "cli.<command>.flag.<flag>", else
// "cli.flag.<flag>". Examples are no words and stand in the code. A group shows
// the examples of its commands.
func (app *App) NewRoot(p Program) *cobra.Command {
	root := &cobra.Command{
		Use:               "tlsready",
		Example:           p.Example,
		Args:              app.noSuchCommand,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if err := app.resolve(cmd); err != nil {
			return err
		}
		return p.Check(cmd)
	}
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		if version, _ := cmd.Flags().GetBool("version"); version {
			return p.Version()
		}
		return cmd.Help()
	}
	root.PersistentFlags().AddFlagSet(newCommonFlags(&app.flags))
	root.Flags().Bool("version", false, "")
	root.SetOut(app.Out)
	root.SetErr(app.Err)
	root.SetIn(app.In)
	root.SetFlagErrorFunc(app.FlagError)
	root.SetHelpFunc(app.help)
	root.SetHelpCommand(newHelpCommand(app))
	root.AddCommand(p.Commands...)
	app.completeCommonFlags(root)
	root.InitDefaultHelpCmd() // now, so that it is described like the others
	app.describe(root)
	return root
}

// NewGroup makes a command that only holds others.
func (app *App) NewGroup(name string, subs ...*cobra.Command) *cobra.Command {
	group := &cobra.Command{Use: name, Args: app.noSuchCommand}
	group.RunE = func(cmd *cobra.Command, _ []string) error {
		return app.UsageError("no-subcommand", message.Str("command", cmd.CommandPath()),
			message.List("known", Subcommands(cmd)))
	}
	group.AddCommand(subs...)
	return group
}

// noSuchCommand refuses an argument given in the place of a subcommand.
func (app *App) noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	of := message.Str("of", cmd.CommandPath())
	p := message.Error("cli.error.command", message.Str("name", args[0]), of).Hinted("cli.hint.command", of)
	if near := message.Nearest(args[0], Subcommands(cmd)); near != "" {
		p.Hinted("cli.hint.did-you-mean", message.Str("near", cmd.CommandPath()+" "+near))
	}
	return Usage(p)
}

// Subcommands names the commands below cmd that people may use.
func Subcommands(cmd *cobra.Command) []string {
	var list []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			list = append(list, sub.Name())
		}
	}
	return list
}

// ExactArgs refuses any other number of arguments than n.
func (app *App) ExactArgs(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) > n:
			return app.UsageError("extra-argument", message.Str("argument", args[n]), message.Str("command", cmd.CommandPath()))
		case len(args) < n:
			return app.UsageError("missing-argument", message.Str("command", cmd.CommandPath()), message.Str("usage", UsageLine(cmd)))
		}
		return nil
	}
}

// AtMostArgs refuses more arguments than n.
func (app *App) AtMostArgs(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		return app.ExactArgs(min(n, len(args)))(cmd, args)
	}
}

// OneOf refuses everything but one of the words.
func (app *App) OneOf(words []string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := app.ExactArgs(1)(cmd, args); err != nil {
			return err
		}
		if !slices.Contains(words, args[0]) {
			return app.UsageError("argument", message.Str("value", args[0]), message.Str("command", cmd.CommandPath()),
				message.List("known", words))
		}
		return nil
	}
}

// FlagError words the errors of the flag parser.
func (app *App) FlagError(cmd *cobra.Command, err error) error {
	p := &message.Problem{Hint: message.New("cli.hint.flags", message.Str("command", cmd.CommandPath())), Err: err}
	switch e := err.(type) {
	case *pflag.NotExistError:
		return unknownFlag(cmd, e)
	case *pflag.ValueRequiredError:
		p.What = message.New("cli.error.flag-empty", message.Str("flag", flagName(e.GetFlag())))
	case *pflag.InvalidValueError:
		p.What = message.New("cli.error.flag-value", message.Str("flag", flagName(e.GetFlag())),
			message.Str("value", e.GetValue()), message.Str("type", app.typeName(e.GetFlag())))
	}
	return Usage(p)
}

func unknownFlag(cmd *cobra.Command, e *pflag.NotExistError) error {
	asked := "--" + e.GetSpecifiedName()
	var known []string
	if e.GetSpecifiedShortnames() != "" {
		asked = "-" + e.GetSpecifiedName()
	} else {
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	}
	command := message.Str("command", cmd.CommandPath())
	p := message.Error("cli.error.flag", message.Str("flag", asked), command).Hinted("cli.hint.flags", command)
	if near := message.Nearest(e.GetSpecifiedName(), known); near != "" {
		p.Hinted("cli.hint.did-you-mean", message.Str("near", "--"+near))
	}
	p.Err = e
	return Usage(p)
}

func flagName(flag *pflag.Flag) string { return "--" + flag.Name }

// completeCommonFlags tells shells the values of the common flags.
func (app *App) completeCommonFlags(root *cobra.Command) {
	for name, values := range map[string][]string{"format": FormatNames(), "lang": message.Languages(), "color": colors()} {
		Complete(root, name, values)
	}
}

// Complete tells shells the values of a flag; one that takes files as well has those
// offered too.
func Complete(cmd *cobra.Command, flag string, values []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveDefault))
	if err != nil {
		panic("cli: " + err.Error()) // a flag that is not there: a defect
	}
}

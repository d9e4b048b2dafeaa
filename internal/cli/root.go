package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tlsready/internal/message"
)

const rootExample = `tlsready check fs01.reg --service azure-backup
tlsready fix fs01.reg --service azure-backup --as reg --dir out
tlsready explain 36871`

// newRoot makes the command tree of one run.
func newRoot(app *App) *cobra.Command {
	root := &cobra.Command{
		Use:               "tlsready",
		Example:           rootExample,
		Args:              app.noSuchCommand,
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return app.resolve(cmd) },
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		if version, _ := cmd.Flags().GetBool("version"); version {
			return app.printVersion()
		}
		return cmd.Help()
	}
	root.PersistentFlags().AddFlagSet(newCommonFlags(&app.flags))
	root.Flags().Bool("version", false, "")
	root.SetOut(app.Out)
	root.SetErr(app.Err)
	root.SetIn(app.In)
	root.SetFlagErrorFunc(app.flagError)
	root.SetHelpFunc(app.help)
	root.SetHelpCommand(newHelpCommand(app))
	root.AddCommand(commands(app)...)
	app.completeCommonFlags(root)
	app.describe(root)
	return root
}

// newGroup makes a command that only holds others.
func newGroup(app *App, name string, subs ...*cobra.Command) *cobra.Command {
	group := &cobra.Command{Use: name, Args: app.noSuchCommand}
	group.RunE = func(cmd *cobra.Command, _ []string) error {
		return app.usageError("no-subcommand", message.Str("command", cmd.CommandPath()),
			message.Str("known", strings.Join(subcommands(cmd), ", ")))
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
	if near := message.Nearest(args[0], subcommands(cmd)); near != "" {
		p.Hinted("cli.hint.did-you-mean", message.Str("near", cmd.CommandPath()+" "+near))
	}
	return usage(p)
}

// subcommands names the commands below cmd that people may use.
func subcommands(cmd *cobra.Command) []string {
	var list []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			list = append(list, sub.Name())
		}
	}
	return list
}

// exactArgs refuses any other number of arguments than n.
func (app *App) exactArgs(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) > n:
			return app.usageError("extra-argument", message.Str("argument", args[n]), message.Str("command", cmd.CommandPath()))
		case len(args) < n:
			return app.usageError("missing-argument", message.Str("command", cmd.CommandPath()), message.Str("usage", usageLine(cmd)))
		}
		return nil
	}
}

// oneOf refuses everything but one of the words.
func (app *App) oneOf(words []string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := app.exactArgs(1)(cmd, args); err != nil {
			return err
		}
		if !slices.Contains(words, args[0]) {
			return app.usageError("argument", message.Str("value", args[0]), message.Str("command", cmd.CommandPath()),
				message.Str("known", strings.Join(words, ", ")))
		}
		return nil
	}
}

// flagError words the errors of the flag parser.
func (app *App) flagError(cmd *cobra.Command, err error) error {
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
	return usage(p)
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
	return usage(p)
}

func flagName(flag *pflag.Flag) string { return "--" + flag.Name }

// completeCommonFlags tells shells the values of the common flags.
func (app *App) completeCommonFlags(root *cobra.Command) {
	for name, values := range map[string][]string{"format": formatNames(), "lang": message.Languages(), "color": colors()} {
		complete(root, name, values)
	}
}

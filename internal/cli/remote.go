package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/message"
	"tlsready/internal/source/remote"
	"tlsready/internal/source/remote/peer"
)

// remoteOptions is how other machines are reached, to read and to change them. A
// password comes from a file, the environment or the terminal, never from a flag,
// which every user of the machine could read; what was typed once is not asked
// again in this run.
func (app *App) remoteOptions(f *sourceFlags) remote.Options {
	if app.passwords == nil {
		app.passwords = &peer.Passwords{File: f.passwordFile, Environment: app.Getenv("TLSREADY_PASSWORD"), Named: app.named}
		app.passwords.Ask = app.AskPassword(func(account string) string {
			return app.Text("cli.remote.password", message.Str("account", account)) + " "
		})
	}
	o := remote.Options{Passwords: app.passwords, Concurrency: f.concurrency, Limit: f.hostTimeout, Now: app.Clock}
	return o.Defaults(app.Getenv)
}

// checkPasswordFile refuses a file that cannot be a password file, before anything is
// read.
func checkPasswordFile(cmd *cobra.Command) error {
	if flag := cmd.Flags().Lookup("password-file"); flag != nil {
		if bad := peer.CheckFile(flag.Value.String()); bad != nil {
			return frame.Usage(bad)
		}
	}
	return nil
}

// named says whether the user named a machine: on the command line, in the
// environment or in a configuration file that he named himself. A list of hosts that
// he named may name machines for an account that he named, with --via or otherwise.
// What lies in the working folder by chance decides nothing.
func (app *App) named(t peer.Target) bool {
	for _, place := range app.Places {
		if one, err := peer.Parse(strings.TrimPrefix(place, "host:")); err == nil && one.String() == t.String() {
			return true
		}
	}
	return app.ByUser("hosts") && slices.ContainsFunc(app.Places, func(place string) bool { return peer.SameAccount(place, t) })
}

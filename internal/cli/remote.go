package cli

import (
	"os"

	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/live"
	"tlsready/internal/source/remote"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/source/remote/ssh"
)

// schemes are the ways to running machines: this one, and others over the
// network. A password comes from a file, the environment or the terminal, never
// from a flag, which every user of the machine could read.
func (app *App) schemes(f *sourceFlags) []source.Scheme {
	passwords := &peer.Passwords{File: f.passwordFile, Environment: app.env["TLSREADY_PASSWORD"]}
	in := app.In
	if wrapped, ok := in.(interruptible); ok {
		in = wrapped.in
	}
	if tty, ok := in.(*os.File); ok && app.ErrTerminal {
		passwords.Ask = peer.AskAt(tty, app.Err, func(account string) string {
			app.clearProgress()
			return app.text("cli.remote.password", message.Str("account", account)) + " "
		})
	}
	options := remote.Options{
		Passwords: passwords, Concurrency: f.concurrency, Limit: f.hostTimeout, Now: app.Clock,
		SSH: ssh.Defaults(func(name string) string { return app.env[name] }, firstOf(app.env["HOME"], app.env["USERPROFILE"])),
	}
	return append([]source.Scheme{live.Scheme()}, remote.Schemes(options)...)
}

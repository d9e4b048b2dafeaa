package cli

import (
	"tlsready/internal/message"
	"tlsready/internal/source/remote"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/source/remote/smb"
	"tlsready/internal/source/remote/ssh"
	"tlsready/internal/source/remote/winrm"
)

// remoteOptions is how other machines are reached, to read and to change them. A
// password comes from a file, the environment or the terminal, never from a flag,
// which every user of the machine could read; what was typed once is not asked
// again in this run.
func (app *App) remoteOptions(f *sourceFlags) remote.Options {
	if app.passwords == nil {
		app.passwords = &peer.Passwords{File: f.passwordFile, Environment: app.getenv("TLSREADY_PASSWORD")}
		app.passwords.Ask = app.AskPassword(func(account string) string {
			return app.text("cli.remote.password", message.Str("account", account)) + " "
		})
	}
	return remote.Options{
		Passwords: app.passwords, Concurrency: f.concurrency, Limit: f.hostTimeout, Now: app.Clock,
		Tickets: &smb.Tickets{Cache: app.getenv("KRB5CCNAME"), Config: app.getenv("KRB5_CONFIG"), Now: app.Clock},
		SSH:     ssh.Defaults(app.getenv, firstOf(app.getenv("HOME"), app.getenv("USERPROFILE"))),
		WinRM:   winrm.Defaults(app.getenv),
	}
}

// Package servers are the flags that name a console's server, and the token and the
// certificates with which it is asked.
package servers

import (
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/console/send"
	"tlsready/internal/message"
	"tlsready/internal/survey/judge"
	"tlsready/internal/userfile"
)

// Flags name a server.
type Flags struct{ URL, ca, cert, key, tokenFile string }

// Add adds the flags to a command.
func (f *Flags) Add(cmd *cobra.Command) {
	set := cmd.Flags()
	set.StringVar(&f.URL, "server", "", "")
	set.StringVar(&f.ca, "server-ca", "", "")
	set.StringVar(&f.tokenFile, "token-file", "", "")
	set.StringVar(&f.cert, "client-cert", "", "")
	set.StringVar(&f.key, "client-key", "", "")
}

// maxFile bounds files with certificates and tokens.
const maxFile = 1 << 20

// token is the variable of the environment with the token. No flag has it: everybody on
// the machine could read it there.
const token = "TLSREADY_TOKEN"

// Server is the server that the flags name; nil if they name none. An error is a mistake in
// what was asked for.
func (f *Flags) Server(app *frame.App) (*send.Server, error) {
	if err := f.check(app); err != nil || f.URL == "" {
		return nil, err
	}
	a := send.Access{URL: f.URL, Token: strings.TrimSpace(app.Getenv(token)), Version: frame.Build().Version}
	secret, err := file(f.tokenFile)
	if err != nil {
		return nil, err
	}
	if f.tokenFile != "" {
		a.Token = strings.TrimSpace(string(secret))
	}
	for path, into := range map[string]*[]byte{f.ca: &a.CA, f.cert: &a.Cert, f.key: &a.Key} {
		if *into, err = file(path); err != nil {
			return nil, err
		}
	}
	if (f.cert == "") != (f.key == "") {
		return nil, app.UsageError("client-cert-and-key")
	}
	s, err := send.New(a)
	if err != nil {
		return nil, &judge.Mistake{Err: err}
	}
	s.Waiting = func(err error) {
		app.Warn(app.Text("cli.server.waiting", message.Str("what", app.Why(err))))
	}
	return s, nil
}

// names are the flags that say how the server is reached.
func names() []string { return []string{"server-ca", "token-file", "client-cert", "client-key"} }

// check refuses flags that are for a server that is not named, and those that nobody chose:
// whoever unpacks a folder with a configuration in it sends no token where that says.
func (f *Flags) check(app *frame.App) error {
	for _, name := range append(names(), "server") {
		switch {
		case f.URL == "" && app.OnCommandLine(name):
			return app.UsageError("without-server", message.Str("flag", "--"+name))
		case f.URL != "" && app.Given(name) && !app.ByUser(name):
			return app.UsageError("found-server", message.Str("flag", "--"+name))
		}
	}
	return nil
}

// file reads a file that a flag names; nil without one.
func file(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	text, err := userfile.Read(path, maxFile)
	if err != nil {
		return nil, frame.CannotRead(path, err)
	}
	return text, nil
}

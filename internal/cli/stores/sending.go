package stores

import (
	"cmp"
	"path/filepath"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/console/send"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/survey/judge"
)

// sending sends what a run finds to a server.
type sending struct {
	server  *send.Server
	batches *send.Batches
	tenant  string // of the token, as the server says
}

// sending asks the server of the flags whether it takes results, and sends it what an
// earlier run could not; nil without a server.
func (f *Flags) sending(cmd *cobra.Command, app *frame.App) (*Recording, error) {
	server, err := f.server.Server(app)
	switch {
	case server == nil || err != nil:
		return nil, err
	case f.Store != "":
		return nil, app.UsageError("store-and-server")
	case app.OnCommandLine("tenant"):
		return nil, app.UsageError("tenant-with-server")
	}
	s := &sending{server: server, batches: server.Batches()}
	if s.tenant, err = s.batches.Hello(cmd.Context()); err != nil {
		return nil, &judge.Mistake{Err: err}
	}
	dir, err := app.DataFolder()
	if err != nil {
		return nil, &judge.Mistake{Err: message.Error("serve.error.no-folder", message.Cause("why", err))}
	}
	s.batches.Kept = server.KeptIn(filepath.Join(dir, "unsent"), s.tenant)
	s.batches.Later = func(err error) {
		app.Warn(app.Text("cli.server.later", message.Str("what", app.Why(err)), message.Str("dir", s.batches.Kept.Dir())))
	}
	s.batches.Refused = func(one document.RefusedInput) {
		app.Warn(app.Text("cli.server.not-taken", message.Str("what", one.Error), message.Str("name", cmp.Or(one.Name, "-"))))
	}
	if err := s.resend(cmd, app); err != nil {
		return nil, err
	}
	r := &Recording{app: app, flags: f, sending: s}
	return r.into(s.batches), nil
}

func (s *sending) resend(cmd *cobra.Command, app *frame.App) error {
	sent, left, err := s.batches.Resend(cmd.Context(), func(err error) { app.Warn(app.Why(err)) })
	if sent > 0 {
		app.Say(app.Text("cli.server.resent", message.Int("n", sent), message.Int("left", left)))
	}
	return err
}

// end says what was sent. What the server has not got is an error.
func (s *sending) end(r *Recording) error {
	app, b := r.app, s.batches
	switch {
	case b.Left > 0:
		return message.Error("cli.server.left", message.Int("left", b.Left), message.Int("sent", b.Parts), message.Str("dir", b.Kept.Dir())).At(s.server.String()).Hinted("cli.server.left-hint")
	case b.NotTaken > 0:
		return message.Error("cli.server.some-not-taken", message.Int("n", b.NotTaken)).At(s.server.String())
	}
	app.Say(app.Text("cli.server.sent", message.Str("server", s.server.String()), message.Str("tenant", s.tenant),
		message.Int("hosts", r.results.Hosts), message.Int("endpoints", r.results.Endpoints), message.Int("observations", r.results.Observations), message.Int("fixes", r.results.Fixes)))
	return nil
}

// Reporting is where a collector reports to the console at an address; "" for none. Plain
// says whether a script can hold a URL.
func Reporting(app *frame.App, address string, plain func(url string) bool) (string, error) {
	if address == "" {
		return "", nil
	}
	s, err := send.New(send.Access{URL: address})
	if err != nil {
		return "", &judge.Mistake{Err: err}
	}
	url := s.URL("api/v1/hosts")
	if !plain(url) {
		return "", app.UsageError("collector-report", message.Quote("url", address))
	}
	return url, nil
}

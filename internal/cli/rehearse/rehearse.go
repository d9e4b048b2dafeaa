// Package rehearse is the command "rehearse": a TLS server that tells clients whether they
// will survive a cut-over.
package rehearse

import (
	"context"
	"net"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/clients"
	"tlsready/internal/document"
	"tlsready/internal/fingerprint"
	"tlsready/internal/message"
	"tlsready/internal/rehearse"
	"tlsready/internal/rehearse/answer"
	"tlsready/internal/service"
	"tlsready/internal/stack"
	"tlsready/internal/survey/judge"
	"tlsready/internal/survey/watch"
	"tlsready/internal/userfile"
)

// address is where the server listens if no other is asked for: for this machine alone.
const address = "127.0.0.1:8443"

type command struct{ *frame.App }

// flags are those of the command.
type flags struct {
	listen, service, on, today string
	strict                     bool
	record, cert, key, root    string
	names                      []string
}

// New makes the command.
func New(app *frame.App) *cobra.Command {
	c, f := &command{app}, &flags{}
	cmd := &cobra.Command{
		Use: "rehearse",
		Example: `tlsready rehearse --service azure-backup
tlsready rehearse --service azure-backup --on 2027-06-01 --strict -o visits.jsonl
tlsready rehearse --listen 192.0.2.10:8443 --name rehearsal.example.com --root tlsready-root.cer --record hellos`,
		Args: app.ExactArgs(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context(), f) },
	}
	set := cmd.Flags()
	set.StringVar(&f.listen, "listen", address, "")
	set.StringVar(&f.service, "service", "", "")
	set.StringVar(&f.on, "on", "", "")
	set.StringVar(&f.today, "today", "", "")
	set.BoolVar(&f.strict, "strict", false, "")
	set.StringVar(&f.record, "record", "", "")
	set.StringVar(&f.cert, "cert", "", "")
	set.StringVar(&f.key, "key", "", "")
	set.StringVar(&f.root, "root", "", "")
	set.StringArrayVar(&f.names, "name", nil, "")
	frame.Complete(cmd, "service", service.IDs())
	return cmd
}

// run serves until it is interrupted, which is how it is meant to end.
func (c *command) run(ctx context.Context, f *flags) error {
	s, err := c.server(f)
	if err != nil {
		return err
	}
	place, err := c.place(f.listen)
	if err != nil {
		return err
	}
	id, err := c.identity(f, place)
	if err != nil {
		return err
	}
	s.Identity = id
	s.Answer = (&answer.Answers{Lang: c.Lang, Identity: id}).Serve
	recorder, err := c.recorder(f.record)
	if err != nil {
		return err
	}
	if recorder != nil {
		s.Record = recorder.Record
	}
	visits, err := c.openLog()
	if err != nil {
		return err
	}
	s.Line = visits.line
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", f.listen)
	if err != nil {
		visits.close()
		return &judge.Mistake{Err: message.Error("rehearse.error.listen", message.Str("address", f.listen), message.Cause("why", err)).Hinted("rehearse.hint.listen")}
	}
	c.welcome(s, id, l.Addr(), place)
	sum, err := s.Serve(ctx, l)
	visits.close()
	c.farewell(sum, recorder, f.record)
	return err
}

// server is a server of what is asked for.
func (c *command) server(f *flags) (*rehearse.Server, error) {
	on, err := c.Day("--on", f.on)
	if err != nil {
		return nil, err
	}
	today, err := c.Today(f.today)
	if err != nil {
		return nil, err
	}
	demand, err := watch.Demand(f.service, on, today)
	if err != nil {
		return nil, err
	}
	model, err := stack.New()
	if err != nil {
		return nil, err
	}
	table, err := fingerprint.NewTable(model)
	if err != nil {
		return nil, err
	}
	remedies, err := clients.NewRemedies(model, demand)
	if err != nil {
		return nil, err
	}
	return &rehearse.Server{Demand: demand, Judge: clients.NewJudge(demand, table, remedies), Strict: f.strict}, nil
}

// recorder keeps hellos in a folder; nil without one.
func (c *command) recorder(dir string) (*rehearse.Recorder, error) {
	if dir == "" {
		return nil, nil
	}
	folder, err := userfile.OpenFolder(dir)
	if err != nil {
		return nil, cannotRecord(dir, err)
	}
	return rehearse.NewRecorder(folder), nil
}

func cannotRecord(dir string, err error) error {
	return &judge.Mistake{Err: message.Error("cli.error.write", message.Str("path", dir), message.Cause("why", err)).Hinted("rehearse.hint.record")}
}

// welcome says what is rehearsed, and where.
func (c *command) welcome(s *rehearse.Server, id *rehearse.Identity, at net.Addr, p place) {
	url := answer.URL(id, at.String(), "")
	which := "rehearse.start"
	if s.Strict {
		which = "rehearse.start-strict"
	}
	name := c.InLang(s.Demand.Service.Name)
	c.Say(c.Text(which, message.Str("service", name), message.Str("date", s.Demand.On), message.Str("url", url+"/")))
	if id.RootPEM() != nil {
		c.Say(c.Text("rehearse.start-trust", message.Str("url", url)))
	} else {
		c.Say(c.Text("rehearse.start-given"))
	}
	if !p.loopback {
		c.Warn(c.Text("rehearse.warn.open", message.Str("address", at.String())))
	}
}

// farewell says what came.
func (c *command) farewell(sum rehearse.Summary, r *rehearse.Recorder, dir string) {
	c.Say(c.Text("rehearse.end", message.Int("visits", sum.Visits), message.Int("addresses", sum.Addresses),
		message.Int("survive", sum.Survive), message.Int("cannot", sum.Cannot), message.Int("unsure", sum.Unsure)))
	if sum.HelloOnly+sum.NotCompleted+sum.WithoutHello > 0 {
		c.Say(c.Text("rehearse.end-more", message.Int("hello", sum.HelloOnly), message.Int("not", sum.NotCompleted), message.Int("without", sum.WithoutHello)))
	}
	if r == nil {
		return
	}
	kept, full, err := r.End()
	if err != nil {
		what, _ := c.Catalog().Problem(cannotRecord(dir, err))
		c.Warn(what)
	}
	if full {
		c.Warn(c.Text("rehearse.warn.recorded-full", message.Int("limit", rehearse.MaxRecorded)))
	}
	c.Say(c.Text("rehearse.end-recorded", message.Int("n", kept), message.Str("dir", dir)))
}

// short is a visit in one line for a terminal.
func (c *command) short(d *document.Connection) string {
	when := message.Str("time", d.Time.Local().Format("15:04:05"))
	if d.Offered == nil {
		return c.Catalog().Render(message.New("rehearse.visit-none", when, message.Str("client", d.Client), message.Sub("why", d.Rehearsal.Proves)))
	}
	return c.Catalog().Render(message.New("rehearse.visit", when, message.Str("client", d.Client), message.Sub("survives", message.New("rehearse.survives."+d.Survives.String())),
		message.Str("max", d.Offered.Max.String()), message.Str("stack", d.Stack), message.Sub("outcome", message.New("rehearse.outcome."+d.Rehearsal.Outcome))))
}

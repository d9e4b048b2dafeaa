// Package workers is the command "worker": the batches of a site, done from where its
// machines are.
package workers

import (
	"cmp"
	"os"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/cli/servers"
	"tlsready/internal/jobs/doing"
	"tlsready/internal/jobs/work"
	"tlsready/internal/jobs/worker"
	"tlsready/internal/message"
	"tlsready/internal/probe"
	"tlsready/internal/source/list"
	"tlsready/internal/source/remote"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/survey"
)

type command struct{ *frame.App }

type flags struct {
	server             servers.Flags
	site, name         string
	via, passwordFile  string
	slots, concurrency int
	rate, totalRate    int
	hostTimeout        time.Duration
	once               bool
}

// maxSlots is the most batches at a time: each has 500 endpoints or machines in flight or
// waiting.
const maxSlots = 64

// New makes the command.
func New(app *frame.App) *cobra.Command {
	c, f := &command{app}, &flags{}
	cmd := &cobra.Command{
		Use: "worker", Args: app.ExactArgs(0),
		Example: `tlsready worker --server https://tlsready.example.com --site tokyo
tlsready worker --server https://tlsready.example.com --site tokyo --via "smb://CORP\reader@" --password-file password.txt
tlsready worker --server https://tlsready.example.com --site osaka --client-cert worker.pem --client-key worker.key --once`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd, f) },
	}
	f.server.Add(cmd)
	set := cmd.Flags()
	set.StringVar(&f.site, "site", "", "")
	set.StringVar(&f.name, "name", "", "")
	set.StringVar(&f.via, "via", "", "")
	set.StringVar(&f.passwordFile, "password-file", "", "")
	set.IntVar(&f.slots, "slots", 2, "")
	set.IntVar(&f.concurrency, "concurrency", 0, "")
	set.IntVar(&f.rate, "rate", probe.DefaultRate, "")
	set.IntVar(&f.totalRate, "total-rate", 0, "")
	set.DurationVar(&f.hostTimeout, "host-timeout", remote.DefaultLimit, "")
	set.BoolVar(&f.once, "once", false, "")
	return cmd
}

// collecting trades memory for time: a worker keeps little and makes much short-lived
// garbage. GOGC overrides it.
const collecting = 300

func (c *command) run(cmd *cobra.Command, f *flags) error {
	if c.Getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(collecting))
	}
	if err := c.check(f); err != nil {
		return err
	}
	server, err := f.server.Server(c.App)
	if err != nil {
		return err
	}
	if server == nil {
		return c.UsageError("worker-server")
	}
	name := f.name
	if name == "" {
		name, _ = os.Hostname() // the server refuses a worker without a name
	}
	o := worker.Options{
		Server: server, Name: name, Site: f.site, Version: frame.Build().Version, Lang: c.Lang,
		Slots: f.slots, Once: f.once, Tell: c.tell, Tools: c.tools(f),
	}
	c.Say(c.Text("worker.begins", message.Str("server", server.String()), message.Str("site", f.site), message.Str("name", name)))
	return worker.Run(cmd.Context(), o)
}

// check refuses what cannot be meant.
func (c *command) check(f *flags) error {
	switch {
	case !work.IsSite(f.site):
		return c.UsageError("worker-site", message.Str("value", f.site))
	case f.slots < 1 || f.slots > maxSlots:
		return c.UsageError("worker-slots", message.Int("value", f.slots), message.Int("most", maxSlots))
	case f.concurrency < 0:
		return c.UsageError("worker-concurrency", message.Int("value", f.concurrency))
	case f.rate < 0 || f.totalRate < 0:
		return c.UsageError("rate", message.Int("value", min(f.rate, f.totalRate)))
	case f.hostTimeout <= 0:
		return c.UsageError("host-timeout", message.Str("value", f.hostTimeout.String()))
	case f.via != "":
		if err := survey.CheckVia(f.via, list.Schemes(remote.Options{})); err != nil {
			return err
		}
	}
	if bad := peer.CheckFile(f.passwordFile); bad != nil {
		return frame.Usage(bad)
	}
	return nil
}

// tools are how the batches are done. A server may name any machine: passwords go to
// those alone that are reached by the way and the account of --via.
func (c *command) tools(f *flags) *doing.Tools {
	passwords := &peer.Passwords{File: f.passwordFile, Environment: c.Getenv("TLSREADY_PASSWORD"), Named: func(t peer.Target) bool {
		return f.via != "" && peer.SameAccount(f.via, t)
	}}
	o := remote.Options{Passwords: passwords, Concurrency: f.concurrency, Limit: f.hostTimeout, Now: c.Clock}
	return &doing.Tools{
		Remote: o.Defaults(c.Getenv), Concurrency: f.concurrency, Rate: cmp.Or(f.rate, -1), TotalRate: f.totalRate, Now: c.Clock,
		Warn: func(t message.Text) { c.tell(t) },
	}
}

// tell writes a line of the worker's log.
func (c *command) tell(t message.Text) {
	c.Say(c.Clock().Format(time.DateTime) + " " + c.Catalog().Render(t))
}

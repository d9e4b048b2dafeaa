// Package serving is the command "serve".
package serving

import (
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/cli/serving/admit"
	"tlsready/internal/cli/serving/queue"
	"tlsready/internal/cli/serving/upkeep"
	"tlsready/internal/console"
	"tlsready/internal/console/answer"
	"tlsready/internal/console/api"
	"tlsready/internal/console/pages"
	"tlsready/internal/console/web"
	"tlsready/internal/jobs"
	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/store/open"
	"tlsready/internal/survey/judge"
)

// command is one call of "serve".
type command struct{ *frame.App }

type flags struct {
	store, tenant, listen string
	admit                 admit.Flags
	work                  queue.Flags
	upkeep                upkeep.Flags
}

// patience is how long a request waits for a database that is restarted. Then it is
// answered that the store is away, and jobs are tried again later.
const patience = 5 * time.Second

// listenAt is where a server listens if nothing else is asked for.
const listenAt = "127.0.0.1:8443"

// New makes the command.
func New(app *frame.App) *cobra.Command {
	c, f := &command{app}, &flags{}
	cmd := &cobra.Command{
		Use: "serve", Args: app.ExactArgs(0),
		Example: "tlsready serve\ntlsready serve --store tlsready.db --listen 127.0.0.1:9000\ntlsready serve --store tlsready.db --schedules schedules.yaml",
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.serve(cmd, f) },
	}
	cmd.Flags().StringVar(&f.store, "store", "", "")
	cmd.Flags().StringVar(&f.tenant, "tenant", store.DefaultTenant, "")
	cmd.Flags().StringVar(&f.listen, "listen", listenAt, "")
	f.admit.Add(cmd.Flags())
	f.upkeep.Add(cmd.Flags())
	cmd.AddCommand(admit.Commands(app, c.storeAt)...)
	f.work.Add(cmd)
	return cmd
}

func (c *command) serve(cmd *cobra.Command, f *flags) error {
	log, err := f.upkeep.Read(c.App)
	if err != nil {
		return err
	}
	way, err := f.admit.Read(c.Getenv, f.listen, log)
	if err != nil {
		return err
	}
	where, err := c.storeAt(f.store)
	if err != nil {
		return err
	}
	db, err := open.Database(cmd.Context(), where, store.Options{Holder: cmd.CommandPath(), Patience: patience})
	if err != nil {
		return &judge.Mistake{Err: err}
	}
	defer db.Close()
	if _, err := db.AddTenant(cmd.Context(), f.tenant); err != nil {
		return err
	}
	if err := way.Closed(cmd.Context(), db.Accounts()); err != nil {
		return err
	}
	work, err := f.work.Open(cmd.Context(), c.App, where, db, log)
	if err != nil {
		return err
	}
	defer work.Close()
	l, err := (&net.ListenConfig{}).Listen(cmd.Context(), "tcp", f.listen)
	if err != nil {
		return &judge.Mistake{Err: message.Error("serve.error.listen", message.Str("address", f.listen), message.Cause("why", err)).Hinted("serve.hint.listen")}
	}
	guard, path, err := way.Guard(cmd.Context(), db, f.tenant, l.Addr(), log)
	if err != nil {
		return err
	}
	go guard.Tidy(cmd.Context())
	c.Say(c.Text("serve.open", message.Str("url", way.Address(l.Addr())+path), message.Str("store", where)))
	o := console.Options{Store: db, Guard: guard, Now: time.Now, Log: log, Version: frame.Build().Version}
	all, err := routes(o, work)
	if err != nil {
		return err
	}
	defer queue.Begin(cmd.Context(), work, o.Log)()
	around, more := f.upkeep.Begin(cmd.Context(), o, where, work)
	return console.Serve(cmd.Context(), way.Listener(l), around(console.Handler(o, append(all, more...))), o.Log)
}

// routes are everything that the server answers.
func routes(o console.Options, work *jobs.Jobs) ([]web.Route, error) {
	list := append(console.Health(o), queue.Routes(work)...)
	room, err := answer.New(o.Store, o.Now)
	if err != nil {
		return nil, err
	}
	shown, err := pages.Routes(room, work)
	if err != nil {
		return nil, err
	}
	list = append(list, shown...)
	list = append(list, api.Routes(room, work)...)
	return append(list, api.Lost(list)...), nil
}

// fileName is the store of those who name none.
const fileName = "tlsready.db"

// storeAt is the store that was asked for, or the one in the user's data folder.
func (c *command) storeAt(asked string) (string, error) {
	if asked != "" {
		return asked, nil
	}
	dir, err := c.DataFolder()
	if err != nil {
		return "", &judge.Mistake{Err: message.Error("serve.error.no-folder", message.Cause("why", err)).Hinted("serve.hint.no-folder")}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", frame.CannotWrite(dir, err)
	}
	return filepath.Join(dir, fileName), nil
}

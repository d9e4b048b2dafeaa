// Package upkeep is what a server does beside answering: its log, its numbers, and the
// webhooks that it tells.
package upkeep

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"tlsready/internal/cli/frame"
	"tlsready/internal/console"
	"tlsready/internal/console/metrics"
	"tlsready/internal/console/notices"
	"tlsready/internal/console/web"
	"tlsready/internal/survey/judge"
)

// Flags say how a server is looked after.
type Flags struct {
	format, webhooks string
	hooks            []notices.Hook
}

// Add adds the flags.
func (f *Flags) Add(set *pflag.FlagSet) {
	set.StringVar(&f.format, "log-format", formatText, "")
	set.StringVar(&f.webhooks, "webhooks", "", "")
}

// The forms of the log.
const (
	formatText = "text"
	formatJSON = "json"
)

// Read reads what the flags name, and makes the log. An error is a mistake in what was
// asked for.
func (f *Flags) Read(app *frame.App) (*slog.Logger, error) {
	if err := app.KnownWord("log-format", f.format, formatText, formatJSON); err != nil {
		return nil, err
	}
	if f.webhooks != "" {
		hooks, err := notices.Read(f.webhooks)
		if err != nil {
			return nil, &judge.Mistake{Err: err}
		}
		f.hooks = hooks
	}
	if f.format == formatJSON {
		return slog.New(slog.NewJSONHandler(app.Err, nil)), nil
	}
	return slog.New(slog.NewTextHandler(app.Err, nil)), nil
}

// Begin begins to count and to tell, until the context ends. It returns what writes down
// the requests, and the route of the numbers. Where is the store, and work its queue.
func (f *Flags) Begin(ctx context.Context, o console.Options, where string, work metrics.Queue) (around func(http.Handler) http.Handler, list []web.Route) {
	counting := metrics.Options{Store: o.Store, Queue: work, Now: time.Now, Log: o.Log, Version: o.Version}
	if !strings.Contains(where, "://") {
		counting.Size = func() (int64, error) {
			info, err := os.Stat(where)
			if err != nil {
				return 0, err
			}
			return info.Size(), nil
		}
	}
	m := metrics.New(counting)
	if len(f.hooks) > 0 {
		go (&notices.Teller{Store: o.Store, Hooks: f.hooks, Now: o.Now, Log: o.Log, Count: m.Notice}).Run(ctx)
	}
	return m.Around, m.Routes()
}

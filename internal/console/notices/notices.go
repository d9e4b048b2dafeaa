package notices

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

// Teller tells webhooks. It is not for several goroutines at once.
type Teller struct {
	Store store.Database
	Hooks []Hook
	Now   func() time.Time
	Log   *slog.Logger
	// Count is told of each delivery: "sent", "failed" or "given-up"; may be nil.
	Count func(result string)
	// Patience is how long a delivery may take; zero for 15 seconds.
	Patience time.Duration
}

// How often the store is looked at, and how a delivery that fails is tried again: after a
// minute, then after twice as long each time, up to longestWait, some two days in all. A
// server that dies while it tells something is waited for as long as a lease, which is
// longer than a delivery takes.
const (
	Interval    = time.Minute
	longestWait = 4 * time.Hour
	tries       = 20
	lease       = 2 * time.Minute
)

// Run looks again and again until the context ends.
func (t *Teller) Run(ctx context.Context) {
	tick := time.NewTicker(Interval)
	defer tick.Stop()
	for {
		t.Look(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Look tells what is to be told now. What goes wrong is in the log.
func (t *Teller) Look(ctx context.Context) {
	for i := range t.Hooks {
		if err := t.look(ctx, &t.Hooks[i]); err != nil && ctx.Err() == nil {
			t.Log.Warn("webhooks cannot look at the store", "webhook", t.Hooks[i].Name, "tenant", t.Hooks[i].Tenant, "err", err)
		}
	}
}

func (t *Teller) look(ctx context.Context, h *Hook) error {
	s, err := t.Store.Tenant(ctx, h.Tenant)
	var missing *store.NoTenantError
	if errors.As(err, &missing) {
		return nil // nobody has sent anything of that tenant yet
	}
	if err != nil {
		return err
	}
	list, err := Deadlines(ctx, s, t.Now())
	if err != nil {
		return err
	}
	c := client(h.Internal)
	defer c.CloseIdleConnections()
	for _, d := range list {
		if slices.Contains(h.Events, EventDeadline) {
			if err := t.deadline(ctx, c, h, s, d); err != nil {
				return err
			}
		}
		if slices.Contains(h.Events, EventFell) {
			if err := t.fell(ctx, c, h, s, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// deadline tells of the nearest step before a deadline that has come. Steps that were
// passed over while the server was off, or by a clock that jumped ahead, are not made up
// for, and a clock that went back tells nothing again: the key is the step, not the day.
func (t *Teller) deadline(ctx context.Context, c *http.Client, h *Hook, s store.Store, d Deadline) error {
	failing := d.Verdicts["fails"] - d.Exempt
	if d.Date.IsZero() || d.Days < 0 || failing <= 0 {
		return nil
	}
	step := -1
	for _, days := range h.Days { // the longest first
		if d.Days <= days {
			step = days
		}
	}
	if step < 0 {
		return nil
	}
	n := t.notice(EventDeadline, h, d, failing)
	n.Verdicts = d.Verdicts
	n.Text = message.For(h.Lang).Text("notices.deadline", message.Int("days", d.Days), message.Str("service", d.Series.Service), message.Str("date", d.Date.String()), message.Int("n", failing))
	return t.tell(ctx, c, h, s, n, []string{keyOf(d.Series, d.Date.String(), strconv.Itoa(step))})
}

// lookBack is how many days are looked back for hosts that fell: a server that was off for
// longer tells of what is news.
const lookBack = 14

// mostHosts bounds the hosts of one notice: the rest follow in the next.
const mostHosts = 500

func (t *Teller) fell(ctx context.Context, c *http.Client, h *Hook, s store.Store, d Deadline) error {
	since := store.DayOf(t.Now().AddDate(0, 0, -lookBack))
	for after := ""; ; {
		rows, err := s.Fell(ctx, d.Series, since, after, mostHosts)
		if err != nil || len(rows) == 0 {
			return err
		}
		n := t.notice(EventFell, h, d, d.Verdicts["fails"]-d.Exempt)
		keys := make([]string, len(rows))
		for i, row := range rows {
			after, keys[i] = row.ID, keyOf(d.Series, row.ID, string(row.Since))
			n.Hosts = append(n.Hosts, document.NoticeHost{Host: row.ID, Since: string(row.Since), Cause: row.Verdict.Cause, Owner: row.Owner})
		}
		if err := t.tell(ctx, c, h, s, n, keys); err != nil || len(rows) < mostHosts {
			return err
		}
	}
}

func (t *Teller) notice(event string, h *Hook, d Deadline, failing int) *document.Notice {
	n := &document.Notice{Schema: document.NoticeSchema, Event: event, At: t.Now().UTC().Truncate(time.Second), Tenant: h.Tenant, Series: document.Series(d.Series), Failing: failing}
	if !d.Date.IsZero() {
		n.Deadline, n.DaysLeft = d.Date.String(), &d.Days
	}
	return n
}

// tell delivers a notice of those keys of which the webhook was not told, at least once:
// that they were told is written down when they were, and whoever is told twice, because a
// server died in between, can tell by the id. Of two servers one tells.
func (t *Teller) tell(ctx context.Context, c *http.Client, h *Hook, s store.Store, n *document.Notice, keys []string) error {
	kind := "webhook:" + h.Name + ":" + n.Event
	list, err := s.ClaimNotices(ctx, kind, keys, t.Now(), lease)
	if err != nil {
		return err
	}
	for _, one := range list {
		body, err := json.Marshal(about(*n, one, h.Lang))
		if err == nil {
			err = t.deliver(ctx, c, h, body)
		}
		if err := t.settle(context.WithoutCancel(ctx), h, s, kind, one, err); err != nil {
			return err
		}
	}
	return nil
}

func (t *Teller) deliver(ctx context.Context, c *http.Client, h *Hook, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(t.Patience, deliveryTime))
	defer cancel()
	return h.deliver(ctx, c, body, t.Now())
}

// about is what is told of a notice's keys.
func about(n document.Notice, one store.Notice, lang string) *document.Notice {
	n.ID = one.ID
	if n.Event == EventFell {
		n.Hosts = slices.DeleteFunc(slices.Clone(n.Hosts), func(host document.NoticeHost) bool {
			return !slices.Contains(one.Keys, keyOf(store.Series(n.Series), host.Host, host.Since))
		})
		n.Text = message.For(lang).Text("notices.fell", message.Int("n", len(n.Hosts)), message.Str("service", n.Series.Service))
	}
	return &n
}

// settle writes down that a notice was told, has it tried again, or gives it up.
func (t *Teller) settle(ctx context.Context, h *Hook, s store.Store, kind string, n store.Notice, why error) error {
	log := t.Log.With("webhook", h.Name, "tenant", h.Tenant, "id", n.ID, "tries", n.Tries)
	switch {
	case why == nil:
		t.count("sent")
		log.Info("webhook told")
	case n.Tries >= tries:
		t.count("given-up")
		log.Error("webhook given up", "err", why)
	default:
		wait := min(Interval<<min(n.Tries-1, 10), longestWait)
		t.count("failed")
		log.Warn("webhook not reached, tried again later", "wait", wait.String(), "err", why)
		return s.NoticesLater(ctx, kind, n.Keys, t.Now().Add(wait))
	}
	return s.NoticesTold(ctx, kind, n.Keys)
}

func (t *Teller) count(result string) {
	if t.Count != nil {
		t.Count(result)
	}
}

// keyOf is the key of something of a series.
func keyOf(s store.Series, what ...string) string {
	key := s.Service + "|" + s.On + "|" + s.Callers
	for _, w := range what {
		key += "|" + w
	}
	return key
}

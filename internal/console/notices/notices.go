package notices

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"tlsready/internal/document"
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

	failed map[string]attempt // by hook and key, since the start of the program
}

// attempt is how often something failed, and when it may be tried again.
type attempt struct {
	n    int
	next time.Time
}

// How often the store is looked at, and how a delivery that fails is tried again: after a
// minute, then after twice as long each time, up to longestWait, some two days in all.
const (
	Interval    = time.Minute
	longestWait = 4 * time.Hour
	tries       = 20
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
	n.Text = fmt.Sprintf("%d days until %s (%s): %d hosts are not ready", d.Days, d.Series.Service, d.Date, failing)
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

// tell delivers a notice of those keys of which the webhook was not told. They are claimed
// before, and given back if it fails, so that of two servers one tells; a server that dies
// in between has told nobody, which is better than twice an hour.
func (t *Teller) tell(ctx context.Context, c *http.Client, h *Hook, s store.Store, n *document.Notice, keys []string) error {
	kind, now := "webhook:"+h.Name+":"+n.Event, t.Now()
	at := kind + ":" + h.Tenant + ":" + keys[0]
	last := t.failed[at]
	if now.Before(last.next) && last.next.Sub(now) <= longestWait { // a clock that went back does not hold it for ever
		return nil
	}
	mine, err := s.ClaimNotices(ctx, kind, keys, now)
	if err != nil || len(mine) == 0 {
		return err
	}
	if n.Event == EventFell {
		n.Hosts = slices.DeleteFunc(n.Hosts, func(one document.NoticeHost) bool {
			return !slices.Contains(mine, keyOf(store.Series(n.Series), one.Host, one.Since))
		})
		n.Text = fmt.Sprintf("%d hosts that were ready for %s fail again", len(n.Hosts), n.Series.Service)
	}
	sum := sha256.Sum256([]byte(kind + "\x00" + h.Tenant + "\x00" + fmt.Sprint(mine)))
	n.ID = hex.EncodeToString(sum[:16])
	body, err := json.Marshal(n)
	if err == nil {
		err = h.deliver(ctx, c, body, now)
	}
	if err == nil {
		delete(t.failed, at)
		t.count("sent")
		t.Log.Info("webhook told", "webhook", h.Name, "tenant", h.Tenant, "event", n.Event, "id", n.ID)
		return nil
	}
	return t.again(context.WithoutCancel(ctx), h, s, kind, at, mine, last.n+1, err)
}

// again has what was not told tried again, or gives it up.
func (t *Teller) again(ctx context.Context, h *Hook, s store.Store, kind, at string, keys []string, n int, why error) error {
	if t.failed == nil {
		t.failed = map[string]attempt{}
	}
	if n >= tries {
		delete(t.failed, at)
		t.count("given-up")
		t.Log.Error("webhook given up", "webhook", h.Name, "tenant", h.Tenant, "tries", n, "err", why)
		return nil // the keys stay claimed
	}
	wait := min(Interval<<min(n-1, 10), longestWait)
	t.failed[at] = attempt{n, t.Now().Add(wait)}
	t.count("failed")
	t.Log.Warn("webhook not reached, tried again later", "webhook", h.Name, "tenant", h.Tenant, "tries", n, "wait", wait.String(), "err", why)
	return s.DropNotices(ctx, kind, keys)
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

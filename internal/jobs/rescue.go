package jobs

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"tlsready/internal/jobs/kept"
	"tlsready/internal/message"
)

// watchEvery is how often a server looks for jobs of servers that are dead.
const watchEvery = 15 * time.Second

// life is a server's sign of life. River takes a job of a dead server again after hours,
// for it cannot tell it from one that takes its time. A file is held by one server, so
// that whoever opens it knows that the one before is dead. On PostgreSQL each server holds
// an advisory lock as long as its session lives: where nobody holds the lock of a server
// that has a running job, it is dead.
type life struct {
	conn *pgxpool.Conn // holds the lock; nil on SQLite
}

// lifeID names a server for as long as it runs.
func lifeID(now time.Time) string {
	host, _ := os.Hostname() // without one the rest tells servers apart
	host = regexp.MustCompile(`[^A-Za-z0-9]+`).ReplaceAllString(host, "_")
	return strings.Trim(fmt.Sprintf("%.40s_%s_%.8s", host, now.UTC().Format("20060102T150405"), rand.Text()), "_")
}

// lifeKey is the key of a server's lock.
func lifeKey(id string) int64 {
	sum := sha256.Sum256([]byte("tlsready server " + id))
	return int64(binary.BigEndian.Uint64(sum[:]))
}

// beginLife takes the lock of this server. As long as the database has not noticed that the
// session before has ended, that one holds it: it is asked again later then.
func (j *Jobs) beginLife(ctx context.Context) error {
	if j.queue.PostgreSQL == nil {
		return nil
	}
	conn, err := j.queue.PostgreSQL.Acquire(ctx)
	if err != nil {
		return err
	}
	j.life.conn = conn
	var got bool
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", lifeKey(j.client.ID())).Scan(&got); err != nil || !got {
		j.endLife()
		return err
	}
	return nil
}

// endLife lets go of the lock.
func (j *Jobs) endLife() {
	if j.life.conn != nil {
		_ = j.life.conn.Conn().Close(context.Background()) // the session ends, and with it the lock
		j.life.conn.Release()
		j.life.conn = nil
	}
}

// keepLife takes the lock again after the database was away.
func (j *Jobs) keepLife(ctx context.Context) error {
	if j.life.conn != nil && j.life.conn.Conn().Ping(ctx) == nil {
		return nil
	}
	j.endLife()
	return j.beginLife(ctx)
}

// horizon is later than any job that runs was begun, also if a clock was ahead when it was:
// that its server is dead is known otherwise.
func horizon() time.Time { return time.Now().AddDate(100, 0, 0) }

// begunBy is just after the last of some jobs was begun: one of them that another server
// has taken back and begun anew meanwhile is left alone.
func begunBy(rows []*rivertype.JobRow) (last time.Time) {
	for _, row := range rows {
		if row.AttemptedAt != nil && row.AttemptedAt.After(last) {
			last = *row.AttemptedAt
		}
	}
	return last.Add(time.Millisecond) // the resolution of the times of SQLite
}

// atOnce is how many jobs are taken back at a time.
const atOnce = 1000

// rescue takes back the jobs of servers that are dead.
func (j *Jobs) rescue(ctx context.Context) error {
	if err := j.keepLife(ctx); err != nil {
		return err
	}
	dead := map[string]bool{j.client.ID(): false}
	for after := int64(0); ; {
		rows, err := j.rows.JobGetStuck(ctx, &riverdriver.JobGetStuckParams{AfterID: after, Max: atOnce, StuckHorizon: horizon()})
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1].ID
		var orphans []*rivertype.JobRow
		for _, row := range rows {
			by := ""
			if n := len(row.AttemptedBy); n > 0 {
				by = row.AttemptedBy[n-1]
			}
			if _, known := dead[by]; !known {
				if dead[by], err = j.isDead(ctx, by); err != nil {
					return err
				}
			}
			if dead[by] {
				orphans = append(orphans, row)
			}
		}
		if err := j.takeBack(ctx, orphans); err != nil {
			return err
		}
	}
}

// isDead says whether a server is dead.
func (j *Jobs) isDead(ctx context.Context, id string) (dead bool, err error) {
	if j.queue.PostgreSQL == nil {
		return true, nil // the file is held by this one
	}
	key := lifeKey(id)
	err = j.queue.PostgreSQL.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		if err := c.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", key).Scan(&dead); err != nil || !dead {
			return err
		}
		_, err := c.Exec(ctx, "SELECT pg_advisory_unlock($1)", key)
		return err
	})
	return dead, err
}

// takeBack makes jobs wait again, for whoever is free next. One that has been tried often
// enough is given up: it may be what servers die of. One that somebody cancelled while its
// server was dead is cancelled.
func (j *Jobs) takeBack(ctx context.Context, rows []*rivertype.JobRow) error {
	if len(rows) == 0 {
		return nil
	}
	now := time.Now()
	p := &riverdriver.JobRescueManyParams{StuckHorizon: begunBy(rows)}
	ended := kept.Text(message.New("jobs.error.server"), kept.Blame{})
	for _, row := range rows {
		text, err := json.Marshal(rivertype.AttemptError{At: now.UTC(), Attempt: max(row.Attempt, 0), Error: ended})
		if err != nil {
			return err
		}
		state, at := rivertype.JobStateAvailable, (*time.Time)(nil)
		switch {
		case aboutOf(row).CancelledAt != nil:
			state, at = rivertype.JobStateCancelled, &now
		case row.Attempt >= row.MaxAttempts:
			state, at = rivertype.JobStateDiscarded, &now
		}
		p.ID, p.Error, p.FinalizedAt = append(p.ID, row.ID), append(p.Error, text), append(p.FinalizedAt, at)
		turn := row.ScheduledAt // it keeps its place among those that wait
		if turn.After(now) {
			turn = now
		}
		p.ScheduledAt, p.State = append(p.ScheduledAt, turn), append(p.State, string(state))
	}
	j.o.Log.Info("jobs of a server that has ended are done again", "jobs", len(rows))
	_, err := j.rows.JobRescueMany(ctx, p)
	return err
}

// allStates are the states that a batch of a run is looked for in before it is put in.
func allStates() []rivertype.JobState {
	return append(unended(), rivertype.JobStateCompleted, rivertype.JobStateCancelled, rivertype.JobStateDiscarded)
}

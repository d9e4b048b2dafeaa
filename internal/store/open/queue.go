package open

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5/pgxpool"

	"tlsready/internal/message"
	"tlsready/internal/store/postgres"
	"tlsready/internal/store/sqlite"
)

// Queue is a way of its own into the database of a store, for internal/jobs, which keeps
// the tables of its queue there and migrates them itself. The tables of the store are
// none of its business, nor its tables that of a backup: a job that is lost is planned
// again. Exactly one of the two is given.
type Queue struct {
	// SQLite has one connection. Open the store for writing before it, and close it
	// before the store.
	SQLite     *sql.DB
	PostgreSQL *pgxpool.Pool
}

// OpenQueue opens the database that a name means, as [Database] knows it.
func OpenQueue(ctx context.Context, where string) (q Queue, err error) {
	switch {
	case !IsURL(where):
		q.SQLite, err = sqlite.Queue(where)
	case hasPassword(where):
		err = message.Error("store.url-password").Hinted("store.hint.sign-in")
	default:
		q.PostgreSQL, err = postgres.Queue(ctx, where)
	}
	return q, err
}

// Close closes it.
func (q Queue) Close() error {
	if q.PostgreSQL != nil {
		q.PostgreSQL.Close()
	}
	if q.SQLite != nil {
		return q.SQLite.Close()
	}
	return nil
}

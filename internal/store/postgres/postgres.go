// Package postgres keeps the store on a PostgreSQL server, for fleets and for several
// programs that write.
package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/store/sqlstore"
)

// connectTimeout is how long one try to connect takes, unless the URL says otherwise.
const connectTimeout = 10 * time.Second

// connections are how many are open at most.
const connections = 8

// Open opens the database of a URL, postgres://USER@HOST:PORT/NAME. The password is best
// in the file that PGPASSFILE names, or in ~/.pgpass (PostgreSQL's documentation, "The
// Password File"); other variables of libpq count too.
func Open(ctx context.Context, url string, o store.Options) (*sqlstore.DB, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, message.Error("store.url").Hinted("store.hint.url") // the error of pgx may hold a password
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(connections)
	return sqlstore.Open(ctx, db, dialect(where(config)), o, nil)
}

// Queue opens the database of a URL once more, for the tables of a queue of jobs that
// stand beside those of the store. It does not connect yet.
func Queue(ctx context.Context, url string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, message.Error("store.url").Hinted("store.hint.url")
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	return pgxpool.NewWithConfig(ctx, config)
}

// where is the URL without a password.
func where(c *pgx.ConnConfig) string {
	return fmt.Sprintf("postgres://%s@%s/%s", c.User, net.JoinHostPort(c.Host, fmt.Sprint(c.Port)), c.Database)
}

func dialect(where string) *sqlstore.Dialect {
	return &sqlstore.Dialect{
		Where: where,
		// In the collation C texts are ordered by their bytes, as in Go and in SQLite.
		Words: map[string]string{"{int}": "BIGINT", "{text}": `TEXT COLLATE "C"`, "{bytes}": "BYTEA", "{end}": "", "{end-wide}": ""},
		// An array is made once. A list in a join the planner reads again for each row, where it
		// has no statistics yet of a tenant.
		Arg: "$", List: "= ANY (ARRAY(SELECT jsonb_array_elements_text(CAST(@ AS jsonb))))",
		Fill: fill, Lock: lock,
		Snapshot: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		Away:     IsAway,
		Problem:  problem,
		HasTable: "SELECT tablename FROM pg_tables WHERE schemaname = ANY (current_schemas(false)) AND tablename = $1",
	}
}

// writers is the key of the lock of those who write: "tlsready" in ASCII.
const writers = 0x746c737265616479

// lock lets one program write at a time: what is written depends on what is there.
func lock(ctx context.Context, tx *sqlstore.Tx) error {
	_, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", int64(writers))
	return err
}

// fill copies rows into a table. Where there may be conflicts, of which COPY knows nothing,
// they go to a table of the connection first, which is empty after each use: a TRUNCATE before
// it would give the table a new file, and the catalog a dead row, for every batch.
func fill(ctx context.Context, tx *sqlstore.Tx, t sqlstore.Table, conflict string, rows [][]any) error {
	columns := t.Columns()
	if conflict == "" {
		return copyTo(ctx, tx, t.Name, columns, rows)
	}
	stage := fmt.Sprintf("stage_%s_%d", t.Name, len(columns)) // a later version of the table may have more
	if _, err := tx.ExecContext(ctx, "CREATE TEMPORARY TABLE IF NOT EXISTS "+stage+" (LIKE "+t.Name+") ON COMMIT DELETE ROWS"); err != nil {
		return err
	}
	if err := copyTo(ctx, tx, stage, columns, rows); err != nil {
		return err
	}
	list := strings.Join(columns, ", ")
	if _, err := tx.ExecContext(ctx, "INSERT INTO "+t.Name+" ("+list+") SELECT "+list+" FROM "+stage+" "+conflict); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, fmt.Sprintf("DELETE FROM stage_%s_%d", t.Name, len(columns))) // the same transaction may fill the same table again
	return err
}

func copyTo(ctx context.Context, tx *sqlstore.Tx, table string, columns []string, rows [][]any) error {
	return tx.Conn.Raw(func(conn any) error {
		_, err := conn.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
		return err
	})
}

// IsAway says whether the server is away, or asks to come again.
func IsAway(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		switch {
		case strings.HasPrefix(e.Code, "08"), strings.HasPrefix(e.Code, "57P0"): // the connection; shutting down, or starting
			return e.Code != "57P04" // the database was dropped
		}
		return e.Code == "40001" || e.Code == "40P01" || e.Code == "53300" // the other transaction won; too many connections
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return dns.IsTemporary || dns.IsTimeout
	}
	var network net.Error
	var connecting *pgconn.ConnectError
	return pgconn.SafeToRetry(err) || errors.Is(err, pgconn.ErrConnClosed) || errors.As(err, &network) || errors.As(err, &connecting) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// problem gives the errors that a user can do something about their words.
func problem(err error) *message.Problem {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		switch e.Code {
		case "28P01", "28000": // the password, or pg_hba.conf
			return message.Error("store.sign-in", message.Cause("why", e)).Hinted("store.hint.sign-in")
		case "3D000": // no such database
			return message.Error("store.no-such-database", message.Cause("why", e)).Hinted("store.hint.no-such-database")
		case "53100": // disk full
			return message.Error("store.full").Hinted("store.hint.full")
		case "42501", "3F000": // insufficient privilege; none of the schemas may be used
			return message.Error("store.cannot-write", message.Cause("why", e)).Hinted("store.hint.rights")
		}
	}
	var connecting *pgconn.ConnectError
	if IsAway(err) || e == nil && errors.As(err, &connecting) { // a name that nobody knows is not waited for, and is told so too
		return message.Error("store.away", message.Cause("why", whyAway(err))).Hinted("store.hint.away")
	}
	return nil
}

// whyAway is what the first try to connect met: pgx makes several, and lists all of them.
func whyAway(err error) error {
	var name *net.DNSError
	var network *net.OpError
	switch {
	case errors.As(err, &name):
		return name
	case errors.As(err, &network):
		return network
	}
	return err
}

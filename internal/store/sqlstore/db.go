// Package sqlstore is the store in SQL, for every database that [Dialect] describes. All
// statements of the store stand here; store/sqlite and store/postgres add how their
// database is opened, locked and filled.
package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"

	"tlsready/internal/message"
	"tlsready/internal/store"
)

// Dialect is what databases do differently.
type Dialect struct {
	Where string // how people know the database, without a password
	// Words are the spellings of {int}, {text}, {bytes}, {end} and {end-wide} in the
	// migrations.
	Words map[string]string
	// Arg spells the argument with a number.
	Arg string
	// List says that what stands before it is in a list of texts, given as a JSON array in
	// the argument that takes the place of "@".
	List string
	// Fill writes rows to a table; conflict says what is done with those that are there.
	Fill func(ctx context.Context, tx *Tx, t Table, conflict string, rows [][]any) error
	// Lock keeps other writers out until the transaction ends.
	Lock func(ctx context.Context, tx *Tx) error
	// OneWriter says that the database has one writer at a time, who is waited for.
	OneWriter bool
	// Tidy is run now and then while a database is written to, and before it is closed; ""
	// for nothing.
	Tidy string
	// Snapshot are the options of a transaction that sees one moment.
	Snapshot *sql.TxOptions
	// Away says whether an error is that the database is away and may come back.
	Away func(error) bool
	// Problem gives an error words; nil if it has none.
	Problem func(error) *message.Problem
	// HasTable asks whether a table of the name in argument 1 is there.
	HasTable string
}

// DB is an open database.
type DB struct {
	sql      *sql.DB
	dialect  *Dialect
	options  store.Options
	encoder  *zstd.Encoder
	decoder  *zstd.Decoder
	release  func() error
	texts    *regexp.Regexp
	readOnly bool
	opened   bool        // nothing is waited for before: a wrong name is known at once
	gone     atomic.Bool // it did not come back in time: until it does, nobody waits any more
	// writer has room for one: a transaction that reads first would meet the other's writes.
	writer  chan struct{}
	written int // transactions, while Tidy was not run; for who is the writer
}

// maxContent bounds a content when it is read, in bytes: a snapshot has no more.
const maxContent = 80 << 20

// Open takes an open database, and makes or migrates its tables. Release is called when
// it is closed. A database that is only read (no Holder) is not migrated.
func Open(ctx context.Context, db *sql.DB, d *Dialect, o store.Options, release func() error) (*DB, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return nil, err
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxContent))
	if err != nil {
		return nil, err
	}
	all := &DB{
		sql: db, dialect: d, options: o, encoder: encoder, decoder: decoder, release: release, readOnly: o.Holder == "",
		writer: make(chan struct{}, 1), texts: regexp.MustCompile(`\$\d+|\{in \$\d+\}`),
	}
	if err := all.migrate(ctx, len(migrations())); err != nil {
		return nil, errors.Join(err, all.Close())
	}
	all.opened = true
	return all, nil
}

// Close closes the database.
func (d *DB) Close() error {
	d.decoder.Close()
	if d.opened && !d.readOnly {
		d.tidy(context.Background())
	}
	err := d.sql.Close()
	if d.release != nil {
		err = errors.Join(err, d.release())
	}
	return err
}

// spell gives a statement the spelling of the dialect.
func (d *DB) spell(text string) string {
	return d.texts.ReplaceAllStringFunc(text, func(s string) string {
		if number, ok := cutList(s); ok {
			return strings.Replace(d.dialect.List, "@", d.dialect.Arg+number, 1)
		}
		return d.dialect.Arg + s[1:]
	})
}

// cutList is the number of the argument of "{in $2}".
func cutList(s string) (number string, ok bool) {
	rest, ok := strings.CutPrefix(s, "{in $")
	return strings.TrimSuffix(rest, "}"), ok
}

// Tx is a transaction.
type Tx struct {
	*sql.Tx
	Conn *sql.Conn
	db   *DB
}

// exec runs a statement.
func (t *Tx) exec(ctx context.Context, text string, args ...any) (int64, error) {
	result, err := t.ExecContext(ctx, t.db.spell(text), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// each calls take with a scanner of every row.
func (t *Tx) each(ctx context.Context, text string, args []any, take func(scan func(...any) error) error) error {
	rows, err := t.QueryContext(ctx, t.db.spell(text), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	return store.EachRow(rows, take)
}

// fill writes rows to a table.
func (t *Tx) fill(ctx context.Context, table Table, conflict string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	return t.db.dialect.Fill(ctx, t, table, conflict, rows)
}

// write runs do in a transaction that no other writer is in, again and again while the
// database is away, and as long as the patience lasts: do must be such that it may be
// done twice, for what a lost connection had committed nobody knows.
func (d *DB) write(ctx context.Context, do func(*Tx) error) error {
	done, err := d.alone(ctx)
	if err != nil {
		return err
	}
	defer done()
	err = d.patiently(ctx, func() error {
		return d.once(ctx, nil, func(tx *Tx) error {
			if err := d.dialect.Lock(ctx, tx); err != nil {
				return err
			}
			return do(tx)
		})
	})
	if d.written++; d.written >= tidyEvery {
		d.written = 0
		d.tidy(ctx)
	}
	return err
}

// tidyEvery is after how many transactions a database is tidied: a server that fills one
// closes it months later. Where nothing has grown tenfold it costs a look.
const tidyEvery = 50

// tidy makes queries faster; that it failed is no loss, for it is tried again.
func (d *DB) tidy(ctx context.Context) {
	if d.dialect.Tidy != "" {
		_, _ = d.sql.ExecContext(ctx, d.dialect.Tidy)
	}
}

// alone waits for the other writers of this program, as long as ctx lasts.
func (d *DB) alone(ctx context.Context) (done func(), err error) {
	select {
	case d.writer <- struct{}{}:
		return func() { <-d.writer }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// read runs do in a transaction that sees one moment.
func (d *DB) read(ctx context.Context, do func(*Tx) error) error {
	return d.patiently(ctx, func() error { return d.once(ctx, d.dialect.Snapshot, do) })
}

func (d *DB) once(ctx context.Context, options *sql.TxOptions, do func(*Tx) error) error {
	conn, err := d.sql.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, options)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	if err := do(&Tx{tx, conn, d}); err != nil {
		return err
	}
	return tx.Commit()
}

// The waits between two tries of a database that is away.
const (
	firstWait   = 100 * time.Millisecond
	longestWait = 2 * time.Second
)

// patiently tries something until the database is there.
func (d *DB) patiently(ctx context.Context, try func() error) error {
	patience := d.options.Patience
	if patience == 0 {
		patience = store.DefaultPatience
	}
	begun, wait, told := time.Now(), firstWait, false
	for {
		err := try()
		if err == nil || ctx.Err() != nil || !d.opened || !d.dialect.Away(err) {
			if err == nil {
				d.gone.Store(false)
			}
			return d.words(err)
		}
		if d.gone.Load() || time.Since(begun)+wait > patience {
			d.gone.Store(true)
			return d.words(err)
		}
		if !told && d.options.Waiting != nil {
			d.options.Waiting(d.words(err))
			told = true
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		wait = min(2*wait, longestWait)
	}
}

// words gives an error words, and the place where it happened.
func (d *DB) words(err error) error {
	var known *message.Problem
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	p := d.dialect.Problem(err)
	if p == nil {
		p = message.Error("store.failed", message.Cause("why", err))
	}
	p.Err = errors.Join(p.Err, err)
	if d.dialect.Away(err) {
		p.Err = errors.Join(p.Err, store.ErrAway)
	}
	return p.At(d.dialect.Where)
}

// Package sqlite keeps the store in one file, without cgo and without a server. One
// program at a time writes to it; others may read and back up meanwhile.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/store/sqlstore"
)

// Open opens a file, and makes one that is not there if somebody is going to write.
func Open(ctx context.Context, path string, o store.Options) (*sqlstore.DB, error) {
	d := dialect(path)
	real, err := prepare(path, o.Holder != "")
	if err != nil {
		return nil, err
	}
	release := func() error { return nil }
	if o.Holder != "" {
		if release, err = hold(real+".lock", o.Holder); err != nil {
			return nil, message.At(path, err)
		}
	}
	if err := foreign(ctx, real); err != nil {
		return nil, errors.Join(message.At(path, err), release())
	}
	db, err := sql.Open("sqlite", source(real, o.Holder != ""))
	if err != nil {
		return nil, errors.Join(err, release())
	}
	db.SetConnMaxLifetime(connLife)
	return sqlstore.Open(ctx, db, d, o, release)
}

// connLife is how long a connection is used: one that is open does not hear of what is known
// about indexes since.
const connLife = 5 * time.Minute

// foreign refuses a file in which another program keeps something, and no store is. It looks
// before the file is opened for writing, which changes how it is written. Of what cannot be
// read the error is the next one's.
func foreign(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", source(path, false))
	if err != nil {
		return err
	}
	defer db.Close()
	const text = "SELECT COUNT(*), COUNT(CASE WHEN name = $1 THEN 1 END) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	tables, ours := 0, 0
	if db.QueryRowContext(ctx, text, sqlstore.VersionTable).Scan(&tables, &ours) == nil && tables > 0 && ours == 0 {
		return message.Error("store.foreign").Hinted("store.hint.no-database")
	}
	return nil
}

// Queue opens the file of a store once more, for the tables of a queue of jobs that stand
// beside those of the store. It is for the program that holds the file: it must have
// opened the store for writing before, and close this before the store. There is one
// connection, as River asks of SQLite; it and the store wait for each other.
func Queue(path string) (*sql.DB, error) {
	real, err := prepare(path, false)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", source(real, true))
	if err != nil {
		return nil, message.At(path, err)
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// prepare gives the file's own path, behind links, and makes the file: with rights for
// its owner alone, which its companions take over.
func prepare(path string, write bool) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return "", message.Error("store.no-file").At(path).Hinted("store.hint.no-file")
	case errors.Is(err, fs.ErrNotExist) && write:
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return "", message.Error("store.cannot-make", message.Cause("why", err)).At(path).Hinted("store.hint.cannot-make")
		}
		if err := f.Close(); err != nil {
			return "", message.At(path, err)
		}
	case errors.Is(err, fs.ErrNotExist):
		return "", message.Error("store.missing").At(path).Hinted("store.hint.missing")
	case err != nil:
		return "", message.At(path, err)
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return filepath.Abs(path)
}

// busy is how long another connection is waited for, in milliseconds.
const busy = "busy_timeout(10000)"

// source is the file as the driver is given it. What was acknowledged is on the disk
// (synchronous FULL); what is deleted is overwritten, for some of it is about people.
func source(path string, write bool) string {
	path = filepath.ToSlash(path)
	if runtime.GOOS == "windows" && !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	query := url.Values{"mode": {"rw"}, "_pragma": {busy}}
	if write {
		query.Set("_txlock", "immediate") // what reads first and then writes would meet another's writes
		query["_pragma"] = append(query["_pragma"], "journal_mode(WAL)", "synchronous(FULL)", "secure_delete(ON)", "cache_size(-32768)")
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String()
}

// tidy keeps how selective each index is (https://www.sqlite.org/pragma.html#pragma_optimize),
// but not of tables that are small yet: of a table with one row SQLite takes reading all of it
// for as good as an index, and would go on so while a server fills it with a hundred thousand.
// It looks at all tables, not at those alone that its own connection has asked (0x10000), and
// at some thousand rows of each (0x10).
const tidy = "PRAGMA optimize = 0x10012; DELETE FROM sqlite_stat1 WHERE CAST(stat AS INTEGER) < 1000"

func dialect(path string) *sqlstore.Dialect {
	return &sqlstore.Dialect{
		Where: path,
		Words: map[string]string{"{int}": "INTEGER", "{text}": "TEXT", "{bytes}": "BLOB", "{end}": " STRICT, WITHOUT ROWID", "{end-wide}": " STRICT"},
		Arg:   "?", List: "IN (SELECT value FROM json_each(@))",
		Fill: fill, Lock: func(context.Context, *sqlstore.Tx) error { return nil }, // the file is held
		OneWriter: true,
		Tidy:      tidy,
		Snapshot:  &sql.TxOptions{ReadOnly: true},
		Away:      func(error) bool { return false },
		Problem:   problem,
		HasTable:  "SELECT name FROM sqlite_master WHERE type = 'table' AND name = $1",
	}
}

// fill runs one prepared statement for each row.
func fill(ctx context.Context, tx *sqlstore.Tx, t sqlstore.Table, conflict string, rows [][]any) error {
	columns := t.Columns()
	statement, err := tx.PrepareContext(ctx, "INSERT INTO "+t.Name+" ("+strings.Join(columns, ", ")+") VALUES (?"+strings.Repeat(", ?", len(columns)-1)+") "+conflict)
	if err != nil {
		return err
	}
	defer statement.Close()
	for _, row := range rows {
		if _, err := statement.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	return nil
}

// problem gives the errors that a user can do something about their words.
func problem(err error) *message.Problem {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return nil
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return full()
	case sqlite3.SQLITE_BUSY:
		return message.Error("store.busy").Hinted("store.hint.busy")
	case sqlite3.SQLITE_NOTADB:
		return message.Error("store.no-database").Hinted("store.hint.no-database")
	case sqlite3.SQLITE_CORRUPT:
		return message.Error("store.damaged").Hinted("store.hint.damaged")
	case sqlite3.SQLITE_IOERR:
		if e.Code() == sqlite3.SQLITE_IOERR_SHMSIZE { // the file that programs share beside the store cannot grow
			return full()
		}
		return message.Error("store.io", message.Cause("why", e)).Hinted("store.hint.full")
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return message.Error("store.cannot-write", message.Cause("why", e)).Hinted("store.hint.cannot-make")
	}
	return nil
}

func full() *message.Problem { return message.Error("store.full").Hinted("store.hint.full") }

package sqlstore

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/store"
)

//go:embed migrations/*.sql
var files embed.FS

// VersionTable holds the version of the tables, in one row.
const VersionTable = "tlsready_schema"

// migrations are the steps from each version to the next, the first from nothing.
func migrations() []string {
	names, _ := fs.Glob(files, "migrations/*.sql") // sorted
	list := make([]string, len(names))
	for i, name := range names {
		text, err := files.ReadFile(name)
		if err != nil || name != fmt.Sprintf("migrations/%04d.sql", i+1) {
			panic("store: " + name) // a defect of the build
		}
		list[i] = string(text)
	}
	return list
}

// migrate takes the tables to a version, each step whole or not at all.
func (d *DB) migrate(ctx context.Context, to int) error {
	if d.readOnly {
		return d.sameVersion(ctx, to)
	}
	return d.write(ctx, func(tx *Tx) error {
		have, err := tx.version(ctx)
		if err != nil {
			return err
		}
		if have > to {
			return store.TooNew(d.dialect.Where, have, to)
		}
		return tx.migrate(ctx, have, to)
	})
}

// sameVersion refuses a database that would have to be migrated first.
func (d *DB) sameVersion(ctx context.Context, want int) error {
	have, err := d.Schema(ctx)
	switch {
	case err != nil:
		return err
	case have > want:
		return store.TooNew(d.dialect.Where, have, want)
	case have == 0:
		return message.Error("store.empty").At(d.dialect.Where).Hinted("store.hint.empty")
	case have < want:
		return message.Error("store.old", message.Int("have", have), message.Int("want", want)).At(d.dialect.Where).Hinted("store.hint.old")
	}
	return nil
}

// Schema is the version of the tables; 0 if there are none.
func (d *DB) Schema(ctx context.Context) (version int, err error) {
	err = d.read(ctx, func(tx *Tx) error {
		version, err = tx.version(ctx)
		return err
	})
	return version, err
}

func (t *Tx) version(ctx context.Context) (int, error) {
	version, there := 0, false
	err := t.each(ctx, t.db.dialect.HasTable, []any{VersionTable}, func(func(...any) error) error {
		there = true
		return nil
	})
	if err != nil || !there {
		return 0, err
	}
	err = t.each(ctx, "SELECT version FROM "+VersionTable, nil, func(scan func(...any) error) error { return scan(&version) })
	return version, err
}

// migrate does the steps from a version to another. Where there is none, it still writes, so
// that who may not write learns it now, and not when there is something to record.
func (t *Tx) migrate(ctx context.Context, from, to int) error {
	for _, step := range migrations()[from:to] {
		for name, word := range t.db.dialect.Words {
			step = strings.ReplaceAll(step, name, word)
		}
		for _, statement := range statements(step) {
			if err := t.step(ctx, statement); err != nil {
				return err
			}
		}
	}
	if from == 0 {
		if _, err := t.exec(ctx, "CREATE TABLE "+VersionTable+" (version INTEGER NOT NULL)"); err != nil {
			return err
		}
		_, err := t.exec(ctx, "INSERT INTO "+VersionTable+" (version) VALUES ($1)", to)
		return err
	}
	_, err := t.exec(ctx, "UPDATE "+VersionTable+" SET version = $1 WHERE version <> $1", to)
	return err
}

// step does one statement of a migration: "{go NAME}" is one that reads what only the
// program can, and is written in SQL that does not change any more, as a file is.
func (t *Tx) step(ctx context.Context, statement string) error {
	switch statement {
	case "{go hosts}":
		return t.describeHosts(ctx)
	case "{go moves}":
		return t.countMoves(ctx)
	case "{go answers}":
		return t.readAnswers(ctx)
	}
	_, err := t.ExecContext(ctx, statement)
	return err
}

// statements are those of a file, without its comments.
func statements(file string) []string {
	var lines []string
	for line := range strings.Lines(file) {
		if !strings.HasPrefix(strings.TrimSpace(line), "--") {
			lines = append(lines, line)
		}
	}
	var list []string
	for one := range strings.SplitSeq(strings.Join(lines, ""), ";") {
		if one = strings.TrimSpace(one); one != "" {
			list = append(list, one)
		}
	}
	return list
}

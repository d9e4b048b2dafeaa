package sqlstore

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"tlsready/internal/message"
	"tlsready/internal/store"
)

// target is where a backup is written. What goes wrong there is none of the database's errors.
type target struct {
	io.Writer
	err error
}

func (t *target) Write(p []byte) (int, error) {
	n, err := t.Writer.Write(p)
	if t.err == nil {
		t.err = err
	}
	return n, err
}

// Backup writes all tables as they are at one moment.
func (d *DB) Backup(ctx context.Context, w io.Writer) (counts store.Counts, err error) {
	to := &target{Writer: w}
	err = d.once(ctx, d.dialect.Snapshot, func(tx *Tx) error {
		packer, err := zstd.NewWriter(to)
		if err != nil {
			return err
		}
		counts = store.Counts{}
		b := backup{Tx: tx, out: json.NewEncoder(packer), counts: counts}
		return errors.Join(b.write(ctx), packer.Close())
	})
	if to.err != nil {
		return counts, to.err
	}
	return counts, d.words(err)
}

type backup struct {
	*Tx
	out    *json.Encoder
	counts store.Counts
}

func (b *backup) write(ctx context.Context) error {
	version, err := b.version(ctx)
	if err != nil {
		return err
	}
	if err := b.out.Encode(store.BackupHead{Schema: store.BackupSchema, Version: version}); err != nil {
		return err
	}
	end := store.BackupEnd{End: true}
	for _, table := range tables() {
		if err := b.table(ctx, table); err != nil {
			return err
		}
		end.Rows += b.counts[table.Name]
	}
	return b.out.Encode(end)
}

func (b *backup) table(ctx context.Context, t Table) error {
	head := store.BackupTable{Table: t.Name}
	for _, c := range t.columns {
		head.Columns = append(head.Columns, c.name+suffix(c.kind))
	}
	if err := b.out.Encode(head); err != nil {
		return err
	}
	return b.each(ctx, "SELECT "+t.list()+" FROM "+t.Name+" ORDER BY "+strings.Join(t.Columns()[:t.keys], ", "), nil, func(scan func(...any) error) error {
		row := t.row()
		if err := scan(row...); err != nil {
			return err
		}
		b.counts[t.Name]++
		return b.out.Encode(row)
	})
}

func suffix(k kind) string { return [...]string{integer: ":i", text: "", blob: ":b"}[k] }

// row is a place for a row of the table.
func (t Table) row() []any {
	row := make([]any, len(t.columns))
	for i, c := range t.columns {
		switch c.kind {
		case integer:
			row[i] = new(int64)
		case blob:
			row[i] = new([]byte)
		default:
			row[i] = new(string)
		}
	}
	return row
}

// values are what stands in a row.
func values(row []any) []any {
	list := make([]any, len(row))
	for i, at := range row {
		switch v := at.(type) {
		case *int64:
			list[i] = *v
		case *[]byte:
			list[i] = *v
		case *string:
			list[i] = store.Text(*v)
		}
	}
	return list
}

// maxLine bounds a line of a backup: a content, in base64.
const maxLine = maxContent * 3 / 2

// maxWindow bounds what an unpacker of a backup keeps, in bytes: as much as the zstd program
// takes without being asked. What Backup writes needs eight megabytes.
const maxWindow = 128 << 20

// Restore fills an empty database.
func (d *DB) Restore(ctx context.Context, r io.Reader) (counts store.Counts, err error) {
	unpacker, err := zstd.NewReader(r, zstd.WithDecoderMaxMemory(maxWindow))
	if err != nil {
		return nil, err
	}
	defer unpacker.Close()
	done, err := d.alone(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	err = d.once(ctx, nil, func(tx *Tx) error { // once: what was read cannot be read again
		if err := d.dialect.Lock(ctx, tx); err != nil {
			return err
		}
		b := restoring{Tx: tx, in: bufio.NewScanner(unpacker), counts: store.Counts{}}
		b.in.Buffer(make([]byte, 1<<16), maxLine)
		counts = b.counts
		return b.read(ctx)
	})
	return counts, d.words(err)
}

type restoring struct {
	*Tx
	in     *bufio.Scanner
	counts store.Counts
	table  Table
	rows   [][]any
	size   int // of the lines of these rows, in bytes
	total  int64
}

// fillRows is how many rows are written at once, and fillBytes how long their lines may be
// together: a content can be large.
const (
	fillRows  = 1000
	fillBytes = 16 << 20
)

func damaged(id string, args ...message.Arg) *message.Problem {
	return message.Error("store.backup."+id, args...)
}

func (b *restoring) read(ctx context.Context) error {
	if err := b.empty(ctx); err != nil {
		return err
	}
	version, err := b.head()
	if err != nil {
		return err
	}
	if err := b.begin(ctx, version); err != nil {
		return err
	}
	for b.in.Scan() {
		line := bytes.TrimSpace(b.in.Bytes())
		switch {
		case bytes.HasPrefix(line, []byte("[")):
			err = b.row(ctx, line)
		case bytes.HasPrefix(line, []byte(`{"end":`)):
			return b.end(ctx, line, version)
		default:
			err = b.next(ctx, line)
		}
		if err != nil {
			return err
		}
	}
	return b.broken()
}

// broken says why there is no next line.
func (b *restoring) broken() error {
	if err := b.in.Err(); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged("unreadable", message.Cause("why", err))
	}
	return damaged("cut")
}

// empty refuses a database that has something in it: rows of a tenant, or of the server.
// Sessions are not counted, for they are nothing without users.
func (b *restoring) empty(ctx context.Context) error {
	for _, table := range tables() {
		if !table.ofServer() {
			continue // there is none without a tenant
		}
		rows := 0
		if err := b.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+table.Name).Scan(&rows); err != nil {
			return err
		}
		if rows > 0 {
			return message.Error("store.not-empty").At(b.db.dialect.Where).Hinted("store.hint.not-empty")
		}
	}
	return nil
}

func (b *restoring) head() (version int, err error) {
	if !b.in.Scan() {
		return 0, b.broken()
	}
	var head store.BackupHead
	if json.Unmarshal(b.in.Bytes(), &head) != nil || head.Schema != store.BackupSchema || head.Version < 1 {
		return 0, damaged("no-backup", message.Str("schema", store.BackupSchema))
	}
	if known := len(migrations()); head.Version > known {
		return 0, store.TooNew("", head.Version, known)
	}
	return head.Version, nil
}

// begin makes the tables as they were in a version.
func (b *restoring) begin(ctx context.Context, version int) error {
	for _, table := range tables() {
		if _, err := b.exec(ctx, "DROP TABLE "+table.Name); err != nil {
			return err
		}
	}
	if _, err := b.exec(ctx, "DROP TABLE sessions"); err != nil {
		return err
	}
	if _, err := b.exec(ctx, "DROP TABLE "+VersionTable); err != nil {
		return err
	}
	return b.migrate(ctx, 0, version)
}

// next begins the rows of a table.
func (b *restoring) next(ctx context.Context, line []byte) error {
	var head store.BackupTable
	if err := json.Unmarshal(line, &head); err != nil {
		return damaged("unreadable", message.Cause("why", err))
	}
	at := slices.IndexFunc(tables(), func(t Table) bool { return t.Name == head.Table })
	if at < 0 {
		return damaged("table", message.Quote("name", head.Table))
	}
	if err := b.flush(ctx); err != nil {
		return err
	}
	b.table = Table{head.Table, columns(strings.Join(head.Columns, " ")), tables()[at].keys}
	if len(b.table.columns) == 0 {
		return damaged("row", message.Str("table", b.table.Name))
	}
	for _, c := range b.table.columns {
		if strings.Trim(c.name, "abcdefghijklmnopqrstuvwxyz_") != "" {
			return damaged("table", message.Quote("name", c.name))
		}
	}
	return nil
}

func (b *restoring) row(ctx context.Context, line []byte) error {
	var fields []json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil || len(fields) == 0 || len(fields) != len(b.table.columns) {
		return damaged("row", message.Str("table", b.table.Name))
	}
	row := b.table.row()
	for i, field := range fields {
		if err := json.Unmarshal(field, row[i]); err != nil {
			return damaged("row", message.Str("table", b.table.Name))
		}
	}
	b.total++
	b.counts[b.table.Name]++
	b.rows, b.size = append(b.rows, values(row)), b.size+len(line)
	if len(b.rows) >= fillRows || b.size >= fillBytes {
		return b.flush(ctx)
	}
	return nil
}

func (b *restoring) flush(ctx context.Context) error {
	err := b.fill(ctx, b.table, "", b.rows)
	b.rows, b.size = nil, 0
	return err
}

func (b *restoring) end(ctx context.Context, line []byte, version int) error {
	var end store.BackupEnd
	if err := json.Unmarshal(line, &end); err != nil || end.Rows != b.total {
		return damaged("cut")
	}
	if err := b.flush(ctx); err != nil {
		return err
	}
	return b.migrate(ctx, version, len(migrations()))
}

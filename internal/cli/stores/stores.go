// Package stores is the command "store", and what the commands that record share.
package stores

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/store/open"
	"tlsready/internal/survey/judge"
	"tlsready/internal/term"
	"tlsready/internal/userfile"
)

// command is what the subcommands share.
type command struct{ *frame.App }

// New makes "store" with its subcommands.
func New(app *frame.App) *cobra.Command {
	c := &command{app}
	return app.NewGroup("store", c.newInfo(), c.newBackup(), c.newRestore(), c.newPrune(), c.newHistory(), c.newExempt(), c.newOwner(), c.newAudit())
}

// use opens the store for a command and closes it afterwards. Errors of opening are
// mistakes in what was asked for.
func (app *command) use(cmd *cobra.Command, where string, o store.Options, do func(store.Database) error) error {
	if where == "" {
		return app.UsageError("no-store")
	}
	db, err := open.Database(cmd.Context(), where, o)
	if err != nil {
		return &judge.Mistake{Err: err}
	}
	defer db.Close()
	return do(db)
}

func (app *command) newInfo() *cobra.Command {
	where := ""
	cmd := &cobra.Command{
		Use: "info", Args: app.ExactArgs(0),
		Example: "tlsready store info --store tlsready.db\ntlsready store info --store postgres://tlsready@db.example.com/tlsready --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return app.use(cmd, where, store.Options{}, func(db store.Database) error { return app.info(cmd.Context(), where, db) })
		},
	}
	cmd.Flags().StringVar(&where, "store", "", "")
	return cmd
}

func (app *command) info(ctx context.Context, where string, db store.Database) error {
	doc, err := app.document(ctx, document.StoreInfo, where, db)
	if err != nil {
		return err
	}
	names, err := db.Tenants(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		s, err := db.Tenant(ctx, name)
		if err != nil {
			return err
		}
		counts, err := s.Count(ctx)
		if err != nil {
			return err
		}
		add(doc, name, counts)
	}
	return app.write(doc)
}

// document begins what is said of a store.
func (app *command) document(ctx context.Context, action, where string, db store.Database) (*document.Store, error) {
	version, err := db.Schema(ctx)
	return &document.Store{Schema: document.StoreSchema, Store: where, Action: action, Version: version, Counts: map[string]int64{}, Tenants: []document.StoreTenant{}}, err
}

// add adds a tenant and its part of the whole.
func add(doc *document.Store, name string, counts store.Counts) {
	doc.Tenants = append(doc.Tenants, document.StoreTenant{Tenant: name, Counts: counts})
	for table, n := range counts {
		doc.Counts[table] += n
	}
}

func (app *command) newBackup() *cobra.Command {
	where := ""
	cmd := &cobra.Command{
		Use: "backup FILE", Args: app.ExactArgs(1),
		Example: "tlsready store backup tlsready.backup --store tlsready.db",
		RunE: func(cmd *cobra.Command, args []string) error {
			return app.use(cmd, where, store.Options{}, func(db store.Database) error { return app.backup(cmd.Context(), where, args[0], db) })
		},
	}
	cmd.Flags().StringVar(&where, "store", "", "")
	return cmd
}

// backup writes everything to a file, which appears whole or not at all.
func (app *command) backup(ctx context.Context, where, file string, db store.Database) error {
	doc, err := app.document(ctx, document.StoreBackup, where, db)
	if err != nil {
		return err
	}
	if err := app.replaceable(where, file); err != nil {
		return err
	}
	err = writeWhole(file, func(w io.Writer) error {
		counts, err := db.Backup(ctx, w)
		maps.Copy(doc.Counts, counts)
		return err
	})
	if err != nil {
		return frame.CannotWrite(file, err)
	}
	doc.File = file
	return app.write(doc)
}

// writeWhole writes a file for the eyes of its owner, which gets its name when it is whole
// and on the disk.
func writeWhole(path string, write func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(file, 1<<20)
	err = write(buffered)
	if err == nil {
		err = errors.Join(buffered.Flush(), file.Sync())
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name()) // it is of no use
	}
	return err
}

// replaceable says whether a backup may have a name: that of an earlier backup, or of nothing.
func (app *command) replaceable(where, file string) error {
	there, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return frame.CannotWrite(file, err)
	}
	if of, err := os.Stat(where); err == nil && os.SameFile(of, there) {
		return app.UsageError("backup-is-store", message.Str("path", file))
	}
	in, err := userfile.Open(file)
	if err != nil {
		return app.UsageError("backup-taken", message.Str("path", file))
	}
	defer in.Close()
	if there.Size() > 0 && !isBackup(bufio.NewReader(in)) {
		return app.UsageError("backup-taken", message.Str("path", file))
	}
	return nil
}

// zstd begins every backup (RFC 8878, section 3.1.1).
const zstd = "\x28\xb5\x2f\xfd"

// isBackup says whether what comes begins as a backup does.
func isBackup(in *bufio.Reader) bool {
	magic, _ := in.Peek(len(zstd))
	return string(magic) == zstd
}

func (app *command) newRestore() *cobra.Command {
	where := ""
	cmd := &cobra.Command{
		Use: "restore FILE", Args: app.ExactArgs(1),
		Example: "tlsready store restore tlsready.backup --store new.db\ntlsready store restore tlsready.backup --store postgres://tlsready@db.example.com/tlsready",
		RunE: func(cmd *cobra.Command, args []string) error {
			in, err := userfile.Open(args[0])
			if err != nil {
				return frame.CannotRead(args[0], err)
			}
			defer in.Close()
			packed := bufio.NewReader(in)
			if !isBackup(packed) { // before a store is made
				return &judge.Mistake{Err: message.Error("store.backup.no-backup", message.Str("schema", store.BackupSchema)).At(args[0])}
			}
			return app.use(cmd, where, holding(cmd, app.App), func(db store.Database) error { return app.restore(cmd.Context(), where, args[0], packed, db) })
		},
	}
	cmd.Flags().StringVar(&where, "store", "", "")
	return cmd
}

func (app *command) restore(ctx context.Context, where, file string, in io.Reader, db store.Database) error {
	counts, err := db.Restore(ctx, in)
	if err != nil {
		return &judge.Mistake{Err: message.At(file, err)}
	}
	if err := store.Note(ctx, db, store.AuditEntry{Who: frame.Operator(), Action: "store.restore", What: file}); err != nil {
		return err
	}
	doc, err := app.document(ctx, document.StoreRestore, where, db)
	if err != nil {
		return err
	}
	maps.Copy(doc.Counts, counts)
	doc.File = file
	return app.write(doc)
}

// pruneFlags are those of "store prune".
type pruneFlags struct {
	Flags
	people, history int
	dry             bool
}

func (app *command) newPrune() *cobra.Command {
	f := &pruneFlags{}
	cmd := &cobra.Command{
		Use: "prune", Args: app.ExactArgs(0),
		Example: "tlsready store prune --store tlsready.db --people 180 --dry-run\ntlsready store prune --store tlsready.db --people 180 --history 1100 --tenant acme",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := app.checkDays(f); err != nil {
				return err
			}
			return app.use(cmd, f.Store, holding(cmd, app.App), func(db store.Database) error { return app.prune(cmd.Context(), f, db) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.Store, "store", "", "")
	flags.StringVar(&f.Tenant, "tenant", "", "")
	flags.IntVar(&f.people, "people", 0, "")
	flags.IntVar(&f.history, "history", 0, "")
	flags.BoolVar(&f.dry, "dry-run", false, "")
	return cmd
}

// maxDays bounds the days that are kept: a hundred years, which is before everything that
// a store can have. A number of days that runs over is a day that is to come, before which
// everything is.
const maxDays = 36500

// checkDays refuses days that remove nothing, and those that nobody can mean.
func (app *command) checkDays(f *pruneFlags) error {
	for _, n := range []int{f.people, f.history} {
		if n < 0 || n > maxDays {
			return app.UsageError("prune-days", message.Int("n", n), message.Int("most", maxDays))
		}
	}
	if f.people+f.history == 0 {
		return app.UsageError("prune-nothing")
	}
	return nil
}

// prune removes what is too old, of one tenant or of all.
func (app *command) prune(ctx context.Context, f *pruneFlags, db store.Database) error {
	doc, err := app.document(ctx, document.StorePrune, f.Store, db)
	if err != nil {
		return err
	}
	doc.DryRun = f.dry
	names := []string{f.Tenant}
	if f.Tenant == "" {
		if names, err = db.Tenants(ctx); err != nil {
			return err
		}
	}
	r := store.Retention{People: app.daysAgo(f.people), History: app.daysAgo(f.history)}
	for _, name := range names {
		s, err := db.Tenant(ctx, name)
		if err != nil {
			return &judge.Mistake{Err: message.At(f.Store, err)}
		}
		counts, err := s.Prune(ctx, r, f.dry)
		if err != nil {
			return err
		}
		add(doc, name, counts)
		if err := app.notePrune(ctx, f, r, db, name, counts); err != nil {
			return err
		}
	}
	return app.write(doc)
}

// notePrune writes down what was removed of a tenant, and until which days.
func (app *command) notePrune(ctx context.Context, f *pruneFlags, r store.Retention, db store.Database, tenant string, counts store.Counts) error {
	if f.dry {
		return nil
	}
	removed := int64(0)
	for _, n := range counts {
		removed += n
	}
	what := fmt.Sprintf("people before %s, history before %s: %d", cmp.Or(r.People, "-"), cmp.Or(r.History, "-"), removed)
	return store.Note(ctx, db, store.AuditEntry{Who: frame.Operator(), Tenant: tenant, Action: "store.prune", What: what})
}

// daysAgo is the first day that is kept; "" keeps all.
func (app *command) daysAgo(n int) store.Day {
	if n < 1 {
		return ""
	}
	return store.DayOf(app.Now.UTC().AddDate(0, 0, -n))
}

func (app *command) write(doc *document.Store) error {
	return app.WriteDocument(doc, func(h *term.Page) { app.page(h, doc) })
}

// page says it to people.
func (app *command) page(h *term.Page, doc *document.Store) {
	id := "cli.store.done." + doc.Action
	if doc.DryRun {
		id += "-dry"
	}
	h.Line(app.Text(id, message.Str("store", doc.Store), message.Str("file", doc.File), message.Int("version", doc.Version)))
	parts := doc.Tenants
	if len(parts) != 1 {
		parts = append(parts[:len(parts):len(parts)], document.StoreTenant{Counts: doc.Counts})
	}
	for _, one := range parts {
		title := app.Text("cli.store.all")
		if one.Tenant != "" {
			title = app.Text("cli.store.tenant", message.Str("tenant", one.Tenant))
		}
		h.Section(title)
		var rows [][]term.Cell
		for _, table := range document.StoreTables() {
			if n := one.Counts[table]; n > 0 || doc.Action == document.StoreInfo {
				rows = append(rows, []term.Cell{{Text: "  " + app.Text("cli.store.table."+table)}, {Text: strconv.FormatInt(n, 10)}})
			}
		}
		if len(rows) == 0 {
			h.Line("  " + app.Text("cli.store.none"))
			continue
		}
		h.Table([]term.Column{{}, {Right: true}}, rows)
	}
}

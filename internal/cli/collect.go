package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/term/tty"
)

// collectFlags are the flags of collect.
type collectFlags struct {
	sourceFlags
	dir, hosts string
	resume     bool
}

func newCollectCommand(app *App) *cobra.Command {
	f := &collectFlags{}
	cmd := &cobra.Command{
		Use: "collect SOURCE...",
		Example: `tlsready collect DC01.reg --os "Windows Server 2012 R2" -o DC01.json
tlsready collect examples/fleet --dir snapshots
tlsready collect --hosts names.txt --via smb://admin@ --dir snapshots
tlsready collect --hosts names.txt --via smb://admin@ --dir snapshots --resume`,
		RunE: func(cmd *cobra.Command, args []string) error { return app.collect(cmd.Context(), f, args) },
	}
	f.sourceFlags.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.dir, "dir", "", "")
	flags.StringVar(&f.hosts, "hosts", "", "")
	flags.BoolVar(&f.resume, "resume", false, "")
	return cmd
}

// collect reads the sources and writes a snapshot of every host: below --dir, or
// for a single host where -o says.
func (app *App) collect(ctx context.Context, f *collectFlags, args []string) error {
	switch {
	case len(args) == 0 && f.hosts == "":
		return app.usageError("collect-no-source")
	case f.dir == "" && f.resume:
		return app.usageError("resume-without-dir")
	case f.dir != "" && app.origins["output"].kind == fromFlag:
		return app.usageError("dir-and-output")
	}
	r := &run{app: app, flags: &judgeFlags{sourceFlags: f.sourceFlags, hosts: f.hosts}, source: app.sourceOptions(&f.sourceFlags)}
	args, err := r.sources(args)
	if err != nil {
		return err
	}
	if f.dir == "" {
		return r.collectOne(ctx, args)
	}
	return r.collectAll(ctx, f, args)
}

// hosts hands over the hosts of the sources that --hosts names.
func (r *run) hosts(ctx context.Context, args []string, options source.Options, take func(source.Host) error) error {
	for h, err := range source.Read(ctx, args, options) {
		if err != nil {
			return r.app.sourceError(err)
		}
		if err := take(h); err != nil {
			return err
		}
	}
	return r.unmet()
}

// collectOne writes the snapshot of the only host.
func (r *run) collectOne(ctx context.Context, args []string) error {
	var found []source.Host
	progress := r.app.Progress(r.app.text("cli.progress.collecting"), 0)
	defer progress.Done()
	err := r.hosts(ctx, args, r.reading(progress), func(h source.Host) error {
		if found = append(found, h); len(found) > 1 {
			return r.app.usageError("collect-several")
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case len(found) == 0:
		return r.app.usageError("collect-none")
	case found[0].Err != nil:
		return r.app.unreadable(found[0].Err)
	}
	text, err := found[0].Snapshot.Encode()
	if err != nil {
		return err
	}
	return r.app.WriteOutputs(func(out *Output) error {
		_, err := out.Write(text)
		return err
	}, FormatJSON)
}

// unreadable is the error for the only host of a run, which could not be read.
func (app *App) unreadable(err error) error {
	err = app.sourceError(err)
	var user *UserError
	if errors.As(err, &user) {
		user.Code = ExitIncomplete
	}
	return err
}

// collection counts what became of the hosts.
type collection struct {
	run    *run
	dir    string
	resume bool

	written, same, skipped, unreadable, refused int
}

func (r *run) collectAll(ctx context.Context, f *collectFlags, args []string) error {
	app := r.app
	c := &collection{run: r, dir: f.dir, resume: f.resume}
	if err := os.MkdirAll(f.dir, 0o777); err != nil {
		return app.cannotWrite(f.dir, err)
	}
	progress := app.Progress(app.text("cli.progress.collecting"), 0)
	err := r.hosts(ctx, args, c.reading(progress), func(h source.Host) error {
		progress.Note(h.Err != nil, false)
		return c.take(h)
	})
	progress.Done()
	if err != nil && ctx.Err() != nil {
		return &UserError{
			Msg:  app.text("cli.interrupted.saved", message.Int("done", c.written+c.same+c.skipped), message.Int("total", r.total+c.skipped), message.Str("dir", f.dir)),
			Hint: app.text("cli.hint.interrupted"), Code: ExitInterrupted, Err: err,
		}
	}
	if err != nil {
		return err
	}
	app.Say(app.text("cli.collect.written", message.Str("dir", f.dir), message.Int("n", c.written), message.Int("same", c.same),
		message.Int("skipped", c.skipped), message.Int("unreadable", c.unreadable)))
	if c.refused > 0 {
		return &UserError{
			Msg:  app.text("cli.error.snapshot-differs", message.Str("dir", f.dir), message.Int("n", c.refused)),
			Hint: app.text("cli.hint.snapshot-differs"), Code: ExitIncomplete,
		}
	}
	return app.Verdict(0, c.unreadable)
}

// reading leaves out the hosts whose file is there, where the run goes on with
// an earlier one.
func (c *collection) reading(progress *tty.Progress) source.Options {
	options := c.run.reading(progress)
	if !c.resume {
		return options
	}
	unwanted := options.Skip
	options.Skip = func(id string) bool {
		if unwanted != nil && unwanted(id) {
			return true
		}
		if alreadyThere(c.dir, id) {
			c.skipped++
			return true
		}
		return false
	}
	return options
}

// take writes one host. A host that cannot be read or written costs that host.
func (c *collection) take(h source.Host) error {
	app := c.run.app
	path, err := snapshotPath(c.dir, h.ID)
	if err != nil {
		return app.cannotWrite(h.ID, err)
	}
	before, err := os.ReadFile(path)
	exists := err == nil
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return app.cannotWrite(path, err)
	case h.Err != nil:
		c.unreadable++
		app.Warn(h.ID + ": " + app.why(h.Err))
		return nil
	}
	text, err := h.Snapshot.Encode()
	switch {
	case err != nil:
		return err
	case exists && bytes.Equal(before, text):
		c.same++
		return nil
	case exists:
		c.refused++
		app.Warn(app.text("cli.collect.differs", message.Str("path", path)))
		return nil
	}
	c.written++
	return app.writeWhole(path, text)
}

// writeWhole writes a new file that appears under its name only when it is whole.
func (app *App) writeWhole(path string, text []byte) error {
	out := &Output{Format: FormatJSON, Path: path}
	err := os.MkdirAll(filepath.Dir(path), 0o777)
	if err == nil {
		err = out.open(nil, false)
	}
	if err == nil {
		defer out.Discard()
		_, err = out.Write(text)
	}
	if err == nil {
		err = out.Commit()
	}
	if err != nil {
		return app.cannotWrite(path, err)
	}
	return nil
}

// snapshotPath is the file of a host below dir, from which a source reads the
// same id again. Ids come from files and from machines: characters that no file
// name of Windows may have, and dots that begin a name, are written as %XX, so
// that no id leads out of the folder.
func snapshotPath(dir, id string) (string, error) {
	parts := strings.Split(id, "/")
	for i, part := range parts {
		parts[i] = safeName(part)
	}
	name := strings.Join(parts, "/")
	ending := ".json"
	for _, double := range []string{".host", ".tlsready"} {
		if len(name) > len(double) && strings.EqualFold(name[len(name)-len(double):], double) {
			ending = ".host.json"
		}
	}
	local := filepath.FromSlash(name + ending)
	if !filepath.IsLocal(local) {
		return "", fmt.Errorf("%q is no file name", name+ending)
	}
	return filepath.Join(dir, local), nil
}

func safeName(part string) string {
	var b strings.Builder
	for i := range len(part) {
		c := part[i]
		if c < 0x20 || c == 0x7f || strings.IndexByte(`<>:"|?*\%`, c) >= 0 || c == '.' && (i == 0 || i == len(part)-1) {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	if b.Len() == 0 {
		return "%"
	}
	return b.String()
}

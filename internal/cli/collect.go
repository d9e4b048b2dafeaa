package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/cli/stores"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/survey"
)

// collectFlags are the flags of collect.
type collectFlags struct {
	sourceFlags
	dir, hosts string
	resume     bool
	keep       stores.Flags
}

func newCollectCommand(app *App) *cobra.Command {
	f := &collectFlags{}
	cmd := &cobra.Command{
		Use: "collect SOURCE...",
		Example: `tlsready collect DC01.reg --os "Windows Server 2012 R2" -o DC01.json
tlsready collect examples/fleet --dir snapshots
tlsready collect --hosts names.txt --via smb://admin@ --dir snapshots
tlsready collect --hosts names.txt --via smb://admin@ --dir snapshots --resume
tlsready collect --hosts names.txt --via smb://admin@ --store tlsready.db`,
		RunE: func(cmd *cobra.Command, args []string) error { return app.collect(cmd, f, args) },
	}
	f.sourceFlags.add(cmd)
	f.keep.Add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.dir, "dir", "", "")
	flags.StringVar(&f.hosts, "hosts", "", "")
	flags.BoolVar(&f.resume, "resume", false, "")
	return cmd
}

// collect reads the sources and writes a snapshot of every host: below --dir, or, for a
// single host, to wherever -o says.
func (app *App) collect(cmd *cobra.Command, f *collectFlags, args []string) error {
	switch {
	case len(args) == 0 && f.hosts == "":
		return app.UsageError("collect-no-source")
	case f.dir == "" && f.resume:
		return app.UsageError("resume-without-dir")
	case f.dir != "" && app.OnCommandLine("output"):
		return app.UsageError("dir-and-output")
	}
	hosts, err := app.hosts(&f.sourceFlags, f.hosts, app.sourceOptions(&f.sourceFlags), args)
	if err != nil {
		return err
	}
	record, err := f.keep.Record(cmd, app.App)
	if err != nil {
		return err
	}
	defer record.Close()
	switch {
	case f.dir != "":
		return app.collectAll(cmd.Context(), f, hosts, record)
	case record != nil:
		return app.collectInto(cmd.Context(), hosts, record)
	}
	return app.collectOne(cmd.Context(), hosts)
}

// collectOne writes the snapshot of the only host.
func (app *App) collectOne(ctx context.Context, hosts *survey.Hosts) error {
	progress := app.Progress(app.Text("cli.progress.collecting"), 0)
	hosts.Tell = follow(progress)
	found, err := survey.CollectOne(ctx, hosts)
	progress.Done()
	if err != nil {
		return err
	}
	text, err := found.Snapshot.Encode()
	if err != nil {
		return err
	}
	return app.WriteOutputs(func(out *frame.Output) error {
		_, err := out.Write(text)
		return err
	}, frame.FormatJSON)
}

// collectInto records every host in a store and writes no file.
func (app *App) collectInto(ctx context.Context, hosts *survey.Hosts, record *stores.Recording) error {
	progress := app.Progress(app.Text("cli.progress.collecting"), 0)
	hosts.Tell = follow(progress)
	unreadable := 0
	ended := func() error {
		for host, err := range hosts.Read(ctx) {
			if err == nil {
				err = record.Collected(ctx, host)
			}
			if err != nil {
				return err
			}
			if host.Err != nil {
				unreadable++
				app.WarnOf(message.CauseOf(message.At(host.ID, host.Err)))
			}
		}
		return nil
	}()
	progress.Done()
	if err := errors.Join(hosts.Ended(ctx, ended), record.End(ctx)); err != nil {
		return err
	}
	return app.Verdict(0, unreadable)
}

// collectAll writes a snapshot of every host below --dir.
func (app *App) collectAll(ctx context.Context, f *collectFlags, hosts *survey.Hosts, record *stores.Recording) error {
	c, err := survey.OpenCollection(f.dir, f.resume, app.WarnOf)
	if err != nil {
		return err
	}
	progress := app.Progress(app.Text("cli.progress.collecting"), 0)
	hosts.Tell = follow(progress)
	if record != nil {
		c.Also = func(h source.Host) error { return record.Collected(ctx, h) }
	}
	err = errors.Join(c.Collect(ctx, hosts), record.End(ctx))
	progress.Done()
	if err != nil {
		return err
	}
	app.Say(app.Text("cli.collect.written", message.Str("dir", f.dir), message.Int("n", c.Written), message.Int("same", c.Same),
		message.Int("skipped", c.Skipped), message.Int("unreadable", c.Unreadable)))
	if c.Refused > 0 {
		return message.Error("cli.error.snapshot-differs", message.Str("dir", f.dir), message.Int("n", c.Refused)).Hinted("cli.hint.snapshot-differs")
	}
	return app.Verdict(0, c.Unreadable)
}

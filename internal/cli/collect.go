package cli

import (
	"context"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/message"
	"tlsready/internal/survey"
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

// collect reads the sources and writes a snapshot of every host: below --dir, or, for a
// single host, to wherever -o says.
func (app *App) collect(ctx context.Context, f *collectFlags, args []string) error {
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
	if f.dir == "" {
		return app.collectOne(ctx, hosts)
	}
	return app.collectAll(ctx, f, hosts)
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

// collectAll writes a snapshot of every host below --dir.
func (app *App) collectAll(ctx context.Context, f *collectFlags, hosts *survey.Hosts) error {
	c, err := survey.OpenCollection(f.dir, f.resume, app.warnOf)
	if err != nil {
		return err
	}
	progress := app.Progress(app.Text("cli.progress.collecting"), 0)
	hosts.Tell = follow(progress)
	err = c.Collect(ctx, hosts)
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

package cli

import (
	"context"

	"github.com/spf13/cobra"

	"tlsready/internal/assess"
	"tlsready/internal/cli/frame"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report"
	"tlsready/internal/survey"
)

func newDiffCommand(app *App) *cobra.Command {
	f := &judgeFlags{}
	cmd := &cobra.Command{
		Use: "diff BEFORE AFTER",
		Example: `tlsready diff FS01-may.json FS01-june.json --service azure-backup
tlsready diff snapshots-may snapshots-june --service azure-backup --on 2021-09-01 -f json`,
		Args: app.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error { return app.diff(cmd.Context(), f, args) },
	}
	f.add(cmd)
	return cmd
}

// diff compares two sources host by host. What only fails or is unknown as it
// was before is no news.
func (app *App) diff(ctx context.Context, f *judgeFlags, args []string) error {
	for flag, value := range map[string]string{"with": f.with, "by": f.by} {
		if value != "" {
			return app.UsageError("diff-flag", message.Str("flag", "--"+flag))
		}
	}
	j, err := app.judging(ctx, f)
	if err != nil {
		return err
	}
	hosts, err := app.hosts(&f.sourceFlags, f.hosts, j.Reading, args)
	if err != nil {
		return err
	}
	j.Assessor.WithDocumented = false
	outputs, err := app.Outputs(frame.FormatsWith(func(f report.Format) bool { return f.Diff != nil || f.DiffStream != nil })...)
	if err != nil {
		return err
	}
	defer func() {
		for _, out := range outputs {
			out.Discard()
		}
	}()
	c := newDiffCollector(app, j, outputs)
	before, after := hosts.Of(args[0]), hosts.Of(args[1])
	progress := app.Progress(app.Text("cli.progress.judging"), 0)
	defer progress.Done()
	after.Tell = follow(progress) // both go on at the same pace
	for d, err := range j.Compare(ctx, before, after) {
		if err == nil {
			err = c.take(d)
		}
		if err != nil {
			return err
		}
	}
	if c.doc.Summary.Hosts == 0 {
		return app.UsageError("diff-none")
	}
	if err := c.finish(); err != nil {
		return err
	}
	return app.Verdict(c.doc.Summary.Fails, c.doc.Summary.Unknown+c.doc.Summary.Unreadable)
}

// diffCollector takes hosts as they come: it streams them to JSON lines, and
// keeps them only for the formats that need the whole.
type diffCollector struct {
	app     *App
	outputs []*frame.Output
	streams map[*frame.Output]report.DiffStream
	doc     *document.Diff    // without hosts
	kept    []assess.Compared // for the formats that need the whole
}

func newDiffCollector(app *App, j *survey.Judging, outputs []*frame.Output) *diffCollector {
	c := &diffCollector{app: app, outputs: outputs, streams: map[*frame.Output]report.DiffStream{}}
	c.doc = &document.Diff{Schema: document.DiffSchema, On: j.On.String(), Today: j.Today.String(), Hosts: []document.HostDiff{}}
	for _, out := range outputs {
		if stream := out.Format.Renderer().DiffStream; stream != nil {
			c.streams[out] = stream(out)
		}
	}
	return c
}

func (c *diffCollector) take(d assess.Compared) error {
	c.doc.Summary.Add(d.HostDiff)
	for out, s := range c.streams {
		if err := s.Host(d.HostDiff); err != nil {
			return frame.CannotWrite(out.Path, err)
		}
	}
	if len(c.streams) < len(c.outputs) {
		c.kept = append(c.kept, d)
	}
	return nil
}

func (c *diffCollector) finish() error {
	c.app.Clear()
	for _, out := range c.outputs {
		err := c.render(out)
		if err == nil {
			err = out.Commit()
		}
		if err != nil {
			return frame.CannotWrite(out.Path, err)
		}
	}
	return nil
}

func (c *diffCollector) render(out *frame.Output) error {
	if s := c.streams[out]; s != nil {
		return s.End(c.doc)
	}
	doc := *c.doc
	for _, d := range c.kept {
		if !out.Format.Renderer().JSON {
			d.HostDiff = d.In(c.app.Catalog())
		}
		doc.Hosts = append(doc.Hosts, d.HostDiff)
	}
	return out.Format.Renderer().Diff(out, &doc, report.Options{Lang: c.app.Lang, Width: c.app.ColumnsOf(out), Color: c.app.Color && out.Path == "-"})
}

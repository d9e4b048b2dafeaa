package cli

import (
	"cmp"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"tlsready/internal/assess"
	"tlsready/internal/cli/frame"
	"tlsready/internal/cli/stores"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report"
	"tlsready/internal/report/view"
	"tlsready/internal/survey"
	"tlsready/internal/survey/judge"
	"tlsready/internal/term"
	"tlsready/internal/userfile"
)

func newCheckCommand(app *App) *cobra.Command {
	f := &judgeFlags{}
	cmd := &cobra.Command{
		Use: "check [SOURCE...]",
		Example: `tlsready check examples/fleet --service azure-backup --on 2021-09-01
tlsready check examples/fleet --service azure-backup --only FS03
tlsready check examples/fleet/branches.csv --service entra-id -o report.html -o hosts=targets.txt
tlsready check examples/fleet/tokyo --os "Windows Server 2016" --caller dotnet-4.5.2-x64 -f json
tlsready check examples/fleet --service host:examples/fleet/osaka/WEB01.json
tlsready check --hosts targets.txt --via "smb://CORP\admin@" --service azure-backup --save snapshots
tlsready check examples/fleet --service azure-backup --store tlsready.db
tlsready check --service entra-id --store tlsready.db`,
		RunE: func(cmd *cobra.Command, args []string) error { return app.check(cmd, f, args) },
	}
	f.add(cmd)
	f.keep.Add(cmd)
	cmd.Flags().StringVar(&f.since, "since", "", "")
	cmd.Flags().StringVar(&f.save, "save", "", "")
	cmd.Flags().BoolVar(&f.resume, "resume", false, "")
	return cmd
}

func (app *App) check(cmd *cobra.Command, f *judgeFlags, args []string) error {
	switch {
	case len(args) == 0 && f.hosts == "" && f.keep.Store == "":
		return app.UsageError("no-source")
	case f.keep.Records() && (f.with != "" || f.assume != ""):
		return app.UsageError("store-assumed")
	}
	j, err := app.judging(cmd.Context(), f)
	if err != nil {
		return err
	}
	hosts, err := app.hosts(&f.sourceFlags, f.hosts, j.Reading, args)
	if err != nil {
		return err
	}
	hosts.Only = survey.OnlyHosts(f.only)
	var last *survey.Last
	if f.since != "" {
		if last, err = survey.ReadLast(f.since, app.WarnOf); err != nil {
			return err
		}
	}
	if hosts.Saving, err = app.saving(f.save, f.resume); err != nil {
		return err
	}
	record, err := f.keep.Judging(cmd, app.App, j, f.asked(), hosts)
	if err != nil {
		return err
	}
	defer record.Close()
	return app.report(cmd, j, f, hosts, last, args, record)
}

// report judges the sources and writes the result in every format that was
// asked for; JSON lines alone are written as the hosts come.
func (app *App) report(cmd *cobra.Command, j *survey.Judging, f *judgeFlags, hosts *survey.Hosts, last *survey.Last, args []string, record *stores.Recording) error {
	outputs, err := app.Outputs(checkFormats()...)
	if err != nil {
		return err
	}
	defer func() {
		for _, out := range outputs {
			out.Discard()
		}
	}()
	c := newCollector(app, cmd, j, f, outputs, "check", args)
	c.last = last
	record.Write(c.writers)
	take := func(one judge.Judged) error { return errors.Join(c.take(one), record.Judged(cmd.Context(), one)) }
	if err := app.each(cmd.Context(), j, hosts, take); err != nil {
		return errors.Join(err, record.End(cmd.Context()))
	}
	if err := errors.Join(c.finish(), record.End(cmd.Context())); err != nil {
		return err
	}
	app.saySaved(hosts.Saving)
	return app.Verdict(c.sum.Fails, c.sum.Unknown+c.sum.Unreadable)
}

// checkFormats are those that a result of check is written in.
func checkFormats() []frame.Format {
	return frame.FormatsWith(func(f report.Format) bool { return f.Check != nil })
}

// collector takes hosts as they come: it streams them to JSON lines, and keeps
// them only for the formats that need the whole.
type collector struct {
	cmd     *cobra.Command
	app     *App
	judging *survey.Judging
	flags   *judgeFlags
	outputs []*frame.Output
	streams map[*frame.Output]report.Stream
	keep    bool
	kept    []*assess.Judged
	sum     document.Summary
	byLang  map[string][]report.Stream
	writers map[string]*assess.Writer
	used    map[string]bool // services of which there are outcomes
	command string          // "check" or "fix"
	args    []string        // the sources

	documented bool         // the vendor's whole recipe is what is written
	last       *survey.Last // the run that this one is compared to; nil: none
}

func newCollector(app *App, cmd *cobra.Command, j *survey.Judging, f *judgeFlags, outputs []*frame.Output, command string, args []string) *collector {
	c := &collector{
		app: app, cmd: cmd, judging: j, flags: f, outputs: outputs, streams: map[*frame.Output]report.Stream{}, writers: map[string]*assess.Writer{},
		used: map[string]bool{}, command: command, args: args,
	}
	for _, out := range outputs {
		r, options := out.Format.Renderer(), c.options(out)
		if r.CheckStream != nil && (r.Whole == nil || !r.Whole(options)) {
			c.streams[out] = r.CheckStream(out, options)
		} else {
			c.keep = true
		}
	}
	return c
}

func (c *collector) take(j judge.Judged) error {
	if err := j.Err(); err != nil {
		return err
	}
	judge.Tally(&c.sum, j.Services)
	c.last.Take(j)
	for _, one := range j.Services {
		c.used[one.Demand.Service] = true
		if err := c.stream(one); err != nil {
			return err
		}
	}
	if c.keep {
		c.kept = append(c.kept, j.Services...)
	}
	return nil
}

// stream gives the outcome of a host to every format that takes hosts as they come,
// each in its language.
func (c *collector) stream(j *assess.Judged) error {
	for lang, streams := range c.streamsByLanguage() {
		w := c.writer(lang)
		rows, host := w.Rows(j), w.Host(j)
		for _, s := range streams {
			host := host
			if c.documented && !c.isJSON(s) {
				asDocumented(&host)
			}
			for _, v := range rows {
				if err := s.Verdict(v); err != nil {
					return err
				}
			}
			if err := s.Host(host); err != nil {
				return err
			}
		}
	}
	return nil
}

// isJSON says whether a stream is of a format for programs.
func (c *collector) isJSON(s report.Stream) bool {
	for out, one := range c.streams {
		if one == s {
			return out.Format.Renderer().JSON
		}
	}
	return false
}

// asDocumented shows the vendor's whole recipe in place of the fewest changes, as it is
// what --documented writes.
func asDocumented(h *document.Host) {
	if h.Documented == nil || h.Verdict != document.Fails {
		return
	}
	h.Changes, h.Redundant, h.Loses, h.Effects = h.Documented.Changes, nil, nil, nil
	h.Prerequisites = nil
	for _, id := range h.Documented.Updates {
		h.Prerequisites = append(h.Prerequisites, document.Prerequisite{Kind: "update", ID: id})
	}
	h.Restart = "reboot"
}

func (c *collector) streamsByLanguage() map[string][]report.Stream {
	if c.byLang == nil {
		c.byLang = map[string][]report.Stream{}
		for out, s := range c.streams {
			lang := c.language(out)
			c.byLang[lang] = append(c.byLang[lang], s)
		}
	}
	return c.byLang
}

// writer writes documents in a language.
func (c *collector) writer(lang string) *assess.Writer {
	if c.writers[lang] == nil {
		c.writers[lang] = c.judging.Writer(c.app.CatalogOf(lang))
	}
	return c.writers[lang]
}

// language is that of an output: JSON is always in English.
func (c *collector) language(out *frame.Output) string {
	if out.Format.Renderer().JSON {
		return "en"
	}
	return c.app.Lang
}

func (c *collector) finish() error {
	app := c.app
	app.Clear()
	for _, out := range c.outputs {
		var err error
		if s := c.streams[out]; s != nil {
			head := c.judging.Head(app.CatalogOf(c.language(out)), c.used, c.sum)
			head.Since = c.last.Since()
			if err = s.End(head); err == nil {
				err = s.Flush()
			}
		} else {
			err = c.render(out)
		}
		if err == nil {
			err = app.Commit(out)
		}
		if err != nil {
			return frame.CannotWrite(out.Path, err)
		}
	}
	return nil
}

// options say how an output is rendered.
func (c *collector) options(out *frame.Output) report.Options {
	app := c.app
	return report.Options{
		Lang: app.Lang, Color: app.Color && out.Path == "-", Width: app.ColumnsOf(out), Command: app.CommandLine(c.cmd, c.command, c.args), By: c.flags.by,
		Source: cmp.Or(frame.JoinArgs(c.args), c.flags.hosts, c.flags.keep.Store), Today: c.judging.Today.String(), Rows: c.flags.rows, Details: c.flags.details || len(c.flags.only) > 0,
	}
}

func (c *collector) render(out *frame.Output) error {
	f := out.Format.Renderer()
	doc := c.judging.Document(c.app.CatalogOf(c.language(out)), c.kept, c.sum)
	doc.Since = c.last.Since()
	if c.documented && !f.JSON {
		for i := range doc.Hosts {
			asDocumented(&doc.Hosts[i])
		}
	}
	options := c.options(out)
	if err := f.Check(out, doc, options); err != nil {
		return err
	}
	if f.PerFolder && out.Path != "-" && c.flags.by == view.ByFolder {
		return c.renderParts(out, f, doc, options)
	}
	return nil
}

// renderParts writes one report for each folder beside the whole one, so that
// each customer can be sent its own and nothing of the others.
func (c *collector) renderParts(whole *frame.Output, f report.Format, doc *document.Check, options report.Options) error {
	folder, err := userfile.OpenFolder(filepath.Dir(whole.Path))
	if err != nil {
		return err
	}
	defer folder.Close()
	options.By = ""
	parts := view.Split(doc, view.ByFolder)
	written := 0
	for i, name := range partNames(filepath.Base(whole.Path), parts) {
		options.Source = parts[i].Name
		options.Command = c.commandFor(parts[i].Name)
		if parts[i].Name == "" {
			c.app.Warn(c.app.Text("cli.warning.no-folder", message.Int("n", parts[i].Check.Summary.Hosts), message.Str("path", whole.Path)))
			continue
		}
		write := func(w io.Writer) error { return writePart(w, f, parts[i].Check, options) }
		if err := folder.Write(name, write, true); err != nil {
			return frame.CannotWrite(folder.Path(name), err)
		}
		written++
	}
	c.app.Say(c.app.Text("cli.output.parts", message.Int("n", written), message.Str("path", whole.Path)))
	return nil
}

// commandFor is the command for the hosts of one folder: with that folder's own path if the
// source is a folder that holds it, else with --only.
func (c *collector) commandFor(folder string) string {
	if len(c.args) == 1 {
		own := filepath.Join(c.args[0], filepath.FromSlash(folder))
		if info, err := os.Stat(own); err == nil && info.IsDir() {
			return withoutBy(c.app.CommandLine(c.cmd, c.command, []string{own}))
		}
	}
	return withoutBy(c.app.CommandLine(c.cmd, c.command, c.args)) + " --only " + frame.QuoteArg(folder+"/*")
}

// withoutBy leaves out what would part the hosts of one customer again.
func withoutBy(command string) string { return strings.Replace(command, " --by "+view.ByFolder, "", 1) }

// writePart writes a report behind the same gate as every output.
func writePart(w io.Writer, f report.Format, doc *document.Check, options report.Options) error {
	gate := &term.Filter{W: w, JSON: f.JSON}
	return errors.Join(f.Check(gate, doc, options), gate.Close())
}

// partNames names a file for each part, to go with the whole report. No file system takes
// two of these names for the same.
func partNames(whole string, parts []view.Part) []string {
	ext := filepath.Ext(whole)
	stem := strings.TrimSuffix(whole, ext)
	var taken userfile.Names
	taken.Take("", whole)
	names := make([]string, len(parts))
	for i, part := range parts {
		safe, _ := userfile.SafeName(strings.Map(plainRune, part.Name))
		names[i] = taken.Give("of "+part.Name, stem+"-"+safe, ext)
	}
	return names
}

// plainRune keeps letters and digits of any script, dots, dashes and underscores.
func plainRune(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-", r) {
		return r
	}
	return '-'
}

// sourceError is a mistake if a source says so.
func sourceError(err error) error {
	if p := (*message.Problem)(nil); errors.As(err, &p) {
		return &survey.Mistake{Err: err}
	}
	return err
}

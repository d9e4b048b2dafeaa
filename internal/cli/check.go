package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"tlsready/internal/assess"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report"
	"tlsready/internal/report/view"
	"tlsready/internal/survey"
)

func newCheckCommand(app *App) *cobra.Command {
	f := &judgeFlags{}
	cmd := &cobra.Command{
		Use: "check [SOURCE...]",
		Example: `tlsready check examples/fleet --service azure-backup --on 2021-09-01
tlsready check hosts.csv --service entra-id -o html=report.html
tlsready check DC01.reg --os "Windows Server 2012 R2" --caller dotnet-4.5.2-x64 -f json
tlsready check fleet --service host:wsus01.json --with no-tls10.reg
tlsready check --hosts names.txt --via 'smb://CORP\admin@' --service azure-backup --save snapshots`,
		RunE: func(cmd *cobra.Command, args []string) error { return app.check(cmd, f, args) },
	}
	f.add(cmd)
	cmd.Flags().StringVar(&f.save, "save", "", "")
	cmd.Flags().BoolVar(&f.resume, "resume", false, "")
	return cmd
}

func (app *App) check(cmd *cobra.Command, f *judgeFlags, args []string) error {
	if len(args) == 0 && f.hosts == "" {
		return app.usageError("no-source")
	}
	j, err := app.judging(cmd.Context(), f)
	if err != nil {
		return err
	}
	hosts, err := app.hosts(&f.sourceFlags, f.hosts, j.Reading, args)
	if err != nil {
		return err
	}
	if hosts.Saving, err = app.saving(f.save, f.resume); err != nil {
		return err
	}
	return app.report(cmd, j, f, hosts, args)
}

// report judges the sources and writes the result in every format that was
// asked for; JSON lines alone are written as the hosts come.
func (app *App) report(cmd *cobra.Command, j *survey.Judging, f *judgeFlags, hosts *survey.Hosts, args []string) error {
	outputs, err := app.Outputs(checkFormats()...)
	if err != nil {
		return err
	}
	defer func() {
		for _, out := range outputs {
			out.Discard()
		}
	}()
	c := newCollector(app, cmd, j, f, outputs)
	if err := app.each(cmd.Context(), j, hosts, c.take); err != nil {
		return err
	}
	if err := c.finish(args); err != nil {
		return err
	}
	app.saySaved(hosts.Saving)
	return app.Verdict(c.sum.Fails, c.sum.Unknown+c.sum.Unreadable)
}

// checkFormats are those that a result of check is written in.
func checkFormats() []Format {
	return formatsWith(func(f report.Format) bool { return f.Check != nil })
}

// collector takes hosts as they come: it streams them to JSON lines, and keeps
// them only for the formats that need the whole.
type collector struct {
	cmd     *cobra.Command
	app     *App
	judging *survey.Judging
	flags   *judgeFlags
	outputs []*Output
	streams map[*Output]report.Stream
	keep    bool
	kept    []*assess.Judged
	sum     document.Summary
	english *assess.Writer
	command string // "check" or "fix"
}

func newCollector(app *App, cmd *cobra.Command, j *survey.Judging, f *judgeFlags, outputs []*Output) *collector {
	c := &collector{
		app: app, cmd: cmd, judging: j, flags: f, outputs: outputs, streams: map[*Output]report.Stream{}, english: j.Writer(app.wordsOf("en")), command: "check",
	}
	for _, out := range outputs {
		if stream := out.Format.renderer().CheckStream; stream != nil {
			c.streams[out] = stream(out)
		} else {
			c.keep = true
		}
	}
	return c
}

func (c *collector) take(j survey.Judged) error {
	if err := j.Err(); err != nil {
		return err
	}
	survey.Tally(&c.sum, j.Services)
	for _, one := range j.Services {
		if err := c.stream(one); err != nil {
			return err
		}
	}
	if c.keep {
		c.kept = append(c.kept, j.Services...)
	}
	return nil
}

func (c *collector) stream(j *assess.Judged) error {
	for _, s := range c.streams {
		for _, v := range c.english.Rows(j) {
			if err := s.Verdict(v); err != nil {
				return err
			}
		}
		if err := s.Host(c.english.Host(j)); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) finish(args []string) error {
	app := c.app
	app.Clear()
	for _, out := range c.outputs {
		var err error
		if s := c.streams[out]; s != nil {
			if err = s.Summary(c.sum, c.judging.Assessor.Assumed.Document(c.english.Words)); err == nil {
				err = s.Flush()
			}
		} else {
			err = c.render(out, args)
		}
		if err == nil {
			err = out.Commit()
		}
		if err != nil {
			return app.cannotWrite(out.Path, err)
		}
	}
	return nil
}

func (c *collector) render(out *Output, args []string) error {
	app := c.app
	lang := app.Lang
	f := out.Format.renderer()
	if f.JSON {
		lang = "en"
	}
	doc := c.judging.Document(app.wordsOf(lang), c.kept, c.sum)
	options := report.Options{
		Lang: app.Lang, Color: app.Color && out.Path == "-", Width: app.width(out), Command: app.commandLine(c.cmd, c.command, args), By: c.flags.by, Source: firstOf(joinArgs(args), c.flags.hosts),
	}
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
func (c *collector) renderParts(whole *Output, f report.Format, doc *document.Check, options report.Options) error {
	options.By = ""
	parts := view.Split(doc, view.ByFolder)
	for i, path := range partPaths(whole.Path, parts) {
		options.Source = parts[i].Name
		if parts[i].Name == "" {
			c.app.Warn(c.app.text("cli.warning.no-folder", message.Int("n", parts[i].Check.Summary.Hosts), message.Str("path", whole.Path)))
			continue
		}
		if err := writePart(path, f, parts[i].Check, options); err != nil {
			return err
		}
	}
	return nil
}

func writePart(path string, f report.Format, doc *document.Check, options report.Options) error {
	out := &Output{Format: Format(f.Name), Path: path}
	if err := out.open(nil, false); err != nil {
		return err
	}
	defer out.Discard()
	if err := f.Check(out, doc, options); err != nil {
		return err
	}
	return out.Commit()
}

// partPaths names a file for each part beside the whole report. Names that differ
// only in what a file name cannot hold, or in case, get a number, so that no two
// parts share a file.
func partPaths(whole string, parts []view.Part) []string {
	ext := filepath.Ext(whole)
	stem := strings.TrimSuffix(whole, ext)
	taken := map[string]bool{strings.ToLower(whole): true}
	paths := make([]string, len(parts))
	for i, part := range parts {
		name := fileName(part.Name)
		path := stem + "-" + name + ext
		for n := 2; taken[strings.ToLower(path)]; n++ {
			path = fmt.Sprintf("%s-%s-%d%s", stem, name, n, ext)
		}
		taken[strings.ToLower(path)] = true
		paths[i] = path
	}
	return paths
}

// maxPartName is the most bytes of a group's name in a file name: the usual limit is
// 255 with what stands around it.
const maxPartName = 120

// fileName keeps what every file system takes in a name: letters and digits of
// any script, dots, dashes and underscores.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-", r) {
			return r
		}
		return '-'
	}, s)
	for len(s) > maxPartName {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}

// hint is what to try after an error; "" where nobody knows.
func (app *App) hint(err error) string {
	_, hint := app.words().Problem(err)
	return hint
}

// sourceError turns what a source says into what the user sees.
func (app *App) sourceError(err error) error {
	if p := (*message.Problem)(nil); errors.As(err, &p) {
		return &UserError{Msg: app.why(err), Hint: app.hint(err), Code: ExitUsage, Err: err}
	}
	return err
}

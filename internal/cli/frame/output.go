package frame

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/report"
	"tlsready/internal/report/parquet"
	"tlsready/internal/survey"
	"tlsready/internal/term"
)

// Format is what a result is written as: the name of a format of report.
type Format string

// The formats that commands write documents of their own in.
const (
	FormatTable Format = "table" // text for people
	FormatJSON  Format = "json"
	FormatJSONL Format = "jsonl"
	FormatCSV   Format = "csv"

	FormatMarkdown Format = "markdown" // of the announcement page
	FormatHTML     Format = "html"
)

// known is the list of all formats.
func known() report.List { return append(report.Formats(), parquet.Format()) }

// Formats lists all of them, the default first.
func Formats() []Format { return FormatsWith(func(report.Format) bool { return true }) }

// FormatsWith lists those that have a writer for some kind of document.
func FormatsWith(has func(report.Format) bool) []Format {
	var list []Format
	for _, f := range known().With(has) {
		list = append(list, Format(f.Name))
	}
	return list
}

// Renderer is the format in the list of report.
func (f Format) Renderer() report.Format {
	r, _ := known().ByName(string(f))
	return r
}

func FormatNames() []string { return names(Formats()) }

func names(formats []Format) []string {
	list := make([]string, len(formats))
	for i, f := range formats {
		list[i] = string(f)
	}
	return list
}

// Output is one place that the result goes to. A file appears under its name
// only at Commit, and whole.
type Output struct {
	Format    Format
	Path      string // "-" is standard output
	io.Writer        // nothing that a terminal would obey gets through it

	file   *os.File     // nil for standard output
	gate   *term.Filter // nil: nothing is taken out
	target string       // the name that the file gets; "" if it is written in place
}

// Terminal says whether people look at it directly, on app's terminal.
func (o *Output) Terminal() bool { return o.file == nil }

// WriteOutputs calls write once for each output that -o and -f ask for, with
// the formats that the command has, its default first. A file is left as it was
// when write fails.
func (app *App) WriteOutputs(write func(*Output) error, formats ...Format) error {
	outputs, err := app.Outputs(formats...)
	if err != nil {
		return err
	}
	return app.WriteTo(outputs, write)
}

// WriteTo writes what [App.Outputs] opened, and commits each.
func (app *App) WriteTo(outputs []*Output, write func(*Output) error) error {
	app.Clear()
	for i, out := range outputs {
		err := write(out)
		if err == nil {
			err = app.Commit(out)
		}
		if err != nil {
			DiscardAll(outputs[i:])
			return CannotWrite(out.Path, err)
		}
	}
	return nil
}

// DiscardAll discards outputs that nothing is to be written to.
func DiscardAll(outputs []*Output) {
	for _, out := range outputs {
		out.Discard()
	}
}

// Outputs opens what -o asks for, or standard output, before the work begins:
// a name that cannot be written to is better known at once. Each is to end in
// Commit or Discard. formats are the command's, its default first.
func (app *App) Outputs(formats ...Format) ([]*Output, error) {
	plan, err := app.PlanOutputs(formats)
	if err != nil {
		return nil, err
	}
	for i, out := range plan {
		if err := out.open(app.Out, app.Color); err != nil {
			DiscardAll(plan[:i])
			return nil, CannotWrite(out.Path, err)
		}
	}
	return plan, nil
}

// OutputFlags are the values of -o as they were given.
func (app *App) OutputFlags() []string { return app.flags.output }

// TakeFolders takes out of -o what names a folder and no file, for a command that writes
// one: what is a folder or ends like one, and what has neither a format before it nor an
// extension.
func (app *App) TakeFolders() []string {
	var folders, rest []string
	for _, spec := range app.flags.output {
		if isFolder(spec) {
			folders = append(folders, spec)
			continue
		}
		rest = append(rest, spec)
	}
	app.flags.output = rest
	return folders
}

func isFolder(spec string) bool {
	if prefix, _, ok := strings.Cut(spec, "="); spec == "-" || spec == "" || ok && slices.Contains(Formats(), Format(prefix)) {
		return false
	}
	if info, err := os.Stat(spec); err == nil {
		return info.IsDir()
	}
	return os.IsPathSeparator(spec[len(spec)-1]) || filepath.Ext(spec) == ""
}

// PlanOutputs decides paths and formats and touches no file.
func (app *App) PlanOutputs(formats []Format) ([]*Output, error) {
	asked := app.flags.output
	if len(asked) == 0 {
		asked = []string{"-"}
	}
	var plan []*Output
	for _, spec := range asked {
		out, err := app.planOutput(spec, formats)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(plan, func(o *Output) bool { return o.Path == out.Path }) {
			return nil, app.UsageError("output-twice", message.Str("path", out.Path))
		}
		plan = append(plan, out)
	}
	return plan, nil
}

// planOutput reads FILE, - or FORMAT=FILE. Without FORMAT= the format is, in
// this order: -f on the command line, the file's extension, the twins of -f,
// the command's default. An extension that no format has is refused: a report.pdf
// that holds a table would open nowhere. A command with one format alone, such as
// a script, takes any name. A twin that the command does not have is passed over,
// since it was set with other commands in mind.
func (app *App) planOutput(spec string, formats []Format) (*Output, error) {
	asked, path := Format(""), spec
	if prefix, rest, ok := strings.Cut(spec, "="); ok && isWord(prefix) {
		asked, path = Format(prefix), rest
		if !slices.Contains(Formats(), asked) {
			return nil, app.UsageError("output-format", message.Str("spec", spec), message.Str("format", prefix),
				message.List("known", names(formats)))
		}
	}
	if path == "" {
		return nil, app.UsageError("output-empty", message.Str("spec", spec))
	}
	preset := Format(app.flags.format)
	if asked == "" && app.OnCommandLine("format") {
		asked = preset
	}
	if asked == "" && len(formats) > 1 {
		byName, found, known := known().ByPath(path)
		if !known {
			return nil, app.UsageError("output-extension", message.Str("path", path), message.List("known", names(formats)))
		}
		if found {
			asked = Format(byName.Name)
		}
	}
	if asked == "" && slices.Contains(formats, preset) {
		asked = preset
	}
	if asked == "" {
		asked = formats[0]
	}
	if !slices.Contains(formats, asked) {
		return nil, app.UsageError("no-format", message.Str("format", string(asked)),
			message.List("known", names(formats)))
	}
	if path == "-" && app.OutTerminal && asked.Renderer().Binary {
		return nil, app.UsageError("output-binary", message.Str("format", string(asked)))
	}
	return &Output{Format: asked, Path: path}, nil
}

// isWord says whether s could be the name of a format: letters alone.
func isWord(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }) < 0
}

// CannotWrite says that an output could not be written, unless err is a mistake or an
// end that has been told.
func CannotWrite(path string, err error) error {
	var mistake *survey.Mistake
	var exit Exit
	if errors.As(err, &mistake) || errors.As(err, &exit) {
		return err
	}
	p := message.Error("cli.error.write", message.Str("path", path), message.Cause("why", err))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return Usage(p.Hinted("cli.hint.write"))
	}
	return p
}

// open opens the output, behind the last gate: whatever stands in a host's name
// or a server's answer, the output cannot take over a terminal. Colours go to
// standard output alone. What is no text goes to no terminal and passes no gate.
func (o *Output) open(stdout io.Writer, color bool) error {
	if err := o.openBare(stdout); err != nil {
		return err
	}
	if o.Format.Renderer().Binary {
		return nil
	}
	o.gate = &term.Filter{W: o.Writer}
	if o.gate.JSON = o.Format.Renderer().JSON; !o.gate.JSON {
		o.gate.Color = color && o.Path == "-"
	}
	o.Writer = o.gate
	return nil
}

// openBare opens a file or takes standard output. Anything that is not a regular file (a
// pipe, a device) is written in place; everything else is first written to a new file
// next to its target.
func (o *Output) openBare(stdout io.Writer) error {
	if o.Path == "-" {
		o.Writer = stdout
		return nil
	}
	target := o.Path
	if real, err := filepath.EvalSymlinks(target); err == nil {
		target = real
	}
	mode := fs.FileMode(0o666) // less the umask, as every new file
	if info, err := os.Stat(target); err == nil {
		if info.IsDir() {
			return &fs.PathError{Op: "write", Path: o.Path, Err: errIsFolder}
		}
		if !info.Mode().IsRegular() {
			file, err := os.OpenFile(target, os.O_WRONLY, 0)
			o.Writer, o.file = file, file
			return err
		}
		mode = info.Mode().Perm()
	}
	temporary := fmt.Sprintf("%s.%s.tmp", target, rand.Text()[:8])
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	o.Writer, o.file, o.target = file, file, target
	return nil
}

var errIsFolder = errors.New("is a folder")

// Commit closes a file and gives it its name.
func (o *Output) Commit() error {
	if o.gate != nil {
		if err := o.gate.Close(); err != nil {
			return err
		}
	}
	if o.file == nil {
		return nil
	}
	if err := o.file.Close(); err != nil {
		return err
	}
	if o.target == "" {
		return nil
	}
	return os.Rename(o.file.Name(), o.target)
}

// Commit gives an output its name, and says so of a file.
func (app *App) Commit(out *Output) error {
	err := out.Commit()
	if err == nil && out.target != "" {
		app.Say(app.Text("cli.output.written", message.Str("path", out.Path), message.Str("format", string(out.Format))))
	}
	return err
}

// Discard closes the output and leaves the file that was there, if any. After
// Commit it does nothing.
func (o *Output) Discard() {
	if o.file == nil {
		return
	}
	_ = o.file.Close()
	if o.target != "" {
		_ = os.Remove(o.file.Name()) // after Commit the name is gone
	}
}

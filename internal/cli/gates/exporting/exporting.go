// Package exporting is "gate CONFIG --export": a plan as the configuration of an engine.
package exporting

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/cli/frame"
	"tlsready/internal/gate"
	"tlsready/internal/gate/export"
	"tlsready/internal/gate/export/commands"
	"tlsready/internal/gate/export/engines"
	"tlsready/internal/message"
	"tlsready/internal/survey/judge"
	"tlsready/internal/userfile"
)

// Flags are those of "gate CONFIG --export".
type Flags struct {
	To, Place, Dir, Refuse, Today string
}

// File is a file to be written.
type File = export.File

// Names are the words of --export, and Places those of --for.
func Names() []string { return engines.Names() }

// Places is described at [Names].
func Places() []string { return commands.Names() }

// Command is "gate CONFIG --export".
type Command struct{ *frame.App }

// engine finds what the flags ask for.
func (app *Command) engine(f *Flags) (export.Engine, error) {
	if err := app.KnownWord("export", f.To, engines.Names()...); err != nil {
		return nil, err
	}
	switch {
	case f.To != engines.Commands && f.Place != "":
		return nil, app.wrongExport("for-without-commands")
	case f.To != engines.Commands:
	case f.Place == "":
		return nil, app.wrongExport("commands-without-for")
	default:
		err := app.KnownWord("for", f.Place, commands.Names()...)
		return commands.For(f.Place), err
	}
	return engines.ByName(f.To), nil
}

// Export writes a plan for an engine: its main file to standard output or -o, or all of
// its files into --dir.
func (app *Command) Export(config *gate.Config, name string, f *Flags) error {
	engine, err := app.engine(f)
	if err != nil {
		return err
	}
	refuse, err := app.refuseAt(f.Refuse)
	if err != nil {
		return err
	}
	plan, err := export.New(config, name, refuse)
	if err != nil {
		return &judge.Mistake{Err: message.At(name, err)}
	}
	files, err := engine.Files(plan, app.Catalog())
	if err != nil {
		return &judge.Mistake{Err: message.At(name, err)}
	}
	if err := app.writeExport(files, f.Dir); err != nil {
		return err
	}
	return app.remindExport(engine, plan, f)
}

func (app *Command) writeExport(files []export.File, dir string) error {
	if dir == "" {
		err := app.WriteOutputs(func(out *frame.Output) error {
			_, err := io.WriteString(out, files[0].Text)
			return err
		}, frame.FormatTable)
		if err == nil && len(files) > 1 {
			var rest []string
			for _, f := range files[1:] {
				rest = append(rest, f.Name)
			}
			app.Warn(app.Text("gate.export.beside", message.Str("main", files[0].Name), message.List("files", rest)))
		}
		return err
	}
	if len(app.OutputFlags()) > 0 {
		return app.wrongExport("dir-and-output")
	}
	paths, err := Create(app.App, dir, files)
	if err == nil {
		app.Say(app.Text("gate.export.written", message.Str("files", strings.Join(paths, ", "))))
	}
	return err
}

// wrongExport is a mistake with the text "gate.export.<id>" and the hint
// "gate.hint.export-<id>".
func (app *Command) wrongExport(id string, args ...message.Arg) error {
	return frame.Usage(message.Error("gate.export."+id, args...).Hinted("gate.hint.export-" + id))
}

// refuseAt reads where the refused go: ADDRESS:PORT of this machine alone, since whoever
// comes there is answered with an alert or closed.
func (app *Command) refuseAt(text string) (export.Local, error) {
	if text == "" {
		return export.DefaultRefuse(), nil
	}
	host, number, err := net.SplitHostPort(text)
	ip := net.ParseIP(host)
	port, wrong := strconv.Atoi(number)
	if err != nil || wrong != nil || ip == nil || !ip.IsLoopback() || port < 1 || port > 65000 {
		return export.Local{}, app.wrongExport("refuse", message.Quote("text", text))
	}
	return export.Local{Host: host, Port: port}, nil
}

// remindExport repeats what a check would say of a plan that no engine can make good.
func (app *Command) remindExport(engine export.Engine, plan *export.Plan, f *Flags) error {
	today, err := app.TodayIn(plan.Location, f.Today)
	if err != nil {
		return err
	}
	told := []string{"gate.warn.past", "gate.warn.overlap", "gate.warn.never", "gate.warn.no-stages", "gate.warn.no-window"}
	for _, w := range (gate.Checking{Name: plan.Name, Today: today}).Check(plan.Config).Warnings {
		if slices.Contains(told, w.Text.ID) {
			app.Warn(app.Catalog().Render(w.Text))
		}
	}
	if n := len(engine.Lacks(plan)); n > 0 {
		app.Say(app.Text("gate.export.lacking", message.Int("n", n)))
	}
	return nil
}

// Create writes files into a folder, or none of them if one is there: it may be somebody's
// own. It gives their paths.
func Create(app *frame.App, dir string, files []File) ([]string, error) {
	folder, err := userfile.OpenFolder(dir)
	if err != nil {
		return nil, frame.CannotWrite(dir, err)
	}
	defer folder.Close()
	for _, f := range files {
		if folder.Has(f.Name) {
			return nil, app.UsageError("new-exists", message.Str("path", folder.Path(f.Name)))
		}
	}
	var paths []string
	for _, f := range files {
		path := folder.Path(f.Name)
		if err := folder.Create(f.Name, []byte(f.Text)); errors.Is(err, fs.ErrExist) {
			return paths, app.UsageError("new-exists", message.Str("path", path))
		} else if err != nil {
			return paths, frame.CannotWrite(path, err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

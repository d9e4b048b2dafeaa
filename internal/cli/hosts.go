package cli

import (
	"slices"

	"tlsready/internal/cli/frame"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/survey"
	"tlsready/internal/term/tty"
	"tlsready/internal/userfile"
)

// hosts are what a run reads: the arguments, and what --hosts adds to them or
// chooses out of them.
func (app *App) hosts(f *sourceFlags, list string, options source.Options, args []string) (*survey.Hosts, error) {
	if err := app.checkRemote(f, list, options); err != nil {
		return nil, err
	}
	h := &survey.Hosts{Sources: args, Options: options, Warn: app.WarnOf}
	if list == "" {
		return h, nil
	}
	if list == "-" && slices.Contains(args, "-") {
		return nil, app.UsageError("hosts-stdin")
	}
	opt := survey.ListOptions{Name: list, Beside: len(args) > 0, Via: f.via, Schemes: options.Schemes}
	in := app.In
	if list == "-" {
		opt.Name = app.Text("cli.hosts.stdin")
	} else {
		file, err := userfile.Open(list)
		if err != nil {
			return nil, frame.CannotRead(list, err)
		}
		defer file.Close()
		in = file
	}
	read, err := survey.ReadHostList(in, opt)
	h.List = read
	return h, err
}

// checkRemote refuses flags about other machines that cannot be meant.
func (app *App) checkRemote(f *sourceFlags, list string, options source.Options) error {
	switch {
	case f.concurrency < 1 || f.concurrency > maxConcurrency:
		return app.UsageError("concurrency", message.Int("value", f.concurrency), message.Int("most", maxConcurrency))
	case f.hostTimeout <= 0:
		return app.UsageError("host-timeout", message.Str("value", f.hostTimeout.String()))
	case f.via != "" && list == "" && app.OnCommandLine("via"): // a configuration may have it for other runs
		return app.UsageError("via-without-hosts")
	case f.via != "" && list != "":
		return survey.CheckVia(f.via, options.Schemes)
	}
	return nil
}

// follow shows how far a run is.
func follow(p *tty.Progress) func(survey.Progress) {
	return func(far survey.Progress) { p.Set(far.Done, far.Total, far.Unreadable, far.Saved) }
}

// saving is the folder of --save; nil without one.
func (app *App) saving(dir string, resume bool) (*survey.Saving, error) {
	if dir == "" {
		if resume {
			return nil, app.UsageError("resume-without-save")
		}
		return nil, nil
	}
	return survey.OpenSaving(dir, resume, app.WarnOf)
}

// saySaved says what became of the snapshots.
func (app *App) saySaved(s *survey.Saving) {
	if s == nil {
		return
	}
	app.Say(app.Text("cli.save.written", message.Str("dir", s.Dir()), message.Int("n", s.Written)))
	switch {
	case s.Taken > 0 && s.Oldest.IsZero():
		app.Say(app.Text("cli.save.taken", message.Int("n", s.Taken)))
	case s.Taken > 0:
		app.Say(app.Text("cli.save.taken-since", message.Int("n", s.Taken), message.Str("time", s.Oldest.UTC().Format("2006-01-02 15:04Z"))))
	}
}

package cli

import (
	"context"

	"github.com/spf13/cobra"

	"tlsready/internal/caller"
	"tlsready/internal/cli/frame"
	"tlsready/internal/cli/stores"
	"tlsready/internal/decide"
	"tlsready/internal/decide/cmdfile"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/source/files"
	"tlsready/internal/stack"
	"tlsready/internal/survey"
)

func newCollectorCommand(app *App) *cobra.Command {
	return app.NewGroup("collector", newCollectorCMD(app), newCollectorPS1(app), newCaptureCommand(app))
}

// newCollectorCMD prints the batch file; with a service it gives the verdict on the
// spot as well.
func newCollectorCMD(app *App) *cobra.Command {
	f, report := &judgeFlags{}, ""
	cmd := &cobra.Command{
		Use: "cmd",
		Example: `tlsready collector cmd -o collect.cmd
tlsready collector cmd --report https://console.example.com:8443/ -o collect.cmd
tlsready collector cmd --service azure-backup -o azure-backup.cmd`,
		Args: app.ExactArgs(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			script, err := app.collectorCMD(cmd.Context(), f)
			if err == nil {
				script.Report, err = stores.Reporting(app.App, report, files.ReportURL)
			}
			if err != nil {
				return err
			}
			return app.printScript(script.CMD())
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.services, "service", nil, "")
	flags.StringArrayVar(&f.callers, "caller", nil, "")
	flags.StringVar(&f.on, "on", "", "")
	flags.StringVar(&report, "report", "", "")
	frame.Complete(cmd, "service", service.IDs())
	frame.Complete(cmd, "caller", append(caller.Programs(), stack.Generic()...))
	return cmd
}

func newCollectorPS1(app *App) *cobra.Command {
	report := ""
	cmd := &cobra.Command{
		Use: "ps1",
		Example: `tlsready collector ps1 -o collect.ps1
tlsready collector ps1 --report https://console.example.com:8443/ -o collect.ps1`,
		Args: app.ExactArgs(0),
		RunE: func(*cobra.Command, []string) error {
			url, err := stores.Reporting(app.App, report, files.ReportURL)
			if err != nil {
				return err
			}
			return app.printScript(files.Collector{Report: url}.PS1())
		},
	}
	cmd.Flags().StringVar(&report, "report", "", "")
	return cmd
}

// printScript prints a script as it is to be run.
func (app *App) printScript(script []byte) error {
	return app.WriteOutputs(func(out *frame.Output) error {
		_, err := out.Write(script)
		return err
	}, frame.FormatTable)
}

// collectorCMD is the batch file for what the flags ask.
func (app *App) collectorCMD(ctx context.Context, f *judgeFlags) (c files.Collector, err error) {
	switch {
	case len(f.services) == 0 && len(f.callers) == 0 && f.on == "":
		return c, nil
	case len(f.services) != 1:
		return c, app.UsageError("collector-service")
	}
	q := survey.Question{Services: f.services, Callers: f.callers, Warn: app.WarnOf}
	if q.On, q.Today, err = app.days(f); err != nil {
		return c, err
	}
	j, err := q.Judging(ctx)
	if err != nil {
		return c, err
	}
	asked := j.Asked()[0]
	if asked.Profile == nil {
		return c, app.UsageError("collector-service")
	}
	verdicts := j.Assessor.Fixer.Judge
	d := decide.Compile(verdicts, decide.Question{
		Demand: asked.Demand, Callers: asked.Callers, Explicit: asked.Explicit, Documented: asked.Profile.DocumentedFor,
	})
	c.Verdict, err = cmdfile.Verdict(d, verdicts.Model, cmdfile.Head{Name: asked.Profile.NameIn, Service: f.services[0], On: j.On.String()})
	return c, err
}

// newCaptureCommand prints the script that records a minute of traffic.
func newCaptureCommand(app *App) *cobra.Command {
	var port uint16
	var program string
	cmd := &cobra.Command{
		Use:     "capture",
		Example: "tlsready collector capture --program cbengine.exe -o capture.cmd",
		Args:    app.ExactArgs(0),
		RunE: func(*cobra.Command, []string) error {
			script, ok := files.CaptureCMD(port, program)
			if !ok {
				return app.UsageError("capture-program", message.Quote("name", program))
			}
			return app.WriteOutputs(func(out *frame.Output) error {
				_, err := out.Write(script)
				return err
			}, frame.FormatTable)
		},
	}
	cmd.Flags().Uint16Var(&port, "port", 0, "")
	cmd.Flags().StringVar(&program, "program", "", "")
	return cmd
}

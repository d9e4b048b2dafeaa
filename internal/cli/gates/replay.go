package gates

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"tlsready/internal/survey/watch"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/cli/gates/exporting"
	"tlsready/internal/document"
	"tlsready/internal/gate"
	"tlsready/internal/gate/replay"
	"tlsready/internal/message"
	"tlsready/internal/report/gatepage"
	"tlsready/internal/survey/judge"
	"tlsready/internal/term"
	"tlsready/internal/userfile"
)

// runFlags are those of "gate CONFIG".
type runFlags struct {
	replay []string
	exporting.Flags
}

// onConfig makes "gate CONFIG" of the group.
func (app *command) onConfig(group *cobra.Command) *cobra.Command {
	f, none := &runFlags{}, group.RunE
	group.Use = "gate CONFIG"
	group.Example = "tlsready gate plan --like quick --on 2027-06-01 --upstream 192.0.2.10:443\ntlsready gate check gate.yaml\ntlsready gate gate.yaml --replay edge.pcap\ntlsready watch access.log -f jsonl | tlsready gate gate.yaml --replay -\ntlsready gate gate.yaml --export nginx -o nginx.conf\ntlsready gate gate.yaml --export haproxy --dir haproxy\ntlsready gate gate.yaml --export commands --for aws-alb -o calendar.md"
	group.Args = cobra.ArbitraryArgs
	group.Flags().StringArrayVar(&f.replay, "replay", nil, "")
	flags := group.Flags()
	flags.StringVar(&f.To, "export", "", "")
	flags.StringVar(&f.Place, "for", "", "")
	flags.StringVar(&f.Dir, "dir", "", "")
	flags.StringVar(&f.Refuse, "refuse", "", "")
	flags.StringVar(&f.Today, "today", "", "")
	frame.Complete(group, "export", exporting.Names())
	frame.Complete(group, "for", exporting.Places())
	group.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return none(cmd, args)
		}
		return app.run(cmd, args, f)
	}
	return group
}

// run tries a plan on old traffic, or exports it.
func (app *command) run(cmd *cobra.Command, args []string, f *runFlags) error {
	if err := app.ExactArgs(1)(cmd, args); err != nil {
		return err
	}
	if _, err := os.Stat(args[0]); errors.Is(err, fs.ErrNotExist) {
		if near := message.Nearest(args[0], frame.Subcommands(cmd)); near != "" {
			return frame.Usage(message.Error("cli.error.command", message.Str("name", args[0]), message.Str("of", cmd.CommandPath())).Hinted("cli.hint.did-you-mean", message.Str("near", cmd.CommandPath()+" "+near)))
		}
	}
	config, err := watch.ReadPlan(args[0])
	if err != nil {
		return err
	}
	switch {
	case f.To == "" && f.Place != "":
		return frame.Usage(message.Error("gate.export.for-without-commands").Hinted("gate.hint.export-for-without-commands"))
	case f.To != "" && len(f.replay) > 0:
		return frame.Usage(message.Error("gate.export.and-replay").Hinted("gate.hint.export-and-replay"))
	case f.To != "":
		return (&exporting.Command{App: app.App}).Export(config, filepath.Base(args[0]), &f.Flags)
	case len(f.replay) == 0:
		return frame.Usage(message.Error("gate.run.nothing").Hinted("gate.hint.run-nothing", message.Str("path", frame.QuoteArg(args[0]))))
	}
	doc, err := app.tried(cmd.Context(), config, args[0], f.replay)
	if err != nil {
		return err
	}
	return app.WriteDocument(doc, func(h *term.Page) { gatepage.New(h, app.Catalog()).Replay(doc) })
}

// tried tries a plan on the traffic of files; "-" is standard input.
func (app *command) tried(ctx context.Context, config *gate.Config, name string, files []string) (*document.GateReplay, error) {
	run, err := replay.New(config, name, app.Now)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if err := app.traffic(ctx, run, file); err != nil {
			return nil, err
		}
	}
	return run.Document(), nil
}

func (app *command) traffic(ctx context.Context, run *replay.Run, file string) error {
	in := io.NopCloser(app.In)
	if file != "-" {
		opened, err := userfile.Open(file)
		if err != nil {
			return frame.CannotRead(file, err)
		}
		in = opened
	}
	defer in.Close()
	err := run.Read(ctx, in, file)
	if err != nil && ctx.Err() == nil {
		return &judge.Mistake{Err: message.At(file, err)}
	}
	return err
}

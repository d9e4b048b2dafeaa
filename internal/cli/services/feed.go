package services

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/assess"
	"tlsready/internal/cli/frame"
	"tlsready/internal/message"
	"tlsready/internal/report"
	"tlsready/internal/service"
	"tlsready/internal/survey/judge"
)

func newFeedCommand(app *command) *cobra.Command {
	today := ""
	cmd := &cobra.Command{
		Use:               "feed [ID|FILE...]",
		Example:           "tlsready services feed -o deadlines.ics\ntlsready services feed azure-backup exchange-online-pop-imap -f json",
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: cobra.FixedCompletions(service.IDs(), cobra.ShellCompDirectiveDefault),
		RunE:              func(_ *cobra.Command, args []string) error { return app.feedServices(args, today) },
	}
	cmd.Flags().StringVar(&today, "today", "", "")
	return cmd
}

// feedServices writes the deadlines of the named services; without any, those of all
// that have not passed.
func (app *command) feedServices(args []string, today string) error {
	from, err := app.Today(today)
	if err != nil {
		return err
	}
	ids := args
	if len(ids) == 0 {
		ids = service.IDs()
	}
	profiles := make([]*service.Profile, len(ids))
	for i, id := range ids {
		if profiles[i], err = judge.Service(id); err != nil {
			return err
		}
	}
	formats := frame.FormatsWith(func(f report.Format) bool { return f.Feed != nil })
	slices.SortStableFunc(formats, func(a, b frame.Format) int { return strings.Compare(string(a), string(b)) }) // ics first
	return app.WriteOutputs(func(out *frame.Output) error {
		f := out.Format.Renderer()
		words := app.Words
		if f.JSON {
			words = message.For("en")
		}
		writer := assess.FeedWriter{Words: words, From: from, Past: len(args) > 0}
		return f.Feed(out, writer.Feed(profiles), report.Options{Lang: words.Lang()})
	}, formats...)
}

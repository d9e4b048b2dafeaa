package cli

import (
	"io"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/report/queries"
)

// defaultLines is what the questions are put to unless a file is named: what watch -f
// jsonl wrote.
const defaultLines = "watch.jsonl"

func newQueriesCommand(app *App) *cobra.Command {
	place := ""
	cmd := &cobra.Command{
		Use: "queries --for duckdb|kql [FILE]",
		Example: `tlsready queries --for duckdb watch.jsonl | duckdb
tlsready queries --for duckdb 'watch-*.parquet' | duckdb
tlsready queries --for kql`,
		Args: app.AtMostArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			file := defaultLines
			if len(args) > 0 {
				file = args[0]
			}
			return app.queries(place, file)
		},
	}
	cmd.Flags().StringVar(&place, "for", queries.Names()[0], "")
	frame.Complete(cmd, "for", queries.Names())
	return cmd
}

// queries is the command.
func (app *App) queries(place, file string) error {
	if err := app.KnownWord("for", place, queries.Names()...); err != nil {
		return err
	}
	for _, p := range queries.Places() {
		if p.Name != place {
			continue
		}
		return app.WriteOutputs(func(out *frame.Output) error {
			_, err := io.WriteString(out, p.Write(app.Catalog(), file))
			return err
		}, frame.FormatTable)
	}
	return nil
}

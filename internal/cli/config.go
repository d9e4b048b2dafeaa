package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/term"
)

func newConfigCommand(app *App) *cobra.Command {
	show := &cobra.Command{
		Use:     "show",
		Example: "tlsready config show\ntlsready config show --json",
		Args:    app.ExactArgs(0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return app.showConfig(cmd) },
	}
	group := app.NewGroup("config", show)
	other := group.RunE
	group.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return app.showConfig(cmd)
		}
		return other(cmd, args)
	}
	return group
}

// showConfig prints every setting that has a value, or with JSON all of them.
func (app *App) showConfig(cmd *cobra.Command) error {
	list, err := app.Settings(cmd)
	if err != nil {
		return err
	}
	return app.WriteDocument(document.Settings{Schema: document.SettingsSchema, Settings: list}, func(h *term.Page) {
		app.settingsTable(h, list)
	})
}

func (app *App) settingsTable(h *term.Page, list []document.Setting) {
	var rows [][]string
	for _, s := range list {
		value := fmt.Sprintf("%q", s.Values)
		switch len(s.Values) {
		case 0:
			value = "-"
		case 1:
			value = s.Values[0]
		}
		rows = append(rows, []string{s.Name, value, app.Text("cli.origin."+s.Origin, message.Str("where", s.Where))})
	}
	h.Columns(rows)
}

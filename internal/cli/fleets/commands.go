package fleets

import (
	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/cli/serving"
	"tlsready/internal/cli/stores"
	"tlsready/internal/cli/workers"
)

// Commands are those about a fleet over time, in the order of the help page.
func Commands(app *frame.App) []*cobra.Command {
	return []*cobra.Command{newReport(app), stores.New(app), serving.New(app), workers.New(app)}
}

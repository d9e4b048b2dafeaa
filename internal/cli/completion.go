package cli

import (
	"io"

	"tlsready/internal/cli/frame"

	"github.com/spf13/cobra"
)

// completionScript writes the completion script of a shell.
type completionScript struct {
	shell string
	write func(root *cobra.Command, out io.Writer) error
}

// completionScripts lists the shells.
func completionScripts() []completionScript {
	return []completionScript{
		{"bash", func(root *cobra.Command, out io.Writer) error { return root.GenBashCompletionV2(out, true) }},
		{"zsh", func(root *cobra.Command, out io.Writer) error { return root.GenZshCompletion(out) }},
		{"fish", func(root *cobra.Command, out io.Writer) error { return root.GenFishCompletion(out, true) }},
		{"powershell", func(root *cobra.Command, out io.Writer) error { return root.GenPowerShellCompletionWithDesc(out) }},
	}
}

const completionExample = `source <(tlsready completion bash)
tlsready completion zsh -o ~/.zfunc/_tlsready
tlsready completion fish -o ~/.config/fish/completions/tlsready.fish
tlsready completion powershell | Out-String | Invoke-Expression`

func newCompletionCommand(app *App) *cobra.Command {
	var shells []string
	for _, s := range completionScripts() {
		shells = append(shells, s.shell)
	}
	return &cobra.Command{
		Use:       "completion bash|zsh|fish|powershell",
		Example:   completionExample,
		ValidArgs: shells,
		Args:      app.OneOf(shells),
		RunE: func(cmd *cobra.Command, args []string) error {
			return app.WriteOutputs(func(out *frame.Output) error {
				for _, s := range completionScripts() {
					if s.shell == args[0] {
						return s.write(cmd.Root(), out)
					}
				}
				return nil
			}, frame.FormatTable)
		},
	}
}

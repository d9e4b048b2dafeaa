package cli

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/message"
	"tlsready/internal/page/site"
	"tlsready/internal/survey"
)

// pageAddress is where the page is given out if no other address is asked for: to this
// machine alone, on whatever port is free.
const pageAddress = "127.0.0.1:0"

// headerTime bounds how long a browser may take for its request.
const headerTime = 10 * time.Second

func newPageCommand(app *App) *cobra.Command {
	listen, dir := "", ""
	cmd := &cobra.Command{
		Use:     "page",
		Example: "tlsready page\ntlsready page --listen 127.0.0.1:8080\ntlsready page --dir /var/www/tlsready",
		Args:    app.ExactArgs(0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return app.webPage(cmd.Context(), listen, dir) },
	}
	cmd.Flags().StringVar(&listen, "listen", pageAddress, "")
	cmd.Flags().StringVar(&dir, "dir", "", "")
	return cmd
}

// webPage writes the page into a folder, or gives it out until the context ends.
func (app *App) webPage(ctx context.Context, listen, dir string) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	s, err := site.Open(program)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &survey.Mistake{Err: message.Error("cli.page.missing", message.Str("file", site.FileName)).Hinted("cli.page.hint-missing")}
	case err != nil:
		return frame.CannotRead(site.FileName, err)
	case dir != "":
		if err := s.Write(dir); err != nil {
			return frame.CannotWrite(dir, err)
		}
		app.Say(app.Text("cli.page.written", message.Str("dir", dir)))
		return nil
	}
	return app.givePage(ctx, s, listen)
}

// givePage serves until the context ends, which is how it is meant to end.
func (app *App) givePage(ctx context.Context, s *site.Site, listen string) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return &survey.Mistake{Err: message.Error("cli.page.listen", message.Str("address", listen), message.Cause("why", err)).Hinted("cli.page.hint-listen")}
	}
	app.Say(app.Text("cli.page.open", message.Str("url", "http://"+l.Addr().String()+"/")))
	server := &http.Server{Handler: s, ReadHeaderTimeout: headerTime}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

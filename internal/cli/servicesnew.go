package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/survey"
)

// newService is "services new": the answers, from flags or from the person.
type newService struct {
	app   *App
	draft service.Draft
	probe bool
	asked bool // a person answers

	from, accepts, today string
}

func newNewCommand(app *App) *cobra.Command {
	n := &newService{app: app}
	cmd := &cobra.Command{
		Use: "new",
		Example: `tlsready services new
tlsready services new --name "Our API" --from 2027-03-01 --endpoint api.example.com:443 --probe -o our-api.yaml`,
		Args: app.exactArgs(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return n.run(cmd.Context()) },
	}
	flags := cmd.Flags()
	flags.StringVar(&n.draft.Name, "name", "", "")
	flags.StringVar(&n.draft.ID, "id", "", "")
	flags.StringVar(&n.from, "from", "", "")
	flags.StringVar(&n.accepts, "accepts", "", "")
	flags.StringVar(&n.draft.Endpoint, "endpoint", "", "")
	flags.BoolVar(&n.probe, "probe", false, "")
	flags.StringArrayVar(&n.draft.Callers, "caller", nil, "")
	flags.StringVar(&n.draft.Source, "source", "", "")
	flags.StringVar(&n.draft.Contact, "contact", "", "")
	flags.StringVar(&n.draft.Test, "test-endpoint", "", "")
	flags.StringVar(&n.today, "today", "", "")
	return cmd
}

// run asks what the flags left open, and writes once everything is answered: an
// interrupt before leaves nothing behind.
func (n *newService) run(ctx context.Context) (err error) {
	n.asked = n.app.CanAsk()
	if n.draft.AsOf, err = n.app.today(n.today); err != nil {
		return err
	}
	for _, id := range n.draft.Callers {
		if !n.app.knownCaller(id) {
			return survey.Unknown("caller", id, nil)
		}
	}
	for _, step := range []func(context.Context) error{n.name, n.day, n.versions, n.endpoint, n.source} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	text, err := n.draft.YAML(n.app.Words)
	if err != nil {
		return &UserError{Msg: n.app.why(err), Code: ExitUsage, Err: err}
	}
	return n.write(text)
}

// name settles the name and the id, and that the file is not there yet.
func (n *newService) name(ctx context.Context) error {
	err := n.need(ctx, "name", &n.draft.Name, func(string) error { return nil })
	if err != nil {
		return err
	}
	if n.draft.ID == "" {
		n.draft.ID = service.NewID(n.draft.Name)
	}
	valid := func(id string) error {
		if _, taken := service.Data(id); taken {
			return n.app.usageError("new-id-taken", message.Str("id", id))
		}
		return service.CheckID(id)
	}
	if n.draft.ID != "" && valid(n.draft.ID) != nil && n.asked {
		n.app.Warn(n.app.why(valid(n.draft.ID)))
		n.draft.ID = ""
	}
	if err := n.need(ctx, "id", &n.draft.ID, valid); err != nil {
		return err
	}
	_, err = n.path()
	return err
}

func (n *newService) day(ctx context.Context) error {
	return n.need(ctx, "from", &n.from, func(text string) (err error) {
		n.draft.From, err = service.ParseDate(text)
		return err
	})
}

func (n *newService) versions(ctx context.Context) error {
	if n.accepts == "" && !n.asked {
		n.accepts = "TLS 1.2+"
	}
	return n.need(ctx, "accepts", &n.accepts, func(text string) (err error) {
		n.draft.Versions, err = parseVersions(text)
		return err
	})
}

// parseVersions reads a list of versions; "TLS 1.2+" stands for it and all later ones.
func parseVersions(text string) ([]tlsready.Version, error) {
	var list []tlsready.Version
	for name := range strings.SplitSeq(strings.ReplaceAll(text, "、", ","), ",") {
		name, later := strings.CutSuffix(strings.TrimSpace(name), "+")
		v, err := tlsready.ParseVersion(name)
		if err != nil {
			return nil, err
		}
		for _, other := range tlsready.Versions() {
			if (other == v || later && other.Rank() > v.Rank()) && !slices.Contains(list, other) {
				list = append(list, other)
			}
		}
	}
	slices.SortFunc(list, func(a, b tlsready.Version) int { return a.Rank() - b.Rank() })
	return list, nil
}

// endpoint settles the endpoint and looks at it where that is wanted.
func (n *newService) endpoint(ctx context.Context) error {
	valid := func(text string) error {
		if _, _, err := net.SplitHostPort(text); err != nil {
			return n.app.usageError("new-endpoint", message.Quote("text", text))
		}
		return nil
	}
	if err := n.want(ctx, "endpoint", &n.draft.Endpoint, valid); err != nil {
		return err
	}
	byFlag := n.probe
	switch {
	case n.draft.Endpoint == "" && n.probe:
		return n.app.usageError("new-probe")
	case n.draft.Endpoint == "":
		return nil
	case !n.probe && n.asked:
		yes, err := n.app.Confirm(ctx, n.app.text("services.new.probe", message.Str("endpoint", n.draft.Endpoint)))
		if err != nil {
			return err
		}
		n.probe = yes
	}
	if !n.probe {
		return nil
	}
	probed, err := survey.EndpointDemand(ctx, n.draft.Endpoint)
	if err != nil && !byFlag && ctx.Err() == nil {
		n.app.Warn(n.app.why(err)) // the answers so far are worth more than what the endpoint would add
		return nil
	}
	if err != nil {
		return err
	}
	n.found(probed)
	return nil
}

// found keeps what the endpoint accepts.
func (n *newService) found(probed *survey.ProbedDemand) {
	accepts := probed.Phases[0].Accepts
	n.draft.Today = accepts.Versions.List()
	n.draft.Suites = accepts.Suites.List()
	n.app.Say(n.app.text("services.new.found", message.Str("endpoint", n.draft.Endpoint), message.Str("versions", joined(n.draft.Today))))
	for _, v := range n.draft.Versions {
		if !slices.Contains(n.draft.Today, v) {
			n.app.Warn(n.app.text("services.new.not-yet", message.Str("endpoint", n.draft.Endpoint), message.Str("version", v.String())))
		}
	}
}

func (n *newService) source(ctx context.Context) error {
	return n.want(ctx, "source", &n.draft.Source, func(string) error { return nil })
}

// need is an answer that must be given, by a flag or by the person; want is one that
// may be left out.
func (n *newService) need(ctx context.Context, flag string, into *string, valid func(string) error) error {
	if *into == "" && !n.asked {
		return n.app.usageError("new-missing", message.Str("flag", "--"+flag))
	}
	if *into != "" {
		if err := valid(*into); err != nil {
			return n.app.usageError("new-invalid", message.Str("flag", "--"+flag), message.Str("value", *into), message.Str("why", n.app.why(err)))
		}
		return nil
	}
	return n.ask(ctx, flag, into, valid, true)
}

func (n *newService) want(ctx context.Context, flag string, into *string, valid func(string) error) error {
	if *into == "" && !n.asked {
		return nil
	}
	if *into != "" {
		return n.need(ctx, flag, into, valid)
	}
	return n.ask(ctx, flag, into, valid, false)
}

// ask puts a question until its answer will do.
func (n *newService) ask(ctx context.Context, flag string, into *string, valid func(string) error, must bool) error {
	for {
		answer, err := n.app.Ask(ctx, n.app.text("services.new."+flag))
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return err
		case answer == "" && !must:
			return nil
		case answer == "" && err != nil:
			return n.app.usageError("new-missing", message.Str("flag", "--"+flag))
		case answer == "":
			continue
		}
		if wrong := valid(answer); wrong != nil {
			n.app.Warn(n.app.why(wrong))
			if err != nil {
				return n.app.usageError("new-missing", message.Str("flag", "--"+flag))
			}
			continue
		}
		*into = answer
		return nil
	}
}

// path is the file that is to be written, "-" for standard output. One that is there is
// refused: it may be somebody's profile.
func (n *newService) path() (string, error) {
	asked := n.app.flags.output
	switch {
	case len(asked) > 1:
		return "", n.app.usageError("new-one-file")
	case len(asked) == 1 && asked[0] == "-":
		return "-", nil
	}
	path := n.draft.ID + ".yaml"
	if len(asked) == 1 {
		path = asked[0]
	}
	if _, err := os.Lstat(path); err == nil {
		return "", n.app.usageError("new-exists", message.Str("path", path))
	}
	return path, nil
}

func (n *newService) write(text []byte) error {
	path, err := n.path()
	if err != nil {
		return err
	}
	if path == "-" {
		_, err := n.app.Out.Write(text)
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) // less the umask, as every new file
	if errors.Is(err, fs.ErrExist) {
		return n.app.usageError("new-exists", message.Str("path", path))
	}
	if err != nil {
		return n.app.cannotWrite(path, err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(path)
		return n.app.cannotWrite(path, err)
	}
	n.app.Say(n.app.text("services.new.written", message.Str("path", path)))
	return nil
}

// Package draft fills in a profile of the user's own service, from what was given and from
// what a person answers.
package draft

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/survey"
	"tlsready/internal/survey/judge"
)

// Profile fills in a new profile from what was given, and asks a person for the rest.
type Profile struct {
	Draft   service.Draft
	From    string // the day, as it was given
	Accepts string // the versions, as they were given
	Probe   bool   // look at the endpoint; what it then refuses ends it

	// Ask puts a question and gives the line that comes back, with [io.EOF] at the end of
	// the input; Confirm takes only a yes for a yes. Both are nil if there is nobody to
	// answer.
	Ask     func(ctx context.Context, question message.Text) (string, error)
	Confirm func(ctx context.Context, question message.Text) (bool, error)

	Named func(id string) error // called once the id is settled; nil: nothing has to be said to it
	Warn  func(error)
	Note  func(message.Text)
}

// defaultAccepts is what a new profile accepts unless something else is said.
const defaultAccepts = "TLS 1.2+"

// Complete settles everything that a profile needs. It is a [survey.Mistake] if something
// is missing and nobody answers, or if something given cannot be.
func (d *Profile) Complete(ctx context.Context) error {
	for _, id := range d.Draft.Callers {
		if _, err := judge.Caller(id); err != nil {
			return err
		}
	}
	for _, step := range []func(context.Context) error{d.name, d.day, d.versions, d.endpoint, d.source} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// name settles the name and the id.
func (d *Profile) name(ctx context.Context) error {
	if err := d.need(ctx, "name", &d.Draft.Name, func(string) error { return nil }); err != nil {
		return err
	}
	if d.Draft.ID == "" {
		d.Draft.ID = service.NewID(d.Draft.Name)
	}
	valid := func(id string) error {
		if _, taken := service.Data(id); taken {
			return mistake("new-id-taken", message.Str("id", id))
		}
		return service.CheckID(id)
	}
	if wrong := valid(d.Draft.ID); d.Draft.ID != "" && wrong != nil && d.Ask != nil {
		d.Warn(wrong)
		d.Draft.ID = ""
	}
	if err := d.need(ctx, "id", &d.Draft.ID, valid); err != nil || d.Named == nil {
		return err
	}
	return d.Named(d.Draft.ID)
}

func (d *Profile) day(ctx context.Context) error {
	return d.need(ctx, "from", &d.From, func(text string) (err error) {
		d.Draft.From, err = service.ParseDate(text)
		return err
	})
}

func (d *Profile) versions(ctx context.Context) error {
	if d.Accepts == "" && d.Ask == nil {
		d.Accepts = defaultAccepts
	}
	return d.need(ctx, "accepts", &d.Accepts, func(text string) (err error) {
		d.Draft.Versions, err = parseVersions(text)
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

// endpoint settles the endpoint and looks at it if that is wanted.
func (d *Profile) endpoint(ctx context.Context) error {
	valid := func(text string) error {
		if _, _, err := net.SplitHostPort(text); err != nil {
			return mistake("new-endpoint", message.Quote("text", text))
		}
		return nil
	}
	if err := d.want(ctx, "endpoint", &d.Draft.Endpoint, valid); err != nil {
		return err
	}
	demanded := d.Probe
	switch {
	case d.Draft.Endpoint == "" && d.Probe:
		return mistake("new-probe")
	case d.Draft.Endpoint == "":
		return nil
	case !d.Probe && d.Confirm != nil:
		yes, err := d.Confirm(ctx, message.New("services.new.probe", message.Str("endpoint", d.Draft.Endpoint)))
		if err != nil {
			return err
		}
		d.Probe = yes
	}
	if !d.Probe {
		return nil
	}
	probed, err := survey.EndpointDemand(ctx, d.Draft.Endpoint)
	if err != nil && !demanded && ctx.Err() == nil {
		d.Warn(err) // the answers so far are worth more than what the endpoint would add
		return nil
	}
	if err != nil {
		return err
	}
	d.found(probed)
	return nil
}

// found keeps what the endpoint accepts.
func (d *Profile) found(probed *survey.ProbedDemand) {
	accepts := probed.Phases[0].Accepts
	d.Draft.Today, d.Draft.Suites = accepts.Versions.List(), accepts.Suites.List()
	endpoint := message.Str("endpoint", d.Draft.Endpoint)
	names := make([]string, len(d.Draft.Today))
	for i, v := range d.Draft.Today {
		names[i] = v.String()
	}
	d.Note(message.New("services.new.found", endpoint, message.List("versions", names)))
	for _, v := range d.Draft.Versions {
		if !slices.Contains(d.Draft.Today, v) {
			d.Warn(message.Error("services.new.not-yet", endpoint, message.Str("version", v.String())))
		}
	}
}

func (d *Profile) source(ctx context.Context) error {
	return d.want(ctx, "source", &d.Draft.Source, func(string) error { return nil })
}

// need is an answer that must be given, by a flag or by the person; want is one that
// may be left out.
func (d *Profile) need(ctx context.Context, flag string, into *string, valid func(string) error) error {
	switch {
	case *into == "" && d.Ask == nil:
		return mistake("new-missing", message.Str("flag", "--"+flag))
	case *into == "":
		return d.ask(ctx, flag, into, valid, true)
	}
	if err := valid(*into); err != nil {
		return mistake("new-invalid", message.Str("flag", "--"+flag), message.Str("value", *into), message.Cause("why", err))
	}
	return nil
}

func (d *Profile) want(ctx context.Context, flag string, into *string, valid func(string) error) error {
	switch {
	case *into != "":
		return d.need(ctx, flag, into, valid)
	case d.Ask == nil:
		return nil
	}
	return d.ask(ctx, flag, into, valid, false)
}

// ask puts a question until its answer will do.
func (d *Profile) ask(ctx context.Context, flag string, into *string, valid func(string) error, must bool) error {
	for {
		answer, err := d.Ask(ctx, message.New("services.new."+flag))
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return err
		case answer == "" && !must:
			return nil
		case answer != "":
			wrong := valid(answer)
			if wrong == nil {
				*into = answer
				return nil
			}
			d.Warn(wrong)
		}
		if err != nil {
			return mistake("new-missing", message.Str("flag", "--"+flag))
		}
	}
}

// mistake is a [survey.Mistake] with the texts of an id.
func mistake(id string, args ...message.Arg) error {
	p := message.Error("survey.error."+id, args...)
	p.Hint = message.New("survey.hint."+id, args...)
	return &survey.Mistake{Err: p}
}

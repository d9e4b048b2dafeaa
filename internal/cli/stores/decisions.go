package stores

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/survey/judge"
	"tlsready/internal/term"
)

// exemptFlags are those of "store exempt".
type exemptFlags struct {
	Flags
	service, until, owner, reason string
	end                           bool
}

func (app *command) newExempt() *cobra.Command {
	f := &exemptFlags{}
	cmd := &cobra.Command{
		Use: "exempt [HOST]", Args: app.AtMostArgs(1),
		Example: "tlsready store exempt --store tlsready.db\n" +
			"tlsready store exempt acme/DC01 --for azure-backup --until 2027-03-31 --reason \"replaced in spring\" --owner \"Server team\" --store tlsready.db\n" +
			"tlsready store exempt acme/DC01 --for azure-backup --end --store tlsready.db",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				if f.end || f.until != "" || f.reason != "" || f.owner != "" || f.service != "" {
					return app.UsageError("exempt-whom")
				}
				return app.with(cmd, &f.Flags, store.Options{}, func(ctx context.Context, s store.Store) error { return app.exemptions(ctx, s, f.Tenant) })
			}
			e, err := app.exemption(f, args[0])
			if err != nil {
				return err
			}
			what := strings.Join([]string{e.ID, cmp.Or(e.Service, "*"), cmp.Or(string(e.Until), "end")}, " ")
			return app.change(cmd, &f.Flags, "store.exempt", what, func(ctx context.Context, s store.Store) error { return exempt(ctx, s, e) }, func(ctx context.Context, s store.Store) error { return app.exemptions(ctx, s, f.Tenant) })
		},
	}
	f.place(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.service, "for", "", "")
	flags.StringVar(&f.until, "until", "", "")
	flags.StringVar(&f.owner, "owner", "", "")
	flags.StringVar(&f.reason, "reason", "", "")
	flags.BoolVar(&f.end, "end", false, "")
	return cmd
}

// exempt excuses a host, or ends that if there is no last day.
func exempt(ctx context.Context, s store.Store, e *store.Exemption) error {
	if _, err := s.Host(ctx, e.ID); err != nil {
		return &judge.Mistake{Err: err}
	}
	check := serviceThere
	if e.Until == "" {
		check = excused
	}
	if err := check(ctx, s, e); err != nil {
		return err
	}
	return s.Record(ctx, &store.Batch{Exemptions: []store.Exemption{*e}})
}

// serviceThere refuses a service that nobody knows: neither this program nor the store. The
// host would be excused from nothing.
func serviceThere(ctx context.Context, s store.Store, e *store.Exemption) error {
	judged, err := s.AllSeries(ctx)
	if err != nil || e.Service == "" {
		return err
	}
	names := make([]string, len(judged))
	for i, one := range judged {
		names[i] = one.Service
	}
	switch {
	case slices.Contains(names, store.Key(e.Service)):
		return nil
	case judge.IsFile(e.Service):
		return judge.Unknown("service", e.Service, names)
	}
	_, err = judge.Service(e.Service)
	return err
}

// exemption is what the flags say. One that ends has no last day.
func (app *command) exemption(f *exemptFlags, id string) (*store.Exemption, error) {
	e := &store.Exemption{Kind: store.KindHost, ID: id, Service: f.service, Owner: f.owner, Reason: f.reason, At: app.Now}
	switch {
	case f.end && f.until != "":
		return nil, app.UsageError("exempt-end")
	case f.end:
		return e, nil
	case f.until == "" || strings.TrimSpace(f.reason) == "":
		return nil, app.UsageError("exempt-until")
	}
	day, err := time.Parse(time.DateOnly, f.until)
	if err != nil {
		return nil, app.UsageError("date", message.Str("flag", "--until"), message.Str("value", f.until))
	}
	if e.Until = store.DayOf(day); e.Until < store.DayOf(app.Now) {
		return nil, app.UsageError("exempt-past", message.Str("until", string(e.Until)))
	}
	return e, nil
}

// excused refuses to end an exemption that is not there: of another service, or of none.
func excused(ctx context.Context, s store.Store, e *store.Exemption) error {
	list, err := s.Exemptions(ctx)
	if err != nil {
		return err
	}
	for _, one := range list {
		if one.Kind == e.Kind && one.ID == store.Key(e.ID) && one.Service == store.Key(e.Service) && one.Until != "" {
			return nil
		}
	}
	none := message.Error("store.no-exemption", message.Str("host", e.ID))
	if e.Service != "" {
		none = message.Error("store.no-exemption.service", message.Str("host", e.ID), message.Str("service", e.Service))
	}
	return &judge.Mistake{Err: none.Hinted("store.hint.no-exemption")}
}

// exemptions lists what is excused; what was ended does not count any more.
func (app *command) exemptions(ctx context.Context, s store.Store, tenant string) error {
	list, err := s.Exemptions(ctx)
	if err != nil {
		return err
	}
	doc := &document.Decided{Schema: document.DecidedSchema, Tenant: tenant, Owners: []document.DecidedOwner{}, Exemptions: []document.Exemption{}}
	for _, e := range list {
		if e.Until != "" {
			doc.Exemptions = append(doc.Exemptions, document.Exemption{
				Kind: e.Kind, ID: e.ID, Service: e.Service, Until: string(e.Until), Ended: e.Until < store.DayOf(app.Now), Owner: e.Owner, Reason: e.Reason, At: e.At,
			})
		}
	}
	return app.WriteDocument(doc, func(h *term.Page) {
		h.Line(app.Text("cli.store.exempt.list", message.Int("n", len(doc.Exemptions)), message.Str("tenant", tenant)))
		var rows [][]term.Cell
		for _, e := range doc.Exemptions {
			until := e.Until
			if e.Ended {
				until = app.Text("cli.store.exempt.over", message.Str("until", e.Until))
			}
			rows = append(rows, []term.Cell{{Text: "  " + e.ID}, {Text: cmp.Or(e.Service, app.Text("cli.store.exempt.all"))}, {Text: until}, {Text: e.Owner}, {Text: e.Reason}})
		}
		h.Table(make([]term.Column, 5), rows)
	})
}

func (app *command) newOwner() *cobra.Command {
	f, mail, client := &Flags{}, "", false
	cmd := &cobra.Command{
		Use: "owner [ID OWNER]", Args: app.AtMostArgs(2),
		Example: "tlsready store owner --store tlsready.db\n" +
			"tlsready store owner acme/DC01 \"Server team\" --mail servers@example.com --store tlsready.db\n" +
			"tlsready store owner 192.0.2.7 \"Tills\" --client --store tlsready.db",
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 0 && mail == "" && !client:
				return app.with(cmd, f, store.Options{}, func(ctx context.Context, s store.Store) error { return app.owners(ctx, s, f.Tenant) })
			case len(args) != 2:
				return app.UsageError("owner-whom")
			}
			o := store.Owner{Kind: store.KindHost, ID: args[0], Owner: args[1], Mail: mail, At: app.Now}
			if client {
				o.Kind = store.KindClient
			}
			return app.change(cmd, f, "store.owner", o.Kind+" "+o.ID+": "+o.Owner, func(ctx context.Context, s store.Store) error {
				if _, err := s.Host(ctx, o.ID); err != nil && !client {
					return &judge.Mistake{Err: err}
				}
				return s.Record(ctx, &store.Batch{Owners: []store.Owner{o}})
			}, func(ctx context.Context, s store.Store) error { return app.owners(ctx, s, f.Tenant) })
		},
	}
	f.place(cmd)
	cmd.Flags().StringVar(&mail, "mail", "", "")
	cmd.Flags().BoolVar(&client, "client", false, "")
	return cmd
}

// owners lists whom hosts and clients belong to, as far as it was said.
func (app *command) owners(ctx context.Context, s store.Store, tenant string) error {
	list, err := s.Owners(ctx)
	if err != nil {
		return err
	}
	doc := &document.Decided{Schema: document.DecidedSchema, Tenant: tenant, Owners: []document.DecidedOwner{}, Exemptions: []document.Exemption{}}
	for _, o := range list {
		if o.Owner != "" {
			doc.Owners = append(doc.Owners, document.DecidedOwner{Kind: o.Kind, ID: o.ID, Owner: o.Owner, Mail: o.Mail, Said: o.At})
		}
	}
	return app.WriteDocument(doc, func(h *term.Page) {
		h.Line(app.Text("cli.store.owner.list", message.Int("n", len(doc.Owners)), message.Str("tenant", tenant)))
		var rows [][]term.Cell
		for _, o := range doc.Owners {
			rows = append(rows, []term.Cell{{Text: "  " + o.ID}, {Text: o.Owner}, {Text: o.Mail}})
		}
		h.Table(make([]term.Column, 3), rows)
	})
}

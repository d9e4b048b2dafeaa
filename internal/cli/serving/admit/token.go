package admit

import (
	"context"
	"errors"
	"io"
	"iter"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/console/access"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/survey/judge"
)

// shownHash is as much of the hash of a token as tells it from others.
const shownHash = 12

func keys(m map[string]string) iter.Seq[string] { return maps.Keys(m) }

func isNoUser(err error) bool {
	var gone *store.NoUserError
	return errors.As(err, &gone)
}

// tokenFlags are those of "serve token add".
type tokenFlags struct {
	store, tenant, kind, role, certificate, hosts string
	days, count                                   int
}

// Bounds of how many tokens are made at once, and for how long: those of a fleet, and
// longer than certificates last.
const (
	maxTokens    = 100_000
	maxTokenDays = 3650
)

// newToken makes "serve token" with its subcommands.
func (c *command) newToken() *cobra.Command {
	return c.NewGroup("token", c.newTokenAdd(), c.newTokenList(), c.newTokenRevoke())
}

func (c *command) newTokenAdd() *cobra.Command {
	f := &tokenFlags{}
	cmd := &cobra.Command{
		Use: "add NAME", Args: c.ExactArgs(1),
		Example: "tlsready serve token add nightly --kind api --role operate\ntlsready serve token add osaka --kind worker --tenant osaka\ntlsready serve token add gpo --kind enrol --count 500 -o tokens.txt\ntlsready serve token add gpo --kind enrol --hosts computers.txt -o tokens.csv",
		RunE: func(cmd *cobra.Command, args []string) error {
			computers, err := f.computers()
			if err != nil {
				return err
			}
			return c.opened(cmd, f.store, func(ctx context.Context, db store.Database) (document.Accounts, error) {
				return f.add(ctx, db, args[0], computers)
			})
		},
	}
	cmd.Flags().StringVar(&f.store, "store", "", "")
	cmd.Flags().StringVar(&f.tenant, "tenant", store.DefaultTenant, "")
	cmd.Flags().StringVar(&f.kind, "kind", string(store.TokenAPI), "")
	cmd.Flags().StringVar(&f.role, "role", "view", "")
	cmd.Flags().StringVar(&f.certificate, "certificate", "", "")
	cmd.Flags().StringVar(&f.hosts, "hosts", "", "")
	cmd.Flags().IntVar(&f.days, "days", 90, "")
	cmd.Flags().IntVar(&f.count, "count", 1, "")
	return cmd
}

// computers are those that the tokens are for, each of which is bound to one; a list of
// nobody in particular without --hosts.
func (f *tokenFlags) computers() ([]string, error) {
	switch {
	case f.hosts != "":
		list, err := readHosts(f.hosts)
		if err == nil && (f.kind != string(store.TokenEnrol) || f.count != 1) {
			err = &judge.Mistake{Err: message.Error("serve.error.hosts-kind").Hinted("serve.hint.hosts-kind")}
		}
		return list, err
	case f.count < 1 || f.count > maxTokens || f.count > 1 && f.certificate != "":
		return nil, &judge.Mistake{Err: message.Error("serve.error.count", message.Int("most", maxTokens))}
	}
	return make([]string, f.count), nil
}

// add makes tokens and shows their secrets. All of them are kept, or none.
func (f *tokenFlags) add(ctx context.Context, db store.Database, name string, computers []string) (doc document.Accounts, err error) {
	if f.days < 0 || f.days > maxTokenDays {
		return doc, &judge.Mistake{Err: message.Error("serve.error.days", message.Int("most", maxTokenDays))}
	}
	now := time.Now()
	want := access.Wanted{Name: name, Kind: store.TokenKind(f.kind), Role: f.role, Tenant: f.tenant, Certificate: f.certificate, By: frame.Operator(), Now: now}
	if f.days > 0 {
		want.Until = now.AddDate(0, 0, f.days)
	}
	var tokens []store.Token
	for _, want.Host = range computers {
		t, secret, err := access.Issue(want)
		if err != nil {
			return doc, &judge.Mistake{Err: err}
		}
		shown := tokenDocument(t)
		shown.Secret = secret
		doc.Tokens, tokens = append(doc.Tokens, shown), append(tokens, t)
	}
	if _, err := db.AddTenant(ctx, f.tenant); err != nil {
		return doc, &judge.Mistake{Err: err}
	}
	if err := db.Accounts().AddToken(ctx, tokens...); err != nil {
		return doc, err
	}
	what := name + " " + f.kind
	if len(tokens) > 1 {
		what += " " + strconv.Itoa(len(tokens))
	}
	return doc, store.Note(ctx, db, store.AuditEntry{Who: frame.Operator(), Tenant: f.tenant, Action: "token.add", What: what})
}

// writeSecrets writes the tokens that were made as the collector scripts read them: a line
// for each, with the line ends of Windows and without a byte order mark, which cmd.exe would
// take for a part of the first name.
func writeSecrets(out io.Writer, doc document.Accounts) error {
	for _, t := range doc.Tokens {
		words := []string{t.Host, t.Secret}
		switch {
		case t.Secret == "": // it comes with a certificate
			continue
		case t.Host == "":
			words = words[1:]
		}
		if _, err := io.WriteString(out, strings.Join(words, ",")+"\r\n"); err != nil {
			return err
		}
	}
	return nil
}

func (c *command) newTokenList() *cobra.Command {
	where := ""
	cmd := &cobra.Command{
		Use: "list", Args: c.ExactArgs(0), Example: "tlsready serve token list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.opened(cmd, where, func(ctx context.Context, db store.Database) (doc document.Accounts, err error) {
				tokens, err := db.Accounts().Tokens(ctx)
				for _, t := range tokens {
					doc.Tokens = append(doc.Tokens, tokenDocument(t))
				}
				return doc, err
			})
		},
	}
	cmd.Flags().StringVar(&where, "store", "", "")
	return cmd
}

func (c *command) newTokenRevoke() *cobra.Command {
	where := ""
	cmd := &cobra.Command{
		Use: "revoke TOKEN", Args: c.ExactArgs(1), Example: "tlsready serve token revoke nightly",
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.opened(cmd, where, func(ctx context.Context, db store.Database) (document.Accounts, error) {
				return revoke(ctx, db, args[0])
			})
		},
	}
	cmd.Flags().StringVar(&where, "store", "", "")
	return cmd
}

// revoke removes the tokens of a name, or the one of a hash.
func revoke(ctx context.Context, db store.Database, which string) (doc document.Accounts, err error) {
	a := db.Accounts()
	tokens, err := a.Tokens(ctx)
	if err != nil {
		return doc, err
	}
	for _, t := range tokens {
		if t.Name != which && (len(which) < shownHash || !strings.HasPrefix(string(t.Hash), which)) {
			continue
		}
		if err := a.RemoveToken(ctx, t.Hash); err != nil {
			return doc, err
		}
		doc.Tokens = append(doc.Tokens, tokenDocument(t))
	}
	if len(doc.Tokens) == 0 {
		return doc, &judge.Mistake{Err: message.Error("serve.error.no-token", message.Quote("name", which)).Hinted("serve.hint.no-token")}
	}
	return doc, store.Note(ctx, db, store.AuditEntry{Who: frame.Operator(), Tenant: doc.Tokens[0].Tenant, Action: "token.remove", What: which})
}

func tokenDocument(t store.Token) document.Token {
	day := func(at time.Time) string {
		if at.IsZero() {
			return ""
		}
		return string(store.DayOf(at))
	}
	return document.Token{
		Hash: string(t.Hash), Name: t.Name, Kind: string(t.Kind), Role: t.Role, Tenant: t.Tenant, Host: t.Host, By: t.CreatedBy,
		Created: day(t.Created), Expires: day(t.Expires), Used: day(t.Used),
	}
}

package admit

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/console/access"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report"
	"tlsready/internal/store"
	"tlsready/internal/store/open"
	"tlsready/internal/survey/judge"
	"tlsready/internal/term"
	"tlsready/internal/userfile"
)

// command is one call of a command about accounts.
type command struct {
	*frame.App
	storeAt func(asked string) (string, error)
}

// Commands are those about users and tokens; storeAt is the store that was asked for, or
// the one of those who ask for none.
func Commands(app *frame.App, storeAt func(asked string) (string, error)) []*cobra.Command {
	c := &command{app, storeAt}
	return []*cobra.Command{c.newUser(), c.newToken()}
}

// accountFlags are what the commands about users and tokens share.
type accountFlags struct {
	store, tenant, role, passwordFile string
	everywhere                        bool
}

// opened opens the store for a command about accounts, and writes down what it did.
func (c *command) opened(cmd *cobra.Command, where string, do func(context.Context, store.Database) (document.Accounts, error)) error {
	where, err := c.storeAt(where)
	if err != nil {
		return err
	}
	db, err := open.Database(cmd.Context(), where, store.Options{Holder: cmd.CommandPath()})
	if err != nil {
		return &judge.Mistake{Err: err}
	}
	defer db.Close()
	outputs, err := c.Outputs(formats(cmd)...) // a secret is shown once: where it goes is known before it is made
	if err != nil {
		return err
	}
	doc, err := do(cmd.Context(), db)
	if err != nil {
		frame.DiscardAll(outputs)
		return err
	}
	doc.Schema, doc.Action = document.AccountsSchema, cmd.Name()
	return c.WriteTo(outputs, func(out *frame.Output) error {
		switch out.Format {
		case frame.FormatJSON:
			return report.WriteJSON(out, doc)
		case frame.FormatCSV:
			return writeSecrets(out, doc)
		}
		h := c.NewPage(out)
		c.accountsPage(h, doc)
		return h.Flush(out)
	})
}

// formats are those of a command: tokens that are made are also a file for scripts.
func formats(cmd *cobra.Command) []frame.Format {
	if cmd.Flags().Lookup("hosts") != nil {
		return []frame.Format{frame.FormatTable, frame.FormatJSON, frame.FormatCSV}
	}
	return []frame.Format{frame.FormatTable, frame.FormatJSON}
}

// newUser makes "serve user" with its subcommands.
func (c *command) newUser() *cobra.Command {
	return c.NewGroup("user", c.newUserAdd(), c.newUserList(),
		c.newUserChange("password", true), c.newUserChange("disable", false), c.newUserChange("enable", false), c.newUserChange("remove", false))
}

func (c *command) newUserAdd() *cobra.Command {
	f := &accountFlags{}
	cmd := &cobra.Command{
		Use: "add NAME", Args: c.ExactArgs(1),
		Example: "tlsready serve user add alice --role admin --all-tenants\ntlsready serve user add bob --role operate --tenant osaka --password-file bob.txt",
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.opened(cmd, f.store, func(ctx context.Context, db store.Database) (document.Accounts, error) {
				return c.addUser(ctx, db, f, args[0])
			})
		},
	}
	cmd.Flags().StringVar(&f.store, "store", "", "")
	cmd.Flags().StringVar(&f.role, "role", "view", "")
	cmd.Flags().StringVar(&f.tenant, "tenant", store.DefaultTenant, "")
	cmd.Flags().BoolVar(&f.everywhere, "all-tenants", false, "")
	cmd.Flags().StringVar(&f.passwordFile, "password-file", "", "")
	return cmd
}

// addUser adds a user, or a role to one who is there.
func (c *command) addUser(ctx context.Context, db store.Database, f *accountFlags, typed string) (doc document.Accounts, err error) {
	name, err := access.UserName(typed)
	switch {
	case err != nil:
		return doc, &judge.Mistake{Err: err}
	case !slices.Contains(access.Roles(), f.role):
		return doc, &judge.Mistake{Err: message.Error("access.error.role", message.Quote("role", f.role), message.List("known", access.Roles()))}
	}
	tenant := f.tenant
	if f.everywhere {
		tenant = "*"
	} else if _, err := db.AddTenant(ctx, tenant); err != nil {
		return doc, &judge.Mistake{Err: err}
	}
	a := db.Accounts()
	u, err := a.User(ctx, name)
	if isNoUser(err) {
		u = store.User{Name: name, Roles: map[string]string{}, Created: time.Now()}
		u.Password, err = c.newPassword(ctx, name, f.passwordFile)
	}
	if err != nil {
		return doc, err
	}
	u.Roles[tenant] = f.role
	if err := a.PutUser(ctx, u); err != nil {
		return doc, err
	}
	return document.Accounts{Users: []document.User{userDocument(u)}}, store.Note(ctx, db, store.AuditEntry{Who: frame.Operator(), Tenant: f.tenant, Action: "user.add", What: name + " " + f.role})
}

// checkFile refuses what is no file to be read, before anything is done.
func checkFile(path string) error {
	if path == "" {
		return nil
	}
	if err := userfile.Check(path, maxSecret); err != nil {
		return &judge.Mistake{Err: message.At(path, userfile.Why(err))}
	}
	return nil
}

// newPassword is what is kept of a new password: from a file, or typed twice.
func (c *command) newPassword(ctx context.Context, name, file string) (string, error) {
	password, err := c.typedPassword(ctx, name, file)
	if err == nil {
		err = access.CheckPassword(name, password)
	}
	if err != nil {
		return "", &judge.Mistake{Err: err}
	}
	return access.NewPasswords(access.Strong()).Hash(ctx, password)
}

func (c *command) typedPassword(ctx context.Context, name, file string) (string, error) {
	if file != "" {
		data, err := userfile.Read(file, maxSecret)
		if err != nil {
			return "", message.At(file, userfile.Why(err))
		}
		line, _, _ := strings.Cut(strings.TrimPrefix(string(data), "\ufeff"), "\n")
		return strings.TrimSuffix(line, "\r"), nil
	}
	first := c.AskPassword(func(who string) string { return c.Text("serve.password", message.Str("name", who)) + " " })
	if first == nil {
		return "", message.Error("serve.error.no-password").Hinted("serve.hint.no-password")
	}
	password, err := first(ctx, name)
	if err != nil {
		return "", err
	}
	again, err := c.AskPassword(func(string) string { return c.Text("serve.password-again") + " " })(ctx, name)
	if err == nil && again != password {
		err = message.Error("access.error.again")
	}
	return password, err
}

func (c *command) newUserList() *cobra.Command {
	where := ""
	cmd := &cobra.Command{
		Use: "list", Args: c.ExactArgs(0), Example: "tlsready serve user list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.opened(cmd, where, func(ctx context.Context, db store.Database) (doc document.Accounts, err error) {
				users, err := db.Accounts().Users(ctx)
				for _, u := range users {
					doc.Users = append(doc.Users, userDocument(u))
				}
				return doc, err
			})
		},
	}
	cmd.Flags().StringVar(&where, "store", "", "")
	return cmd
}

// newUserChange makes a command that changes a user.
func (c *command) newUserChange(name string, password bool) *cobra.Command {
	f := &accountFlags{}
	cmd := &cobra.Command{
		Use: name + " NAME", Args: c.ExactArgs(1), Example: "tlsready serve user " + name + " alice",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkFile(f.passwordFile); err != nil {
				return err
			}
			return c.opened(cmd, f.store, func(ctx context.Context, db store.Database) (document.Accounts, error) {
				return c.changeUser(ctx, db, name, args[0], f.passwordFile)
			})
		},
	}
	cmd.Flags().StringVar(&f.store, "store", "", "")
	if password {
		cmd.Flags().StringVar(&f.passwordFile, "password-file", "", "")
	}
	return cmd
}

func (c *command) changeUser(ctx context.Context, db store.Database, action, name, file string) (doc document.Accounts, err error) {
	a := db.Accounts()
	if kept, err := access.UserName(name); err == nil {
		name = kept // others are those of the provider
	}
	u, err := a.User(ctx, name)
	switch {
	case isNoUser(err):
		return doc, &judge.Mistake{Err: err}
	case err != nil:
		return doc, err
	case action == "password":
		if u.Password == "" {
			return doc, &judge.Mistake{Err: message.Error("access.error.no-password")}
		}
		if u.Password, err = c.newPassword(ctx, name, file); err != nil {
			return doc, err
		}
	}
	u.Disabled = action == "disable" || u.Disabled && action != "enable"
	if action == "remove" {
		err = a.RemoveUser(ctx, u.Name)
	} else {
		err = a.PutUser(ctx, u)
	}
	if err != nil {
		return doc, err
	}
	return document.Accounts{Users: []document.User{userDocument(u)}}, store.Note(ctx, db, store.AuditEntry{Who: frame.Operator(), Action: "user." + action, What: u.Name})
}

func userDocument(u store.User) document.User {
	return document.User{Name: u.Name, Roles: u.Roles, Disabled: u.Disabled, Elsewhere: u.Password == "", Created: string(store.DayOf(u.Created))}
}

// accountsPage shows users and tokens to people.
func (c *command) accountsPage(h *term.Page, doc document.Accounts) {
	for _, u := range doc.Users {
		words := []string{u.Name}
		for _, t := range slices.Sorted(keys(u.Roles)) {
			words = append(words, c.Text("serve.role-in", message.Str("role", u.Roles[t]), message.Str("tenant", cmp.Or(map[bool]string{true: c.Text("pages.access.every-tenant")}[t == "*"], t))))
		}
		if u.Disabled {
			words = append(words, c.Text("pages.access.disabled"))
		}
		h.Line(strings.Join(words, "  "))
	}
	for _, t := range doc.Tokens {
		switch {
		case t.Secret != "" && t.Host != "": // as collector scripts read it
			h.Line(t.Host + "," + t.Secret)
			continue
		case t.Secret != "":
			h.Line(t.Secret)
			continue
		}
		words := []string{t.Hash[:min(shownHash, len(t.Hash))], t.Name, t.Kind}
		for _, more := range []string{t.Role, t.Tenant, t.Host, t.Expires} {
			if more != "" {
				words = append(words, more)
			}
		}
		h.Line(strings.Join(words, "  "))
	}
	if doc.Action == "list" && len(doc.Users)+len(doc.Tokens) == 0 {
		h.Line(c.Text("serve.none"))
	}
}

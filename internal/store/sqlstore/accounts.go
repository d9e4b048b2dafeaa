package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"tlsready/internal/store"
)

// accounts are the tables of a server.
type accounts struct{ *DB }

// Accounts are those who may use a server.
func (d *DB) Accounts() store.Accounts { return accounts{d} }

// change runs statements that need no lock of their own: each is right beside any other,
// so that nobody waits for a batch of hosts. A file has one writer in any case.
func (a accounts) change(ctx context.Context, do func(*Tx) error) error {
	if a.dialect.OneWriter {
		done, err := a.alone(ctx)
		if err != nil {
			return err
		}
		defer done()
	}
	return a.patiently(ctx, func() error { return a.once(ctx, nil, do) })
}

func (a accounts) exec(ctx context.Context, text string, args ...any) (n int64, err error) {
	err = a.change(ctx, func(tx *Tx) error {
		n, err = tx.exec(ctx, text, args...)
		return err
	})
	return n, err
}

const userColumns = "SELECT name, password, roles, disabled, made FROM users"

func scanUser(scan func(...any) error) (u store.User, err error) {
	var roles string
	var disabled, made int64
	if err := scan(&u.Name, &u.Password, &roles, &disabled, &made); err != nil {
		return u, err
	}
	u.Disabled, u.Created = disabled != 0, moment(made)
	return u, json.Unmarshal([]byte(roles), &u.Roles)
}

// User is a user.
func (a accounts) User(ctx context.Context, name string) (u store.User, err error) {
	err = a.read(ctx, func(tx *Tx) error {
		u, err = scanUser(tx.QueryRowContext(ctx, a.spell(userColumns+" WHERE name = $1"), store.Key(name)).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			return store.NoUser(name)
		}
		return err
	})
	return u, err
}

// Users are all of them.
func (a accounts) Users(ctx context.Context) (all []store.User, err error) {
	err = a.read(ctx, func(tx *Tx) error {
		all = nil
		return tx.each(ctx, userColumns+" ORDER BY name", nil, func(scan func(...any) error) error {
			u, err := scanUser(scan)
			all = append(all, u)
			return err
		})
	})
	return all, err
}

// PutUser adds or replaces a user.
func (a accounts) PutUser(ctx context.Context, u store.User) error {
	roles, _ := json.Marshal(u.Roles) // texts alone: no error
	_, err := a.exec(ctx, `INSERT INTO users (name, password, roles, disabled, made) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name) DO UPDATE SET password = excluded.password, roles = excluded.roles, disabled = excluded.disabled, made = excluded.made`,
		store.Key(u.Name), store.Text(u.Password), store.Text(string(roles)), number(u.Disabled), micro(u.Created))
	return err
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// RemoveUser removes a user.
func (a accounts) RemoveUser(ctx context.Context, name string) error {
	_, err := a.exec(ctx, "DELETE FROM users WHERE name = $1", store.Key(name))
	return err
}

// AddToken adds tokens.
func (a accounts) AddToken(ctx context.Context, list ...store.Token) error {
	table := tableOf(tokens)
	rows := make([][]any, len(list))
	for i, t := range list {
		rows[i] = []any{
			string(t.Hash), store.Text(t.Name), string(t.Kind), store.Text(t.Role), store.Text(t.Tenant), number(t.Single), store.Text(t.CreatedBy),
			micro(t.Created), micro(t.Expires), micro(t.Used), store.Key(t.Host), string(t.SpentOn),
		}
	}
	return a.change(ctx, func(tx *Tx) error { return tx.fill(ctx, table, table.onConflict(), rows) })
}

const tokenColumns = "SELECT hash, name, kind, role, tenant_name, single, made_by, made, expires, used, host, spent_on FROM tokens"

func scanToken(scan func(...any) error) (t store.Token, err error) {
	var single, made, expires, used int64
	err = scan(&t.Hash, &t.Name, &t.Kind, &t.Role, &t.Tenant, &single, &t.CreatedBy, &made, &expires, &used, &t.Host, &t.SpentOn)
	t.Single, t.Created, t.Expires, t.Used = single != 0, moment(made), moment(expires), moment(used)
	return t, err
}

// token is the token of a hash.
func (t *Tx) token(ctx context.Context, hash store.Hash) (store.Token, error) {
	one, err := scanToken(t.QueryRowContext(ctx, t.db.spell(tokenColumns+" WHERE hash = $1"), store.Text(string(hash))).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = store.BadToken(store.TokenUnknown)
	}
	return one, err
}

// spendToken takes the use of a token for one use. Of two who come at once the database lets
// one see that nobody was here.
func (t *Tx) spendToken(ctx context.Context, hash, on store.Hash, at time.Time) error {
	taken, err := t.exec(ctx, "UPDATE tokens SET used = $2, spent_on = $3 WHERE hash = $1 AND (used = 0 OR spent_on = $3)", string(hash), micro(at), string(on))
	if err == nil && taken == 0 {
		err = store.BadToken(store.TokenUsed)
	}
	return err
}

// usedAgain is how exactly the use of a token for many uses is known: to write it down for
// every request would make readers of the API writers of the store.
const usedAgain = time.Hour

// UseToken is the token of a hash, if it is good.
func (a accounts) UseToken(ctx context.Context, hash store.Hash, now time.Time) (t store.Token, err error) {
	err = a.read(ctx, func(tx *Tx) error {
		if t, err = tx.token(ctx, hash); err == nil && !t.Expires.IsZero() && !now.Before(t.Expires) {
			err = store.BadToken(store.TokenOver)
		}
		return err
	})
	if err != nil || t.Single || now.Before(t.Used.Add(usedAgain)) {
		return t, err
	}
	_, err = a.exec(ctx, "UPDATE tokens SET used = $2 WHERE hash = $1", string(hash), micro(now))
	return t, err
}

// Tokens are all tokens.
func (a accounts) Tokens(ctx context.Context) (all []store.Token, err error) {
	err = a.read(ctx, func(tx *Tx) error {
		all = nil
		return tx.each(ctx, tokenColumns+" ORDER BY made DESC, hash", nil, func(scan func(...any) error) error {
			t, err := scanToken(scan)
			all = append(all, t)
			return err
		})
	})
	return all, err
}

// RemoveToken removes a token.
func (a accounts) RemoveToken(ctx context.Context, hash store.Hash) error {
	_, err := a.exec(ctx, "DELETE FROM tokens WHERE hash = $1", store.Text(string(hash)))
	return err
}

// Audit writes down what somebody did.
func (a accounts) Audit(ctx context.Context, e store.AuditEntry) error {
	return a.write(ctx, func(tx *Tx) error { // alone, for the number
		_, err := tx.exec(ctx, `INSERT INTO audit (number, at, who, tenant_name, action, what, origin, outcome)
SELECT COALESCE(MAX(number), 0) + 1, CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS TEXT), CAST($7 AS TEXT) FROM audit`,
			micro(e.At), store.Text(e.Who), store.Text(e.Tenant), store.Text(e.Action), store.Text(e.What), store.Text(e.From), store.Text(e.Outcome))
		return err
	})
}

// AuditLog is what was written down.
func (a accounts) AuditLog(ctx context.Context, q store.AuditQuery) (all []store.AuditEntry, err error) {
	n := &narrowing{}
	n.WriteString(" WHERE number > 0")
	for column, wanted := range map[string]string{"tenant_name": q.Tenant, "who": q.Who, "action": q.Action} {
		if wanted != "" {
			n.and(column+" = @", store.Text(wanted))
		}
	}
	if !q.Since.IsZero() {
		n.and("at >= @", micro(q.Since))
	}
	if q.Before > 0 {
		n.and("number < @", q.Before)
	}
	text := "SELECT number, at, who, tenant_name, action, what, origin, outcome FROM audit" + n.String() + " ORDER BY number DESC LIMIT " + n.arg(limited(q.Limit))
	err = a.read(ctx, func(tx *Tx) error {
		all = nil
		return tx.each(ctx, text, n.args, func(scan func(...any) error) error {
			var e store.AuditEntry
			var at int64
			err := scan(&e.Number, &at, &e.Who, &e.Tenant, &e.Action, &e.What, &e.From, &e.Outcome)
			e.At = moment(at)
			all = append(all, e)
			return err
		})
	})
	return all, err
}

// Expire removes what is over.
func (a accounts) Expire(ctx context.Context, now time.Time, log store.Day) error {
	var before int64
	if log != "" {
		day, err := time.Parse(time.DateOnly, string(log))
		if err != nil {
			return err
		}
		before = micro(day)
	}
	return a.change(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, "DELETE FROM sessions WHERE expires <= $1", micro(now))
		if err == nil {
			_, err = tx.exec(ctx, "DELETE FROM tokens WHERE expires <> 0 AND expires <= $1", micro(now))
		}
		if err == nil {
			_, err = tx.exec(ctx, "DELETE FROM audit WHERE at < $1", before)
		}
		return err
	})
}

// Sessions keep the sessions of browsers.
func (a accounts) Sessions() store.Sessions { return sessions{a} }

type sessions struct{ accounts }

func (s sessions) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		err := tx.QueryRowContext(ctx, s.spell("SELECT data FROM sessions WHERE hash = $1 AND expires > $2"), string(store.TokenHash(token)), micro(time.Now())).Scan(&data)
		if found = err == nil; errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return data, found, err
}

func (s sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	_, err := s.exec(ctx, "INSERT INTO sessions (hash, data, expires) VALUES ($1, $2, $3) ON CONFLICT (hash) DO UPDATE SET data = excluded.data, expires = excluded.expires", string(store.TokenHash(token)), data, micro(expiry))
	return err
}

func (s sessions) DeleteCtx(ctx context.Context, token string) error {
	_, err := s.exec(ctx, "DELETE FROM sessions WHERE hash = $1 OR hash = $2", string(store.TokenHash(token)), store.Text(token))
	return err
}

func (s sessions) AllCtx(ctx context.Context) (all map[string][]byte, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		all = map[string][]byte{}
		return tx.each(ctx, "SELECT hash, data FROM sessions WHERE expires > $1", []any{micro(time.Now())}, func(scan func(...any) error) error {
			var hash string
			var data []byte
			err := scan(&hash, &data)
			all[hash] = data
			return err
		})
	})
	return all, err
}

func (s sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

func (s sessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

func (s sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

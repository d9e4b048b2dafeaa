package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

// narrowing is the end of a statement, and its arguments.
type narrowing struct {
	strings.Builder
	args []any
}

// arg adds an argument and gives its place. A text is one that a database takes: no row has
// another.
func (n *narrowing) arg(v any) string {
	if s, ok := v.(string); ok {
		v = store.Text(s)
	}
	n.args = append(n.args, v)
	return fmt.Sprintf("$%d", len(n.args))
}

// and adds a condition, in which "@" stands for the arguments.
func (n *narrowing) and(condition string, args ...any) {
	for _, v := range args {
		condition = strings.Replace(condition, "@", n.arg(v), 1)
	}
	n.WriteString(" AND " + condition)
}

// andIn adds that a column is one of a list.
func andIn[T ~string](n *narrowing, column string, list []T) {
	if len(list) > 0 {
		texts := make([]string, len(list))
		for i, one := range list {
			texts[i] = store.Text(string(one))
		}
		text, _ := json.Marshal(texts) // texts alone: no error
		n.WriteString(" AND " + column + " {in " + n.arg(string(text)) + "}")
	}
}

// maxSought bounds a text that is looked for, in bytes. SQLite takes patterns of 50,000, in
// which a character may be escaped; nothing that is looked through is near it.
const maxSought = 10000

// containing is a pattern of LIKE with the escape "\". Of a text that is too long the
// beginning is looked for.
func containing(text string) string {
	text = text[:min(len(text), maxSought)]
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(store.Text(text)) + "%"
}

// small is a text in small letters as the LOWER of both databases has it: that of ASCII.
func small(text string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, text)
}

// A cursor says after which row a page begins: the order, and the columns of the order.
func cursor(order string, columns ...any) string {
	text, _ := json.Marshal(append([]any{order}, columns...)) // texts and numbers alone: no error
	return base64.RawURLEncoding.EncodeToString(text)
}

// readCursor reads the columns of a cursor into pointers.
func readCursor(text, order string, into ...any) error {
	said := ""
	body, err := base64.RawURLEncoding.DecodeString(text)
	var fields []json.RawMessage
	if err == nil {
		err = json.Unmarshal(body, &fields)
	}
	if err == nil && len(fields) != len(into)+1 {
		err = errors.New("columns")
	}
	for i, v := range append([]any{&said}, into...) {
		if err == nil {
			err = json.Unmarshal(fields[i], v)
		}
	}
	if err != nil || said != order {
		return message.Error("store.cursor").Hinted("store.hint.cursor")
	}
	for _, v := range into {
		if s, ok := v.(*string); ok {
			*s = store.Text(*s)
		}
	}
	return nil
}

func limited(n int) int {
	if n <= 0 {
		return store.DefaultLimit
	}
	return min(n, store.MaxLimit)
}

// hostOrder are the columns of an order, each order that of an index. Where found is set,
// the first column is a sum or a text made of it: few hosts are expected to be left, and are
// to be found first and sorted then. SQLite followed the index of the order through all hosts.
func hostOrder(o store.HostOrder, found bool) string {
	number, text := "", ""
	if found {
		number, text = " + 0", " || ''"
	}
	switch o {
	case store.ByVerdict:
		return "s.urgency" + number + ", s.cause, s.fix, s.host"
	case store.ByFailsFrom:
		return "s.due" + text + ", s.host"
	case store.ByOwner:
		return "s.owner" + text + ", s.urgency, s.host"
	}
	return "s.host"
}

// byVerdictAtMost says whether nothing but the verdict narrows a query.
func (t *tenant) byVerdictAtMost(q *store.HostQuery) bool {
	rest := *q
	rest.Verdicts = nil
	return t.narrowed(&rest, 0).Len() == 0
}

// place is where a row stands in all orders.
type place struct {
	urgency               int64
	cause, fix, due, host string
	owner                 string
}

// columns are those of an order.
func (p *place) columns(o store.HostOrder) []any {
	switch o {
	case store.ByVerdict:
		return []any{&p.urgency, &p.cause, &p.fix, &p.host}
	case store.ByFailsFrom:
		return []any{&p.due, &p.host}
	case store.ByOwner:
		return []any{&p.owner, &p.urgency, &p.host}
	}
	return []any{&p.host}
}

// seriesNumber is the number of a series; 0 if it has no verdicts.
func (t *tenant) seriesNumber(ctx context.Context, tx *Tx, s store.Series) (number int64, err error) {
	s = keysOf(s)
	err = tx.QueryRowContext(ctx, t.spell("SELECT series FROM series WHERE tenant = $1 AND service = $2 AND judged_on = $3 AND callers = $4"), t.id, s.Service, s.On, s.Callers).Scan(&number)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return number, err
}

// narrowed are the conditions of a query. The tenant is argument 1, the series 2.
func (t *tenant) narrowed(q *store.HostQuery, series int64) *narrowing {
	n := &narrowing{args: []any{t.id, series}}
	andIn(n, "s.verdict", q.Verdicts)
	andIn(n, "s.cause", q.Causes)
	if q.Fix != "" {
		n.and("s.fix = @", string(q.Fix))
	}
	if q.NoOwner {
		n.and("s.owner = ''")
	} else if q.Owner != "" {
		n.and("s.owner = SUBSTR(CAST(@ AS TEXT), 1, 200)", store.Text(q.Owner)) // as standings have it
	}
	if q.OS != "" {
		n.and("s.os = @", store.Key(q.OS))
	}
	for _, tag := range q.Tags {
		with := ""
		if tag.Value != "" {
			value := n.arg(store.Text(tag.Value))
			with = " AND SUBSTR(value, 1, 200) = SUBSTR(CAST(" + value + " AS TEXT), 1, 200) AND value = " + value // an index has the beginning
		}
		n.WriteString(" AND s.host IN (SELECT host FROM tags WHERE tenant = $1 AND name = " + n.arg(store.Key(tag.Name)) + with + ")")
	}
	if q.Text != "" {
		n.and(`s.search LIKE @ ESCAPE '\'`, containing(strings.ToLower(q.Text)))
	}
	// By its verdict, which is in no index: the rows that an index of the urgency leads to are
	// read one by one, which takes longer than to read all of them in their order.
	if q.FellSince != "" {
		n.and("s.was = 'connects' AND s.verdict = 'fails' AND s.since >= @", string(q.FellSince))
	}
	if q.MendedSince != "" {
		n.and("s.was = 'fails' AND s.verdict = 'connects' AND s.since >= @", string(q.MendedSince))
	}
	switch q.Exempt {
	case store.ExemptOnly:
		n.and("s.exempt_until >= @", cmp.Or(string(q.Today), "0"))
	case store.ExemptNone:
		n.and("s.exempt_until < @", cmp.Or(string(q.Today), "0"))
	}
	return n
}

// FindHosts are hosts that have a verdict in a series.
func (t *tenant) FindHosts(ctx context.Context, q store.HostQuery) (page store.HostPage, err error) {
	err = t.read(ctx, func(tx *Tx) error {
		page = store.HostPage{}
		number, err := t.seriesNumber(ctx, tx, q.Series)
		if err != nil || number == 0 {
			return err
		}
		page.Rows, page.Next, err = t.hostRows(ctx, tx, &q, t.narrowed(&q, number))
		if err == nil {
			page.Total, err = whole(q.After, page.Next, len(page.Rows), func() (int, error) { return t.total(ctx, tx, &q, number) })
		}
		return err
	})
	return page, err
}

// whole is the total of a list. Where the first page is the last one it is at hand: a text
// that few rows have is then looked for once.
func whole(after, next string, rows int, count func() (int, error)) (int, error) {
	if after == "" && next == "" {
		return rows, nil
	}
	return count()
}

// count counts the rows of a statement that is narrowed.
func (t *tenant) count(ctx context.Context, tx *Tx, text string, n *narrowing) (total int, err error) {
	err = tx.QueryRowContext(ctx, t.spell(text+n.String()), n.args...).Scan(&total)
	return total, err
}

// total is how many hosts a query leaves. Where it narrows by verdict at most, which is
// what a page begins with, they are counted already.
func (t *tenant) total(ctx context.Context, tx *Tx, q *store.HostQuery, series int64) (total int, err error) {
	of := map[string]int{}
	if !t.byVerdictAtMost(q) {
		return t.count(ctx, tx, "SELECT COUNT(*) FROM standings s WHERE s.tenant = $1 AND s.series = $2", t.narrowed(q, series))
	}
	err = tx.each(ctx, "SELECT was, verdict, SUM(hosts) FROM moves WHERE tenant = $1 AND series = $2 GROUP BY was, verdict", []any{t.id, series}, func(scan func(...any) error) error {
		var was, verdict string
		var hosts int
		err := scan(&was, &verdict, &hosts)
		count(of, was, verdict, hosts)
		return err
	})
	for verdict, hosts := range of {
		if len(q.Verdicts) == 0 || slices.Contains(q.Verdicts, verdict) {
			total += hosts
		}
	}
	return total, err
}

// standingColumns are what a Standing is made of, but for its span.
const standingColumns = "SELECT s.host, s.urgency, s.verdict, s.cause, s.fails_from, s.due, s.fixable, s.restart, s.fix, s.hash, s.was, s.since, s.owner, s.exempt_until, s.os"

func scanStanding(scan func(...any) error, more ...any) (s store.Standing, p place, err error) {
	v := &s.Verdict
	err = scan(append([]any{
		&p.host, &p.urgency, &v.Verdict, &p.cause, &v.FailsFrom, &p.due, &v.Fixable, &v.Restart, &p.fix, &v.Span.Hash, &s.Was, &s.Since, &p.owner, &s.ExemptUntil, &s.OS,
	}, more...)...)
	v.Host, v.Cause, v.Fix, s.Owner = p.host, p.cause, store.Hash(p.fix), p.owner
	return s, p, err
}

// hostRows are the rows of a page, and its Next.
func (t *tenant) hostRows(ctx context.Context, tx *Tx, q *store.HostQuery, n *narrowing) (rows []store.HostRow, next string, err error) {
	order := hostOrder(q.Order, !t.byVerdictAtMost(q))
	if q.After != "" {
		var after place
		columns := after.columns(q.Order)
		if err := readCursor(q.After, "hosts:"+string(q.Order), columns...); err != nil {
			return nil, "", err
		}
		places := make([]string, len(columns))
		for i, v := range columns {
			places[i] = n.arg(value(v))
		}
		n.WriteString(" AND (" + order + ") > (" + strings.Join(places, ", ") + ")")
	}
	limit := limited(q.Limit)
	var last place
	text := standingColumns + " FROM standings s WHERE s.tenant = $1 AND s.series = $2" + n.String() + " ORDER BY " + order + " LIMIT " + n.arg(limit+1)
	more := false
	err = tx.each(ctx, text, n.args, func(scan func(...any) error) error {
		s, p, err := scanStanding(scan)
		if len(rows) == limit {
			more = true
			return err
		}
		s.Series, last = q.Series, p
		rows = append(rows, store.HostRow{Standing: s, Tags: map[string]string{}})
		return err
	})
	if err == nil {
		err = t.complete(ctx, tx, rows)
	}
	if more {
		next = cursor("hosts:"+string(q.Order), last.columns(q.Order)...)
	}
	return rows, next, err
}

// value is what a pointer of a cursor points to.
func value(v any) any {
	switch v := v.(type) {
	case *string:
		return *v
	case *int64:
		return *v
	}
	return nil
}

// complete adds to rows of hosts what they do not have from the table of standings. All
// rows are of one series.
func (t *tenant) complete(ctx context.Context, tx *Tx, rows []store.HostRow) error {
	if len(rows) == 0 {
		return nil
	}
	at := map[string]*store.HostRow{}
	var ids []string
	for i := range rows {
		at[rows[i].Verdict.Host] = &rows[i]
		ids = append(ids, rows[i].Verdict.Host)
	}
	s := keysOf(rows[0].Series)
	const hosts = `SELECT h.host, h.about, h.seen, h.error, h.tried, v.day_from, v.day_to, COALESCE(w.mail, '') FROM hosts h
JOIN verdicts v ON v.tenant = h.tenant AND v.service = $3 AND v.judged_on = $4 AND v.callers = $5 AND v.host = h.host AND v.latest = 1
LEFT JOIN owners w ON w.tenant = h.tenant AND w.kind = 'host' AND w.id = h.host
WHERE h.tenant = $1 AND h.host {in $2}`
	err := tx.each(ctx, hosts, []any{t.id, list(ids), s.Service, s.On, s.Callers}, func(scan func(...any) error) error {
		var from, to store.Day
		var mail string
		h, err := scanHost(func(of ...any) error { return scan(append(of, &from, &to, &mail)...) })
		if r := at[h.ID]; r != nil {
			r.Host, r.Mail, r.Verdict.Span.From, r.Verdict.Span.To = h, mail, from, to
		}
		return err
	})
	if err != nil {
		return err
	}
	return tx.each(ctx, "SELECT host, name, value FROM tags WHERE tenant = $1 AND host {in $2}", []any{t.id, list(ids)}, func(scan func(...any) error) error {
		var one store.Tag
		err := scan(&one.Host, &one.Name, &one.Value)
		if r := at[one.Host]; r != nil {
			r.Tags[one.Name] = one.Value
		}
		return err
	})
}

// Fell are the hosts that fail and were ready: rows without their total.
func (t *tenant) Fell(ctx context.Context, s store.Series, since store.Day, after string, limit int) (rows []store.HostRow, err error) {
	q := &store.HostQuery{Series: s, FellSince: max(since, "0"), Limit: limit, After: cursor("hosts:", store.Key(after))}
	err = t.read(ctx, func(tx *Tx) error {
		number, err := t.seriesNumber(ctx, tx, q.Series)
		if err == nil {
			rows, _, err = t.hostRows(ctx, tx, q, t.narrowed(q, number))
		}
		return err
	})
	return rows, err
}

// Groups count the hosts of a query by something that they share.
func (t *tenant) Groups(ctx context.Context, q store.HostQuery, by store.GroupBy) (groups []store.Group, err error) {
	err = t.read(ctx, func(tx *Tx) error {
		groups = nil
		number, err := t.seriesNumber(ctx, tx, q.Series)
		if err != nil || number == 0 {
			return err
		}
		if by == store.GroupByFix {
			groups, err = t.byFix(ctx, tx, &q, number)
		} else {
			groups, err = t.byValue(ctx, tx, &q, number, by)
		}
		if err == nil {
			err = t.examples(ctx, tx, number, groups)
		}
		return err
	})
	return groups, err
}

// urgencies are the verdicts in the order of the column urgency.
func urgencies() []string {
	return []string{document.Fails, document.Unreadable, document.Unknown, document.Connects, document.NotInstalled, ""}
}

// counted are the conditions of a query whose hosts are counted: its verdicts are asked for
// by their urgency, which the indexes have that counting reads. Where something else narrows
// the query, the urgency is a sum, so that SQLite does not follow the index that begins with
// it through all hosts: it is to find those that are left.
func (t *tenant) counted(q *store.HostQuery, series int64) (n *narrowing, urgency string) {
	rest := *q
	rest.Verdicts = nil
	n, urgency = t.narrowed(&rest, series), "s.urgency"
	if !t.byVerdictAtMost(q) {
		urgency += " + 0"
	}
	if len(q.Verdicts) > 0 {
		list := "-1" // there is none such
		for i, verdict := range urgencies() {
			if slices.Contains(q.Verdicts, verdict) {
				list += fmt.Sprint(", ", i)
			}
		}
		n.WriteString(" AND " + urgency + " IN (" + list + ")")
	}
	return n, urgency
}

// byFix groups by verdict, cause and fix: the columns of an index, in their order.
func (t *tenant) byFix(ctx context.Context, tx *Tx, q *store.HostQuery, series int64) (groups []store.Group, err error) {
	n, urgency := t.counted(q, series)
	text := "SELECT " + urgency + ", s.cause, s.fix, COUNT(*), MIN(s.host) FROM standings s WHERE s.tenant = $1 AND s.series = $2" + n.String() +
		" GROUP BY " + urgency + ", s.cause, s.fix ORDER BY " + urgency + ", COUNT(*) DESC, s.cause, s.fix LIMIT " + n.arg(store.MaxGroups)
	err = tx.each(ctx, text, n.args, func(scan func(...any) error) error {
		var g store.Group
		var urgency int
		err := scan(&urgency, &g.Cause, &g.Fix, &g.Hosts, &g.Example.Host)
		g.Verdict = urgencies()[urgency]
		g.Verdicts = map[string]int{g.Verdict: g.Hosts}
		groups = append(groups, g)
		return err
	})
	return groups, err
}

// byValue groups by a column or a tag.
func (t *tenant) byValue(ctx context.Context, tx *Tx, q *store.HostQuery, series int64, by store.GroupBy) ([]store.Group, error) {
	n, urgency := t.counted(q, series)
	value, join := "s.owner", ""
	if by == store.GroupByOS {
		value = "s.os"
	}
	if urgency != "s.urgency" {
		value += " || ''" // as there: no index is followed by it
	}
	if name, ok := strings.CutPrefix(string(by), "tag:"); ok {
		value, join = "COALESCE(t.value, '')", " LEFT JOIN tags t ON t.tenant = s.tenant AND t.host = s.host AND t.name = "+n.arg(store.Key(name))
	}
	text := "SELECT " + value + ", s.urgency, COUNT(*), MIN(s.host) FROM standings s" + join + " WHERE s.tenant = $1 AND s.series = $2" + n.String() + " GROUP BY " + value + ", s.urgency ORDER BY " + value + ", s.urgency"
	at := map[string]*store.Group{}
	err := tx.each(ctx, text, n.args, func(scan func(...any) error) error {
		var of, host string
		var urgency, hosts int
		if err := scan(&of, &urgency, &hosts, &host); err != nil {
			return err
		}
		g := at[of]
		if g == nil {
			g = &store.Group{Value: of, Verdicts: map[string]int{}}
			g.Example.Host = host // of the most urgent
			at[of] = g
		}
		g.Hosts += hosts
		g.Verdicts[urgencies()[urgency]] += hosts
		return nil
	})
	groups := make([]store.Group, 0, len(at))
	for _, g := range at {
		groups = append(groups, *g)
	}
	slices.SortFunc(groups, func(a, b store.Group) int {
		return cmp.Or(cmp.Compare(b.Verdicts[document.Fails], a.Verdicts[document.Fails]), cmp.Compare(b.Hosts, a.Hosts), cmp.Compare(a.Value, b.Value))
	})
	return groups[:min(len(groups), store.MaxGroups)], err
}

// examples fill the examples of groups, of which the host is known.
func (t *tenant) examples(ctx context.Context, tx *Tx, series int64, groups []store.Group) error {
	at := map[string][]*store.Group{}
	for i := range groups {
		at[groups[i].Example.Host] = append(at[groups[i].Example.Host], &groups[i])
	}
	ids := slices.Sorted(maps.Keys(at))
	return tx.each(ctx, standingColumns+" FROM standings s WHERE s.tenant = $1 AND s.series = $2 AND s.host {in $3}", []any{t.id, series, list(ids)}, func(scan func(...any) error) error {
		s, _, err := scanStanding(scan)
		for _, g := range at[s.Verdict.Host] {
			g.Example = s.Verdict
		}
		return err
	})
}

// Totals count the hosts of every series by verdict.
func (t *tenant) Totals(ctx context.Context, today store.Day) (totals []store.Total, err error) {
	err = t.read(ctx, func(tx *Tx) error {
		totals = nil
		at := map[int64]int{}
		err := tx.each(ctx, "SELECT series, service, judged_on, callers, last_day FROM series WHERE tenant = $1 ORDER BY service, judged_on, callers", []any{t.id}, func(scan func(...any) error) error {
			var number int64
			one := store.Total{Verdicts: map[string]int{}}
			err := scan(&number, &one.Series.Service, &one.Series.On, &one.Series.Callers, &one.Last)
			at[number] = len(totals)
			totals = append(totals, one)
			return err
		})
		if err != nil {
			return err
		}
		err = tx.each(ctx, "SELECT series, was, verdict, SUM(hosts) FROM moves WHERE tenant = $1 GROUP BY series, was, verdict", []any{t.id}, func(scan func(...any) error) error {
			var number int64
			var was, verdict string
			var hosts int
			err := scan(&number, &was, &verdict, &hosts)
			count(totals[at[number]].Verdicts, was, verdict, hosts)
			return err
		})
		if err != nil {
			return err
		}
		return tx.each(ctx, "SELECT series, COUNT(*) FROM standings WHERE tenant = $1 AND exempt_until <> '' AND exempt_until >= $2 AND urgency = 0 GROUP BY series", []any{t.id, dayText(today)}, func(scan func(...any) error) error {
			var number int64
			var hosts int
			err := scan(&number, &hosts)
			totals[at[number]].Exempt = hosts
			return err
		})
	})
	return totals, err
}

// count takes hosts from one verdict to another; from "" for those that are new.
func count(verdicts map[string]int, was, verdict string, hosts int) {
	verdicts[verdict] += hosts
	if was == "" {
		return
	}
	if verdicts[was] -= hosts; verdicts[was] == 0 {
		delete(verdicts, was)
	}
}

// Progress counts the hosts of a series by verdict on each day.
func (t *tenant) Progress(ctx context.Context, s store.Series, first, last store.Day) (days []store.DayCount, err error) {
	err = t.read(ctx, func(tx *Tx) error {
		days = nil
		number, err := t.seriesNumber(ctx, tx, s)
		if err != nil || number == 0 || last < first {
			return err
		}
		days = []store.DayCount{{Day: first, Verdicts: map[string]int{}}}
		err = tx.each(ctx, "SELECT day, was, verdict, turn, hosts FROM moves WHERE tenant = $1 AND series = $2 AND day <= $3 ORDER BY day", []any{t.id, number, dayText(last)}, func(scan func(...any) error) error {
			var day store.Day
			var was, verdict, turn string
			var hosts int
			if err := scan(&day, &was, &verdict, &turn, &hosts); err != nil {
				return err
			}
			on := &days[len(days)-1]
			if day > on.Day {
				days = append(days, store.DayCount{Day: day, Verdicts: maps.Clone(on.Verdicts)})
				on = &days[len(days)-1]
			}
			count(on.Verdicts, was, verdict, hosts)
			switch {
			case day < first:
			case turn == document.TurnMended:
				on.Mended += hosts
			case turn == document.TurnFellBack:
				on.Fell += hosts
			}
			return nil
		})
		if end := days[len(days)-1]; end.Day < last {
			days = append(days, store.DayCount{Day: last, Verdicts: maps.Clone(end.Verdicts)})
		}
		return err
	})
	return days, err
}

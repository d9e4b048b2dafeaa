package sqlstore

import "strings"

// kind is the type of a column: three do for everything.
type kind int

const (
	integer kind = iota
	text
	blob
)

// column is a column of a table.
type column struct {
	name string
	kind kind
}

// Table is a table as the newest version has it: the columns of its key first, and the
// tenant before all.
type Table struct {
	Name    string
	columns []column
	keys    int // how many columns are the key
}

// Columns are the names of the columns.
func (t Table) Columns() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

func (t Table) list() string { return strings.Join(t.Columns(), ", ") }

// onConflict is what is done with a row whose key is there: all else of it is replaced.
func (t Table) onConflict() string {
	key := strings.Join(t.Columns()[:t.keys], ", ")
	if t.keys == len(t.columns) {
		return "ON CONFLICT (" + key + ") DO NOTHING"
	}
	var set []string
	for _, c := range t.columns[t.keys:] {
		set = append(set, c.name+" = excluded."+c.name)
	}
	return "ON CONFLICT (" + key + ") DO UPDATE SET " + strings.Join(set, ", ")
}

// onlyNew is onConflict for what never changes: what is there stays.
func (t Table) onlyNew() string {
	return "ON CONFLICT (" + strings.Join(t.Columns()[:t.keys], ", ") + ") DO NOTHING"
}

// The tables.
const (
	tenants      = "tenants"
	contents     = "contents"
	hosts        = "hosts"
	snapshots    = "snapshots"
	outcomes     = "outcomes"
	verdicts     = "verdicts"
	probes       = "probes"
	observations = "observations"
	fixes        = "fixes"
	owners       = "owners"
	tags         = "tags"
	exemptions   = "exemptions"

	series    = "series"
	standings = "standings"
	moves     = "moves"
	answers   = "answers"
	endpoints = "endpoints"
	clients   = "clients"
	notices   = "notices"

	users  = "users"
	tokens = "tokens"
	audit  = "audit"
)

// ofServer says that a table belongs to the database and to no tenant. Sessions are the
// only ones of which there is no backup: who is signed in signs in again.
func (t Table) ofServer() bool { return t.columns[0].name != "tenant" || t.Name == tenants }

// tables are all tables, in the order in which they are written to a backup.
func tables() []Table {
	return []Table{
		{tenants, columns("tenant:i name"), 1},
		{contents, columns("tenant:i hash body:b"), 2},
		{hosts, columns("tenant:i host about seen:i error tried:i os search"), 2},
		{snapshots, columns("tenant:i host seen_from:i seen_to:i latest:i hash"), 3},
		{outcomes, columns("tenant:i hash verdict cause fails_from fixable restart fix"), 2},
		{verdicts, columns("tenant:i service judged_on callers host day_from day_to latest:i hash"), 6},
		{probes, columns("tenant:i target address server_name seen_from:i seen_to:i latest:i hash"), 5},
		{observations, columns("tenant:i day client server server_name stack offered negotiated survives client_name owner seen:i first_seen:i last_seen:i"), 8},
		{fixes, columns("tenant:i host service state at:i hash who"), 5},
		{owners, columns("tenant:i kind id owner mail said:i"), 3},
		{tags, columns("tenant:i host name value said:i"), 3},
		{exemptions, columns("tenant:i kind id service until owner reason said:i"), 4},
		{series, columns("tenant:i series:i service judged_on callers last_day"), 2},
		{standings, columns("tenant:i series:i host urgency:i verdict cause fails_from due fixable restart fix hash was since owner exempt_until os search"), 3},
		{moves, columns("tenant:i series:i day was verdict turn hosts:i"), 6},
		{answers, columns("tenant:i hash error ends versions:i"), 2},
		{endpoints, columns("tenant:i target address server_name versions:i failed:i ends seen_from:i hash search"), 4},
		{clients, columns("tenant:i client stack name owner survives offered first_day last_day"), 3},
		{notices, columns("tenant:i kind about at:i batch until:i tries:i"), 3},
		{users, columns("name password roles disabled:i made:i"), 1},
		{tokens, columns("hash name kind role tenant_name single:i made_by made:i expires:i used:i host spent_on"), 1},
		{audit, columns("number:i at:i who tenant_name action what origin outcome"), 1},
	}
}

// columns reads "name", "name:i" and "name:b".
func columns(list string) []column {
	var all []column
	for _, word := range strings.Fields(list) {
		name, is, _ := strings.Cut(word, ":")
		c := column{name, text}
		switch is {
		case "i":
			c.kind = integer
		case "b":
			c.kind = blob
		}
		all = append(all, c)
	}
	return all
}

func tableOf(name string) Table {
	for _, t := range tables() {
		if t.Name == name {
			return t
		}
	}
	panic("store: no table " + name) // a defect
}

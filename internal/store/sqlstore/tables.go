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
)

// tables are all tables, in the order in which they are written to a backup.
func tables() []Table {
	return []Table{
		{tenants, columns("tenant:i name"), 1},
		{contents, columns("tenant:i hash body:b"), 2},
		{hosts, columns("tenant:i host about seen:i error tried:i"), 2},
		{snapshots, columns("tenant:i host seen_from:i seen_to:i latest:i hash"), 3},
		{outcomes, columns("tenant:i hash verdict cause fails_from fixable restart fix"), 2},
		{verdicts, columns("tenant:i service judged_on callers host day_from day_to latest:i hash"), 6},
		{probes, columns("tenant:i target address server_name seen_from:i seen_to:i latest:i hash"), 5},
		{observations, columns("tenant:i day client server server_name stack offered negotiated survives client_name owner seen:i first_seen:i last_seen:i"), 8},
		{fixes, columns("tenant:i host service state at:i hash"), 5},
		{owners, columns("tenant:i kind id owner mail said:i"), 3},
		{tags, columns("tenant:i host name value"), 3},
		{exemptions, columns("tenant:i kind id service until owner reason said:i"), 4},
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

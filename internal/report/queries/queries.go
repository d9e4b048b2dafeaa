// Package queries writes the questions of watch for the places where its connections
// already lie: each is defined once, and written in the language of each place.
package queries

import (
	"fmt"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
)

// A question counts connections in groups. The columns are those of a connection: time,
// client (the address without its port), server, server_name, owner, stack, offered,
// negotiated, survives, finding, and old, which says that it came with too little.
type question struct {
	id     string
	filter condition // which connections count
	group  []string
	counts []measure
	having [2]string // the first measure is greater than the second; none if empty
}

// condition is one on a connection.
type condition struct {
	old    bool   // it came with too little
	enough bool   // it is known to survive
	found  string // its finding
}

// measure is a number or a time of a group.
type measure struct {
	name   string
	kind   kind
	column string
	when   condition
}

type kind int

const (
	count kind = iota
	distinct
	first
	last
)

// questions is the list of all questions.
func questions() []question {
	old := condition{old: true}
	usual := []measure{{name: "clients", kind: distinct, column: "client"}, {name: "connections", kind: count}, {name: "last_seen", kind: last, column: "time"}}
	return []question{
		{id: "owners-with-old-clients", filter: old, group: []string{"owner"}, counts: usual},
		{id: "old-clients", filter: old, group: []string{"owner", "client", "stack", "offered", "negotiated"}, counts: []measure{{name: "connections", kind: count}, {name: "last_seen", kind: last, column: "time"}}},
		{id: "kept-down", filter: condition{found: document.FindingKeptDown}, group: []string{"server", "server_name", "negotiated", "offered"}, counts: usual},
		{id: "could-do-better", filter: condition{found: document.FindingBetter}, group: []string{"server", "server_name", "negotiated", "offered"}, counts: usual},
		{id: "proven", group: []string{"owner", "client", "stack"}, having: [2]string{"enough_since", "last_old"}, counts: []measure{
			{name: "connections", kind: count},
			{name: "last_old", kind: last, column: "time", when: old},
			{name: "enough_since", kind: first, column: "time", when: condition{enough: true}},
		}},
	}
}

// Place is somewhere that connections lie.
type Place struct {
	Name string // what --for takes
	head func(file string) string
	one  func(question) string
	note string // begins a comment
}

// Places lists all of them.
func Places() []Place {
	return []Place{
		{Name: "duckdb", head: duckHead, one: duckQuestion, note: "-- "},
		{Name: "kql", head: kqlHead, one: kqlQuestion, note: "// "},
	}
}

// Names are the places' names.
func Names() []string {
	var list []string
	for _, p := range Places() {
		list = append(list, p.Name)
	}
	return list
}

// Write gives every question for a place, with what each asks as a comment. File is the
// result of watch -f jsonl or -f parquet that they are put to.
func (p Place) Write(words *message.Catalog, file string) string {
	var b strings.Builder
	b.WriteString(p.head(file))
	for _, q := range questions() {
		b.WriteString("\n" + p.note + words.Text("queries."+q.id) + "\n" + p.one(q))
	}
	return b.String()
}

// duckHead is the view that the questions are put to.
func duckHead(file string) string {
	return `CREATE OR REPLACE TEMP VIEW connections AS
SELECT "time", CASE WHEN client LIKE '[%' THEN regexp_extract(client, '^\[(.*)\]', 1)
       WHEN regexp_matches(client, '^[^:]+:[0-9]+$') THEN split_part(client, ':', 1) ELSE client END AS client, server, serverName AS server_name,
       owner, stack, coalesce(offered.max, '') AS offered, coalesce(negotiated.version, '') AS negotiated, survives,
       coalesce(finding, '') AS finding, coalesce(old, false) AS old
FROM ` + duckTable(file) + ";\n"
}

// duckTable is what reads the connections of a file, or of many that a pattern finds, as
// the name says: Parquet, or lines of JSON, of which only the members that are asked for
// are read. Both have the same members under the same names.
func duckTable(file string) string {
	quoted := "'" + strings.ReplaceAll(file, "'", "''") + "'"
	if strings.HasSuffix(strings.ToLower(file), ".parquet") {
		return "read_parquet(" + quoted + ")"
	}
	return `read_json(` + quoted + `, format = 'newline_delimited', columns = {
       "time": 'TIMESTAMPTZ', client: 'VARCHAR', server: 'VARCHAR', serverName: 'VARCHAR', owner: 'VARCHAR', stack: 'VARCHAR',
       offered: 'STRUCT("max" VARCHAR)', negotiated: 'STRUCT("version" VARCHAR)', survives: 'VARCHAR', finding: 'VARCHAR', old: 'BOOLEAN'})`
}

func duckQuestion(q question) string {
	var b strings.Builder
	group := quoted(q.group)
	b.WriteString("SELECT " + group)
	for _, m := range q.counts {
		b.WriteString(", " + duckMeasure(m))
	}
	b.WriteString("\nFROM connections")
	if c := duckCondition(q.filter); c != "" {
		b.WriteString("\nWHERE " + c)
	}
	b.WriteString("\nGROUP BY " + group)
	if q.having[0] != "" {
		b.WriteString(fmt.Sprintf("\nHAVING %s > %s", q.having[0], q.having[1]))
	}
	return b.String() + "\nORDER BY connections DESC, " + group + ";\n"
}

// quoted are columns as SQL takes any of them.
func quoted(columns []string) string { return `"` + strings.Join(columns, `", "`) + `"` }

func duckMeasure(m measure) string {
	text := map[kind]string{count: "count(*)", distinct: "count(DISTINCT %q)", first: "min(%q)", last: "max(%q)"}[m.kind]
	if m.kind != count {
		text = fmt.Sprintf(text, m.column)
	}
	if c := duckCondition(m.when); c != "" {
		text += " FILTER (WHERE " + c + ")"
	}
	return text + " AS " + m.name
}

func duckCondition(c condition) string {
	switch {
	case c.old:
		return "old"
	case c.enough:
		return "survives = 'yes'"
	case c.found != "":
		return "finding = '" + c.found + "'"
	}
	return ""
}

// kqlHead is where the connections are. The second half shows how what Azure Storage logs
// becomes the same columns.
func kqlHead(string) string {
	return `let Connections = TlsreadyConnections
| project ["time"], client = ` + kqlAddress("client") + `,
          server, server_name = serverName, owner, stack,
          offered = tostring(offered.max), negotiated = tostring(negotiated.version), survives, finding, old = coalesce(old, false);
// let Connections = StorageBlobLogs
// | project ["time"] = TimeGenerated, client = ` + kqlAddress("CallerIpAddress") + `,
//           server = AccountName, server_name = tostring(parse_url(Uri).Host),
//           owner = coalesce(RequesterUpn, RequesterObjectId, AuthenticationType), stack = UserAgentHeader, offered = "", negotiated = TlsVersion,
//           survives = iff(TlsVersion in ("TLS 1.2", "TLS 1.3"), "yes", "unknown"), finding = "", old = TlsVersion in ("TLS 1.0", "TLS 1.1");
`
}

// kqlAddress is an address without its port.
func kqlAddress(column string) string {
	return strings.ReplaceAll(`case(C startswith "[", extract(@"^\[(.*)\]", 1, C), C matches regex @"^[^:]+:[0-9]+$", tostring(split(C, ":")[0]), C)`, "C", column)
}

func kqlQuestion(q question) string {
	var b strings.Builder
	b.WriteString("Connections\n")
	if c := kqlCondition(q.filter); c != "" {
		b.WriteString("| where " + c + "\n")
	}
	var measures []string
	for _, m := range q.counts {
		measures = append(measures, kqlMeasure(m))
	}
	b.WriteString("| summarize " + strings.Join(measures, ", ") + " by " + strings.Join(q.group, ", ") + "\n")
	if q.having[0] != "" {
		b.WriteString("| where " + q.having[0] + " > " + q.having[1] + "\n")
	}
	return b.String() + "| order by connections desc, " + strings.Join(q.group, " asc, ") + " asc;\n"
}

func kqlMeasure(m measure) string {
	when := kqlCondition(m.when)
	column := m.column
	if column == "time" { // a word of the language
		column = `["time"]`
	}
	switch m.kind {
	case distinct:
		return m.name + " = count_distinct(" + column + ")"
	case first:
		return m.name + " = minif(" + column + ", " + when + ")"
	case last:
		if when != "" {
			return m.name + " = maxif(" + column + ", " + when + ")"
		}
		return m.name + " = max(" + column + ")"
	}
	return m.name + " = count()"
}

func kqlCondition(c condition) string {
	switch {
	case c.old:
		return "old"
	case c.enough:
		return `survives == "yes"`
	case c.found != "":
		return `finding == "` + c.found + `"`
	}
	return ""
}

package fleet

import (
	"strconv"
	"strings"
	"time"

	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/winver"
)

// sniffOsquery recognises osquery's own output (osqueryi --json, result logs),
// and that of Fleet (fleetctl, live queries and query reports of its API).
func sniffOsquery(head []byte) bool {
	text := headText(head)
	if !isJSON(text) || strings.Contains(text, `"tlsready.`) {
		return false
	}
	for _, words := range [][]string{
		{`"hostIdentifier"`, `"calendarTime"`},
		{`"host_name"`, `"columns"`},
		{`"host"`, `"rows"`},
		{`"host_id"`, `"rows"`},
		{`"query_id"`, `"results"`},
		{`"what"`, `"data"`, `"key"`},
		{`"data"`, `"key"`, `"name"`, `"type"`},
		{`"registry"`, `"os_version"`},
	} {
		if holdsAll(text, words...) {
			return true
		}
	}
	return false
}

// readOsquery reads rows of the tables registry, os_version, patches and
// system_info, however they are wrapped.
func readOsquery(path string, data []byte, opt source.Options) ([]source.Host, error) {
	values, err := decodeJSON(path, data)
	if err != nil {
		return nil, err
	}
	q := osquery{path: path}
	for i, v := range values {
		q.record = i + 1
		q.any(v)
	}
	if len(q.list) == 0 {
		return nil, message.Error("fleet.osquery-no-rows").At(path)
	}
	return q.hosts("osquery", path, opt), nil
}

type osquery struct {
	machines
	path   string
	record int // which is being read, from 1
}

// problem is what is wrong with a machine, or, without its name, with the record
// that is being read.
func (q *osquery) problem(name string, err error) error {
	if name != "" {
		return message.At(q.path, message.At(name, err))
	}
	return message.Error("fleet.record", message.Int("n", q.record), message.Cause("why", err)).At(q.path)
}

// any takes one JSON value: a list of rows, or an object that wraps some.
func (q *osquery) any(v any) {
	for _, one := range asList(v) {
		if o := asObject(one); o != nil {
			q.object(o)
		}
	}
	if o := asObject(v); o != nil {
		q.object(o)
	}
}

func (q *osquery) object(o object) {
	name := o.text("host_name", "hostIdentifier", "host_hostname", "hostname", "host", "display_name")
	if name == "" {
		name = o.text("host_id")
	}
	switch {
	case o.has("snapshot"):
		q.get(name).renew("snapshot " + o.text("name"))
		q.rows(name, o["snapshot"], o)
	case o.has("diffResults"):
		diff := asObject(o["diffResults"])
		q.rows(name, diff["added"], o)
		q.removed(name, diff["removed"])
	case o.has("columns") && o.text("action") == "removed":
		q.removed(name, []any{o["columns"]})
	case o.has("columns"):
		q.rows(name, []any{o["columns"]}, o)
	case o.has("rows"):
		q.rows(name, o["rows"], o)
	case o.has("results"):
		q.clipped(o)
		return
	case o.has("key") || o.has("what") || o.has("hotfix_id") || o.has("build"):
		q.row(q.get(name), o, "")
	default:
		q.tables(name, o)
	}
	if text := o.failure(); text != "" {
		q.get(name).fail(q.problem(name, message.Error("fleet.answered", message.Str("said", clip(text)))))
	}
}

// clipped is a report of Fleet's API, which keeps at most a thousand rows.
func (q *osquery) clipped(o object) {
	before := len(q.list)
	q.any(o["results"])
	if o.failure() == "" {
		return
	}
	for _, m := range q.list[before:] {
		m.endBatch()
		m.said = nil
		m.note("fleet.clipped")
	}
}

// tables is an object of one machine that has a list for each table. Once it closes
// it is whole, so its order does not matter.
func (q *osquery) tables(name string, o object) {
	asked := asList(o["asked"])
	for _, table := range o.keys() {
		if table == "asked" {
			continue
		}
		for _, row := range asList(o[table]) {
			if r := asObject(row); r != nil {
				q.row(q.get(name), r, strings.ToLower(table))
			}
		}
	}
	if len(asked) == 0 {
		return
	}
	m := q.get(name)
	if asList(o["registry"]) == nil {
		m.fail(q.problem(name, message.Error("fleet.osquery-no-values")))
	}
	for _, key := range asked {
		if text, ok := key.(string); ok {
			m.whole(normalKey(text))
		}
	}
}

func (q *osquery) rows(name string, v any, wrap object) {
	m := q.get(name)
	if at, err := time.Parse(time.RFC3339, wrap.text("last_fetched")); err == nil && at.After(m.collected) {
		m.collected = at.UTC()
	} else if n, err := strconv.ParseInt(wrap.text("unixTime"), 10, 64); err == nil && n > 0 && n < 1<<33 {
		m.collected = time.Unix(n, 0).UTC()
	}
	// Lines of a log belong together if they are of the same run of a query.
	if run := strings.Join([]string{wrap.text("name"), wrap.text("unixTime"), wrap.text("counter"), wrap.text("last_fetched")}, " "); run != m.batch.run {
		m.endBatch()
		m.batch.run = run
	}
	for _, row := range asList(v) {
		if r := asObject(row); r != nil {
			q.row(m, r, "")
		} else {
			m.batch.broken = true
		}
	}
}

func (q *osquery) removed(name string, v any) {
	for _, row := range asList(v) {
		if r := asObject(row); r != nil {
			q.get(name).remove(normalKey(r.text("key")), valueName(r))
		}
	}
}

// row takes one row. The query in docs/sources says in "what" which table a row
// is of; else its columns show it.
func (q *osquery) row(m *machine, r object, table string) {
	if what := strings.ToLower(r.text("what")); what != "" {
		table = what
	}
	if table == "asked" {
		m.ask(normalKey(r.text("key")))
		return
	}
	m.row()
	switch {
	case r.failure() != "":
		m.fail(q.problem("", message.Error("fleet.row-failed", message.Str("said", clip(r.failure())))))
	case table == "patches" || r.has("hotfix_id"):
		m.update(r.text("hotfix_id", "name"))
	case table == "os_version" || r.has("build") && r.has("major"):
		m.osVersion(r)
	case table == "system_info" || r.has("computer_name"):
		m.name = r.text("computer_name", "hostname")
	case table == "registry" || r.has("key"):
		q.value(m, r)
	}
}

// value takes a row of the table registry. One whose type or data is missing or not
// known says that there is something, and not what.
func (q *osquery) value(m *machine, r object) {
	key, name := normalKey(r.text("key")), valueName(r)
	t := typeNamed(r.text("type"))
	switch {
	case strings.EqualFold(r.text("type"), "subkey"):
		return
	case key == "":
		m.batch.broken = true
		return
	case t == "" || !isPlain(r.get("data")) || r.text("name") == "":
		m.say(lost, key)
		return
	}
	d, err := fromText(t, r.text("data"), ",")
	if err != nil {
		m.fail(q.problem("", message.Error("fleet.value", message.Str("key", key), message.Str("name", name), message.Cause("why", err))))
		return
	}
	m.set(key, name, d)
}

// valueName is the name of a value; osquery calls the default one "(Default)".
func valueName(r object) string {
	return defaultName(r.text("name"))
}

// osVersion takes a row of os_version, or the one of our query, which carries
// version and build in "data".
func (m *machine) osVersion(r object) {
	m.os.Name = r.text("name")
	m.os.Architecture = r.text("arch")
	if major := r.text("major"); major != "" {
		m.os.Version, m.os.Build = major+"."+r.text("minor"), winver.LeadingNumber(r.text("build"))
	}
	m.stated(r.text("data"))
	if r.text("type") != "" && m.os.Architecture == "" {
		m.os.Architecture = r.text("type")
	}
	if m.os.Build >= winver.Windows10 {
		m.os.Version = "10.0"
	}
	if revision := winver.LeadingNumber(r.text("revision")); revision > 0 {
		m.os.Revision = revision
	}
	m.os.Type = winver.TypeByName(m.os.Name)
}

package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/probe"
)

// maxEndpointLine is the longest line of a baseline: an endpoint with every client
// and long chains has some hundred kilobytes.
const maxEndpointLine = 8 << 20

// baseEndpoint is what is kept of a line of a baseline.
type baseEndpoint struct {
	Schema   string                                `json:"schema"`
	Target   string                                `json:"target"`
	Address  string                                `json:"address"`
	Versions map[tlsready.Version]string           `json:"versions"`
	Suites   map[tlsready.Version][]tlsready.Suite `json:"suites"`
	Groups   []string                              `json:"groups"`
	Clients  []baseClient                          `json:"clients"`
}

type baseClient struct {
	Client   string `json:"client"`
	Connects string `json:"connects"`
}

// baseline holds endpoints against what an earlier run found.
type baseline struct {
	byAddress map[string]*baseEndpoint // target and address
	byTarget  map[string]*baseEndpoint // the first of each target: for names whose addresses change

	mu   sync.Mutex
	seen map[string]bool // targets
}

func endpointKey(target, address string) string { return target + " " + address }

// readBaseline reads a jsonl or json result of an earlier run.
func (app *App) readBaseline(file string) (*baseline, error) {
	b := &baseline{byAddress: map[string]*baseEndpoint{}, byTarget: map[string]*baseEndpoint{}, seen: map[string]bool{}}
	err := app.readEndpoints(file, func(e *baseEndpoint, _ []byte) {
		b.byAddress[endpointKey(e.Target, e.Address)] = e
		if b.byTarget[e.Target] == nil {
			b.byTarget[e.Target] = e
		}
	})
	return b, err
}

// readEndpoints reads a jsonl result, or a json one, line by line.
func (app *App) readEndpoints(file string, take func(*baseEndpoint, []byte)) error {
	in, err := os.Open(file)
	if err != nil {
		return app.cannotRead(file, err)
	}
	defer in.Close()
	scanner := bufio.NewScanner(in)
	scanner.Buffer(make([]byte, 64<<10), maxEndpointLine)
	for n := 1; scanner.Scan(); n++ {
		line := bytes.TrimSuffix(bytes.TrimSpace(scanner.Bytes()), []byte(","))
		if text := string(line); text == "" || text == "[" || text == "]" {
			continue // the frame of -f json
		}
		e := &baseEndpoint{}
		err := json.Unmarshal(line, e)
		if err == nil && e.Schema != document.EndpointSchema {
			err = fmt.Errorf("schema %q: %s is wanted", e.Schema, document.EndpointSchema)
		}
		if err != nil {
			return app.usageError("baseline", message.Str("where", fmt.Sprintf("%s:%d", file, n)), message.Str("why", err.Error()))
		}
		take(e, line)
	}
	if err := scanner.Err(); err != nil && err != io.EOF {
		return app.cannotRead(file, err)
	}
	return nil
}

func (b *baseline) needs() probe.Questions {
	var q probe.Questions
	for _, e := range b.byAddress {
		q.SSL = q.SSL || e.Versions[tlsready.SSL30] == "yes" || e.Versions[tlsready.SSL30] == "no"
		q.Suites = q.Suites || len(e.Suites) > 0
		q.Groups = q.Groups || len(e.Groups) > 0
	}
	return q
}

// check finds what is otherwise than before. What one of the two runs did not learn
// is no difference.
func (b *baseline) check(p *probed) []finding {
	l := &ledger{against: "baseline"}
	address := addressText(p.result.Target)
	b.mu.Lock()
	b.seen[p.target] = true
	b.mu.Unlock()
	was := b.byAddress[endpointKey(p.target, address)]
	if was == nil {
		was = b.byTarget[p.target]
	}
	if was == nil {
		l.add("new", tlsready.No, "probe.finding.new")
		return l.list
	}
	l.changedVersions(was, &p.result)
	l.changedSuites(was, &p.result)
	if len(was.Groups) > 0 && p.result.GroupsKnown {
		added, gone := compare(was.Groups, texts(p.result.Groups))
		l.changed("group", "", added, gone)
	}
	l.changedClients(was, p.clients)
	return l.list
}

// missing lists the targets of the baseline that this run did not probe.
func (b *baseline) missing() []string {
	var list []string
	for target := range b.byTarget {
		if !b.seen[target] {
			list = append(list, target)
		}
	}
	slices.Sort(list)
	return list
}

func (l *ledger) changedVersions(was *baseEndpoint, r *probe.Result) {
	for _, v := range tlsready.Versions() {
		before, now := was.Versions[v], r.Versions[v].String()
		switch {
		case before == now || before == "" || before == "unknown":
		case now == "unknown":
			if v >= tlsready.TLS10 {
				l.add("version", tlsready.Unknown, "probe.finding.version-unknown", message.Str("version", v.String()))
			}
		case now == "yes":
			l.add("version", tlsready.No, "probe.finding.version-added", message.Str("version", v.String()))
		default:
			l.add("version", tlsready.No, "probe.finding.version-gone", message.Str("version", v.String()))
		}
	}
}

func (l *ledger) changedSuites(was *baseEndpoint, r *probe.Result) {
	for _, v := range tlsready.Versions() {
		if before, ok := was.Suites[v]; ok && r.Complete[v] {
			added, gone := compare(texts(before), texts(r.Suites[v]))
			l.changed("suite", v.String(), added, gone)
		}
	}
}

func (l *ledger) changed(rule, version string, added, gone []string) {
	if len(added) > 0 {
		l.add(rule, tlsready.No, "probe.finding."+rule+"-added", message.Str("version", version), message.Str("items", strings.Join(added, ", ")))
	}
	if len(gone) > 0 {
		l.add(rule, tlsready.No, "probe.finding."+rule+"-gone", message.Str("version", version), message.Str("items", strings.Join(gone, ", ")))
	}
}

func (l *ledger) changedClients(was *baseEndpoint, now []simulated) {
	before := map[string]string{}
	for _, c := range was.Clients {
		before[c.Client] = c.Connects
	}
	for _, c := range now {
		is := c.answer.String()
		if old, ok := before[c.id]; ok && old != is && old != "unknown" && is != "unknown" {
			l.add("client", tlsready.No, "probe.finding.client-"+is, message.Str("client", c.id))
		}
	}
}

// compare gives what is in one list and not in the other.
func compare(before, now []string) (added, gone []string) {
	for _, x := range now {
		if !slices.Contains(before, x) {
			added = append(added, x)
		}
	}
	for _, x := range before {
		if !slices.Contains(now, x) {
			gone = append(gone, x)
		}
	}
	return added, gone
}

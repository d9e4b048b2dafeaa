package watch

import (
	"crypto/rand"
	"io"
	"runtime"
	"strconv"
	"strings"
	"time"

	"tlsready/internal/clients"
	"tlsready/internal/document"
	"tlsready/internal/fingerprint"
	"tlsready/internal/message"
	"tlsready/internal/observe/logs"
	"tlsready/internal/service"
	"tlsready/internal/source"
	"tlsready/internal/stack"
	"tlsready/internal/survey"
	"tlsready/internal/userfile"
)

// Question is what is asked of captures and logs, as a user names it.
type Question struct {
	Words []string      // files, patterns, folders, "-"
	Stdin io.Reader     // what "-" is
	Hosts []source.Kind // see [Run]

	Service   string // an id or a profile file; "" for TLS 1.2 and later
	On, Today service.Date
	Accepts   []string // results of probes: what servers take

	OwnerBy string // the field that owners are told by
	Owners  string // a table of owners
	Log     string // the format of logs whose content does not tell
	// LogFormat and ClientField are those of [logs.Options].
	LogFormat, ClientField string

	Timezone      string // of times in logs that are written without one; "": UTC
	Since         string // a day, a time, or how long ago: 14d
	Now           time.Time
	Shard         string // 2/8
	Pseudonymise  bool
	PseudonymKey  string // a file; "": a key of this run alone
	Plan          string // a gate's configuration: whom do its brownouts meet?
	SameTimeFiles int    // files that are read at once; 0: one for each processor
}

// FieldNames are the fields that owners can be told by in every source.
func FieldNames() []string { return clients.FieldNames() }

// LogNames are the formats of logs that can be named.
func LogNames() []string {
	var list []string
	for _, f := range logs.Formats() {
		list = append(list, f.ID)
	}
	return list
}

// Run reads what the question names besides the captures and logs themselves. An error is
// a [survey.Mistake].
func (q Question) Run() (*Run, error) {
	demand, err := Demand(q.Service, q.On, q.Today)
	if err != nil {
		return nil, err
	}
	run, err := newRun(demand)
	if err != nil {
		return nil, err
	}
	for _, file := range q.Accepts {
		if err := survey.ReadEndpoints(file, func(e *document.Endpoint, _ []byte) { run.known.LearnProbe(e) }); err != nil {
			return nil, err
		}
	}
	if run.Owners, err = q.owners(); err != nil {
		return nil, err
	}
	run.Logs = logs.Options{Format: q.Log, LogFormat: q.LogFormat, ClientField: q.ClientField, Now: q.Now}
	if run.Logs.Location, err = location(q.Timezone); err != nil {
		return nil, err
	}
	if q.OwnerBy != "" {
		run.Logs.Keep = []string{q.OwnerBy}
	}
	if run.Since, err = since(q.Since, q.Now); err != nil {
		return nil, err
	}
	if run.Shard, err = shard(q.Shard); err != nil {
		return nil, err
	}
	if run.Pseudonyms, err = q.pseudonyms(); err != nil {
		return nil, err
	}
	if q.Plan != "" {
		config, err := ReadPlan(q.Plan)
		if err != nil {
			return nil, err
		}
		run.Plan = &Plan{File: q.Plan, Config: config, From: q.Today.Time}
	}
	run.Hosts = q.Hosts
	if run.Workers = q.SameTimeFiles; run.Workers < 1 {
		run.Workers = runtime.GOMAXPROCS(0)
	}
	run.Inputs, err = Inputs(q.Words, q.Stdin)
	return run, err
}

// newRun makes a run with the model's knowledge of stacks and remedies.
func newRun(d clients.Demand) (*Run, error) {
	model, err := stack.New()
	if err != nil {
		return nil, err
	}
	table, err := fingerprint.NewTable(model)
	if err != nil {
		return nil, err
	}
	remedies, err := clients.NewRemedies(model, d)
	if err != nil {
		return nil, err
	}
	return New(d, table, remedies), nil
}

func (q Question) owners() (*clients.Owners, error) {
	if q.Owners == "" {
		return clients.NewOwners(clients.Field(q.OwnerBy), nil), nil
	}
	rules, err := ReadOwners(q.Owners)
	return clients.NewOwners(clients.Field(q.OwnerBy), rules), err
}

// location reads the name of a time zone. "Local" is none: what a log's times mean does not
// hang on where it is read.
func location(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, mistake("timezone", message.Quote("value", name))
	}
	return zone, nil
}

// since reads a day, a time, or how long ago.
func since(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	number, unit := text[:len(text)-1], text[len(text)-1:]
	n, err := strconv.Atoi(number)
	hours, ok := map[string]int{"h": 1, "d": 24, "w": 7 * 24}[unit]
	const most = 100 * 366 * 24 // a hundred years of hours
	if err != nil || !ok || n < 1 || n > most/hours {
		return time.Time{}, mistake("since", message.Str("value", text))
	}
	return now.Add(-time.Duration(n*hours) * time.Hour), nil
}

// maxShards is more than there are machines to share the work.
const maxShards = 1 << 16

// shard reads 2/8.
func shard(text string) (clients.Shard, error) {
	if text == "" {
		return clients.Shard{}, nil
	}
	number, of, ok := strings.Cut(text, "/")
	n, err1 := strconv.Atoi(number)
	all, err2 := strconv.Atoi(of)
	if !ok || err1 != nil || err2 != nil || n < 1 || all > maxShards || n > all {
		return clients.Shard{}, mistake("shard", message.Str("value", text))
	}
	return clients.Shard{Number: n, Of: all}, nil
}

// A key of pseudonyms that is shorter than minKey bytes could be guessed.
const (
	minKey = 16
	maxKey = 1 << 12
)

func (q Question) pseudonyms() (*clients.Pseudonyms, error) {
	switch {
	case q.PseudonymKey != "":
		key, err := userfile.Read(q.PseudonymKey, maxKey)
		if err != nil {
			return nil, unreadable(q.PseudonymKey, userfile.Why(err))
		}
		if len(key) < minKey {
			return nil, mistake("key", message.Str("path", q.PseudonymKey), message.Int("least", minKey))
		}
		return clients.NewPseudonyms(key), nil
	case q.Pseudonymise:
		return clients.NewPseudonyms([]byte(rand.Text() + rand.Text())), nil
	}
	return nil, nil
}

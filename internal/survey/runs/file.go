package runs

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"hash/maphash"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/encoding/unicode"

	"tlsready/internal/document"
	"tlsready/internal/fleet"
	"tlsready/internal/message"
	"tlsready/internal/observe/unpack"
	"tlsready/internal/survey/watch"
)

type statter interface{ Stat() (fs.FileInfo, error) }

// cache knows lines that were seen on other days: most hosts stay as they are. It is for
// several goroutines.
type cache struct {
	mu   sync.RWMutex
	seed maphash.Seed
	rows map[uint64]fleet.Row
}

// maxCached bounds the cache: the hosts and services of some days.
const maxCached = 1 << 20

func newCache() *cache { return &cache{seed: maphash.MakeSeed(), rows: map[uint64]fleet.Row{}} }

func (c *cache) get(key uint64) (fleet.Row, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	row, ok := c.rows[key]
	return row, ok
}

func (c *cache) put(key uint64, row fleet.Row) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.rows) >= maxCached {
		clear(c.rows)
	}
	c.rows[key] = row
}

// file is one file while it is read.
type file struct {
	input  watch.Input
	ledger *fleet.Ledger
	known  *cache
	latest fleet.Day // no result is of a later day
	clock  fleet.Day

	out    result
	failed bool // it could not be read to its end
	lines  *lines
	named  fleet.Day // by its name, else by when it was changed
	by     string
	run    *fleet.Run // the run that is being read; nil between runs
	days   map[fleet.Day]bool
	kinds  map[string]bool
}

// read reads the file to its end, or as far as it can be read.
func (f *file) read(ctx context.Context) (*result, error) {
	f.out.file = document.FleetFile{File: f.input.Name, Kinds: []string{}, Days: []string{}}
	f.days, f.kinds = map[fleet.Day]bool{}, map[string]bool{}
	opened, err := f.input.Open()
	if err != nil {
		f.failed = true
		f.lose(0, message.CauseOf(err))
		return f.end(), nil
	}
	defer opened.Close()
	f.date(opened)
	plain, err := unpack.New(opened)
	if err != nil {
		f.failed = true
		f.lose(0, message.CauseOf(err))
		return f.end(), nil
	}
	defer plain.Close()
	f.lines = newLines(asUTF8(&lasting{r: plain}))
	if f.binary() {
		f.lose(0, message.New("runs.loss.kind"))
		return f.end(), nil
	}
	if err := f.each(ctx); err != nil {
		return nil, err
	}
	return f.end(), nil
}

// lasting says again how a file ended: whoever looks at its beginning may meet the end
// first.
type lasting struct {
	r   io.Reader
	err error
}

func (l *lasting) Read(p []byte) (n int, err error) {
	if l.err == nil {
		n, l.err = l.r.Read(p)
	}
	return n, l.err
}

// asUTF8 gives a text as UTF-8: with ">" Windows PowerShell writes UTF-16.
func asUTF8(in io.Reader) io.Reader {
	b := bufio.NewReaderSize(in, buffer)
	head, _ := b.Peek(2) // less is a short file
	if string(head) == "\xff\xfe" || string(head) == "\xfe\xff" {
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(b)
	}
	return b
}

// date says of which day the file is, for lines that do not say it themselves.
func (f *file) date(opened io.Reader) {
	f.named, f.by = dayIn(f.input.Name), document.DatedByName
	if f.named != fleet.NoDay {
		return
	}
	if when := modified(opened); !when.IsZero() {
		f.named, f.by = fleet.DayOf(when), document.DatedByFile
		return
	}
	f.named, f.by = f.clock, document.DatedByClock
}

// binary says whether the file is no text: then it has no lines to look for.
func (f *file) binary() bool {
	const looked = 4096
	head, _ := f.lines.in.Peek(looked) // less is a short file
	return bytes.IndexByte(head, 0) >= 0
}

// each reads line by line. The error is that of the context.
func (f *file) each(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, whole, err := f.lines.next()
		switch {
		case errors.Is(err, errLong):
			f.damaged(message.New("runs.loss.long", message.Int("most", maxLine)))
			continue
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			f.failed = true
			f.lose(f.lines.number, message.CauseOf(err))
			return nil
		}
		if f.out.file.Lines+f.out.file.Damaged == 0 && f.whole(line) {
			return nil
		}
		if what := f.line(line); !what.IsZero() {
			if !whole {
				what = message.New("runs.loss.cut")
			}
			f.damaged(what)
		}
	}
}

// damaged counts a line that could not be read.
func (f *file) damaged(what message.Text) {
	f.out.file.Damaged++
	if f.out.file.Damaged <= ofOneFile {
		f.lose(f.lines.number, what)
	}
}

func (f *file) lose(line int, what message.Text) {
	f.out.losses = append(f.out.losses, document.FleetLoss{File: f.input.Name, Line: line, What: what})
}

// Lines of check begin so, as this program writes them: of most of them no more has to be
// looked at.
var (
	verdictLine = []byte(`{"schema":"` + document.CheckSchema + `","kind":"` + document.VerdictKind + `",`)
	hostLine    = []byte(`{"schema":"` + document.CheckSchema + `","kind":"` + document.HostKind + `",`)
)

// line takes one line, or says what is wrong with it.
func (f *file) line(line []byte) message.Text {
	if bytes.HasPrefix(line, verdictLine) && bytes.HasSuffix(line, []byte("]}")) {
		f.out.file.Lines++
		return message.Text{}
	}
	if bytes.HasPrefix(line, hostLine) {
		return f.host(line)
	}
	var head document.Line
	if err := json.Unmarshal(line, &head); err != nil {
		return message.New("runs.loss.json")
	}
	switch {
	case head.Schema == document.CheckSchema && head.Kind == document.VerdictKind:
		f.out.file.Lines++
		return message.Text{}
	case head.Schema == document.CheckSchema && head.Kind == document.HostKind:
		return f.host(line)
	case head.Schema == document.CheckSchema && head.Kind == document.SummaryKind:
		return f.summary(line)
	case head.Schema == document.EndpointSchema:
		return f.endpoint(line)
	case head.Schema == document.ConnectionSchema:
		return f.connection(line)
	}
	return message.New("runs.loss.schema", message.Quote("schema", head.Schema))
}

// hostOf is a line of a host as far as it counts here.
type hostOf struct {
	document.Host

	// What is long and not looked at, in place of the members of the same names.
	Redundant  skipped `json:"redundant"`
	Effects    skipped `json:"effects"`
	Loses      skipped `json:"loses"`
	Documented skipped `json:"documented"`
	Warnings   skipped `json:"warnings"`
	NearMisses skipped `json:"nearMisses"`
}

// skipped is a value that is passed over.
type skipped struct{}

// UnmarshalJSON does nothing.
func (*skipped) UnmarshalJSON([]byte) error { return nil }

// host takes the outcome of one host and service.
func (f *file) host(line []byte) message.Text {
	key := maphash.Bytes(f.known.seed, line)
	row, ok := f.known.get(key)
	if !ok {
		var parsed hostOf
		if err := json.Unmarshal(line, &parsed); err != nil {
			return message.New("runs.loss.json")
		}
		h := parsed.Host
		if h.Host == "" || document.Rank(h.Verdict) < 0 {
			return message.New("runs.loss.host")
		}
		row = f.ledger.Row(&h)
		f.known.put(key, row)
	}
	f.begin().Rows = append(f.run.Rows, row)
	f.out.file.Lines++
	return message.Text{}
}

// begin is the run that is being read.
func (f *file) begin() *fleet.Run {
	if f.run == nil {
		f.run = &fleet.Run{File: f.input.Name, Day: f.named, Cut: true}
		f.kinds["check"] = true
	}
	return f.run
}

// summary ends a run. In a file to which each night is appended several follow each other.
func (f *file) summary(line []byte) message.Text {
	var s document.SummaryLine
	if err := json.Unmarshal(line, &s); err != nil {
		return message.New("runs.loss.json")
	}
	f.out.file.Lines++
	run := f.begin()
	run.Cut, run.Services = false, s.Services
	if s.Assumed != nil { // the hosts are not so, they would be
		f.run = nil
		f.lose(f.lines.number, message.New("runs.loss.assumed"))
		return message.Text{}
	}
	if d := fleet.ParseDay(s.Today); d != fleet.NoDay {
		run.Day, f.by = d, document.DatedByLines
	}
	hosts := map[uint32]bool{}
	for _, r := range run.Rows {
		hosts[r.Host()] = true
	}
	if len(hosts) != s.Hosts {
		f.lose(f.lines.number, message.New("runs.loss.count", message.Int("said", s.Hosts), message.Int("read", len(hosts))))
	}
	f.close()
	return message.Text{}
}

// close gives the run that was read to the ledger, if it can be of its day.
func (f *file) close() {
	run := f.run
	f.run = nil
	if run == nil {
		return
	}
	if f.sound(run.Day) {
		f.ledger.Add(run)
	}
	f.out.file.Cut = f.out.file.Cut || run.Cut
}

// sound says whether a result can be of a day. A clock that is wrong puts it where it
// would bend every line.
func (f *file) sound(d fleet.Day) bool {
	if d.Plausible() && d <= f.latest {
		f.days[d] = true
		return true
	}
	if !slices.ContainsFunc(f.out.losses, func(l document.FleetLoss) bool { return l.What.ID == "runs.loss.day" }) {
		f.lose(0, message.New("runs.loss.day", message.Str("day", d.String())))
	}
	return false
}

func (f *file) endpoint(line []byte) message.Text {
	e, err := document.ReadEndpoint(line)
	if err != nil {
		return message.New("runs.loss.json")
	}
	f.out.file.Lines++
	f.kinds["probe"] = true
	if f.sound(f.named) {
		f.ledger.Endpoint(f.named, f.input.Name, e)
	}
	return message.Text{}
}

func (f *file) connection(line []byte) message.Text {
	c, err := document.ReadConnection(line)
	if err != nil {
		return message.New("runs.loss.json")
	}
	f.out.file.Lines++
	f.kinds["watch"] = true
	day := f.named
	if !c.Time.IsZero() {
		day, f.by = fleet.DayOf(c.Time.UTC()), document.DatedByLines
	}
	if f.sound(day) {
		f.ledger.Connection(day, c)
	}
	return message.Text{}
}

// end closes the file.
func (f *file) end() *result {
	f.close()
	out := &f.out.file
	out.DatedBy = f.by
	for d := range f.days {
		out.Days = append(out.Days, d.String())
	}
	slices.Sort(out.Days)
	for k := range f.kinds {
		out.Kinds = append(out.Kinds, k)
	}
	slices.Sort(out.Kinds)
	switch {
	case out.Lines > 0:
	case f.input.Perhaps && !f.failed && len(f.out.losses) > 0: // it was read, and is something else
		f.out.passed = true
	case f.input.Perhaps && len(f.out.losses) == 0 && !namesLines(f.input.Name):
		f.out.passed = true
	case len(f.out.losses) == 0:
		f.lose(0, message.New("runs.loss.empty"))
	}
	return &f.out
}

// namesLines says whether a file is called as lines are: then it should have some.
func namesLines(name string) bool {
	return strings.Contains(name, ".jsonl") || strings.Contains(name, ".ndjson")
}

package formats

import (
	"net/netip"
	"slices"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"

	"tlsready"

	"tlsready/internal/observe"
	"tlsready/internal/observe/logs/jsonscan"
	"tlsready/internal/wire"
)

// Outcome is what a record was.
type Outcome uint8

// The outcomes.
const (
	Seen    Outcome = iota // a connection with something of TLS
	Plain                  // a connection, and nothing of TLS is said of it
	Other                  // of this format, but no connection: a comment, another kind of event
	Broken                 // it should be of this format, and cannot be read
	Foreign                // it does not look like this format at all
)

// Parser reads records, one after the other, for one goroutine. The connections may share
// parts with one another.
type Parser struct{ draft *draft }

// NewParser makes one.
func NewParser(c *Config) *Parser { return &Parser{newDraft(c)} }

// Parse reads a record of a layout. The connection holds until the next one is read, and
// has something in it only where the outcome is Seen, but for its time.
func (p *Parser) Parse(l *Layout, record []byte) (*observe.Connection, Outcome) {
	p.draft.reset()
	out := l.parse(p.draft, record)
	p.draft.c.Format = l.Format
	return &p.draft.c, out
}

// Assumed says whether the time of the last record was written without a zone.
func (p *Parser) Assumed() bool { return p.draft.zone.assumed }

// draft is a connection while its record is read. One draft serves one goroutine: what
// it makes may be shared between connections.
type draft struct {
	config *Config
	c      observe.Connection

	client, server          netip.Addr
	clientPort, serverPort  uint16
	forwarded               netip.Addr
	zone                    zone
	date                    time.Time // of a record that has date and time apart
	clock                   time.Duration
	version                 tlsready.Version
	suite                   tlsready.Suite
	hasSuite                bool
	group                   tlsready.Group
	offered                 observe.Offered
	hasOffered              bool
	alert                   wire.AlertDescription
	hasAlert, alertByServer bool
	kind                    string // what the record says that it is, for formats with several kinds
	fields                  map[string]string
	failed                  bool // a field could not be read
	flagged                 bool // the log says something of TLS, and no version
	event                   event
	properties              []string         // of an event, in the order of its template
	inner                   jsonscan.Scanner // of JSON in a field
	zeek                    zeekRecord
	scan                    jsonscan.Scanner
	words                   [][]byte
	texts                   map[string]string
	agents                  map[string]string // user agents by how they are written with plus signs
	negotiated              map[observe.Negotiated]*observe.Negotiated
}

// maxTexts bounds what one goroutine keeps of texts that come again: user agents, names.
const maxTexts = 1 << 14

func newDraft(c *Config) *draft {
	return &draft{config: c, zone: zone{location: c.Location}, texts: make(map[string]string), agents: make(map[string]string), negotiated: make(map[observe.Negotiated]*observe.Negotiated)}
}

// reset makes d ready for the next record.
func (d *draft) reset() {
	*d = draft{config: d.config, zone: zone{location: d.config.Location}, scan: d.scan, words: d.words[:0], texts: d.texts, agents: d.agents, negotiated: d.negotiated}
}

// text is v as a string that may be kept: in UTF-8, read as code page 932 where it is
// none and fits, and one string for values that come again.
func (d *draft) text(v []byte) string {
	if s, ok := d.texts[string(v)]; ok {
		return s
	}
	s := string(v)
	if !utf8.ValidString(s) {
		s = fromANSI(v)
	}
	if len(d.texts) >= maxTexts {
		clear(d.texts)
	}
	d.texts[string(v)] = s
	return s
}

// fromANSI reads bytes that are not UTF-8: as Shift_JIS with Microsoft's extensions
// where that fits, and else with each wrong byte replaced.
func fromANSI(v []byte) string {
	out, err := japanese.ShiftJIS.NewDecoder().Bytes(v)
	if err == nil && !slices.Contains([]rune(string(out)), utf8.RuneError) {
		return string(out)
	}
	return string([]rune(string(v)))
}

// checked finishes a record that check, which may be nil, says to be a connection.
func (d *draft) checked(check func(d *draft) Outcome) Outcome {
	if check != nil {
		if o := check(d); o != Seen {
			return o
		}
	}
	return d.finish()
}

// setAlert takes an alert by its name in IANA's registry; others say only that the
// handshake failed. close_notify and user_canceled refuse nothing.
func (d *draft) setAlert(name string, byServer bool) {
	for code := range 256 {
		if a := wire.AlertDescription(code); a.String() == name {
			if a == wire.CloseNotify || a == 90 {
				return
			}
			d.alert, d.hasAlert, d.alertByServer = a, true, byServer
		}
	}
	d.c.Refused = true
}

// finish makes the connection of what was read.
func (d *draft) finish() Outcome {
	if d.failed {
		return Broken
	}
	if !d.date.IsZero() {
		d.c.Time = d.date.Add(d.clock)
	}
	d.addresses()
	d.handshake()
	if d.fields != nil {
		d.c.Identity.Fields = d.fields
	}
	if d.c.Negotiated == nil && d.c.Offered == nil && d.c.Alert == nil && !d.c.Refused && !d.flagged {
		return Plain
	}
	if d.c.Transport == "" {
		d.c.Transport = observe.TCP
	}
	return Seen
}

// addresses puts the client behind a balancer in the balancer's place.
func (d *draft) addresses() {
	if d.forwarded.IsValid() {
		d.c.Via, d.client, d.clientPort = d.client, d.forwarded, 0
	}
	if d.client.IsValid() {
		d.c.Client = netip.AddrPortFrom(d.client, d.clientPort)
	}
	if d.server.IsValid() {
		d.c.Server = netip.AddrPortFrom(d.server, d.serverPort)
	}
}

func (d *draft) handshake() {
	if d.version != 0 {
		n := observe.Negotiated{Version: d.version, Suite: d.suite, HasSuite: d.hasSuite, Group: d.group}
		if d.negotiated[n] == nil {
			d.negotiated[n] = &n
		}
		d.c.Negotiated = d.negotiated[n]
	}
	// A hello in the format of SSL 2.0 may be logged with that version.
	if d.version.Rank() > d.offered.Max.Rank() {
		d.offered.Max = 0
	}
	if d.hasOffered && (d.offered.Max != 0 || d.offered.Suites != nil || d.offered.Groups != nil) {
		offered := d.offered
		d.c.Offered = &offered
	}
	if d.hasAlert {
		d.c.Alert = &observe.Alert{Alert: wire.Alert{Level: wire.Fatal, Description: d.alert}, FromServer: d.alertByServer}
		d.c.Refused = true
	}
}

// Package replay tries a plan on traffic that was seen before: what each stage would have
// done to it, per client and owner.
package replay

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/fingerprint"
	"tlsready/internal/gate"
	"tlsready/internal/message"
	"tlsready/internal/observe"
	"tlsready/internal/observe/capture"
	"tlsready/internal/observe/logs"
	"tlsready/internal/observe/logs/jsonscan"
	"tlsready/internal/observe/unpack"
)

const (
	// maxLine bounds a line: a hello with every suite that has a name takes 20 KiB.
	maxLine = 1 << 20
	// headSize is how much of a file tells what it is.
	headSize = 4096
)

// seen is a connection as far as a plan asks for it.
type seen struct {
	time         time.Time
	client       netip.Addr
	owner, stack string
	// hello is what was offered; nil if that is not known.
	hello *gate.Hello
	// atLeast says that hello is only what was agreed on: the client may offer more.
	atLeast bool
	// notTLS says that bytes came which are no hello.
	notTLS bool
}

// source tells what a reader holds and reads it: a capture, lines of watch or of a gate, or
// another log.
func (r *Run) source(ctx context.Context, in io.Reader, name string, take func(*seen) error) (observe.Coverage, error) {
	plain, err := unpack.New(in)
	if err != nil {
		return observe.Coverage{Source: name}, err
	}
	defer plain.Close()
	content := bufio.NewReaderSize(plain, maxLine)
	head, err := content.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return observe.Coverage{Source: name}, err
	}
	switch {
	case capture.Is(head):
		return capture.Read(ctx, content, name, r.observed(take))
	case len(bytes.TrimSpace(head)) == 0:
		return observe.Coverage{Source: name}, message.Error("gate.replay.empty")
	case bytes.Contains(head, []byte(document.ConnectionSchema)):
		return r.lines(ctx, content, name, take)
	}
	return logs.Read(ctx, content, name, logs.Options{Now: r.Now}, r.observed(take))
}

// observed takes connections of captures and logs.
func (r *Run) observed(take func(*seen) error) observe.Sink {
	prints := fingerprint.NewReader(r.table)
	return func(c observe.Connection) error {
		s := &seen{time: c.Time, client: c.Client.Addr(), owner: c.Identity.Principal}
		switch {
		case c.Hello != nil:
			s.hello = gate.HelloOf(c.Hello.ClientHello)
			s.stack = prints.Print(c.Hello.ClientHello).Match.Stack
		case c.Offered != nil && c.Offered.Max != 0:
			s.hello = &gate.Hello{Max: c.Offered.Max, ServerName: c.ServerName}
		case c.Negotiated != nil:
			s.hello, s.atLeast = &gate.Hello{Max: c.Negotiated.Version, ServerName: c.ServerName}, true
		case c.Transport == observe.QUIC:
			s.hello = &gate.Hello{Max: tlsready.TLS13, ServerName: c.ServerName}
		}
		return take(s)
	}
}

// lines reads tlsready.connection/v1. A line that is none is counted, and so is a last one
// that is cut short.
func (r *Run) lines(ctx context.Context, in *bufio.Reader, name string, take func(*seen) error) (observe.Coverage, error) {
	cov := observe.Coverage{Source: name}
	l := &lineReader{}
	lost := func(id string, n int, line []byte) {
		addLoss(&cov, message.New("gate.replay."+id), n, line, name)
	}
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		long := errors.Is(err, bufio.ErrBufferFull)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = in.ReadSlice('\n')
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return cov, err
		}
		text := bytes.TrimSpace(line)
		switch {
		case long:
			lost("long-line", n, text)
		case len(text) == 0:
		case !l.read(text) && errors.Is(err, io.EOF):
			lost("cut-line", n, text)
		case !l.ok:
			lost("no-line", n, text)
		default:
			cov.Connections++
			note(&cov, l.seen.time)
			if err := take(&l.seen); err != nil {
				return cov, err
			}
		}
		if n%1024 == 0 && ctx.Err() != nil {
			return cov, ctx.Err()
		}
		if err != nil {
			return cov, nil
		}
	}
}

func note(cov *observe.Coverage, t time.Time) {
	switch {
	case t.IsZero():
	case cov.From.IsZero():
		cov.From, cov.To = t, t
	case t.Before(cov.From):
		cov.From = t
	case t.After(cov.To):
		cov.To = t
	}
}

func addLoss(cov *observe.Coverage, what message.Text, line int, example []byte, name string) {
	i := slices.IndexFunc(cov.Losses, func(l observe.Loss) bool { return l.What.ID == what.ID })
	if i < 0 {
		i = len(cov.Losses)
		cov.Losses = append(cov.Losses, observe.Loss{What: what, Where: name + ":" + strconv.Itoa(line), Example: string(example[:min(len(example), 120)])})
	}
	cov.Losses[i].Count++
}

// lineReader reads one line after the other into the same place.
type lineReader struct {
	scan     jsonscan.Scanner
	seen     seen
	hello    gate.Hello
	ok       bool // the last line was one
	schema   bool
	gateLog  bool
	offered  bool
	exact    bool
	versions []tlsready.Version
	agreed   tlsready.Version
	offer    tlsready.Offer
}

// read reads a line.
func (l *lineReader) read(line []byte) bool {
	*l = lineReader{scan: l.scan, versions: l.versions[:0]}
	l.ok = l.scan.Object(line, l.value) && l.schema
	if !l.ok {
		return false
	}
	switch {
	case l.offered && l.hello.Max != 0:
		l.offer.Exact = l.exact
		for _, v := range l.versions {
			l.offer.Versions = append(l.offer.Versions, tlsready.OfferedVersion{Version: v})
		}
		if l.hello.Offer = nil; len(l.offer.Suites) > 0 && len(l.offer.Versions) > 0 {
			l.hello.Offer = &l.offer
		}
		l.seen.hello = &l.hello
	case l.agreed != 0:
		l.hello.Max = l.agreed
		l.seen.hello, l.seen.atLeast = &l.hello, true
	case l.gateLog:
		l.seen.notTLS = true
	}
	return true
}

// value takes one value of a line by its path.
func (l *lineReader) value(path, value []byte) {
	switch string(path) {
	case "schema":
		l.schema = string(value) == document.ConnectionSchema
	case "gate.mode": // of a gate's log alone
		l.gateLog = true
	case "time":
		l.seen.time, _ = time.Parse(time.RFC3339Nano, string(value))
	case "client":
		l.seen.client = addressOf(string(value))
	case "owner":
		l.seen.owner = string(value)
	case "stack":
		l.seen.stack = string(value)
	case "serverName":
		l.hello.ServerName = string(value)
	case "offered.max":
		l.offered, l.hello.Max = true, versionOf(value)
	case "offered.exact":
		l.exact = string(value) == "true"
	case "negotiated.version":
		l.agreed = versionOf(value)
	case "offered.versions":
		each(value, func(s string) { l.versions = append(l.versions, versionOf([]byte(s))) })
	case "offered.suites":
		each(value, func(s string) {
			if suite, err := tlsready.ParseSuite(s); err == nil && !suite.Info().Signalling {
				l.offer.Suites = append(l.offer.Suites, tlsready.OfferedSuite{Suite: suite})
			}
		})
	case "offered.groups":
		each(value, func(s string) {
			if g, err := tlsready.ParseGroup(s); err == nil {
				l.offer.Groups = append(l.offer.Groups, tlsready.OfferedGroup{Group: g})
			}
		})
	case "offered.signatureAlgorithms":
		each(value, func(s string) {
			if x, err := tlsready.ParseSignatureScheme(s); err == nil {
				l.offer.SignatureAlgorithms = append(l.offer.SignatureAlgorithms, tlsready.OfferedScheme{Scheme: x})
			}
		})
	}
}

// each gives the words of a list of strings as it was written. Names of the registries have
// no escapes.
func each(list []byte, take func(string)) {
	for {
		begin := bytes.IndexByte(list, '"')
		if begin < 0 {
			return
		}
		list = list[begin+1:]
		end := bytes.IndexByte(list, '"')
		if end < 0 {
			return
		}
		take(string(list[:end]))
		list = list[end+1:]
	}
}

// versionOf reads the common spellings without looking anything up; 0 for what is none.
func versionOf(s []byte) tlsready.Version {
	switch string(s) {
	case "TLS 1.0":
		return tlsready.TLS10
	case "TLS 1.1":
		return tlsready.TLS11
	case "TLS 1.2":
		return tlsready.TLS12
	case "TLS 1.3":
		return tlsready.TLS13
	}
	v, err := tlsready.ParseVersion(string(s))
	if err != nil {
		return 0
	}
	return v
}

// addressOf reads an address with or without a port.
func addressOf(s string) netip.Addr {
	if at, err := netip.ParseAddrPort(s); err == nil {
		return at.Addr()
	}
	a, _ := netip.ParseAddr(s)
	return a
}

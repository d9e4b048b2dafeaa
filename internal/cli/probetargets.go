package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"unicode"

	"tlsready/internal/message"
	"tlsready/internal/probe"
	"tlsready/internal/starttls"
)

const (
	// maxRange is the most addresses of one CIDR range: a /16 of IPv4. More than that
	// is a slip of the finger as a rule, and can be given as several ranges.
	maxRange = 1 << 16
	// maxTargetLine is the longest line of a list of targets: a URL of any length in
	// use fits.
	maxTargetLine = 64 << 10
	// httpsPort is the port of a target that names none.
	httpsPort = 443
)

// probeTarget is one thing to probe: a host or an address with its port.
type probeTarget struct {
	host   string
	port   uint16
	reason string // a message id: why it is listed and not probed; "" as a rule
}

func (t probeTarget) String() string {
	return net.JoinHostPort(t.host, strconv.Itoa(int(t.port)))
}

// targetSpec is what one word of the user stands for: one target, or a range.
type targetSpec struct {
	probeTarget
	prefix netip.Prefix // valid for a range
}

// parseTarget reads host, host:port, [v6]:port, an address, a URL with https, or
// a CIDR range with or without a port.
func parseTarget(word string, port uint16) (targetSpec, error) {
	word = strings.TrimSpace(word)
	if scheme, _, ok := strings.Cut(word, "://"); ok {
		return parseTargetURL(word, scheme)
	}
	if addr, err := netip.ParseAddr(word); err == nil {
		return targetSpec{probeTarget: probeTarget{host: addr.String(), port: port}}, nil
	}
	if strings.Contains(word, "/") {
		return parseRange(word, port)
	}
	name, rest, err := net.SplitHostPort(word)
	if err != nil {
		if strings.ContainsAny(word, ":[]") {
			return targetSpec{}, errTarget
		}
		name = word
	} else if port, err = parsePort(rest); err != nil {
		return targetSpec{}, err
	}
	return hostSpec(name, port)
}

var (
	errTarget = errors.New("not a target such as example.com, example.com:8443, [2001:db8::1]:443, https://example.com or 192.0.2.0/28")
	errPort   = errors.New("a port is a number from 1 to 65535")
)

func parsePort(text string) (uint16, error) {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 {
		return 0, errPort
	}
	return uint16(n), nil
}

// hostSpec checks a name: letters of any script, digits, and what names are
// separated with. A name has at most 253 characters (RFC 1035 section 2.3.4).
func hostSpec(name string, port uint16) (targetSpec, error) {
	name = strings.TrimSuffix(name, ".")
	if addr, err := netip.ParseAddr(name); err == nil {
		return targetSpec{probeTarget: probeTarget{host: addr.String(), port: port}}, nil
	}
	odd := func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) || r == unicode.ReplacementChar }
	if name == "" || len(name) > 253 || strings.ContainsAny(name, "@/\\?#%\"'<>:[]") || strings.ContainsFunc(name, odd) {
		return targetSpec{}, errTarget
	}
	t := probeTarget{host: name, port: port}
	if strings.Contains(name, "*") {
		t.reason = "probe.not-probed.wildcard"
	}
	return targetSpec{probeTarget: t}, nil
}

func parseTargetURL(word, scheme string) (targetSpec, error) {
	if !strings.EqualFold(scheme, "https") {
		return targetSpec{}, fmt.Errorf("a URL begins with https:// here, not with %s://; for other protocols give host:port and --starttls", scheme)
	}
	u, err := url.Parse(word)
	if err != nil || u.Hostname() == "" {
		return targetSpec{}, errTarget
	}
	port := uint16(httpsPort)
	if u.Port() != "" {
		if port, err = parsePort(u.Port()); err != nil {
			return targetSpec{}, err
		}
	}
	return hostSpec(u.Hostname(), port)
}

// parseRange reads 192.0.2.0/28, 192.0.2.0/28:8443 and [2001:db8::/120]:443.
func parseRange(word string, port uint16) (targetSpec, error) {
	text := word
	if name, rest, err := net.SplitHostPort(word); err == nil && (strings.Contains(name, "/") || strings.Contains(rest, "/")) {
		if !strings.Contains(rest, "/") {
			text = name
			if port, err = parsePort(rest); err != nil {
				return targetSpec{}, err
			}
		}
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return targetSpec{}, errTarget
	}
	prefix = prefix.Masked()
	if prefix.Addr().BitLen()-prefix.Bits() > 16 {
		return targetSpec{}, fmt.Errorf("a range of more than %d addresses; give smaller ranges", maxRange)
	}
	return targetSpec{probeTarget: probeTarget{host: text, port: port}, prefix: prefix}, nil
}

// each gives the targets that a spec stands for.
func (s targetSpec) each(yield func(probeTarget) bool) bool {
	if !s.prefix.IsValid() {
		return yield(s.probeTarget)
	}
	for addr := s.prefix.Addr(); s.prefix.Contains(addr); addr = addr.Next() {
		if !yield(probeTarget{host: addr.String(), port: s.port}) {
			return false
		}
	}
	return true
}

// count is how many targets a spec stands for.
func (s targetSpec) count() int {
	if !s.prefix.IsValid() {
		return 1
	}
	return 1 << (s.prefix.Addr().BitLen() - s.prefix.Bits())
}

// targetSource is where targets come from, in the order in which they are probed:
// the arguments, the files of --targets, the endpoints of --service.
type targetSource struct {
	app   *App
	words []string // arguments and endpoints; "-" is standard input
	files []string
	port  uint16
}

// newTargetSource gathers what was named. It is an error if there is nothing.
func (app *App) newTargetSource(f *probeFlags, args, endpoints []string) (*targetSource, error) {
	s := &targetSource{app: app, words: append(args[:len(args):len(args)], endpoints...), files: f.targets, port: httpsPort}
	if port := starttls.DefaultPort(f.starttls); port != 0 {
		s.port = uint16(port)
	}
	if len(s.words) == 0 && len(s.files) == 0 {
		return nil, app.usageError("no-target")
	}
	return s, nil
}

// total checks everything but standard input before the first connection is made,
// and counts. It is 0 where the number cannot be known.
func (s *targetSource) total() (int, error) {
	n, open := 0, false
	for _, word := range s.words {
		if word == "-" {
			open = true
			continue
		}
		spec, err := s.parse(word, "")
		if err != nil {
			return 0, err
		}
		n += spec.count()
	}
	for _, file := range s.files {
		if file == "-" {
			open = true
			continue
		}
		if err := s.readFile(file, func(spec targetSpec) bool { n += spec.count(); return true }); err != nil {
			return 0, err
		}
	}
	if open {
		return 0, nil
	}
	return n, nil
}

// parse reads one word; where is its file and line.
func (s *targetSource) parse(word, where string) (targetSpec, error) {
	spec, err := parseTarget(word, s.port)
	if err != nil {
		if where != "" {
			where += ": "
		}
		return spec, s.app.usageError("target", message.Str("where", where), message.Str("value", word), message.Str("why", err.Error()))
	}
	return spec, nil
}

// all gives every target. It stops at the first error.
func (s *targetSource) all() iter.Seq2[probeTarget, error] {
	return func(yield func(probeTarget, error) bool) {
		give := func(spec targetSpec) bool {
			return spec.each(func(t probeTarget) bool { return yield(t, nil) })
		}
		for _, word := range s.words {
			if word == "-" {
				if !s.giveFile("-", give, yield) {
					return
				}
				continue
			}
			spec, err := s.parse(word, "")
			if err != nil {
				yield(probeTarget{}, err)
				return
			}
			if !give(spec) {
				return
			}
		}
		for _, file := range s.files {
			if !s.giveFile(file, give, yield) {
				return
			}
		}
	}
}

func (s *targetSource) giveFile(file string, give func(targetSpec) bool, yield func(probeTarget, error) bool) bool {
	stopped := false
	err := s.readFile(file, func(spec targetSpec) bool {
		stopped = !give(spec)
		return !stopped
	})
	if err != nil {
		yield(probeTarget{}, err)
	}
	return err == nil && !stopped
}

// readFile reads a list: one target a line; empty lines and those that begin with
// # do not count. Of a line with several columns (CSV) the first counts.
func (s *targetSource) readFile(file string, take func(targetSpec) bool) error {
	var in io.Reader = s.app.In
	name := s.app.text("probe.stdin")
	if file != "-" {
		opened, err := os.Open(file)
		if err != nil {
			return s.app.cannotRead(file, err)
		}
		defer opened.Close()
		in, name = opened, file
	}
	scanner := bufio.NewScanner(in)
	scanner.Buffer(make([]byte, 4096), maxTargetLine)
	for n := 1; scanner.Scan(); n++ {
		line := scanner.Text()
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		word, _, _ := strings.Cut(line, ",")
		if word = strings.TrimSpace(word); word == "" || strings.HasPrefix(word, "#") {
			continue
		}
		spec, err := s.parse(word, name+":"+strconv.Itoa(n))
		if err != nil {
			return err
		}
		if !take(spec) {
			return nil
		}
	}
	if err := scanner.Err(); err != nil {
		return s.app.cannotRead(name, err)
	}
	return nil
}

// addresses finds every address of a target, with the name that is asked for. Where a
// proxy looks names up there is one target, whose address nobody here knows.
func (r *probeRun) addresses(ctx context.Context, t probeTarget) ([]probe.Target, error) {
	name := r.flags.sni
	if name == "" {
		name = t.host
	}
	if _, err := netip.ParseAddr(t.host); err != nil && proxyResolves(r.flags.proxy) {
		if _, err := netip.ParseAddr(name); err == nil {
			name = "" // an address is never a server name (RFC 6066 section 3)
		}
		return []probe.Target{{Name: t.String(), Through: t.String(), ServerName: name, StartTLS: r.flags.starttls}}, nil
	}
	return probe.Targets(ctx, net.DefaultResolver, t.host, t.port, name, r.flags.starttls)
}

// Package peer names the machine that a remote source reaches, the secret that
// opens it, and what keeps us from it.
package peer

import (
	"errors"
	"net"
	"strconv"
	"strings"
	"unicode/utf8"

	"tlsready/internal/message"
)

// Target is one machine to be reached: scheme://user@host:port.
type Target struct {
	Scheme string // smb, ssh, winrm
	User   string // without domain; may be ""
	Domain string // CORP in CORP\admin; may be ""
	Host   string // a name or an address, IPv6 without brackets
	Port   int    // the scheme's own if none was given
}

// Schemes are the schemes with their ports.
func Schemes() map[string]int { return map[string]int{"smb": 445, "ssh": 22, "winrm": 5986} }

// IsTarget says whether a source is meant for another machine.
func IsTarget(source string) bool {
	scheme, _, ok := strings.Cut(source, "://")
	_, known := Schemes()[strings.ToLower(scheme)]
	return ok && known
}

// Parse reads scheme://user@host:port. A user may come with a domain,
// CORP\admin or admin@corp.example. A password is refused, and not repeated in
// the error.
func Parse(source string) (Target, error) {
	scheme, rest, _ := strings.Cut(source, "://")
	t := Target{Scheme: strings.ToLower(scheme), Port: Schemes()[strings.ToLower(scheme)]}
	rest = strings.TrimSuffix(rest, "/")
	user, address := "", rest
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		user, address = rest[:at], rest[at+1:]
	}
	if t.Port == 0 {
		return t, message.Error("peer.scheme").Hinted(usage)
	}
	if !utf8.ValidString(source) {
		return t, message.Error("peer.utf8").Hinted(usage)
	}
	if strings.Contains(user, ":") {
		return t, message.Error("peer.password").At(t.Scheme + "://" + address).Hinted("peer.hint.password")
	}
	t.setUser(user)
	if err := t.setAddress(address); err != nil {
		return t, err
	}
	return t, nil
}

const usage = "peer.hint.usage"

func (t *Target) setUser(user string) {
	if domain, name, ok := strings.Cut(user, `\`); ok {
		t.Domain, t.User = domain, name
		return
	}
	t.User = user
}

func (t *Target) setAddress(address string) error {
	bad := func(id string) error { return message.Error(id).At(t.Scheme + "://" + address).Hinted(usage) }
	host, port := address, ""
	if h, p, err := net.SplitHostPort(address); err == nil {
		host, port = h, p
	} else {
		host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
		if strings.Contains(host, ":") && net.ParseIP(host) == nil {
			return bad("peer.port")
		}
	}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return bad("peer.port")
		}
		t.Port = int(n)
	}
	// What an address may hold is little; above all no blanks, quotes and
	// control characters, since it is shown and written to files.
	odd := func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune("\"'`\\/?#|<>&;%*[]", r) }
	if strings.Contains(host, ":") && net.ParseIP(host) == nil {
		return bad("peer.address")
	}
	if host == "" || len(strings.ToLower(host)) > 253 || strings.ContainsFunc(host, odd) || strings.HasPrefix(host, "-") {
		return bad("peer.no-machine")
	}
	if t.Domain != "" && t.User == "" {
		return bad("peer.no-user")
	}
	if strings.ContainsFunc(t.User+t.Domain, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return bad("peer.user")
	}
	t.Host = strings.ToLower(host)
	return nil
}

// ID is the host's id: its name, with the port if that is not the usual one.
func (t Target) ID() string {
	if t.Port == Schemes()[t.Scheme] {
		return t.Host
	}
	return t.Address()
}

// Address is host:port.
func (t Target) Address() string { return net.JoinHostPort(t.Host, strconv.Itoa(t.Port)) }

// Account is the user as Windows writes it: CORP\admin.
func (t Target) Account() string {
	if t.Domain == "" {
		return t.User
	}
	return t.Domain + `\` + t.User
}

// String is the target as a source, which never holds a password.
func (t Target) String() string {
	host := t.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if t.Port != Schemes()[t.Scheme] {
		host = t.Address()
	}
	if t.User != "" {
		host = t.Account() + "@" + host
	}
	return t.Scheme + "://" + host
}

// Failure is what keeps us from reading or changing a machine.
func Failure(t Target, id string, args ...message.Arg) *message.Problem {
	return message.Error(id, args...).At(t.String())
}

// Login is what a machine made of user and password. It stands in the chain of an
// error, where [LoginOf] finds it.
type Login int

// The answers to a log-in.
const (
	LoginUnknown Login = iota // it was not asked, or did not say
	LoginTaken                // it let us in, and something else failed
	LoginRefused              // it did not; often enough, and the account is locked
)

// Error names the answer; it is not shown.
func (l Login) Error() string { return "log-in " + [...]string{"unknown", "taken", "refused"}[l] }

// Answered is a failure with what the machine made of the log-in.
func (l Login) Answered(err error) error { return &message.Problem{Err: errors.Join(l, err)} }

// LoginOf is what the machine made of the log-in before err, as far as it said.
func LoginOf(err error) Login {
	l := LoginUnknown
	errors.As(err, &l)
	return l
}

// SameAccount says whether a URL, or --via without a machine, is for the way and the
// account of a target.
func SameAccount(place string, t Target) bool {
	place = strings.TrimPrefix(place, "host:")
	one, err := Parse(place)
	if at := strings.LastIndexAny(place, "@/"); err != nil && at >= 0 { // --via ends in @, or has a port behind it
		one, err = Parse(place[:at+1] + "host" + place[at+1:])
	}
	return err == nil && one.Scheme == t.Scheme && strings.EqualFold(one.Account(), t.Account())
}

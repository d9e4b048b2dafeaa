// Package peer names the machine that a remote source reaches, the secret that
// opens it, and what keeps us from it.
package peer

import (
	"net"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Target is one machine to be reached: scheme://user@host:port.
type Target struct {
	Scheme string // smb, ssh, winrm
	User   string // without domain; may be ""
	Domain string // CORP in CORP\admin; may be ""
	Host   string // a name or an address, IPv6 without brackets
	Port   int    // the scheme's own where none was given
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
		return t, &Error{Msg: "this is no machine that tlsready can reach", Hint: usage}
	}
	if !utf8.ValidString(source) {
		return t, &Error{Msg: "the address is no UTF-8 text", Hint: usage}
	}
	if strings.Contains(user, ":") {
		return t, &Error{
			Target: t.Scheme + "://" + address, Msg: "a password does not belong on the command line, where others can read it",
			Hint: "leave it out; it is asked for, or set TLSREADY_PASSWORD_FILE",
		}
	}
	t.setUser(user)
	if err := t.setAddress(address); err != nil {
		return t, err
	}
	return t, nil
}

const usage = "write smb://user@host, ssh://user@host or winrm://user@host, with :port where it is not the usual one"

func (t *Target) setUser(user string) {
	if domain, name, ok := strings.Cut(user, `\`); ok {
		t.Domain, t.User = domain, name
		return
	}
	t.User = user
}

func (t *Target) setAddress(address string) error {
	bad := func(what string) error { return &Error{Target: t.Scheme + "://" + address, Msg: what, Hint: usage} }
	host, port := address, ""
	if h, p, err := net.SplitHostPort(address); err == nil {
		host, port = h, p
	} else {
		host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
		if strings.Contains(host, ":") && net.ParseIP(host) == nil {
			return bad("the port is no number between 1 and 65535")
		}
	}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return bad("the port is no number between 1 and 65535")
		}
		t.Port = int(n)
	}
	// What an address may hold is little; above all no blanks, quotes and
	// control characters, since it is shown and written to files.
	odd := func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune("\"'`\\/?#|<>&;%*[]", r) }
	if strings.Contains(host, ":") && net.ParseIP(host) == nil {
		return bad("the address is none")
	}
	if host == "" || len(strings.ToLower(host)) > 253 || strings.ContainsFunc(host, odd) || strings.HasPrefix(host, "-") {
		return bad("no machine is named")
	}
	if t.Domain != "" && t.User == "" {
		return bad("a domain is named without a user")
	}
	if strings.ContainsFunc(t.User+t.Domain, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return bad("the user's name holds a control character")
	}
	t.Host = strings.ToLower(host)
	return nil
}

// ID is the host's id: its name, with the port where that is not the usual one.
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

// Error says why a machine cannot be read or changed, and what to try.
type Error struct {
	Target string // scheme://host; may be ""
	Msg    string // what is wrong
	Hint   string // what to do; may be ""
	Err    error  // the cause, not repeated in Msg; may be nil
	Login  Login  // what the machine made of the log-in
}

// Login is what a machine made of user and password.
type Login int

// The answers to a log-in.
const (
	LoginUnknown Login = iota // it was not asked, or did not say
	LoginTaken                // it let us in, and something else failed
	LoginRefused              // it did not; often enough, and the account is locked
)

// Error is target, message and cause, without the hint.
func (e *Error) Error() string {
	text := e.Msg
	if e.Target != "" {
		text = e.Target + ": " + text
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
